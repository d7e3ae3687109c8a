//! Batches with their entries.

use domain::actor::Officer;
use entity::{agency, batch, batch_entry, duty, entry};
use sea_orm::ActiveModelTrait as _;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Set,
};

use super::Conn;
use super::officers::path_of;
use crate::error::{Error, Result};

/// Those of the entries that the agency may speak for: it, or an applicant through it, had them to do.
pub async fn entries_of_agency(
    db: &Conn,
    campaign: &str,
    agency: &str,
    ids: &[String],
) -> Result<Vec<entry::Model>> {
    use entry::Column as E;
    let reviewed = duty::Entity::find()
        .select_only()
        .column(duty::Column::EntryId)
        .filter(duty::Column::AgencyId.eq(agency))
        .filter(duty::Column::EntryId.is_in(ids))
        .into_query();
    let its_own = Condition::any()
        .add(E::AgencyId.eq(agency))
        .add(E::UnitId.eq(agency))
        .add(E::Id.in_subquery(reviewed));
    Ok(entry::Entity::find()
        .filter(E::CampaignId.eq(campaign))
        .filter(E::Id.is_in(ids))
        .filter(its_own)
        .order_by_asc(E::Id)
        .all(db)
        .await?)
}

/// Those of the entries on which the agency has yet to decide.
pub async fn undecided(db: &Conn, agency: &str, ids: &[String]) -> Result<Vec<String>> {
    use duty::Column as D;
    Ok(duty::Entity::find()
        .select_only()
        .column(D::EntryId)
        .filter(D::AgencyId.eq(agency))
        .filter(D::EntryId.is_in(ids))
        .filter(D::State.eq("open"))
        .into_tuple()
        .all(db)
        .await?)
}

/// Those of the entries that are in another batch of the agency, or on their way in anybody's.
pub async fn taken(db: &Conn, agency: &str, ids: &[String], not: &str) -> Result<Vec<String>> {
    use batch_entry::Column as B;
    let arrived = batch::Entity::find()
        .select_only()
        .column(batch::Column::Id)
        .filter(batch::Column::State.eq("received"))
        .into_query();
    let held = Condition::any()
        .add(B::AgencyId.eq(agency))
        .add(B::BatchId.not_in_subquery(arrived));
    Ok(batch_entry::Entity::find()
        .select_only()
        .column(B::EntryId)
        .filter(B::EntryId.is_in(ids))
        .filter(B::Live.is_not_null())
        .filter(B::BatchId.ne(not))
        .filter(held)
        .into_tuple()
        .all(db)
        .await?)
}

/// The agency's own batch.
pub async fn own(db: &Conn, agency: &str, id: &str) -> Result<batch::Model> {
    batch::Entity::find_by_id(id)
        .filter(batch::Column::AgencyId.eq(agency))
        .one(db)
        .await?
        .ok_or(Error::Absent)
}

/// States of a batch that its receiver sees; one that it returned stays in its sight while it is mended.
const SEEN_ABOVE: [&str; 3] = ["sent", "received", "returned"];

/// A batch that was sent to the agency, one too that it returned.
pub async fn sent_to(db: &Conn, agency: &str, id: &str) -> Result<batch::Model> {
    batch::Entity::find_by_id(id)
        .filter(batch::Column::ToAgencyId.eq(agency))
        .filter(batch::Column::State.is_in(SEEN_ABOVE))
        .one(db)
        .await?
        .ok_or(Error::Absent)
}

/// A batch of the agency's own, or one that was sent to it.
pub async fn of_party(db: &Conn, agency: &str, id: &str) -> Result<batch::Model> {
    use batch::Column as B;
    let received = Condition::all()
        .add(B::ToAgencyId.eq(agency))
        .add(B::State.is_in(SEEN_ABOVE));
    batch::Entity::find_by_id(id)
        .filter(Condition::any().add(B::AgencyId.eq(agency)).add(received))
        .one(db)
        .await?
        .ok_or(Error::Absent)
}

/// The one whose id ends so, in small letters. All are looked through; there are no more of them than offices that sent any.
pub async fn ending(db: &Conn, end: &str) -> Result<Option<batch::Model>> {
    let ending = batch::Entity::find().filter(batch::Column::Id.ends_with(end));
    Ok(ending.one(db).await?)
}

/// A page of the agency's own batches and of those that were sent by agencies below it or to it.
pub async fn visible(
    db: &Conn,
    who: &Officer,
    campaign: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<batch::Model>> {
    use batch::Column as B;
    let inside = agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path_of(&who.agency)))
        .into_query();
    let sent = Condition::any()
        .add(B::AgencyId.in_subquery(inside))
        .add(B::ToAgencyId.eq(&who.agency.id));
    let sight = Condition::any()
        .add(B::AgencyId.eq(&who.agency.id))
        .add(Condition::all().add(B::State.is_in(SEEN_ABOVE)).add(sent));
    let mut query = batch::Entity::find()
        .filter(B::CampaignId.eq(campaign))
        .filter(sight);
    if let Some(after) = after {
        query = query.filter(B::Id.gt(after));
    }
    Ok(query.order_by_asc(B::Id).limit(limit).all(db).await?)
}

/// Live entries of batches, with what a list shows of them.
pub async fn entries(db: &Conn, batches: Vec<String>) -> Result<Vec<(String, entry::Model)>> {
    with_entries(db, batches, batch_entry::Column::Live.is_not_null()).await
}

/// Entries that were in a batch as it was sent, and were returned to their applicants since.
pub async fn left(db: &Conn, batch: &batch::Model) -> Result<Vec<entry::Model>> {
    if batch.sent_at.is_none() {
        return Ok(vec![]);
    }
    let gone = batch_entry::Column::Live.is_null();
    let found = with_entries(db, vec![batch.id.clone()], gone).await?;
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}

async fn with_entries(
    db: &Conn,
    batches: Vec<String>,
    which: Expr,
) -> Result<Vec<(String, entry::Model)>> {
    use batch_entry::Column as B;
    let links = batch_entry::Entity::find()
        .filter(B::BatchId.is_in(batches))
        .filter(which)
        .order_by_asc(B::EntryId)
        .all(db)
        .await?;
    let ids: Vec<String> = links.iter().map(|l| l.entry_id.clone()).collect();
    let rows = entry::Entity::find()
        .filter(entry::Column::Id.is_in(ids))
        .all(db)
        .await?;
    links
        .into_iter()
        .map(|link| {
            let found = rows.iter().find(|e| e.id == link.entry_id);
            let row = found.ok_or_else(|| Error::Bug("batch of an absent entry".into()))?;
            Ok((link.batch_id, row.clone()))
        })
        .collect()
}

/// Stores a new batch, without entries yet.
pub async fn insert(tx: &Conn, row: batch::Model) -> Result<()> {
    batch::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Puts these entries, and no others, into a batch that its agency has in hand.
pub async fn replace(tx: &Conn, row: &batch::Model, entries: &[entry::Model]) -> Result<()> {
    batch_entry::Entity::delete_many()
        .filter(batch_entry::Column::BatchId.eq(&row.id))
        .exec(tx)
        .await?;
    if entries.is_empty() {
        return Ok(());
    }
    let link = |entry: &entry::Model| {
        let link = batch_entry::Model {
            batch_id: row.id.clone(),
            entry_id: entry.id.clone(),
            agency_id: row.agency_id.clone(),
            live: Some(1),
        };
        link.into_active_model()
    };
    batch_entry::Entity::insert_many(entries.iter().map(link))
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Forgets entries that do not go up with a batch, and those that left it before: what leaves it from now on was sent with it.
pub async fn leave_out(tx: &Conn, batch: &str, entries: Vec<String>) -> Result<()> {
    use batch_entry::Column as B;
    let out = Condition::any()
        .add(B::Live.is_null())
        .add(B::EntryId.is_in(entries));
    batch_entry::Entity::delete_many()
        .filter(B::BatchId.eq(batch))
        .filter(out)
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes an entry out of every batch, each of which is another version then; tells which.
pub async fn leave(tx: &Conn, entry: &str) -> Result<Vec<String>> {
    use batch_entry::Column as B;
    let batches: Vec<String> = batch_entry::Entity::find()
        .select_only()
        .column(B::BatchId)
        .filter(B::EntryId.eq(entry))
        .filter(B::Live.is_not_null())
        .order_by_asc(B::BatchId)
        .into_tuple()
        .all(tx)
        .await?;
    if batches.is_empty() {
        return Ok(batches);
    }
    let change = batch_entry::ActiveModel {
        live: Set(None),
        ..Default::default()
    };
    batch_entry::Entity::update_many()
        .set(change)
        .filter(B::EntryId.eq(entry))
        .filter(B::Live.is_not_null())
        .exec(tx)
        .await?;
    let version = batch::Column::Version;
    batch::Entity::update_many()
        .col_expr(version, Expr::col(version).add(1))
        .filter(batch::Column::Id.is_in(&batches))
        .exec(tx)
        .await?;
    Ok(batches)
}

/// Stores a changed batch over the version it was made from.
pub async fn save(tx: &Conn, row: batch::Model, from_version: i64) -> Result<()> {
    let (id, stored) = (row.id.clone(), row.version);
    let saved = batch::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(batch::Column::Id.eq(id))
        .filter(batch::Column::Version.eq(from_version))
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
