use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "document",
            [
                id("id"),
                id("entry_id"),
                number("round"),
                word("code", 20),
                word("sha256", 64),
                word("digest", 64),
                long_text(m, "slots"),
                number("pages"),
                instant("version"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "document", &["code"]).await?;
        unique(m, "document", &["entry_id", "round"]).await?;
        create(
            m,
            "stamp",
            [
                id("id"),
                id("document_id"),
                id("entry_id"),
                number("round"),
                word("slot", 60),
                id("agency_id"),
                id("officer_id"),
                word("state", 8),
                number("live").nullable(),
                word("before_sha256", 64),
                word("after_sha256", 64).nullable(),
                word("serial", 64),
                long_text(m, "opinion"),
                instant("planned_at"),
                instant("done_at").nullable(),
            ],
            &["id"],
        )
        .await?;
        unique(m, "stamp", &["document_id", "slot", "live"]).await?;
        index(m, "stamp", &["entry_id"]).await?;
        create(
            m,
            "agency_key",
            [
                id("id"),
                id("agency_id"),
                long_text(m, "key_sealed"),
                long_text(m, "certificate"),
                word("serial", 64),
                instant("not_before"),
                instant("not_after"),
                instant("revoked_at").nullable(),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "agency_key", &["serial"]).await?;
        index(m, "agency_key", &["agency_id"]).await?;
        create(
            m,
            "authority",
            [
                id("id"),
                long_text(m, "key_sealed"),
                long_text(m, "certificate"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["authority", "agency_key", "stamp", "document"]).await
    }
}
