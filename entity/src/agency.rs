//! 机构: bodies in their tree; `path` holds the ids from the root, each followed by a slash.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub seed_key: Option<String>,
    pub name: String,
    pub tier: String,
    pub system: String,
    pub region_code: String,
    pub parent_id: Option<String>,
    pub path: String,
    pub closed_at: Option<i64>,
    pub version: i64,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
