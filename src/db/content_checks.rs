//! What was thought of texts and files. A state moves on from `pending` once; after that a person decides once.

use entity::content_check::{ActiveModel, Column as K, Entity, Model};
use entity::duty;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::Conn;
use crate::error::{Error, Result};

/// States in which a person has to decide.
pub const FOR_A_PERSON: [&str; 3] = ["review", "risky", "person"];

/// Stores new ones.
pub async fn insert(tx: &Conn, rows: Vec<Model>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(Model::into_active_model);
    Entity::insert_many::<ActiveModel, _>(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Those of an entry, oldest first.
pub async fn of_entry(db: &Conn, entry: &str) -> Result<Vec<Model>> {
    let rows = Entity::find().filter(K::EntryId.eq(entry));
    Ok(rows.order_by_asc(K::Id).all(db).await?)
}

/// One of an entry.
pub async fn get(db: &Conn, entry: &str, id: &str) -> Result<Model> {
    let row = Entity::find_by_id(id).filter(K::EntryId.eq(entry));
    row.one(db).await?.ok_or(Error::Absent)
}

/// Keeps under which trace a picture was asked for, and when.
pub async fn asked(tx: &Conn, id: &str, trace: &str, now: i64) -> Result<()> {
    Entity::update_many()
        .col_expr(K::TraceId, Expr::value(trace))
        .col_expr(K::AskedAt, Expr::value(now))
        .filter(K::Id.eq(id))
        .filter(K::State.eq("pending"))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether a picture was asked for under this trace.
pub async fn is_asked(tx: &Conn, trace: &str) -> Result<bool> {
    let asked = Entity::find().filter(K::TraceId.eq(trace));
    Ok(asked.count(tx).await? > 0)
}

/// Moves one on that is pending.
pub async fn settle(tx: &Conn, id: &str, state: &str, label: Option<i32>) -> Result<()> {
    move_on(tx, K::Id.eq(id), state, label).await
}

/// The same by the trace of the question.
pub async fn settle_trace(tx: &Conn, trace: &str, state: &str, label: Option<i32>) -> Result<()> {
    move_on(tx, K::TraceId.eq(trace), state, label).await
}

async fn move_on(tx: &Conn, which: Expr, state: &str, label: Option<i32>) -> Result<()> {
    Entity::update_many()
        .col_expr(K::State, Expr::value(state))
        .col_expr(K::Label, Expr::value(label))
        .filter(which)
        .filter(K::State.eq("pending"))
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends those that nobody has decided, because what they are of was replaced.
pub async fn void(tx: &Conn, ids: Vec<String>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(K::State, Expr::value("void"))
        .filter(K::Id.is_in(ids))
        .filter(K::State.ne("pass"))
        .filter(K::DecidedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Ids of pictures that were asked for before an instant and not answered.
pub async fn unanswered(db: &Conn, before: i64, limit: u64) -> Result<Vec<String>> {
    Ok(Entity::find()
        .select_only()
        .column(K::Id)
        .filter(K::State.eq("pending"))
        .filter(K::AskedAt.lt(before))
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// A person's decision.
#[derive(Debug, Clone)]
pub struct Decision {
    pub accepted: bool,
    pub reason: String,
    pub by: String,
    pub at: i64,
}

/// Keeps it; `false` when there is one already, or nothing to decide.
pub async fn decide(tx: &Conn, id: &str, d: &Decision) -> Result<bool> {
    let decided = Entity::update_many()
        .col_expr(K::Accepted, Expr::value(d.accepted))
        .col_expr(K::Reason, Expr::value(d.reason.as_str()))
        .col_expr(K::DecidedBy, Expr::value(d.by.as_str()))
        .col_expr(K::DecidedAt, Expr::value(d.at))
        .filter(K::Id.eq(id))
        .filter(K::State.is_in(FOR_A_PERSON))
        .filter(K::DecidedAt.is_null())
        .exec(tx)
        .await?;
    Ok(decided.rows_affected == 1)
}

/// What waits for a person, of a duty's entry: for a condition.
#[must_use]
pub fn waiting() -> SelectStatement {
    Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Expr::col((Entity, K::EntryId)).equals((duty::Entity, duty::Column::EntryId)))
        .and_where(Expr::col((Entity, K::State)).is_in(FOR_A_PERSON))
        .and_where(Expr::col((Entity, K::DecidedAt)).is_null())
        .to_owned()
}
