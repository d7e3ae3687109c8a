//! One applicant admitted after closing with one entry, by a named officer.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "late_admission")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    pub applicant_id: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub approved_by: String,
    pub until: i64,
    pub entry_id: Option<String>,
    pub created_at: i64,
    pub withdrawn_at: Option<i64>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
