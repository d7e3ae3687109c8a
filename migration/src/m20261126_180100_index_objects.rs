use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Columns by which the sweeper asks whether an object is mentioned; those of small tables are left out.
const ASKED: [(&str, &[&str]); 5] = [
    ("evidence", &["sha256"]),
    ("document", &["sha256"]),
    ("stamp", &["before_sha256"]),
    ("stamp", &["after_sha256"]),
    ("upload_part", &["sha256"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in ASKED {
            index(m, table, columns).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in ASKED {
            drop_index(m, table, columns).await?;
        }
        Ok(())
    }
}
