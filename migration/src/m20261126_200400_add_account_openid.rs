use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        add_column(m, "applicant", word("account_openid", 64)).await?;
        unique(m, "applicant", &["account_openid"]).await?;
        index(m, "applicant", &["unionid"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_index(m, "applicant", &["unionid"]).await?;
        drop_index(m, "applicant", &["account_openid"]).await?;
        drop_column(m, "applicant", "account_openid").await
    }
}
