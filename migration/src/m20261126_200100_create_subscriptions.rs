use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "subscription",
            [
                id("applicant_id"),
                word("template_id", 64),
                number("budget"),
                instant("refused_at").nullable(),
                instant("updated_at"),
            ],
            &["applicant_id", "template_id"],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["subscription"]).await
    }
}
