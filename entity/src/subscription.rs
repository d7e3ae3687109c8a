//! 订阅消息: how many messages of a template an applicant accepted and has not had yet.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub applicant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub template_id: String,
    pub budget: i32,
    pub refused_at: Option<i64>,
    pub updated_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
