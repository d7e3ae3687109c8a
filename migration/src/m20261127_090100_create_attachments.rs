use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "attachment",
            [
                id("campaign_id"),
                word("key", 60),
                word("sha256", 64),
                instant("bytes"),
                instant("created_at"),
            ],
            &["campaign_id", "key"],
        )
        .await?;
        index(m, "attachment", &["sha256"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["attachment"]).await
    }
}
