//! 后续材料: what was handed in after the application; never changed.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deliverable")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub entry_id: String,
    /// Key in the notice.
    pub name: String,
    /// Counts the pieces of one name, from 1.
    pub number: i32,
    /// Answers, sealed.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// SHA-256 (hex) of the answers.
    pub digest: String,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
