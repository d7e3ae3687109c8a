//! Entries with their submissions and evidence. Answers are sealed; the searched columns are copies.

use std::collections::{BTreeSet, HashMap, VecDeque};

use domain::entry::{Entry, EntryState};
use domain::form::Answers;
use domain::notice::Choice;
use domain::text::{fold, skeleton};
use entity::{campaign, entry, evidence, submission, submitted_file};
use sea_orm::ActiveModelTrait as _;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, Set, UpdateMany,
};

use super::Conn;
use super::campaigns::{self, Standing};
use super::together::Together;
use crate::error::{Error, Result};
use crate::security::sealed::Sealing;

/// Row → value.
pub fn to_entry(row: &entry::Model, sealing: &Sealing) -> Result<Entry> {
    let state = EntryState::from_parts(&row.state, row.step.as_deref())
        .ok_or_else(|| Error::Bug(format!("state of entry {}", row.id)))?;
    Ok(Entry {
        answers: open_answers(sealing, &row.id, &row.answers)?,
        id: row.id.clone(),
        campaign_id: row.campaign_id.clone(),
        applicant_id: row.applicant_id.clone(),
        choice: Choice {
            subject: row.subject.clone(),
            category: row.category.clone(),
            route: row.route.clone(),
        },
        agency_id: row.agency_id.clone(),
        unit_id: row.unit_id.clone(),
        region: row.region_code.clone(),
        state,
        round: u32::try_from(row.round).unwrap_or_default(),
        late: row.late,
        receipt: row.receipt.clone(),
        digest: row.digest.clone(),
        version: row.version,
    })
}

fn open_answers(sealing: &Sealing, id: &str, sealed: &str) -> Result<Answers> {
    Ok(serde_json::from_slice(
        &sealing.open(&format!("entry.answers.{id}"), sealed)?,
    )?)
}

/// What is copied out of the answers so that lists can search it.
#[derive(Debug, Clone, Default)]
pub struct Named {
    pub name: String,
    pub operator: String,
    pub platform: Option<String>,
    /// Rules that warn or ask, separated by commas.
    pub flags: String,
    pub submitted_at: Option<i64>,
}

/// The name as lists compare it.
#[must_use]
pub fn name_fold(name: &str) -> String {
    skeleton(name).chars().take(190).collect()
}

/// An operator's name for comparison: as it reads, as long as its column.
#[must_use]
pub fn operator_fold(name: &str) -> String {
    fold(name).chars().take(190).collect()
}

/// Value → row.
pub fn to_row(
    entry: &Entry,
    named: &Named,
    sealing: &Sealing,
    created_at: i64,
    now: i64,
) -> Result<entry::Model> {
    let short = |text: String| text.chars().take(190).collect::<String>();
    let place = format!("entry.answers.{}", entry.id);
    Ok(entry::Model {
        id: entry.id.clone(),
        campaign_id: entry.campaign_id.clone(),
        applicant_id: entry.applicant_id.clone(),
        subject: entry.choice.subject.clone(),
        category: entry.choice.category.clone(),
        route: entry.choice.route.clone(),
        agency_id: entry.agency_id.clone(),
        unit_id: entry.unit_id.clone(),
        region_code: entry.region.clone(),
        name: short(named.name.clone()),
        name_fold: name_fold(&named.name),
        operator_fold: operator_fold(&named.operator),
        platform: named.platform.clone(),
        answers: sealing.seal(&place, serde_json::to_string(&entry.answers)?.as_bytes())?,
        state: entry.state.as_str().to_owned(),
        step: entry.state.step().map(str::to_owned),
        round: i32::try_from(entry.round).unwrap_or(i32::MAX),
        late: entry.late,
        flags: named.flags.clone(),
        receipt: entry.receipt.clone(),
        digest: entry.digest.clone(),
        submitted_at: named.submitted_at,
        version: entry.version,
        created_at,
        updated_at: now,
    })
}

/// An applicant's own entry; anybody else's is absent.
pub async fn of_applicant(db: &Conn, applicant: &str, id: &str) -> Result<entry::Model> {
    let own = entry::Entity::find_by_id(id).filter(entry::Column::ApplicantId.eq(applicant));
    own.one(db).await?.ok_or(Error::Absent)
}

/// By the number of its receipt.
pub async fn by_receipt(db: &Conn, receipt: &str) -> Result<Option<entry::Model>> {
    let row = entry::Entity::find().filter(entry::Column::Receipt.eq(receipt));
    Ok(row.one(db).await?)
}

/// As [`of_applicant`], with how the entry's campaign stands.
pub async fn of_applicant_and_standing(
    db: &Conn,
    applicant: &str,
    id: &str,
) -> Result<(entry::Model, Standing)> {
    let own = entry::Entity::find_by_id(id).filter(entry::Column::ApplicantId.eq(applicant));
    and_standing(db, own).await
}

#[derive(sea_orm::FromQueryResult)]
struct AndStanding {
    #[sea_orm(nested)]
    entry: entry::Model,
    campaign_version: i64,
}

/// One entry with how its campaign stands.
pub(super) async fn and_standing(
    db: &Conn,
    one: Select<entry::Entity>,
) -> Result<(entry::Model, Standing)> {
    use campaign::Column as C;
    let mut joined = one.column_as(C::Version, "campaign_version");
    let its_campaign =
        Expr::col((campaign::Entity, C::Id)).equals((entry::Entity, entry::Column::CampaignId));
    QueryTrait::query(&mut joined).inner_join(campaign::Entity, its_campaign);
    let found: Option<AndStanding> = joined.into_model().one(db).await?;
    let found = found.ok_or(Error::Absent)?;
    let standing = Standing {
        id: found.entry.campaign_id.clone(),
        version: found.campaign_version,
    };
    Ok((found.entry, standing))
}

/// An applicant's entries, newest first.
pub async fn list_of_applicant(
    db: &Conn,
    applicant: &str,
    before: Option<&str>,
    limit: u64,
) -> Result<Vec<entry::Model>> {
    let mut query = entry::Entity::find().filter(entry::Column::ApplicantId.eq(applicant));
    if let Some(before) = before {
        query = query.filter(entry::Column::Id.lt(before));
    }
    Ok(query
        .order_by_desc(entry::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Has an applicant this many drafts, or more?
pub async fn has_drafts(db: &Conn, applicant: &str, many: u32) -> Result<bool> {
    let drafts = entry::Entity::find()
        .filter(entry::Column::ApplicantId.eq(applicant))
        .filter(entry::Column::State.eq(EntryState::Draft.as_str()))
        .select_only()
        .column(entry::Column::Id)
        .limit(u64::from(many));
    let found: Vec<String> = drafts.into_tuple().all(db).await?;
    Ok(found.len() as u64 >= u64::from(many))
}

/// By id, without a scope: for rules and jobs that have checked theirs.
pub async fn get(db: &Conn, id: &str) -> Result<entry::Model> {
    entry::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::Absent)
}

/// Stores a changed entry over the version it was made from.
pub async fn save(tx: &Conn, row: entry::Model, from_version: i64) -> Result<()> {
    let id = row.id.clone();
    let change = row.into_active_model().reset_all();
    let saved = changing(&id, from_version, change).exec(tx).await?;
    require_one(tx, saved.rows_affected, &id, from_version).await
}

/// The change that [`save`] makes, for those who make it together with others. None when the campaign does not stand any more as
/// it did.
#[must_use]
pub fn saving(
    row: entry::Model,
    from_version: i64,
    standing: &Standing,
) -> UpdateMany<entry::Entity> {
    let id = row.id.clone();
    let change = row.into_active_model().reset_all();
    changing(&id, from_version, change).filter(campaigns::still(standing))
}

/// The change to where an entry now stands, over the version it was made from; what its applicant wrote stays.
#[must_use]
pub fn moving_on(row: &entry::Model, from_version: i64) -> UpdateMany<entry::Entity> {
    let change = entry::ActiveModel {
        state: Set(row.state.clone()),
        step: Set(row.step.clone()),
        version: Set(row.version),
        updated_at: Set(row.updated_at),
        ..Default::default()
    };
    changing(&row.id, from_version, change)
}

fn changing(id: &str, from_version: i64, change: entry::ActiveModel) -> UpdateMany<entry::Entity> {
    entry::Entity::update_many()
        .set(change)
        .filter(entry::Column::Id.eq(id))
        .filter(entry::Column::Version.eq(from_version))
}

async fn require_one(tx: &Conn, rows: u64, id: &str, from_version: i64) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(Error::Stale {
            sent: from_version,
            stored: get(tx, id).await?.version,
        }),
    }
}

/// Which of these folded names some submitted entry of the campaign bears.
pub async fn registered(db: &Conn, campaign: &str, folds: Vec<String>) -> Result<Vec<String>> {
    use entry::Column as C;
    Ok(entry::Entity::find()
        .select_only()
        .column(C::NameFold)
        .distinct()
        .filter(C::CampaignId.eq(campaign))
        .filter(C::NameFold.is_in(folds))
        .filter(C::State.is_in(["under_review", "returned", "endorsed", "declined"]))
        .into_tuple()
        .all(db)
        .await?)
}

/// Ids and names of endorsed entries of a category, in the order in which they were begun.
pub async fn endorsed(
    db: &Conn,
    campaign: &str,
    category: &str,
    limit: u64,
) -> Result<Vec<(String, String)>> {
    use entry::Column as E;
    Ok(entry::Entity::find()
        .select_only()
        .columns([E::Id, E::Name])
        .filter(E::CampaignId.eq(campaign))
        .filter(E::Category.eq(category))
        .filter(E::State.eq("endorsed"))
        .order_by_asc(E::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// Keeps what was handed in.
pub fn keep_submission(changes: &mut Together, row: submission::Model, files: &[evidence::Model]) {
    let names: BTreeSet<&str> = files.iter().map(|f| f.sha256.as_str()).collect();
    let submitted = names.into_iter().map(|sha256| submitted_file::ActiveModel {
        submission_id: Set(row.id.clone()),
        sha256: Set(sha256.to_owned()),
    });
    changes.insert(submitted);
    changes.insert([row]);
}

/// A round's submission.
pub async fn submission(db: &Conn, entry: &str, round: i32) -> Result<Option<submission::Model>> {
    use submission::Column as C;
    Ok(submission::Entity::find()
        .filter(C::EntryId.eq(entry))
        .filter(C::Round.eq(round))
        .one(db)
        .await?)
}

/// Round, digest and instant of everything that was handed in, the newest last.
pub async fn rounds(db: &Conn, entry: &str) -> Result<Vec<(i32, String, i64)>> {
    use submission::Column as C;
    let all = submission::Entity::find()
        .select_only()
        .columns([C::Round, C::Digest, C::SubmittedAt])
        .filter(C::EntryId.eq(entry))
        .order_by_asc(C::Round);
    Ok(all.into_tuple().all(db).await?)
}

/// A round's findings, as JSON.
pub async fn findings(db: &Conn, entry: &str, round: i32) -> Result<Option<String>> {
    use submission::Column as C;
    Ok(submission::Entity::find()
        .select_only()
        .column(C::Findings)
        .filter(C::EntryId.eq(entry))
        .filter(C::Round.eq(round))
        .into_tuple()
        .one(db)
        .await?)
}

/// Files of an entry in the order they came; those of a slot among themselves in the order that their applicant gave them.
pub async fn evidence(db: &Conn, entry: &str) -> Result<Vec<evidence::Model>> {
    let rows = evidence::Entity::find().filter(evidence::Column::EntryId.eq(entry));
    let came = rows.order_by_asc(evidence::Column::Id).all(db).await?;
    let seats: Vec<String> = came.iter().map(|f| f.slot.clone()).collect();
    let mut ordered = came;
    // here and not in the query: databases differ on where an empty place stands; what came since an order stands last
    ordered.sort_by_key(|f| f.place.unwrap_or(i32::MAX));
    let mut of_slot: HashMap<String, VecDeque<evidence::Model>> = HashMap::new();
    for file in ordered {
        let slot = of_slot.entry(file.slot.clone()).or_default();
        slot.push_back(file);
    }
    let seated = seats
        .iter()
        .filter_map(|slot| of_slot.get_mut(slot)?.pop_front());
    Ok(seated.collect())
}

/// Puts the files of a slot in this order.
pub async fn order_evidence(tx: &Conn, files: &[String]) -> Result<()> {
    for (place, id) in (0..).zip(files) {
        let change = evidence::ActiveModel {
            place: Set(Some(place)),
            ..Default::default()
        };
        let file = evidence::Entity::update_many().set(change);
        let file = file.filter(evidence::Column::Id.eq(id));
        file.exec(tx).await?;
    }
    Ok(())
}

/// A file by its id, without a scope: for those who have checked theirs.
pub async fn evidence_by_id(db: &Conn, id: &str) -> Result<evidence::Model> {
    let row = evidence::Entity::find_by_id(id).one(db).await?;
    row.ok_or(Error::Absent)
}

/// Removes a file's row.
pub async fn remove_evidence(tx: &Conn, id: &str) -> Result<()> {
    evidence::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Moves an entry's version on without touching its content, when its files change.
pub async fn bump(tx: &Conn, row: &entry::Model, now: i64) -> Result<()> {
    let saved = bumping(row, now).exec(tx).await?;
    require_one(tx, saved.rows_affected, &row.id, row.version).await
}

/// The change that [`bump`] makes.
#[must_use]
pub fn bumping(row: &entry::Model, now: i64) -> UpdateMany<entry::Entity> {
    let change = entry::ActiveModel {
        version: Set(row.version + 1),
        updated_at: Set(now),
        ..Default::default()
    };
    changing(&row.id, row.version, change)
}
