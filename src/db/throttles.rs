//! Attempts counted by what they share, in windows of time; shared by all processes on the database.

use entity::throttle::{ActiveModel, Column as T, Entity};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, Set};

use super::Conn;
use crate::error::Result;

/// A row that nobody has hit for so long is removed.
const KEPT: i64 = 24 * 3_600_000;
/// A window that begins further ahead than this was begun by a clock that was wrong, and is over. It is not nothing: clocks
/// of processes differ, and acts do not run in the order in which their time was taken.
const AHEAD: i64 = 60_000;

/// Hits in the window that runs now, and when it ends.
pub async fn hits(db: &Conn, scope: &str, now: i64, window: i64) -> Result<Option<(i32, i64)>> {
    let row = Entity::find_by_id(scope).one(db).await?;
    let running = row.filter(|r| r.window_start > now - window && r.window_start <= now + AHEAD);
    Ok(running.map(|r| (r.hits, r.window_start + window)))
}

/// Counts a hit; begins a window where none runs.
pub async fn hit(tx: &Conn, scope: &str, now: i64, window: i64) -> Result<()> {
    if count(tx, scope, now, window).await? {
        return Ok(());
    }
    let begun = Entity::update_many()
        .col_expr(T::WindowStart, Expr::value(now))
        .col_expr(T::Hits, Expr::value(1))
        .filter(T::Scope.eq(scope))
        .filter(
            Condition::any()
                .add(T::WindowStart.lte(now - window))
                .add(T::WindowStart.gt(now + AHEAD)),
        )
        .exec(tx)
        .await?;
    if begun.rows_affected == 1 {
        return Ok(());
    }
    // New here: a moment to forget those that were not seen for a day.
    Entity::delete_many()
        .filter(T::WindowStart.lt(now - std::cmp::max(KEPT, window)))
        .exec(tx)
        .await?;
    let row = ActiveModel {
        scope: Set(scope.to_owned()),
        window_start: Set(now),
        hits: Set(0),
    };
    // Another process may make it in the same moment; then its row is counted on.
    let unless_there = OnConflict::column(T::Scope)
        .do_nothing_on([T::Scope])
        .to_owned();
    Entity::insert(row)
        .on_conflict(unless_there)
        .exec_without_returning(tx)
        .await?;
    count(tx, scope, now, window).await.map(drop)
}

/// Forgets what was counted under a scope.
pub async fn forget(tx: &Conn, scope: &str) -> Result<()> {
    Entity::delete_by_id(scope).exec(tx).await?;
    Ok(())
}

/// Forgets what was counted under every scope that begins so.
pub async fn forget_all(tx: &Conn, beginning: &str) -> Result<()> {
    let rows = Entity::delete_many().filter(T::Scope.starts_with(beginning));
    rows.exec(tx).await?;
    Ok(())
}

async fn count(tx: &Conn, scope: &str, now: i64, window: i64) -> Result<bool> {
    let counted = Entity::update_many()
        .col_expr(T::Hits, Expr::col(T::Hits).add(1))
        .filter(T::Scope.eq(scope))
        .filter(T::WindowStart.gt(now - window))
        .filter(T::WindowStart.lte(now + AHEAD))
        .exec(tx)
        .await?;
    Ok(counted.rows_affected == 1)
}
