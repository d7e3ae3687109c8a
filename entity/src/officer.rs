//! 工作人员 of an agency.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "officer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub agency_id: String,
    pub login: String,
    pub name: String,
    pub password_hash: String,
    pub must_change: bool,
    pub totp_secret: Option<String>,
    pub totp_last_step: Option<i64>,
    pub roles: String,
    pub failed: i32,
    pub locked_until: Option<i64>,
    pub disabled_at: Option<i64>,
    pub session_version: i32,
    pub version: i64,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
