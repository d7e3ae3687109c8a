//! Small copies of pictures, made at first demand.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_copy")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: String,
    /// Longer side, pixels.
    #[sea_orm(primary_key, auto_increment = false)]
    pub edge: i32,
    pub sha256: String,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
