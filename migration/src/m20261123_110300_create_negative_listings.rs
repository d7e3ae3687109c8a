use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "negative_listing",
            [
                id("id"),
                id("campaign_id"),
                word("list", 60),
                word("operator", 200),
                word("operator_fold", 200),
                long_text(m, "reason"),
                word("decided_on", 10),
                id("created_by"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        index(
            m,
            "negative_listing",
            &["campaign_id", "list", "operator_fold"],
        )
        .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["negative_listing"]).await
    }
}
