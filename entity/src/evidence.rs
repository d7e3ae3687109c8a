//! 佐证材料 attached to an entry.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub entry_id: String,
    pub slot: String,
    pub sha256: String,
    pub media_type: String,
    pub bytes: i64,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub pages: Option<i32>,
    pub duration_ms: Option<i64>,
    pub header_ms: Option<i64>,
    pub codec: Option<String>,
    pub has_sound: Option<bool>,
    pub file_name: String,
    pub created_at: i64,
    /// Among the files of its slot, once their applicant put them in an order.
    pub place: Option<i32>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
