//! An operator on one of the lists that exclude, e.g. 三年内受处罚.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "negative_listing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    pub list: String,
    pub operator: String,
    pub operator_fold: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub decided_on: String,
    pub created_by: String,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
