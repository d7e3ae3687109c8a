//! Messages that WeChat pushed, for a day: each is taken once.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "push_receipt")]
pub struct Model {
    /// SHA-256 of the message, or of what it is about.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message: String,
    pub taken: bool,
    pub received_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
