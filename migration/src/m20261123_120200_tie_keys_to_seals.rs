use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        add_column(m, "agency_key", id("seal_id")).await?;
        add_column(m, "agency_key", word("algorithm", 10)).await?;
        add_column(m, "agency_key", long_text(m, "chain")).await?;
        index(m, "agency_key", &["seal_id"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_index(m, "agency_key", &["seal_id"]).await?;
        for column in ["chain", "algorithm", "seal_id"] {
            drop_column(m, "agency_key", column).await?;
        }
        Ok(())
    }
}
