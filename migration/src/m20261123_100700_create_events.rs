use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "event",
            [
                id("campaign_id"),
                instant("seq"),
                id("id"),
                instant("at"),
                word("kind", 40),
                word("actor_kind", 12),
                id("actor_id"),
                id("agency_id").nullable(),
                id("entry_id").nullable(),
                long_text(m, "body"),
                word("prev_hash", 64),
                word("hash", 64),
            ],
            &["campaign_id", "seq"],
        )
        .await?;
        unique(m, "event", &["id"]).await?;
        index(m, "event", &["entry_id", "seq"]).await?;
        create(
            m,
            "event_head",
            [id("campaign_id"), instant("seq"), word("hash", 64)],
            &["campaign_id"],
        )
        .await?;
        create(
            m,
            "idempotency",
            [
                word("caller", 60),
                word("idem_key", 80),
                word("operation", 60),
                word("request_hash", 64),
                long_text(m, "response"),
                instant("created_at"),
            ],
            &["caller", "idem_key"],
        )
        .await?;
        index(m, "idempotency", &["created_at"]).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["idempotency", "event_head", "event"]).await
    }
}
