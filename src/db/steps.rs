//! What a decision asks of an entry's step, in one question.

use domain::review::Duty;
use entity::{duty, stamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query, UnionType};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::Conn;
use super::reviews::to_duty;
use crate::error::Result;

/// Where an entry stands in a step of a round.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// In the order in which they were opened.
    pub duties: Vec<Duty>,
    /// Slot and state of every stamp of the round, of all steps, that is not void.
    pub stamps: Vec<(String, String)>,
}

#[derive(FromQueryResult)]
struct Row {
    is_duty: i32,
    id: String,
    /// An agency's id, or a slot.
    whose: String,
    state: String,
}

/// Duties of a step and stamps of the round.
pub async fn of(db: &Conn, entry: &str, step: &str, round: u32) -> Result<Step> {
    use {duty::Column as D, stamp::Column as S};
    let stamps = Query::select()
        .expr_as(Expr::val(0), "is_duty")
        .expr_as(Expr::col(S::Id), "id")
        .expr_as(Expr::col(S::Slot), "whose")
        .expr_as(Expr::col(S::State), "state")
        .from(stamp::Entity)
        .and_where(Expr::col(S::EntryId).eq(entry))
        .and_where(Expr::col(S::Round).eq(round))
        .and_where(Expr::col(S::Live).eq(1))
        .to_owned();
    let both = Query::select()
        .expr_as(Expr::val(1), "is_duty")
        .expr_as(Expr::col(D::Id), "id")
        .expr_as(Expr::col(D::AgencyId), "whose")
        .expr_as(Expr::col(D::State), "state")
        .from(duty::Entity)
        .and_where(Expr::col(D::EntryId).eq(entry))
        .and_where(Expr::col(D::Step).eq(step))
        .and_where(Expr::col(D::Round).eq(round))
        .union(UnionType::All, stamps)
        .to_owned();
    let mut found = Step::default();
    for row in db.query_all(&both).await? {
        let row = Row::from_query_result(&row, "")?;
        match row.is_duty {
            1 => found.duties.push(to_duty(row.id, row.whose, &row.state)?),
            _ => found.stamps.push((row.whose, row.state)),
        }
    }
    found.duties.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}
