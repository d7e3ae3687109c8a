use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "outbox",
            [
                id("id"),
                word("kind", 20),
                id("campaign_id"),
                id("entry_id"),
                id("applicant_id"),
                // a message's template, a check's id
                word("subject", 64),
                word("state", 10),
                number("attempts"),
                instant("due_at"),
                instant("claimed_at").nullable(),
                instant("done_at").nullable(),
                word("fault", 200).nullable(),
                instant("created_at"),
                long_text(m, "body"),
            ],
            &["id"],
        )
        .await?;
        index(m, "outbox", &["state", "due_at"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["outbox"]).await
    }
}
