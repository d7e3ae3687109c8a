use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "upload",
            [
                id("id"),
                id("applicant_id"),
                id("entry_id"),
                word("slot", 60),
                word("file_name", 400),
                instant("bytes"),
                instant("part_bytes"),
                word("sha256", 64).nullable(),
                // of the file that it became
                id("evidence_id").nullable(),
                instant("created_at"),
                instant("expires_at"),
            ],
            &["id"],
        )
        .await?;
        index(m, "upload", &["applicant_id", "id"]).await?;
        index(m, "upload", &["expires_at"]).await?;
        create(
            m,
            "upload_part",
            [
                id("upload_id"),
                number("number"),
                word("sha256", 64),
                instant("bytes"),
                instant("created_at"),
            ],
            &["upload_id", "number"],
        )
        .await?;
        index(m, "upload_part", &["sha256"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["upload_part", "upload"]).await
    }
}
