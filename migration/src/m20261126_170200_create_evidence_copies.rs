use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "evidence_copy",
            [
                id("evidence_id"),
                number("edge"),
                word("sha256", 64),
                instant("created_at"),
            ],
            &["evidence_id", "edge"],
        )
        .await?;
        index(m, "evidence_copy", &["sha256"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["evidence_copy"]).await
    }
}
