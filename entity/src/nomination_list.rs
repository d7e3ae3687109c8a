//! 推荐表（地市）: what one agency nominates in one campaign.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nomination_list")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    pub agency_id: String,
    pub state: String,
    pub contact_sealed: Option<String>,
    /// The scan stamped with ink.
    pub document_sha256: Option<String>,
    /// How often its content was saved; its form and stamp belong to one.
    pub round: Option<i32>,
    pub sent_at: Option<i64>,
    pub version: i64,
    pub created_at: i64,
    /// Why it was returned, until it is sent again.
    pub return_reason: Option<String>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
