//! 盖章 on a form, of an entry or a list: planned before the key is used, done after. `live` is NULL once void.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stamp")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub document_id: String,
    pub entry_id: String,
    pub round: i32,
    pub slot: String,
    pub agency_id: String,
    /// Absent on stamps set before seals were registered.
    pub seal_id: Option<String>,
    pub officer_id: String,
    pub state: String,
    pub live: Option<i32>,
    pub before_sha256: String,
    pub after_sha256: Option<String>,
    pub serial: String,
    #[sea_orm(column_type = "Text")]
    pub opinion: String,
    pub planned_at: i64,
    pub done_at: Option<i64>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
