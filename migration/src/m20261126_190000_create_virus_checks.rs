use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "virus_check",
            [
                word("sha256", 64),
                word("state", 10),
                word("finding", 200),
                number("tries"),
                instant("due_at"),
                instant("checked_at"),
            ],
            &["sha256"],
        )
        .await?;
        index(m, "virus_check", &["state", "due_at"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["virus_check"]).await
    }
}
