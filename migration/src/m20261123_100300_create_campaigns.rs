use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "campaign",
            [
                id("id"),
                word("slug", 60),
                word("notice_key", 60),
                word("title", 200),
                word("region_code", 6),
                long_text(m, "notice_json"),
                long_text(m, "template"),
                word("notice_sha256", 64),
                instant("version"),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "campaign", &["slug"]).await?;
        create(
            m,
            "campaign_window",
            [
                id("campaign_id"),
                word("stage", 60),
                instant("opens"),
                instant("closes"),
                instant("version"),
            ],
            &["campaign_id", "stage"],
        )
        .await?;
        create(
            m,
            "campaign_agency",
            [id("campaign_id"), id("agency_id")],
            &["campaign_id", "agency_id"],
        )
        .await?;
        index(m, "campaign_agency", &["agency_id"]).await?;
        create(
            m,
            "late_admission",
            [
                id("id"),
                id("campaign_id"),
                id("applicant_id"),
                long_text(m, "reason"),
                id("approved_by"),
                instant("until"),
                id("entry_id").nullable(),
                instant("created_at"),
            ],
            &["id"],
        )
        .await?;
        index(m, "late_admission", &["campaign_id", "applicant_id"]).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            m,
            &[
                "late_admission",
                "campaign_agency",
                "campaign_window",
                "campaign",
            ],
        )
        .await
    }
}
