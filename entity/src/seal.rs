//! 印章登记: a seal of an agency, with or without a picture of its own.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub agency_id: String,
    pub kind: String,
    pub name: String,
    pub keeper_id: Option<String>,
    pub valid_from: i64,
    pub valid_until: i64,
    pub state: String,
    /// Why it is in this state, and since when.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    pub state_at: i64,
    pub source: String,
    /// SHA-256 of the picture; drawn from the agency's name when there is none.
    pub image_sha256: Option<String>,
    pub version: i64,
    pub created_by: String,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
