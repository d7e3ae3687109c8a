use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        add_column(m, "campaign", long_text(m, "deliverable_template")).await?;
        create(
            m,
            "deliverable",
            [
                id("id"),
                id("entry_id"),
                word("name", 60),
                number("number"),
                long_text(m, "content"),
                word("digest", 64),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "deliverable", &["entry_id", "name", "number"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["deliverable"]).await?;
        drop_column(m, "campaign", "deliverable_template").await
    }
}
