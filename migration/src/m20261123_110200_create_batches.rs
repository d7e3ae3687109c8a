use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "batch",
            [
                id("id"),
                id("campaign_id"),
                id("agency_id"),
                id("to_agency_id"),
                word("state", 12),
                long_text(m, "note"),
                instant("paper_received_at").nullable(),
                instant("electronic_received_at").nullable(),
                instant("sent_at").nullable(),
                instant("received_at").nullable(),
                instant("version"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        index(m, "batch", &["agency_id", "campaign_id", "id"]).await?;
        index(m, "batch", &["to_agency_id", "campaign_id", "state", "id"]).await?;
        create(
            m,
            "batch_entry",
            [
                id("batch_id"),
                id("entry_id"),
                id("agency_id"),
                number("live").nullable(),
            ],
            &["batch_id", "entry_id"],
        )
        .await?;
        unique(m, "batch_entry", &["entry_id", "agency_id", "live"]).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["batch_entry", "batch"]).await
    }
}
