//! 申报人; phone sealed, found by its blind index.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "applicant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub openid: Option<String>,
    pub unionid: Option<String>,
    pub phone_sealed: Option<String>,
    pub phone_index: Option<String>,
    pub session_version: i32,
    pub version: i64,
    pub created_at: i64,
    /// Name of the person at the official account.
    pub account_openid: Option<String>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
