//! 推荐表 with their rows. Whom to call is sealed.

use domain::agency::Agency;
use domain::form::{Answer, Answers};
use domain::nomination::{Item, NAME, Nomination};
use entity::{agency, nomination, nomination_list};
use sea_orm::ActiveModelTrait as _;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
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

/// Value → rows of a list.
pub fn to_rows(
    list: &nomination_list::Model,
    items: &[Item],
    sealing: &Sealing,
    now: i64,
) -> Result<Vec<nomination::Model>> {
    let row = |item: &Item| {
        let id = new_id();
        let mut rest = item.cells.clone();
        rest.0.remove(NAME);
        rest.0.remove(PLATFORM);
        Ok(nomination::Model {
            list_id: list.id.clone(),
            campaign_id: list.campaign_id.clone(),
            category: item.category.clone(),
            name: item.name().to_owned(),
            name_fold: name_fold(item.name()),
            platform: item.cells.text(PLATFORM).unwrap_or_default().to_owned(),
            contact_sealed: seal(format!("nomination.contact.{id}"), &rest, sealing)?,
            entry_id: None,
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

/// An agency's own list, or one that was sent by an agency below it; any other is absent.
pub async fn visible(db: &Conn, top: &Agency, id: &str) -> Result<nomination_list::Model> {
    use nomination_list::Column as L;
    let inside = agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path_of(top)))
        .into_query();
    let sent = Condition::all()
        .add(L::State.eq("sent"))
        .add(L::AgencyId.in_subquery(inside));
    let sight = Condition::any().add(L::AgencyId.eq(&top.id)).add(sent);
    let found = nomination_list::Entity::find_by_id(id).filter(sight);
    found.one(db).await?.ok_or(Error::Absent)
}

/// Does a body's list, as it was sent, name such an account in a category?
pub async fn names(
    db: &Conn,
    campaign: &str,
    agency: &str,
    category: &str,
    name_fold: &str,
) -> Result<bool> {
    use nomination::Column as N;
    let Some(list) = of_agency(db, campaign, agency).await? else {
        return Ok(false);
    };
    let row = nomination::Entity::find()
        .filter(N::ListId.eq(&list.id))
        .filter(N::Category.eq(category))
        .filter(N::NameFold.eq(name_fold));
    Ok(list.state == "sent" && row.one(db).await?.is_some())
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

/// Lists that were sent by agencies below (and in) one.
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
        .filter(L::State.eq("sent"))
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
