//! A line of one of the lists that exclude, e.g. 三年内受处罚. `live` is NULL once it was withdrawn; the digest tells the same
//! line sent again.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "negative_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    pub list: String,
    pub operator: String,
    pub platform: String,
    pub account: String,
    pub account_id: String,
    #[sea_orm(column_type = "Text")]
    pub text_sealed: String,
    pub decided_on: Option<String>,
    pub digest: String,
    pub live: Option<i32>,
    pub version: i64,
    pub created_by: String,
    pub created_at: i64,
    pub withdrawn_at: Option<i64>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
