//! 审计日志: append-only, hash-chained per campaign.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub campaign_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub id: String,
    pub at: i64,
    pub kind: String,
    pub actor_kind: String,
    pub actor_id: String,
    pub agency_id: Option<String>,
    pub entry_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    pub prev_hash: String,
    pub hash: String,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
