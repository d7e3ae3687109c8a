//! 证书登记: honours that were issued.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    /// certificate or plaque.
    pub kind: String,
    pub number: String,
    pub name: String,
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// JSON.
    #[sea_orm(column_type = "Text")]
    pub agencies: String,
    pub date: String,
    /// Where the QR code leads.
    pub code: String,
    /// The honoured entry, where the list was made from entries.
    pub entry_id: Option<String>,
    pub issued_by: String,
    pub issued_at: i64,
    pub revoked_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
