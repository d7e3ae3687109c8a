//! The register of seals and the keys behind them.

use std::collections::HashMap;

use domain::actor::Officer;
use domain::agency::Agency;
use domain::seal::register::{KeySource, Seal, SealKind, SealState};
use entity::{agency, agency_key, seal};
use sea_orm::ActiveModelTrait as _;
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use super::Conn;
use super::officers::path_of;
use crate::error::{Error, Result};

/// Row → value.
pub fn to_seal(row: &seal::Model) -> Result<Seal> {
    let strange = || Error::Bug(format!("seal {}", row.id));
    Ok(Seal {
        id: row.id.clone(),
        agency_id: row.agency_id.clone(),
        kind: SealKind::parse(&row.kind).ok_or_else(strange)?,
        keeper_id: row.keeper_id.clone(),
        valid: (row.valid_from, row.valid_until),
        state: SealState::parse(&row.state).ok_or_else(strange)?,
        source: KeySource::parse(&row.source).ok_or_else(strange)?,
    })
}

/// Ids of an agency and all below it.
fn inside(top: &Agency) -> SelectStatement {
    agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path_of(top)))
        .into_query()
}

/// A seal of the officer's own tree.
pub async fn visible(db: &Conn, who: &Officer, id: &str) -> Result<seal::Model> {
    seal::Entity::find_by_id(id)
        .filter(seal::Column::AgencyId.in_subquery(inside(&who.agency)))
        .one(db)
        .await?
        .ok_or(Error::Absent)
}

/// A page of the register of the officer's own tree, newest last.
pub async fn list(
    db: &Conn,
    who: &Officer,
    of: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<seal::Model>> {
    use seal::Column as S;
    let mut query = seal::Entity::find().filter(S::AgencyId.in_subquery(inside(&who.agency)));
    if let Some(agency) = of {
        query = query.filter(S::AgencyId.eq(agency));
    }
    if let Some(after) = after {
        query = query.filter(S::Id.gt(after));
    }
    Ok(query.order_by_asc(S::Id).limit(limit).all(db).await?)
}

/// By id, whosever it is.
pub async fn get(db: &Conn, id: &str) -> Result<Option<seal::Model>> {
    Ok(seal::Entity::find_by_id(id).one(db).await?)
}

/// Every seal of an agency, oldest first.
pub async fn of_agency(db: &Conn, agency: &str) -> Result<Vec<seal::Model>> {
    let all = seal::Entity::find().filter(seal::Column::AgencyId.eq(agency));
    Ok(all.order_by_asc(seal::Column::Id).all(db).await?)
}

/// Stores a new seal.
pub async fn insert(tx: &Conn, row: seal::Model) -> Result<()> {
    seal::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Stores a changed seal over the version it was made from.
pub async fn save(tx: &Conn, row: seal::Model, from_version: i64) -> Result<()> {
    let (id, stored) = (row.id.clone(), row.version);
    let saved = seal::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(seal::Column::Id.eq(id))
        .filter(seal::Column::Version.eq(from_version))
        .exec(tx)
        .await?;
    match saved.rows_affected {
        1 => Ok(()),
        _ => Err(Error::Stale {
            sent: from_version,
            stored,
        }),
    }
}

/// The newest usable key behind a seal.
pub async fn key_of(
    db: &Conn,
    seal: &str,
    algorithms: &[&str],
    now: i64,
) -> Result<Option<agency_key::Model>> {
    use agency_key::Column as K;
    let usable = agency_key::Entity::find()
        .filter(K::SealId.eq(seal))
        .filter(K::Algorithm.is_in(algorithms.iter().copied()))
        .filter(K::RevokedAt.is_null())
        .filter(K::NotAfter.gt(now));
    Ok(usable.order_by_desc(K::Id).one(db).await?)
}

/// Is there a key with this certificate?
pub async fn has_serial(db: &Conn, serial: &str) -> Result<bool> {
    let with = agency_key::Entity::find().filter(agency_key::Column::Serial.eq(serial));
    Ok(with.count(db).await? > 0)
}

/// Was the certificate taken out of use?
pub async fn is_withdrawn(db: &Conn, serial: &str) -> Result<bool> {
    use agency_key::Column as K;
    let with = agency_key::Entity::find()
        .filter(K::Serial.eq(serial))
        .filter(K::RevokedAt.is_not_null());
    Ok(with.count(db).await? > 0)
}

/// Stores a key.
pub async fn keep_key(tx: &Conn, row: agency_key::Model) -> Result<()> {
    agency_key::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Ties keys that an agency had before its first seal was registered to that seal.
pub async fn adopt_keys(tx: &Conn, agency: &str, seal: &str) -> Result<()> {
    use agency_key::Column as K;
    agency_key::Entity::update_many()
        .col_expr(K::SealId, Expr::value(seal))
        .col_expr(K::Algorithm, Expr::value("p256"))
        .filter(K::AgencyId.eq(agency))
        .filter(K::SealId.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Serial numbers of the embedded authority's certificates that were taken out of use, and when; by algorithm.
pub async fn withdrawn(db: &Conn, algorithm: &str) -> Result<Vec<(String, i64)>> {
    use agency_key::Column as K;
    let embedded = seal::Entity::find()
        .select_only()
        .column(seal::Column::Id)
        .filter(seal::Column::Source.eq(KeySource::Embedded.as_str()))
        .into_query();
    Ok(agency_key::Entity::find()
        .select_only()
        .column(K::Serial)
        .column(K::RevokedAt)
        .filter(K::RevokedAt.is_not_null())
        .filter(K::Algorithm.eq(algorithm))
        .filter(K::SealId.in_subquery(embedded))
        .order_by_asc(K::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// Certificates (base64 DER) of keys that are out of use, whoever certified them: since when, and whether they may come back, for
/// their seal is suspended (停用).
pub async fn out_of_use(db: &Conn) -> Result<Vec<(String, i64, bool)>> {
    use agency_key::Column as K;
    let suspended = seal::Entity::find()
        .filter(seal::Column::State.eq(SealState::Suspended.as_str()))
        .all(db)
        .await?;
    let of_suspended = suspended.iter().map(|s| s.id.as_str());
    let keys = agency_key::Entity::find()
        .select_only()
        .columns([K::Certificate, K::SealId, K::RevokedAt])
        .filter(
            Condition::any()
                .add(K::RevokedAt.is_not_null())
                .add(K::SealId.is_in(of_suspended)),
        )
        .into_tuple()
        .all(db)
        .await?;
    let line = |(certificate, seal, revoked_at): (_, Option<String>, Option<i64>)| {
        let of = suspended.iter().find(|s| Some(&s.id) == seal.as_ref());
        let since = revoked_at.or(of.map(|s| s.state_at))?;
        Some((certificate, since, revoked_at.is_none()))
    };
    Ok(keys.into_iter().filter_map(line).collect())
}

/// Certificates (base64 DER) by their serial numbers.
pub async fn certificates(db: &Conn, serials: Vec<String>) -> Result<HashMap<String, String>> {
    use agency_key::Column as K;
    let found = agency_key::Entity::find()
        .select_only()
        .columns([K::Serial, K::Certificate])
        .filter(K::Serial.is_in(serials))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// Takes every key behind a seal out of use.
pub async fn revoke_keys(tx: &Conn, seal: &str, now: i64) -> Result<()> {
    use agency_key::Column as K;
    agency_key::Entity::update_many()
        .col_expr(K::RevokedAt, Expr::value(now))
        .filter(K::SealId.eq(seal))
        .filter(K::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
