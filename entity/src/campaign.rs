//! 推选活动: one edition with its frozen notice.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "campaign")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub slug: String,
    pub notice_key: String,
    pub title: String,
    pub region_code: String,
    #[sea_orm(column_type = "Text")]
    pub notice_json: String,
    #[sea_orm(column_type = "Text")]
    pub template: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub nomination_template: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub deliverable_template: Option<String>,
    pub notice_sha256: String,
    pub version: i64,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
