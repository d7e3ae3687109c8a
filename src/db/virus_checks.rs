//! Checks of files for viruses.

use std::collections::HashMap;

use domain::virus::VirusState;
use entity::{attachment, evidence, nomination_list, virus_check};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::{Value, json};
use virus_check::{ActiveModel, Column as V, Entity, Model};

use super::Conn;
use crate::error::{Error, Result};

/// Files asked about in one statement.
const AT_ONCE: usize = 500;

/// Reads the state of a row.
pub fn state(row: &Model) -> Result<VirusState> {
    VirusState::parse(&row.state).ok_or_else(|| Error::Bug(format!("virus state {}", row.state)))
}

/// The check of a file.
pub async fn find(db: &Conn, sha256: &str) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(sha256).one(db).await?)
}

/// States of files; one without a row is pending.
pub async fn states(db: &Conn, files: &[String]) -> Result<HashMap<String, VirusState>> {
    let mut states: HashMap<String, VirusState> = files
        .iter()
        .map(|sha256| (sha256.clone(), VirusState::Pending))
        .collect();
    for some in files.chunks(AT_ONCE) {
        let rows = Entity::find().filter(V::Sha256.is_in(some.iter()));
        for row in rows.all(db).await? {
            let known = state(&row)?;
            states.insert(row.sha256, known);
        }
    }
    Ok(states)
}

/// Opens the check of a file, unless there is one.
pub async fn open(tx: &Conn, sha256: &str, now: i64) -> Result<()> {
    let row = ActiveModel {
        sha256: Set(sha256.to_owned()),
        state: Set(VirusState::Pending.as_str().to_owned()),
        finding: Set(String::new()),
        tries: Set(0),
        due_at: Set(now),
        checked_at: Set(0),
    };
    let unless_there = OnConflict::column(V::Sha256)
        .do_nothing_on([V::Sha256])
        .to_owned();
    Entity::insert(row)
        .on_conflict(unless_there)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Files of entries that were never checked, after this one, in the order of their names.
pub async fn unknown(db: &Conn, after: &str, limit: u64) -> Result<Vec<String>> {
    use evidence::Column as E;
    let known = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Expr::col((Entity, V::Sha256)).equals((evidence::Entity, E::Sha256)))
        .to_owned();
    let unknown = evidence::Entity::find()
        .select_only()
        .column(E::Sha256)
        .distinct()
        .filter(E::Sha256.gt(after))
        .filter(Expr::exists(known).not())
        .order_by_asc(E::Sha256)
        .limit(limit);
    Ok(unknown.into_tuple().all(db).await?)
}

/// Checks whose turn it is, oldest first.
pub async fn due(db: &Conn, now: i64, limit: u64) -> Result<Vec<Model>> {
    let due = Entity::find()
        .filter(V::State.eq(VirusState::Pending.as_str()))
        .filter(V::DueAt.lte(now))
        .order_by_asc(V::DueAt)
        .limit(limit);
    Ok(due.all(db).await?)
}

/// Moves a row on from how it was seen, and tells whether it still was so.
pub async fn change(tx: &Conn, seen: &Model, new: Model) -> Result<bool> {
    let changed = Entity::update_many()
        .set(ActiveModel {
            sha256: sea_orm::NotSet,
            state: Set(new.state),
            finding: Set(new.finding),
            tries: Set(new.tries),
            due_at: Set(new.due_at),
            checked_at: Set(new.checked_at),
        })
        .filter(V::Sha256.eq(&seen.sha256))
        .filter(V::State.eq(&seen.state))
        .filter(V::DueAt.eq(seen.due_at))
        .exec(tx)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Forgets a check whose file is gone.
pub async fn remove(tx: &Conn, sha256: &str) -> Result<()> {
    Entity::delete_by_id(sha256).exec(tx).await?;
    Ok(())
}

/// Where a file is attached to a notice, and where it is the scan of a nomination list: campaign, and what it is there.
pub async fn of_officers(db: &Conn, sha256: &str) -> Result<Vec<(String, Value)>> {
    let attached = attachment::Entity::find().filter(attachment::Column::Sha256.eq(sha256));
    let scans =
        nomination_list::Entity::find().filter(nomination_list::Column::DocumentSha256.eq(sha256));
    let attached = attached.all(db).await?.into_iter();
    let scans = scans.all(db).await?.into_iter();
    let attached = attached.map(|a| (a.campaign_id, json!({ "attachment": a.key })));
    let scans = scans.map(|s| (s.campaign_id, json!({ "list": s.id })));
    Ok(attached.chain(scans).collect())
}

/// The entries to which a file is attached.
pub async fn holders(db: &Conn, sha256: &str) -> Result<Vec<evidence::Model>> {
    let rows = evidence::Entity::find().filter(evidence::Column::Sha256.eq(sha256));
    Ok(rows.all(db).await?)
}
