//! Agencies, officers and their sign-ins.

use std::collections::HashMap;

use domain::actor::{Officer, Role};
use domain::agency::{Agency, Tier};
use entity::{agency, campaign_agency, officer, officer_session};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::Conn;
use crate::error::{Error, Result};

/// Row → value.
pub fn to_agency(row: agency::Model) -> Result<Agency> {
    Ok(Agency {
        tier: Tier::parse(&row.tier).ok_or_else(|| Error::Bug(format!("tier {}", row.tier)))?,
        path: row
            .path
            .split('/')
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect(),
        id: row.id,
        name: row.name,
        system: row.system,
        region: row.region_code,
    })
}

/// An agency's own path with a closing slash: everything below starts with it.
#[must_use]
pub fn path_of(agency: &Agency) -> String {
    agency.path.iter().map(|id| format!("{id}/")).collect()
}

/// By id.
pub async fn agency(db: &Conn, id: &str) -> Result<Option<Agency>> {
    agency::Entity::find_by_id(id)
        .one(db)
        .await?
        .map(to_agency)
        .transpose()
}

/// By id, as it is stored.
pub async fn agency_row(db: &Conn, id: &str) -> Result<Option<agency::Model>> {
    Ok(agency::Entity::find_by_id(id).one(db).await?)
}

/// Agencies by their ids, closed ones too.
pub async fn agencies(db: &Conn, ids: Vec<String>) -> Result<Vec<Agency>> {
    let rows = agency::Entity::find().filter(agency::Column::Id.is_in(ids));
    rows.all(db).await?.into_iter().map(to_agency).collect()
}

/// Agencies that take part in a campaign; a closed one does not.
pub async fn agencies_of(db: &Conn, campaign: &str) -> Result<Vec<Agency>> {
    let part = campaign_agency::Entity::find()
        .select_only()
        .column(campaign_agency::Column::AgencyId)
        .filter(campaign_agency::Column::CampaignId.eq(campaign));
    let ids = sea_orm::QueryTrait::into_query(part);
    let rows = agency::Entity::find()
        .filter(agency::Column::Id.in_subquery(ids))
        .filter(agency::Column::ClosedAt.is_null())
        .order_by_asc(agency::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(to_agency).collect()
}

/// Stores a new agency.
pub async fn insert_agency(tx: &Conn, row: agency::Model) -> Result<()> {
    agency::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Finds an officer by login.
pub async fn by_login(db: &Conn, login: &str) -> Result<Option<officer::Model>> {
    Ok(officer::Entity::find()
        .filter(officer::Column::Login.eq(login))
        .one(db)
        .await?)
}

/// Is there any?
pub async fn any(db: &Conn) -> Result<bool> {
    Ok(officer::Entity::find().one(db).await?.is_some())
}

/// By id.
pub async fn get(db: &Conn, id: &str) -> Result<Option<officer::Model>> {
    Ok(officer::Entity::find_by_id(id).one(db).await?)
}

/// Names of officers by id, of those who left too.
pub async fn names(db: &Conn, mut ids: Vec<String>) -> Result<HashMap<String, String>> {
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, String)> = officer::Entity::find()
        .select_only()
        .columns([officer::Column::Id, officer::Column::Name])
        .filter(officer::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Row → value, with its agency.
pub async fn to_officer(db: &Conn, row: &officer::Model) -> Result<Officer> {
    let agency = agency(db, &row.agency_id)
        .await?
        .ok_or_else(|| Error::Bug("officer without an agency".into()))?;
    let roles = row.roles.split(',').filter_map(Role::parse).collect();
    Ok(Officer {
        id: row.id.clone(),
        name: row.name.clone(),
        agency,
        roles,
    })
}

/// Officers of the agencies below (and in) one.
pub async fn below(
    db: &Conn,
    top: &Agency,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<(officer::Model, Option<agency::Model>)>> {
    let inside = agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path_of(top)));
    let mut query = officer::Entity::find()
        .filter(officer::Column::AgencyId.in_subquery(sea_orm::QueryTrait::into_query(inside)));
    if let Some(after) = after {
        query = query.filter(officer::Column::Id.gt(after));
    }
    let officers = query
        .order_by_asc(officer::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    let ids: Vec<String> = officers.iter().map(|o| o.agency_id.clone()).collect();
    let agencies = agency::Entity::find()
        .filter(agency::Column::Id.is_in(ids))
        .all(db)
        .await?;
    let of = |o: &officer::Model| agencies.iter().find(|a| a.id == o.agency_id).cloned();
    Ok(officers
        .into_iter()
        .map(|o| {
            let a = of(&o);
            (o, a)
        })
        .collect())
}

/// Stores a new officer.
pub async fn insert(tx: &Conn, row: officer::Model) -> Result<()> {
    officer::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Changes some columns of an officer.
pub async fn update(tx: &Conn, id: &str, change: officer::ActiveModel) -> Result<()> {
    officer::Entity::update_many()
        .set(change)
        .filter(officer::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Uses a step of the second factor; false when it, or a later one, was used before.
pub async fn use_step(tx: &Conn, id: &str, step: i64) -> Result<bool> {
    let change = officer::ActiveModel {
        totp_last_step: Set(Some(step)),
        ..Default::default()
    };
    let used = officer::Entity::update_many()
        .set(change)
        .filter(officer::Column::Id.eq(id))
        .filter(officer::Column::TotpLastStep.lt(step))
        .exec(tx)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Keeps a sign-in.
pub async fn keep_session(tx: &Conn, row: officer_session::Model) -> Result<()> {
    officer_session::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A sign-in with its officer and the officer's agency, as every call asks for it.
#[derive(Debug, Clone, sea_orm::FromQueryResult)]
pub struct SignedIn {
    /// Of the officer when the sign-in was made.
    pub session_version: i32,
    pub last_seen_at: i64,
    pub expires_at: i64,
    pub officer_id: String,
    pub officer_name: String,
    pub roles: String,
    pub must_change: bool,
    pub disabled_at: Option<i64>,
    /// Of the officer now.
    pub officer_version: i32,
    pub agency_id: String,
    pub agency_name: String,
    pub tier: String,
    pub system: String,
    pub region_code: String,
    pub path: String,
}

impl SignedIn {
    /// Row → value.
    pub fn officer(self) -> Result<Officer> {
        let agency = to_agency(agency::Model {
            id: self.agency_id,
            seed_key: None,
            name: self.agency_name,
            tier: self.tier,
            system: self.system,
            region_code: self.region_code,
            parent_id: None,
            path: self.path,
            closed_at: None,
            version: 0,
            created_at: 0,
        })?;
        Ok(Officer {
            id: self.officer_id,
            name: self.officer_name,
            agency,
            roles: self.roles.split(',').filter_map(Role::parse).collect(),
        })
    }
}

/// The sign-in of a token.
pub async fn signed_in(db: &Conn, token_hash: &str) -> Result<Option<SignedIn>> {
    use agency::Column as A;
    use officer::Column as O;
    use officer_session::Column as S;
    let mut found = officer_session::Entity::find_by_id(token_hash)
        .select_only()
        .columns([S::SessionVersion, S::LastSeenAt, S::ExpiresAt, S::OfficerId])
        .column_as(O::Name, "officer_name")
        .columns([O::Roles, O::MustChange, O::DisabledAt, O::AgencyId])
        .column_as(O::SessionVersion, "officer_version")
        .column_as(A::Name, "agency_name")
        .columns([A::Tier, A::System, A::RegionCode, A::Path]);
    let its_officer =
        Expr::col((officer::Entity, O::Id)).equals((officer_session::Entity, S::OfficerId));
    let its_agency = Expr::col((agency::Entity, A::Id)).equals((officer::Entity, O::AgencyId));
    sea_orm::QueryTrait::query(&mut found)
        .inner_join(officer::Entity, its_officer)
        .inner_join(agency::Entity, its_agency);
    Ok(found.into_model().one(db).await?)
}

/// Notes that the officer is still there.
pub async fn touch_session(tx: &Conn, token_hash: &str, now: i64) -> Result<()> {
    let row = officer_session::ActiveModel {
        last_seen_at: Set(now),
        ..Default::default()
    };
    officer_session::Entity::update_many()
        .set(row)
        .filter(officer_session::Column::TokenHash.eq(token_hash))
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends one sign-in.
pub async fn end_session(tx: &Conn, token_hash: &str) -> Result<()> {
    officer_session::Entity::delete_by_id(token_hash)
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends every sign-in of an officer.
pub async fn end_sessions(tx: &Conn, officer: &str) -> Result<()> {
    officer_session::Entity::delete_many()
        .filter(officer_session::Column::OfficerId.eq(officer))
        .exec(tx)
        .await?;
    Ok(())
}
