//! 后续材料 of entries. What was written is sealed.

use domain::form::Answers;
use entity::deliverable;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};

use super::Conn;
use crate::error::Result;
use crate::security::sealed::Sealing;

/// Every piece of an entry, by name and number.
pub async fn of_entry(db: &Conn, entry: &str) -> Result<Vec<deliverable::Model>> {
    use deliverable::Column as D;
    Ok(deliverable::Entity::find()
        .filter(D::EntryId.eq(entry))
        .order_by_asc(D::Name)
        .order_by_asc(D::Number)
        .all(db)
        .await?)
}

/// One piece.
pub async fn numbered(
    db: &Conn,
    entry: &str,
    name: &str,
    number: i32,
) -> Result<Option<deliverable::Model>> {
    use deliverable::Column as D;
    Ok(deliverable::Entity::find()
        .filter(D::EntryId.eq(entry))
        .filter(D::Name.eq(name))
        .filter(D::Number.eq(number))
        .one(db)
        .await?)
}

/// How many pieces of a name.
pub async fn count(db: &Conn, entry: &str, name: &str) -> Result<u64> {
    use deliverable::Column as D;
    Ok(deliverable::Entity::find()
        .filter(D::EntryId.eq(entry))
        .filter(D::Name.eq(name))
        .count(db)
        .await?)
}

/// By id.
pub async fn get(db: &Conn, id: &str) -> Result<Option<deliverable::Model>> {
    Ok(deliverable::Entity::find_by_id(id).one(db).await?)
}

/// Stores a piece.
pub async fn insert(tx: &Conn, row: deliverable::Model) -> Result<()> {
    deliverable::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Seals what was written, for the row of this id.
pub fn seal(id: &str, answers: &[u8], sealing: &Sealing) -> Result<String> {
    sealing.seal(&place(id), answers)
}

/// What was written.
pub fn answers(row: &deliverable::Model, sealing: &Sealing) -> Result<Answers> {
    Ok(serde_json::from_slice(
        &sealing.open(&place(&row.id), &row.content)?,
    )?)
}

fn place(id: &str) -> String {
    format!("deliverable.content.{id}")
}
