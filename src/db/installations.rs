//! What this database is for.

use entity::installation::{Column, Entity, Model};
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel};

use super::Conn;
use crate::error::Result;

/// The one row, once it is there.
pub async fn get(db: &Conn) -> Result<Option<Model>> {
    Ok(Entity::find().one(db).await?)
}

/// Sets the row anew.
pub async fn replace(tx: &Conn, row: Model) -> Result<()> {
    Entity::delete_by_id(row.id).exec(tx).await?;
    add(tx, row).await
}

/// Adds the row unless another process was faster.
pub async fn add(tx: &Conn, row: Model) -> Result<()> {
    let unless_there = OnConflict::column(Column::Id)
        .do_nothing_on([Column::Id])
        .to_owned();
    Entity::insert(row.into_active_model())
        .on_conflict(unless_there)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
