//! 分片上传: a file that comes in parts.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub applicant_id: String,
    pub entry_id: String,
    pub slot: String,
    pub file_name: String,
    /// Of the whole file, as announced.
    pub bytes: i64,
    /// Of every part but the last.
    pub part_bytes: i64,
    /// Of the whole file, where it was announced.
    pub sha256: Option<String>,
    /// The evidence that it became.
    pub evidence_id: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
