use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [&str; 3] = ["header_ms", "codec", "has_sound"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let [header_ms, codec, has_sound] = COLUMNS;
        add_column(m, "evidence", instant(header_ms)).await?;
        add_column(m, "evidence", word(codec, 8)).await?;
        add_column(m, "evidence", flag(has_sound)).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            drop_column(m, "evidence", column).await?;
        }
        Ok(())
    }
}
