//! 申报. The searched columns are copies of answers; the answers are sealed text.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    pub applicant_id: String,
    pub subject: String,
    pub category: String,
    pub route: String,
    pub agency_id: Option<String>,
    pub unit_id: Option<String>,
    pub region_code: String,
    pub name: String,
    pub name_fold: String,
    pub operator_fold: String,
    pub platform: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub answers: String,
    pub state: String,
    pub step: Option<String>,
    pub round: i32,
    pub late: bool,
    #[sea_orm(column_type = "Text")]
    pub flags: String,
    pub receipt: Option<String>,
    pub digest: Option<String>,
    pub submitted_at: Option<i64>,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
