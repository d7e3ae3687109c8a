use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "applicant",
            [
                id("id"),
                word("openid", 64).nullable(),
                word("unionid", 64).nullable(),
                word("phone_sealed", 300).nullable(),
                word("phone_index", 32).nullable(),
                number("session_version"),
                instant("version"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "applicant", &["openid"]).await?;
        unique(m, "applicant", &["phone_index"]).await?;
        create(
            m,
            "one_time_code",
            [
                id("id"),
                word("phone_index", 32),
                word("code_hash", 64),
                number("attempts"),
                instant("created_at"),
                instant("expires_at"),
                instant("used_at").nullable(),
            ],
            &["id"],
        )
        .await?;
        index(m, "one_time_code", &["phone_index", "id"]).await?;
        create(
            m,
            "throttle",
            [word("scope", 120), instant("window_start"), number("hits")],
            &["scope"],
        )
        .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["throttle", "one_time_code", "applicant"]).await
    }
}
