//! Printed forms that arrived.

use entity::paper_receipt;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::Conn;
use crate::error::Result;

/// An agency's receipt of a form.
pub async fn of_form(db: &Conn, form: &str, agency: &str) -> Result<Option<paper_receipt::Model>> {
    use paper_receipt::Column as P;
    Ok(paper_receipt::Entity::find()
        .filter(P::DocumentId.eq(form))
        .filter(P::AgencyId.eq(agency))
        .one(db)
        .await?)
}

/// Every receipt of an entry's forms, in the order they arrived.
pub async fn of_entry(db: &Conn, entry: &str) -> Result<Vec<paper_receipt::Model>> {
    let rows = paper_receipt::Entity::find().filter(paper_receipt::Column::EntryId.eq(entry));
    Ok(rows.order_by_asc(paper_receipt::Column::Id).all(db).await?)
}

/// Stores a receipt.
pub async fn insert(tx: &Conn, row: paper_receipt::Model) -> Result<()> {
    paper_receipt::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
