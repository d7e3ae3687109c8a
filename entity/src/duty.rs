//! One agency's part in one step of one round: the row of its review queue.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duty")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    pub entry_id: String,
    pub step: String,
    pub agency_id: String,
    pub round: i32,
    pub state: String,
    pub category: String,
    pub region_code: String,
    pub late: bool,
    pub flagged: bool,
    pub decision: Option<String>,
    pub decided_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub opinion: Option<String>,
    pub opened_at: i64,
    pub decided_at: Option<i64>,
    pub version: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
