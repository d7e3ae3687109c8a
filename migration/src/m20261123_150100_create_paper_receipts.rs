use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "paper_receipt",
            [
                id("id"),
                id("document_id"),
                id("entry_id"),
                id("agency_id"),
                id("officer_id"),
                instant("received_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "paper_receipt", &["document_id", "agency_id"]).await?;
        index(m, "paper_receipt", &["entry_id"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["paper_receipt"]).await
    }
}
