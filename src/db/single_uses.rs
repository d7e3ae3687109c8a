//! What may be used once.

use entity::single_use::{ActiveModel, Column as U, Entity};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::Conn;
use crate::error::Result;
use crate::security::sha256_hex;

/// Nothing of the kind holds longer than this; then its row goes. Milliseconds.
const KEPT: i64 = 24 * 3_600_000;

/// Whether this is the first use; of two at once, in whichever process, one is told so.
pub async fn take(tx: &Conn, of: &str, now: i64) -> Result<bool> {
    let digest = sha256_hex(of.as_bytes());
    let row = ActiveModel {
        digest: Set(digest.clone()),
        taken: Set(false),
        used_at: Set(now),
    };
    let unless_there = OnConflict::column(U::Digest)
        .do_nothing_on([U::Digest])
        .to_owned();
    Entity::insert(row)
        .on_conflict(unless_there)
        .exec_without_returning(tx)
        .await?;
    let taken = Entity::update_many()
        .col_expr(U::Taken, Expr::value(true))
        .filter(U::Digest.eq(digest))
        .filter(U::Taken.eq(false))
        .exec(tx)
        .await?;
    if taken.rows_affected != 1 {
        return Ok(false);
    }
    Entity::delete_many()
        .filter(U::UsedAt.lt(now - KEPT))
        .exec(tx)
        .await?;
    Ok(true)
}
