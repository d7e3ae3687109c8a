//! 推荐表 with their rows. Whom to call is sealed.

use std::collections::HashSet;

use domain::agency::Agency;
use domain::entry::Entry;
use domain::form::{Answer, Answers};
use domain::nomination::{Item, NAME, Nomination, OnList};
use entity::{agency, duty, entry, nomination, nomination_list};
use sea_orm::ActiveModelTrait as _;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Set, UpdateMany,
};

use super::Conn;
use super::entries::name_fold;
use super::officers::path_of;
use crate::clock::new_id;
use crate::error::{Error, Result};
use crate::security::sealed::Sealing;

/// Key of the cell that names the platform.
const PLATFORM: &str = "platform";

/// Rows → value.
pub fn to_nomination(
    list: &nomination_list::Model,
    rows: Vec<nomination::Model>,
    sealing: &Sealing,
) -> Result<Nomination> {
    let open = |place: String, sealed: &Option<String>| -> Result<Answers> {
        match sealed {
            None => Ok(Answers::default()),
            Some(sealed) => Ok(serde_json::from_slice(&sealing.open(&place, sealed)?)?),
        }
    };
    let head = open(
        format!("nomination_list.contact.{}", list.id),
        &list.contact_sealed,
    )?;
    let items = rows.into_iter().map(|row| {
        let mut cells = open(
            format!("nomination.contact.{}", row.id),
            &row.contact_sealed,
        )?;
        cells.0.insert(NAME.into(), Answer::Text(row.name));
        if !row.platform.is_empty() {
            cells.0.insert(PLATFORM.into(), Answer::Text(row.platform));
        }
        Ok(Item {
            category: row.category,
            cells,
        })
    });
    Ok(Nomination {
        head,
        items: items.collect::<Result<_>>()?,
    })
}

/// Value → what the list's row keeps sealed.
pub fn seal_head(list: &str, head: &Answers, sealing: &Sealing) -> Result<Option<String>> {
    seal(format!("nomination_list.contact.{list}"), head, sealing)
}

fn seal(place: String, cells: &Answers, sealing: &Sealing) -> Result<Option<String>> {
    if cells.0.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(cells)?;
    sealing.seal(&place, text.as_bytes()).map(Some)
}

/// Value → rows of a list, in the place of those before: one that names the same still stands for the entry that was endorsed.
pub fn to_rows(
    list: &nomination_list::Model,
    items: &[Item],
    before: &[nomination::Model],
    sealing: &Sealing,
    now: i64,
) -> Result<Vec<nomination::Model>> {
    let row = |item: &Item| {
        let (id, fold) = (new_id(), name_fold(item.name()));
        let mut same = before.iter();
        let same = same.find(|r| r.category == item.category && r.name_fold == fold);
        let mut rest = item.cells.clone();
        rest.0.remove(NAME);
        rest.0.remove(PLATFORM);
        Ok(nomination::Model {
            list_id: list.id.clone(),
            campaign_id: list.campaign_id.clone(),
            category: item.category.clone(),
            name: item.name().to_owned(),
            name_fold: fold,
            platform: item.cells.text(PLATFORM).unwrap_or_default().to_owned(),
            contact_sealed: seal(format!("nomination.contact.{id}"), &rest, sealing)?,
            entry_id: same.and_then(|r| r.entry_id.clone()),
            reason: String::new(),
            created_at: now,
            id,
        })
    };
    items.iter().map(row).collect()
}

/// An agency's own list.
pub async fn of_agency(
    db: &Conn,
    campaign: &str,
    agency: &str,
) -> Result<Option<nomination_list::Model>> {
    use nomination_list::Column as L;
    Ok(nomination_list::Entity::find()
        .filter(L::CampaignId.eq(campaign))
        .filter(L::AgencyId.eq(agency))
        .one(db)
        .await?)
}

/// By id.
pub async fn get(db: &Conn, id: &str) -> Result<nomination_list::Model> {
    let found = nomination_list::Entity::find_by_id(id).one(db).await?;
    found.ok_or(Error::Absent)
}

/// States of a list that agencies above see; one that came back stays in their sight while it is mended.
const SEEN_ABOVE: [&str; 2] = ["sent", "returned"];

/// An agency's own list, or one that was sent by an agency below it; any other is absent.
pub async fn visible(db: &Conn, top: &Agency, id: &str) -> Result<nomination_list::Model> {
    use nomination_list::Column as L;
    let inside = agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path_of(top)))
        .into_query();
    let sent = Condition::all()
        .add(L::State.is_in(SEEN_ABOVE))
        .add(L::AgencyId.in_subquery(inside));
    let sight = Condition::any().add(L::AgencyId.eq(&top.id)).add(sent);
    let found = nomination_list::Entity::find_by_id(id).filter(sight);
    found.one(db).await?.ok_or(Error::Absent)
}

/// How an entry stands on the list of a body, and the row that names it.
pub async fn on_list(
    db: &Conn,
    campaign: &str,
    agency: &str,
    entry: &Entry,
    name_fold: &str,
) -> Result<(OnList, Option<nomination::Model>)> {
    let Some(list) = of_agency(db, campaign, agency).await? else {
        return Ok((OnList::NotSent, None));
    };
    match list.state.as_str() {
        "sent" => {}
        "returned" => return Ok((OnList::Returned, None)),
        _ => return Ok((OnList::NotSent, None)),
    }
    let mut rows = rows(db, vec![list.id]).await?;
    rows.retain(|row| is_of(row, &entry.id, &entry.choice.category, name_fold));
    // by its present name first
    let by_name = rows.iter().position(|row| row.name_fold == name_fold);
    match rows.is_empty() {
        true => Ok((OnList::LeftOut, None)),
        false => Ok((OnList::Named, Some(rows.swap_remove(by_name.unwrap_or(0))))),
    }
}

/// Does a row name an entry of this category and name, or stand for it since it was endorsed?
#[must_use]
pub fn is_of(row: &nomination::Model, entry: &str, category: &str, name_fold: &str) -> bool {
    row.entry_id.as_deref() == Some(entry)
        || (row.category == category && row.name_fold == name_fold)
}

/// The row stands for the entry from now on.
pub fn standing_for(row: &nomination::Model, entry: &str) -> UpdateMany<nomination::Entity> {
    let change = nomination::ActiveModel {
        entry_id: Set(Some(entry.to_owned())),
        ..Default::default()
    };
    nomination::Entity::update_many()
        .set(change)
        .filter(nomination::Column::Id.eq(&row.id))
}

/// An entry that a body recommends.
#[derive(Debug, FromQueryResult)]
pub struct Recommended {
    pub id: String,
    pub name: String,
    pub name_fold: String,
    pub category: String,
    round: i32,
}

/// Entries through a body that it has endorsed, and that are neither back with their applicants nor over.
pub async fn recommended(db: &Conn, campaign: &str, agency: &str) -> Result<Vec<Recommended>> {
    use {duty::Column as D, entry::Column as E};
    let mut found: Vec<Recommended> = entry::Entity::find()
        .select_only()
        .columns([E::Id, E::Name, E::NameFold, E::Category, E::Round])
        .filter(E::CampaignId.eq(campaign))
        .filter(E::AgencyId.eq(agency))
        .filter(E::State.is_in(["under_review", "endorsed"]))
        .order_by_asc(E::Id)
        .into_model()
        .all(db)
        .await?;
    let endorsed: Vec<(String, i32)> = duty::Entity::find()
        .select_only()
        .columns([D::EntryId, D::Round])
        .filter(D::CampaignId.eq(campaign))
        .filter(D::AgencyId.eq(agency))
        .filter(D::Decision.eq("endorse"))
        .into_tuple()
        .all(db)
        .await?;
    let endorsed: HashSet<(String, i32)> = endorsed.into_iter().collect();
    found.retain(|e| endorsed.contains(&(e.id.clone(), e.round)));
    Ok(found)
}

/// Rows of lists, in the order written.
pub async fn rows(db: &Conn, lists: Vec<String>) -> Result<Vec<nomination::Model>> {
    use nomination::Column as N;
    Ok(nomination::Entity::find()
        .filter(N::ListId.is_in(lists))
        .order_by_asc(N::Id)
        .all(db)
        .await?)
}

/// Lists that were sent by agencies below (and in) one, those too that came back.
pub async fn sent_below(
    db: &Conn,
    campaign: &str,
    top: &Agency,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<nomination_list::Model>> {
    use nomination_list::Column as L;
    let inside = agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path_of(top)))
        .into_query();
    let mut query = nomination_list::Entity::find()
        .filter(L::CampaignId.eq(campaign))
        .filter(L::State.is_in(SEEN_ABOVE))
        .filter(L::AgencyId.in_subquery(inside));
    if let Some(after) = after {
        query = query.filter(L::Id.gt(after));
    }
    Ok(query.order_by_asc(L::Id).limit(limit).all(db).await?)
}

/// Stores a new list.
pub async fn insert(tx: &Conn, row: nomination_list::Model) -> Result<()> {
    nomination_list::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Stores a changed list over the version it was made from.
pub async fn save(tx: &Conn, row: nomination_list::Model, from_version: i64) -> Result<()> {
    use nomination_list::Column as L;
    let (id, stored) = (row.id.clone(), row.version);
    let saved = nomination_list::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(L::Id.eq(id))
        .filter(L::Version.eq(from_version))
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

/// Puts a list's rows in the place of those before.
pub async fn replace_rows(tx: &Conn, list: &str, rows: Vec<nomination::Model>) -> Result<()> {
    nomination::Entity::delete_many()
        .filter(nomination::Column::ListId.eq(list))
        .exec(tx)
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    nomination::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// SHA-256 of every scan of every list: an office has a few.
pub async fn scans(db: &Conn) -> Result<Vec<String>> {
    use nomination_list::Column as L;
    let names = nomination_list::Entity::find()
        .select_only()
        .column(L::DocumentSha256)
        .filter(L::DocumentSha256.is_not_null())
        .distinct();
    Ok(names.into_tuple().all(db).await?)
}
