//! Lines of negative lists, and the names by which entries are found on them.

use std::collections::HashSet;

use domain::negative_line::NameKey;
use entity::{entry, negative_line, negative_name};
use sea_orm::sea_query::{Expr, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::Conn;
use crate::error::{Error, Result};

/// Rows a statement: databases bound the number of values in one.
const CHUNK: usize = 500;

/// A live line that bears one of the names asked for.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Hit {
    pub id: String,
    pub list: String,
    pub operator: String,
    pub platform: String,
    pub account: String,
    pub account_id: String,
    pub text_sealed: String,
    pub decided_on: Option<String>,
    pub created_at: i64,
    pub kind: String,
    pub name_key: String,
}

/// Live lines of a campaign that bear one of these names: one query on the index of names, several only for hundreds.
pub async fn hits(db: &Conn, campaign: &str, names: &[NameKey]) -> Result<Vec<Hit>> {
    let mut found = Vec::new();
    for chunk in names.chunks(CHUNK) {
        for row in db.query_all(&select_hits(campaign, chunk)).await? {
            found.push(Hit::from_query_result(&row, "")?);
        }
    }
    let asked = |hit: &Hit| {
        let mut names = names.iter();
        names.any(|n| n.key == hit.name_key && n.kind.as_str() == hit.kind)
    };
    found.retain(asked);
    Ok(found)
}

fn select_hits(campaign: &str, names: &[NameKey]) -> SelectStatement {
    use {negative_line::Column as L, negative_name::Column as N};
    let line = |column: L| (negative_line::Entity, column);
    let name = |column: N| (negative_name::Entity, column);
    let shown = [
        L::Id,
        L::List,
        L::Operator,
        L::Platform,
        L::Account,
        L::AccountId,
        L::TextSealed,
        L::DecidedOn,
        L::CreatedAt,
    ];
    Query::select()
        .columns(shown.map(line))
        .columns([N::Kind, N::NameKey].map(name))
        .from(negative_name::Entity)
        .inner_join(
            negative_line::Entity,
            Expr::col(line(L::Id)).equals(name(N::LineId)),
        )
        .and_where(Expr::col(name(N::CampaignId)).eq(campaign))
        .and_where(Expr::col(name(N::NameKey)).is_in(names.iter().map(|n| n.key.as_str())))
        .and_where(Expr::col(line(L::Live)).eq(1))
        .order_by(line(L::Id), Order::Asc)
        .to_owned()
}

/// Digests of live lines among these.
pub async fn known(db: &Conn, campaign: &str, digests: &[String]) -> Result<HashSet<String>> {
    use negative_line::Column as L;
    let mut known = HashSet::new();
    for chunk in digests.chunks(CHUNK) {
        let some: Vec<String> = negative_line::Entity::find()
            .select_only()
            .column(L::Digest)
            .filter(L::CampaignId.eq(campaign))
            .filter(L::Digest.is_in(chunk))
            .filter(L::Live.eq(1))
            .into_tuple()
            .all(db)
            .await?;
        known.extend(some);
    }
    Ok(known)
}

/// Stores lines with their names.
pub async fn insert(
    tx: &Conn,
    lines: Vec<negative_line::Model>,
    names: Vec<negative_name::Model>,
) -> Result<()> {
    for chunk in lines.chunks(CHUNK) {
        let rows = chunk
            .iter()
            .cloned()
            .map(IntoActiveModel::into_active_model);
        negative_line::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    for chunk in names.chunks(CHUNK) {
        let rows = chunk
            .iter()
            .cloned()
            .map(IntoActiveModel::into_active_model);
        negative_name::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// A line of a campaign.
pub async fn get(db: &Conn, campaign: &str, id: &str) -> Result<negative_line::Model> {
    negative_line::Entity::find_by_id(id)
        .filter(negative_line::Column::CampaignId.eq(campaign))
        .one(db)
        .await?
        .ok_or(Error::Absent)
}

/// A page of the live lines of a list.
pub async fn page(
    db: &Conn,
    campaign: &str,
    list: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<negative_line::Model>> {
    use negative_line::Column as L;
    let mut query = negative_line::Entity::find()
        .filter(L::CampaignId.eq(campaign))
        .filter(L::List.eq(list))
        .filter(L::Live.eq(1));
    if let Some(after) = after {
        query = query.filter(L::Id.gt(after));
    }
    Ok(query.order_by_asc(L::Id).limit(limit).all(db).await?)
}

/// Takes a line off its list over the version seen; the row stays.
pub async fn withdraw(tx: &Conn, id: &str, version: i64, now: i64) -> Result<()> {
    use negative_line::Column as L;
    let change = negative_line::ActiveModel {
        live: Set(None),
        withdrawn_at: Set(Some(now)),
        version: Set(version + 1),
        ..Default::default()
    };
    let saved = negative_line::Entity::update_many()
        .set(change)
        .filter(L::Id.eq(id))
        .filter(L::Version.eq(version))
        .exec(tx)
        .await?;
    match saved.rows_affected {
        1 => Ok(()),
        _ => Err(Error::Stale {
            sent: version,
            stored: version + 1,
        }),
    }
}

/// A page of the entries of a campaign that were handed in and still stand.
pub async fn standing(
    db: &Conn,
    campaign: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<entry::Model>> {
    use entry::Column as E;
    let mut query = entry::Entity::find()
        .filter(E::CampaignId.eq(campaign))
        .filter(E::State.is_in(["under_review", "returned", "endorsed"]));
    if let Some(after) = after {
        query = query.filter(E::Id.gt(after));
    }
    Ok(query.order_by_asc(E::Id).limit(limit).all(db).await?)
}
