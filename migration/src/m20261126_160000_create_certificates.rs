use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "certificate",
            [
                id("id"),
                id("campaign_id"),
                word("kind", 20),
                word("number", 40),
                word("name", 300),
                word("title", 60),
                long_text(m, "text"),
                long_text(m, "agencies"),
                word("date", 60),
                word("code", 20),
                id("entry_id").nullable(),
                id("issued_by"),
                instant("issued_at"),
                instant("revoked_at").nullable(),
                long_text(m, "reason").nullable(),
            ],
            &["id"],
        )
        .await?;
        unique(m, "certificate", &["code"]).await?;
        unique(m, "certificate", &["campaign_id", "kind", "number"]).await?;
        index(m, "certificate", &["campaign_id", "id"]).await?;
        index(m, "certificate", &["entry_id"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["certificate"]).await
    }
}
