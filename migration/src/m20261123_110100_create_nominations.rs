use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "nomination_list",
            [
                id("id"),
                id("campaign_id"),
                id("agency_id"),
                word("state", 12),
                word("contact_sealed", 600).nullable(),
                word("document_sha256", 64).nullable(),
                instant("sent_at").nullable(),
                instant("version"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "nomination_list", &["campaign_id", "agency_id"]).await?;
        create(
            m,
            "nomination",
            [
                id("id"),
                id("list_id"),
                id("campaign_id"),
                word("category", 60),
                word("name", 200),
                word("name_fold", 200),
                word("platform", 60),
                word("contact_sealed", 600).nullable(),
                id("entry_id").nullable(),
                long_text(m, "reason"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "nomination", &["list_id", "category", "name_fold"]).await?;
        index(m, "nomination", &["campaign_id", "name_fold"]).await?;
        index(m, "nomination", &["entry_id"]).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["nomination", "nomination_list"]).await
    }
}
