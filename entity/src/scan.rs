//! 盖章扫描件: what was seen on a file of evidence.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: String,
    pub entry_id: String,
    /// False: it could not be looked at, and the rest means nothing.
    pub legible: bool,
    pub grey: bool,
    pub code: Option<String>,
    pub pages: i32,
    pub elsewhere: i32,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
