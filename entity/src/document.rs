//! A rendered form of an entry or of a list (推荐表); `entry_id` and `round` say of which. `sha256` is its newest state with all stamps.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub entry_id: String,
    pub round: i32,
    pub code: String,
    pub sha256: String,
    pub digest: String,
    #[sea_orm(column_type = "Text")]
    pub slots: String,
    pub pages: i32,
    pub version: i64,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
