//! Calls to WeChat that an act leads to, written with the act and made after its commit.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub kind: String,
    pub campaign_id: String,
    pub entry_id: String,
    pub applicant_id: String,
    pub subject: String,
    /// planned, sending; sent, failed, dropped, unclear.
    pub state: String,
    pub attempts: i32,
    pub due_at: i64,
    pub claimed_at: Option<i64>,
    pub done_at: Option<i64>,
    pub fault: Option<String>,
    pub created_at: i64,
    /// JSON, without personal data.
    #[sea_orm(column_type = "Text")]
    pub body: String,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
