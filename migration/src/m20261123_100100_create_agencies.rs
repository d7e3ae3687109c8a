use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "agency",
            [
                id("id"),
                word("seed_key", 60).nullable(),
                word("name", 120),
                word("tier", 20),
                word("system", 40),
                word("region_code", 6),
                id("parent_id").nullable(),
                word("path", 260),
                instant("version"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "agency", &["seed_key"]).await?;
        index(m, "agency", &["path"]).await?;
        index(m, "agency", &["parent_id"]).await?;
        create(
            m,
            "officer",
            [
                id("id"),
                id("agency_id"),
                word("login", 60),
                word("name", 60),
                word("password_hash", 200),
                flag("must_change"),
                word("totp_secret", 300).nullable(),
                instant("totp_last_step").nullable(),
                word("roles", 120),
                number("failed"),
                instant("locked_until").nullable(),
                instant("disabled_at").nullable(),
                number("session_version"),
                instant("version"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "officer", &["login"]).await?;
        index(m, "officer", &["agency_id", "id"]).await?;
        create(
            m,
            "officer_session",
            [
                word("token_hash", 64),
                id("officer_id"),
                number("session_version"),
                instant("created_at"),
                instant("last_seen_at"),
                instant("expires_at"),
            ],
            &["token_hash"],
        )
        .await?;
        index(m, "officer_session", &["officer_id"]).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["officer_session", "officer", "agency"]).await
    }
}
