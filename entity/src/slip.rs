//! 补正通知.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "slip")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub entry_id: String,
    pub round: i32,
    pub step: String,
    pub agency_id: String,
    pub officer_id: String,
    #[sea_orm(column_type = "Text")]
    pub items: String,
    pub due_at: i64,
    pub created_at: i64,
    pub answered_at: Option<i64>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
