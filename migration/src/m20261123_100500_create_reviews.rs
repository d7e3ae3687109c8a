use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "duty",
            [
                id("id"),
                id("campaign_id"),
                id("entry_id"),
                word("step", 60),
                id("agency_id"),
                number("round"),
                word("state", 8),
                word("category", 60),
                word("region_code", 6),
                flag("late"),
                flag("flagged"),
                word("decision", 12).nullable(),
                id("decided_by").nullable(),
                long_text(m, "opinion").nullable(),
                instant("opened_at"),
                instant("decided_at").nullable(),
                instant("version"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "duty", &["entry_id", "step", "agency_id", "round"]).await?;
        index(m, "duty", &["agency_id", "campaign_id", "state", "id"]).await?;
        index(
            m,
            "duty",
            &["agency_id", "campaign_id", "state", "category", "id"],
        )
        .await?;
        index(
            m,
            "duty",
            &["agency_id", "campaign_id", "state", "step", "id"],
        )
        .await?;
        index(
            m,
            "duty",
            &["agency_id", "campaign_id", "state", "region_code", "id"],
        )
        .await?;
        create(
            m,
            "slip",
            [
                id("id"),
                id("entry_id"),
                number("round"),
                word("step", 60),
                id("agency_id"),
                id("officer_id"),
                long_text(m, "items"),
                instant("due_at"),
                instant("created_at"),
                instant("answered_at").nullable(),
            ],
            &["id"],
        )
        .await?;
        unique(m, "slip", &["entry_id", "round"]).await?;
        create(
            m,
            "finding_decision",
            [
                id("id"),
                id("entry_id"),
                number("round"),
                word("rule", 60),
                id("agency_id"),
                id("officer_id"),
                flag("accepted"),
                long_text(m, "reason"),
                instant("decided_at"),
            ],
            &["id"],
        )
        .await?;
        unique(m, "finding_decision", &["entry_id", "round", "rule"]).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["finding_decision", "slip", "duty"]).await
    }
}
