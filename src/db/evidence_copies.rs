//! Small copies of evidence.

use entity::evidence_copy;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::Conn;
use crate::error::Result;

/// The copy of a file with this edge.
pub async fn find(db: &Conn, file: &str, edge: i32) -> Result<Option<evidence_copy::Model>> {
    let id = (file.to_owned(), edge);
    Ok(evidence_copy::Entity::find_by_id(id).one(db).await?)
}

/// Stores a copy; one that is there already stays.
pub async fn keep(tx: &Conn, row: evidence_copy::Model) -> Result<()> {
    if find(tx, &row.evidence_id, row.edge).await?.is_none() {
        evidence_copy::Entity::insert(row.into_active_model())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Removes every copy of a file.
pub async fn remove(tx: &Conn, file: &str) -> Result<()> {
    evidence_copy::Entity::delete_many()
        .filter(evidence_copy::Column::EvidenceId.eq(file))
        .exec(tx)
        .await?;
    Ok(())
}
