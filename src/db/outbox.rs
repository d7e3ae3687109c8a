//! Calls that are planned, under way, or done. Each is claimed by a conditional update, so that of several processes one
//! makes it.

use entity::entry;
use entity::outbox::{ActiveModel, Column as O, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Conn;
use crate::clock::new_id;
use crate::error::Result;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Sent,
    Failed,
    /// There was no more reason for it.
    Dropped,
    /// It may have been made or not: for a person to look at, never made again.
    Unclear,
}

impl End {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            End::Sent => "sent",
            End::Failed => "failed",
            End::Dropped => "dropped",
            End::Unclear => "unclear",
        }
    }
}

/// A call for an entry's applicant that is to be made once `due_at` has come; `subject` and `body` are its kind's own.
#[must_use]
pub fn planned(
    kind: &str,
    entry: &entry::Model,
    subject: &str,
    body: String,
    due_at: i64,
    now: i64,
) -> Model {
    Model {
        id: new_id(),
        kind: kind.to_owned(),
        campaign_id: entry.campaign_id.clone(),
        entry_id: entry.id.clone(),
        applicant_id: entry.applicant_id.clone(),
        subject: subject.to_owned(),
        state: "planned".into(),
        attempts: 0,
        due_at,
        claimed_at: None,
        done_at: None,
        fault: None,
        created_at: now,
        body,
    }
}

/// Plans a call: in the transaction of the act that leads to it.
pub async fn plan(tx: &Conn, row: Model) -> Result<()> {
    Entity::insert(ActiveModel::from(row))
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Calls of this kind that are planned for an entry. Goes through all that are planned: for what is rare.
pub async fn planned_for(db: &Conn, kind: &str, entry: &str) -> Result<Vec<Model>> {
    let rows = Entity::find()
        .filter(O::State.eq("planned"))
        .filter(O::EntryId.eq(entry))
        .filter(O::Kind.eq(kind));
    Ok(rows.all(db).await?)
}

/// Plans a call for another time, and for what is so by then; `false` when it was claimed meanwhile.
pub async fn replan(tx: &Conn, row: &Model, body: String, due_at: i64) -> Result<bool> {
    let moved = Entity::update_many()
        .col_expr(O::Body, Expr::value(body))
        .col_expr(O::DueAt, Expr::value(due_at))
        .filter(O::Id.eq(row.id.as_str()))
        .filter(O::State.eq("planned"))
        .exec(tx)
        .await?;
    Ok(moved.rows_affected == 1)
}

/// Planned calls whose time has come, those that wait longest first.
pub async fn due(db: &Conn, now: i64, limit: u64) -> Result<Vec<Model>> {
    let rows = Entity::find()
        .filter(O::State.eq("planned"))
        .filter(O::DueAt.lte(now));
    Ok(rows.order_by_asc(O::DueAt).limit(limit).all(db).await?)
}

/// Calls that somebody claimed before an instant and never ended.
pub async fn lost(db: &Conn, before: i64, limit: u64) -> Result<Vec<Model>> {
    let rows = Entity::find()
        .filter(O::State.eq("sending"))
        .filter(O::ClaimedAt.lt(before));
    Ok(rows.limit(limit).all(db).await?)
}

/// Claims a planned call: answers with the row as it then is, or `None` when another was faster.
pub async fn claim(tx: &Conn, row: Model, now: i64) -> Result<Option<Model>> {
    let claimed = Entity::update_many()
        .col_expr(O::State, Expr::value("sending"))
        .col_expr(O::Attempts, Expr::value(row.attempts + 1))
        .col_expr(O::ClaimedAt, Expr::value(now))
        .filter(O::Id.eq(row.id.as_str()))
        .filter(O::State.eq("planned"))
        .filter(O::Attempts.eq(row.attempts))
        .exec(tx)
        .await?;
    Ok((claimed.rows_affected == 1).then_some(Model {
        attempts: row.attempts + 1,
        state: "sending".into(),
        claimed_at: Some(now),
        ..row
    }))
}

/// Ends a call as it was claimed; `false` when it was ended already, or taken over.
pub async fn end(tx: &Conn, row: &Model, end: End, fault: Option<&str>, now: i64) -> Result<bool> {
    let ended = Entity::update_many()
        .col_expr(O::State, Expr::value(end.as_str()))
        .col_expr(O::Fault, Expr::value(fault.map(short)))
        .col_expr(O::DoneAt, Expr::value(now))
        .filter(O::Id.eq(row.id.as_str()))
        .filter(O::State.eq("sending"))
        .filter(O::Attempts.eq(row.attempts))
        .exec(tx)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Plans a call that was claimed anew.
pub async fn again(tx: &Conn, row: &Model, due_at: i64, fault: Option<&str>) -> Result<()> {
    Entity::update_many()
        .col_expr(O::State, Expr::value("planned"))
        .col_expr(O::Fault, Expr::value(fault.map(short)))
        .col_expr(O::DueAt, Expr::value(due_at))
        .filter(O::Id.eq(row.id.as_str()))
        .filter(O::State.eq("sending"))
        .filter(O::Attempts.eq(row.attempts))
        .exec(tx)
        .await?;
    Ok(())
}

fn short(fault: &str) -> String {
    fault.chars().take(200).collect()
}
