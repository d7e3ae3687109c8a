//! 内容安全: what WeChat, and then a person, thought of a text or file that was handed in.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "content_check")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub entry_id: String,
    /// Id of a file, or the round of a text.
    pub item: String,
    /// text, picture, video, document.
    pub kind: String,
    pub round: i32,
    /// pending, pass, review, risky, person; void once it was replaced.
    pub state: String,
    pub label: Option<i32>,
    pub trace_id: Option<String>,
    pub asked_at: Option<i64>,
    pub accepted: Option<bool>,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
