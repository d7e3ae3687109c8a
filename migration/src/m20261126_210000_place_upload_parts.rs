use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        add_column(m, "upload_part", word("crc32", 8)).await?;
        add_column(m, "upload_part", flag("in_place")).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_column(m, "upload_part", "in_place").await?;
        drop_column(m, "upload_part", "crc32").await
    }
}
