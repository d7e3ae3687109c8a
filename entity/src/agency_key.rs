//! An agency's signing key, sealed, and its certificate (base64 DER).

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub agency_id: String,
    /// The seal that it is behind; absent on keys made before seals were registered.
    pub seal_id: Option<String>,
    /// p256, rsa or sm2; p256 when absent.
    pub algorithm: Option<String>,
    /// Certificates above its own (base64 DER, one a line), without the root.
    #[sea_orm(column_type = "Text", nullable)]
    pub chain: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub key_sealed: String,
    #[sea_orm(column_type = "Text")]
    pub certificate: String,
    pub serial: String,
    pub not_before: i64,
    pub not_after: i64,
    pub revoked_at: Option<i64>,
    pub created_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
