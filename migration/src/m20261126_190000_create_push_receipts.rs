use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "push_receipt",
            [word("message", 64), flag("taken"), instant("received_at")],
            &["message"],
        )
        .await?;
        index(m, "push_receipt", &["received_at"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["push_receipt"]).await
    }
}
