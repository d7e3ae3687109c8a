//! What the rules ask of the other entries of a campaign, in one question.

use domain::eligibility::OperatorMark;
use entity::{claim, entry};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::Conn;
use super::entries::{name_fold, operator_fold};
use crate::error::Result;

/// Names alike that are told at most.
const ALIKE: u64 = 20;

/// What other entries occupy, and who is called alike.
#[derive(Debug, Clone, Default)]
pub struct Others {
    /// Of the accounts asked for, those of other live entries.
    pub occupied: Vec<String>,
    /// Fields that tell the operator of another entry as well, though it is written otherwise there.
    pub same_operator: Vec<String>,
    /// Submitted entries whose name reads like the one asked for.
    pub alike: Vec<AlikeRow>,
}

/// What the rule on names asks of another entry.
#[derive(Debug, Clone)]
pub struct AlikeRow {
    pub name: String,
    pub platform: Option<String>,
    pub operator_fold: String,
}

#[derive(FromQueryResult)]
struct Row {
    /// 1 for an account, 2 for an operator, 0 for a name.
    what: i32,
    name: String,
    platform: Option<String>,
    operator_fold: Option<String>,
}

/// What is asked of the others; nothing of what is empty.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Accounts by their keys.
    pub accounts: &'a [String],
    pub name: &'a str,
    pub marks: &'a [OperatorMark],
    /// As it is written; others of this very name are counted, not told.
    pub operator: &'a str,
}

/// Kind of the claims that keep the marks of operators; each is its entry's own, so that any number may be alike.
pub const OPERATOR: &str = "operator";

/// The claim of a mark by an entry.
#[must_use]
pub fn mark_of(mark: &OperatorMark, entry: &str) -> String {
    format!("{}\u{1f}{entry}", mark.key)
}

/// Asks, leaving out one entry.
pub async fn of(db: &Conn, campaign: &str, asked: Asked<'_>, not: &str) -> Result<Others> {
    let Asked {
        accounts,
        name,
        marks,
        operator,
    } = asked;
    let questions = [
        (!accounts.is_empty()).then(|| occupied(campaign, accounts, not)),
        (!name.is_empty()).then(|| alike(campaign, name, not)),
        (!marks.is_empty()).then(|| same_operator(campaign, marks, operator, not)),
    ];
    let mut questions = questions.into_iter().flatten();
    let Some(mut all) = questions.next() else {
        return Ok(Others::default());
    };
    for question in questions {
        all.union(UnionType::All, question);
    }
    let mut others = Others::default();
    for row in db.query_all(&all).await? {
        let row = Row::from_query_result(&row, "")?;
        match row.what {
            1 => others.occupied.push(row.name),
            2 => others.same_operator.extend(
                (marks.iter())
                    .filter(|m| row.name.starts_with(&mark_of(m, "")))
                    .map(|m| m.field.clone()),
            ),
            _ => others.alike.push(AlikeRow {
                name: row.name,
                platform: row.platform,
                operator_fold: row.operator_fold.unwrap_or_default(),
            }),
        }
    }
    others.same_operator.sort();
    others.same_operator.dedup();
    Ok(others)
}

/// A mark's claims stand between its own end and what would come after it.
fn same_operator(
    campaign: &str,
    marks: &[OperatorMark],
    operator: &str,
    not: &str,
) -> SelectStatement {
    use claim::Column as C;
    use entry::Column as E;
    let its = |column: C| Expr::col((claim::Entity, column));
    let nothing = || Expr::val(Option::<String>::None);
    let any = marks.iter().fold(Condition::any(), |any, mark| {
        let first = mark_of(mark, "");
        let next = format!("{}\u{20}", mark.key);
        any.add(its(C::KeyFold).gte(first).and(its(C::KeyFold).lt(next)))
    });
    let some = Query::select()
        .column((claim::Entity, C::KeyFold))
        .from(claim::Entity)
        .inner_join(
            entry::Entity,
            Expr::col((entry::Entity, E::Id)).equals((claim::Entity, C::EntryId)),
        )
        .and_where(its(C::CampaignId).eq(campaign))
        .and_where(its(C::Kind).eq(OPERATOR))
        .cond_where(any)
        .and_where(its(C::Live).eq(1))
        .and_where(its(C::EntryId).ne(not))
        .and_where(Expr::col((entry::Entity, E::OperatorFold)).ne(operator_fold(operator)))
        .limit(ALIKE)
        .to_owned();
    Query::select()
        .expr_as(Expr::val(2), "what")
        .expr_as(Expr::col(C::KeyFold), "name")
        .expr_as(nothing(), "platform")
        .expr_as(nothing(), "operator_fold")
        .from_subquery(some, "marked")
        .to_owned()
}

fn occupied(campaign: &str, accounts: &[String], not: &str) -> SelectStatement {
    use claim::Column as C;
    let nothing = || Expr::val(Option::<String>::None);
    Query::select()
        .expr_as(Expr::val(1), "what")
        .expr_as(Expr::col(C::KeyFold), "name")
        .expr_as(nothing(), "platform")
        .expr_as(nothing(), "operator_fold")
        .from(claim::Entity)
        .and_where(Expr::col(C::CampaignId).eq(campaign))
        .and_where(Expr::col(C::Kind).eq("account"))
        .and_where(Expr::col(C::KeyFold).is_in(accounts))
        .and_where(Expr::col(C::Live).eq(1))
        .and_where(Expr::col(C::EntryId).ne(not))
        .to_owned()
}

/// The limit is inside: one that stood outside might cut accounts off.
fn alike(campaign: &str, name: &str, not: &str) -> SelectStatement {
    use entry::Column as E;
    let some = Query::select()
        .columns([E::Name, E::Platform, E::OperatorFold])
        .from(entry::Entity)
        .and_where(Expr::col(E::CampaignId).eq(campaign))
        .and_where(Expr::col(E::NameFold).eq(name_fold(name)))
        .and_where(Expr::col(E::Id).ne(not))
        .and_where(Expr::col(E::State).is_in(["under_review", "returned", "endorsed"]))
        .limit(ALIKE)
        .to_owned();
    Query::select()
        .expr_as(Expr::val(0), "what")
        .columns([E::Name, E::Platform, E::OperatorFold])
        .from_subquery(some, "alike")
        .to_owned()
}
