//! What the rules ask of the other entries of a campaign, in one question.

use entity::{claim, entry};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::Conn;
use super::entries::name_fold;
use crate::error::Result;

/// Names alike that are told at most.
const ALIKE: u64 = 20;

/// What other entries occupy, and who is called alike.
#[derive(Debug, Clone, Default)]
pub struct Others {
    /// Of the accounts asked for, those of other live entries.
    pub occupied: Vec<String>,
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
    is_account: i32,
    name: String,
    platform: Option<String>,
    operator_fold: Option<String>,
}

/// Asks for accounts by their keys and for a name, empty for none, leaving out one entry.
pub async fn of(
    db: &Conn,
    campaign: &str,
    accounts: &[String],
    name: &str,
    not: &str,
) -> Result<Others> {
    let occupied = (!accounts.is_empty()).then(|| occupied(campaign, accounts, not));
    let alike = (!name.is_empty()).then(|| alike(campaign, name, not));
    let question = match (occupied, alike) {
        (Some(mut both), Some(alike)) => both.union(UnionType::All, alike).to_owned(),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return Ok(Others::default()),
    };
    let mut others = Others::default();
    for row in db.query_all(&question).await? {
        let row = Row::from_query_result(&row, "")?;
        match row.is_account {
            1 => others.occupied.push(row.name),
            _ => others.alike.push(AlikeRow {
                name: row.name,
                platform: row.platform,
                operator_fold: row.operator_fold.unwrap_or_default(),
            }),
        }
    }
    Ok(others)
}

fn occupied(campaign: &str, accounts: &[String], not: &str) -> SelectStatement {
    use claim::Column as C;
    let nothing = || Expr::val(Option::<String>::None);
    Query::select()
        .expr_as(Expr::val(1), "is_account")
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
        .expr_as(Expr::val(0), "is_account")
        .columns([E::Name, E::Platform, E::OperatorFold])
        .from_subquery(some, "alike")
        .to_owned()
}
