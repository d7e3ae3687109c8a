use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "content_check",
            [
                id("id"),
                id("entry_id"),
                // id of a file, or the round of a text
                word("item", 36),
                word("kind", 10),
                number("round"),
                word("state", 10),
                number("label").nullable(),
                word("trace_id", 100).nullable(),
                instant("asked_at").nullable(),
                flag("accepted").nullable(),
                word("reason", 500).nullable(),
                id("decided_by").nullable(),
                instant("decided_at").nullable(),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "content_check", &["entry_id", "item"]).await?;
        unique(m, "content_check", &["trace_id"]).await?;
        index(m, "content_check", &["state", "asked_at"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["content_check"]).await
    }
}
