//! What was seen in one box (盖章处) of a scan.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scan_box")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: String,
    pub sight: String,
    /// Hundredths.
    pub confidence: i32,
    pub picture_sha256: Option<String>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
