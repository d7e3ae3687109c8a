use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "seal",
            [
                id("id"),
                id("agency_id"),
                word("kind", 20),
                word("name", 100),
                id("keeper_id").nullable(),
                instant("valid_from"),
                instant("valid_until"),
                word("state", 10),
                long_text(m, "reason").nullable(),
                instant("state_at"),
                word("source", 10),
                word("image_sha256", 64).nullable(),
                instant("version"),
                id("created_by"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        index(m, "seal", &["agency_id"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["seal"]).await
    }
}
