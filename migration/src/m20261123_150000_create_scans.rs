use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "scan",
            [
                id("evidence_id"),
                id("entry_id"),
                flag("legible"),
                flag("grey"),
                word("code", 20).nullable(),
                number("pages"),
                number("elsewhere"),
                instant("created_at"),
            ],
            &["evidence_id"],
        )
        .await?;
        index(m, "scan", &["entry_id"]).await?;
        create(
            m,
            "scan_box",
            [
                id("evidence_id"),
                word("slot", 60),
                word("sight", 12),
                number("confidence"),
                word("picture_sha256", 64).nullable(),
            ],
            &["evidence_id", "slot"],
        )
        .await?;
        index(m, "scan_box", &["picture_sha256"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["scan_box", "scan"]).await
    }
}
