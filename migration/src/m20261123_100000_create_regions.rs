use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "region",
            [
                word("code", 6),
                word("name", 60),
                number("level"),
                word("parent", 6).nullable(),
                instant("valid_to").nullable(),
            ],
            &["code"],
        )
        .await?;
        index(m, "region", &["parent"]).await?;
        crate::regions::load(m.get_connection()).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["region"]).await
    }
}
