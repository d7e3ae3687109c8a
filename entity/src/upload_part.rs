//! Parts that arrived of a file.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_part")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub upload_id: String,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// Of an object; empty when the part lies at its place in the upload's file.
    pub sha256: String,
    /// Hexadecimal; rows from before have none.
    pub crc32: Option<String>,
    pub bytes: i64,
    /// True when it lies at its place; an object of its own otherwise.
    pub in_place: Option<bool>,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
