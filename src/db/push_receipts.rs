//! Which pushed messages were taken already.

use entity::push_receipt::{ActiveModel, Column as P, Entity};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use crate::error::Result;

/// A message is sent again within seconds; a row is kept so long.
const KEPT: i64 = 24 * 3_600_000;

/// Whether the message is new; of two who ask at once, in whichever process, one is told so.
pub async fn take<C: ConnectionTrait>(tx: &C, message: &str, now: i64) -> Result<bool> {
    let row = ActiveModel {
        message: Set(message.to_owned()),
        taken: Set(false),
        received_at: Set(now),
    };
    let unless_there = OnConflict::column(P::Message)
        .do_nothing_on([P::Message])
        .to_owned();
    Entity::insert(row)
        .on_conflict(unless_there)
        .exec_without_returning(tx)
        .await?;
    let taken = Entity::update_many()
        .col_expr(P::Taken, Expr::value(true))
        .filter(P::Message.eq(message))
        .filter(P::Taken.eq(false))
        .exec(tx)
        .await?;
    if taken.rows_affected != 1 {
        return Ok(false);
    }
    Entity::delete_many()
        .filter(P::ReceivedAt.lt(now - KEPT))
        .exec(tx)
        .await?;
    Ok(true)
}
