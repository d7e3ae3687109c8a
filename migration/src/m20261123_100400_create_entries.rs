use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "entry",
            [
                id("id"),
                id("campaign_id"),
                id("applicant_id"),
                word("subject", 60),
                word("category", 60),
                word("route", 60),
                id("agency_id").nullable(),
                id("unit_id").nullable(),
                word("region_code", 6),
                word("name", 200),
                word("name_fold", 200),
                word("operator_fold", 200),
                word("platform", 60).nullable(),
                long_text(m, "answers"),
                word("state", 16),
                word("step", 60).nullable(),
                number("round"),
                flag("late"),
                long_text(m, "flags"),
                word("receipt", 40).nullable(),
                word("digest", 64).nullable(),
                instant("submitted_at").nullable(),
                instant("version"),
                instant("created_at"),
                instant("updated_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "entry", &["receipt"]).await?;
        index(m, "entry", &["applicant_id", "id"]).await?;
        index(m, "entry", &["campaign_id", "state", "id"]).await?;
        index(m, "entry", &["campaign_id", "name_fold"]).await?;
        index(m, "entry", &["campaign_id", "operator_fold"]).await?;
        create(
            m,
            "submission",
            [
                id("id"),
                id("entry_id"),
                number("round"),
                long_text(m, "content"),
                long_text(m, "findings"),
                word("digest", 64),
                instant("submitted_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "submission", &["entry_id", "round"]).await?;
        create(
            m,
            "evidence",
            [
                id("id"),
                id("entry_id"),
                word("slot", 60),
                word("sha256", 64),
                word("media_type", 60),
                instant("bytes"),
                number("width").nullable(),
                number("height").nullable(),
                number("pages").nullable(),
                instant("duration_ms").nullable(),
                word("file_name", 200),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        index(m, "evidence", &["entry_id", "slot"]).await?;
        create(
            m,
            "quota_use",
            [
                id("campaign_id"),
                word("quota", 60),
                word("holder", 200),
                word("category", 60),
                number("used"),
                instant("version"),
            ],
            &["campaign_id", "quota", "holder", "category"],
        )
        .await?;
        create(
            m,
            "claim",
            [
                id("id"),
                id("campaign_id"),
                word("kind", 60),
                word("key_fold", 200),
                id("entry_id"),
                number("live").nullable(),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "claim", &["campaign_id", "kind", "key_fold", "live"]).await?;
        index(m, "claim", &["entry_id"]).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            m,
            &["claim", "quota_use", "evidence", "submission", "entry"],
        )
        .await
    }
}
