use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "negative_line",
            [
                id("id"),
                id("campaign_id"),
                word("list", 60),
                word("operator", 200),
                word("platform", 60),
                word("account", 200),
                word("account_id", 200),
                long_text(m, "text_sealed"),
                word("decided_on", 10).nullable(),
                word("digest", 64),
                number("live").nullable(),
                instant("version"),
                id("created_by"),
                instant("created_at"),
                instant("withdrawn_at").nullable(),
            ],
            &["id"],
        )
        .await?;
        unique(m, "negative_line", &["campaign_id", "digest", "live"]).await?;
        index(m, "negative_line", &["campaign_id", "list", "id"]).await?;
        create(
            m,
            "negative_name",
            [
                id("line_id"),
                word("kind", 12),
                word("name_key", 200),
                id("campaign_id"),
            ],
            &["line_id", "kind", "name_key"],
        )
        .await?;
        index(m, "negative_name", &["campaign_id", "name_key"]).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["negative_name", "negative_line"]).await
    }
}
