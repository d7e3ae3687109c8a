//! What may be used once, for a day after it was: pushed messages, states and words of a web sign-in.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "single_use")]
pub struct Model {
    /// SHA-256 of what it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    pub taken: bool,
    pub used_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
