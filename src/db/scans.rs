//! Scans of stamped forms, with what was seen in each box.

use entity::{scan, scan_box};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::Conn;
use crate::error::Result;

/// A scan and its boxes.
pub type Row = (scan::Model, Vec<scan_box::Model>);

/// Every scan of an entry.
pub async fn of_entry(db: &Conn, entry: &str) -> Result<Vec<Row>> {
    of_entries(db, vec![entry.to_owned()]).await
}

/// Every scan of entries or lists (推荐表).
pub async fn of_entries(db: &Conn, entries: Vec<String>) -> Result<Vec<Row>> {
    let scans = scan::Entity::find()
        .filter(scan::Column::EntryId.is_in(entries))
        .order_by_asc(scan::Column::EvidenceId)
        .all(db)
        .await?;
    if scans.is_empty() {
        return Ok(Vec::new());
    }
    let files = scans.iter().map(|scan| scan.evidence_id.clone());
    let boxes = scan_box::Entity::find()
        .filter(scan_box::Column::EvidenceId.is_in(files))
        .order_by_asc(scan_box::Column::Slot)
        .all(db)
        .await?;
    let with_boxes = scans.into_iter().map(|scan| {
        let own = boxes.iter().filter(|b| b.evidence_id == scan.evidence_id);
        let own = own.cloned().collect();
        (scan, own)
    });
    Ok(with_boxes.collect())
}

/// What was seen in one box.
pub async fn in_box(db: &Conn, file: &str, slot: &str) -> Result<Option<scan_box::Model>> {
    let id = (file.to_owned(), slot.to_owned());
    Ok(scan_box::Entity::find_by_id(id).one(db).await?)
}

/// Removes what was seen on a file that is removed.
pub async fn remove(tx: &Conn, file: &str) -> Result<()> {
    scan_box::Entity::delete_many()
        .filter(scan_box::Column::EvidenceId.eq(file))
        .exec(tx)
        .await?;
    scan::Entity::delete_by_id(file).exec(tx).await?;
    Ok(())
}
