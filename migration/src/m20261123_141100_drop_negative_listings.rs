use sea_orm_migration::prelude::*;

use crate::columns::*;
use crate::m20261123_110300_create_negative_listings::Migration as Before;

/// Nothing ever filled this table; `negative_line` holds what it was meant for.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["negative_listing"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        Before.up(m).await
    }
}
