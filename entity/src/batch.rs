//! 报送: entries that one agency hands up together, on paper and electronically.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    pub agency_id: String,
    pub to_agency_id: String,
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub note: String,
    pub paper_received_at: Option<i64>,
    pub electronic_received_at: Option<i64>,
    pub sent_at: Option<i64>,
    pub received_at: Option<i64>,
    pub version: i64,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
