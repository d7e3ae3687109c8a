//! 病毒检查: one a file, by its bytes.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "virus_check")]
pub struct Model {
    /// SHA-256 (hex) of the file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: String,
    /// pending, clean, infected, unsure, released, barred.
    pub state: String,
    /// What the scanner found, in its own words; empty for nothing.
    pub finding: String,
    /// How often the scanner was asked in vain.
    pub tries: i32,
    /// While pending: when the scanner is asked next; whoever asks moves it on.
    pub due_at: i64,
    /// When the state was last settled, 0 before.
    pub checked_at: i64,
}

/// Relations are spelled out where rows are joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
