//! The hash chain of events: append-only, one chain a campaign, verified from the rows alone.

use std::cmp::Ordering;

use domain::agency::Agency;
use domain::event::Event;
use entity::{agency, event, event_head};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set, UpdateMany,
};
use sha2::{Digest, Sha256};

use super::Conn;
use super::event_heads;
use super::officers::path_of;
use super::together::Together;
use crate::clock::new_id;
use crate::error::{Error, Result};

/// The chain for what belongs to no campaign: sign-ins, officers, agencies.
pub const SYSTEM: &str = "system";

/// Who did it, in which agency, when.
#[derive(Debug, Clone)]
pub struct By {
    pub kind: &'static str,
    pub id: String,
    pub agency_id: Option<String>,
    pub at: i64,
}

impl By {
    /// An applicant.
    #[must_use]
    pub fn applicant(id: &str, at: i64) -> By {
        By {
            kind: "applicant",
            id: id.to_owned(),
            agency_id: None,
            at,
        }
    }

    /// An officer for its agency.
    #[must_use]
    pub fn officer(officer: &domain::actor::Officer, at: i64) -> By {
        By {
            kind: "officer",
            id: officer.id.clone(),
            agency_id: Some(officer.agency.id.clone()),
            at,
        }
    }

    /// The system itself: set-up, deadlines.
    #[must_use]
    pub fn system(at: i64) -> By {
        By {
            kind: "system",
            id: "system".into(),
            agency_id: None,
            at,
        }
    }
}

/// Appends what happened to an entry.
pub async fn append(tx: &Conn, campaign: &str, entry: &str, by: &By, what: &Event) -> Result<()> {
    let (kind, body) = what.parts();
    append_raw(tx, campaign, Some(entry), by, &kind, &body).await
}

/// Appends what happened to an entry with the other changes of an act, which must be run next.
pub async fn append_with(
    changes: &mut Together,
    tx: &Conn,
    campaign: &str,
    entry: &str,
    by: &By,
    what: &Event,
) -> Result<()> {
    let (kind, body) = what.parts();
    let row = match event_heads::guess(campaign) {
        Some(guess) => {
            let row = after(&guess.head, campaign, Some(entry), by, &kind, &body);
            let change = moving(&guess.head, &row);
            changes.guess(guess, change);
            event_heads::remember(&row);
            row
        }
        None => next_raw(tx, campaign, Some(entry), by, &kind, &body).await?,
    };
    changes.insert([row]);
    Ok(())
}

/// Appends any other event.
pub async fn append_raw(
    tx: &Conn,
    campaign: &str,
    entry: Option<&str>,
    by: &By,
    kind: &str,
    body: &serde_json::Value,
) -> Result<()> {
    let row = next_raw(tx, campaign, entry, by, kind, body).await?;
    event::Entity::insert(event::ActiveModel::from(row))
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Keeps other processes from adding to a chain until the commit, and so from reading what this act is about to change when
/// they do the same. For acts whose rules look at more than the rows they change.
pub async fn hold(tx: &Conn, campaign: &str) -> Result<()> {
    head(tx, campaign).await.map(drop)
}

/// Moves the chain on to an event. The head's row is locked by it, which keeps two processes apart.
async fn next_raw(
    tx: &Conn,
    campaign: &str,
    entry: Option<&str>,
    by: &By,
    kind: &str,
    body: &serde_json::Value,
) -> Result<event::Model> {
    let next = |head: &event_head::Model| after(head, campaign, entry, by, kind, body);
    let row = match event_heads::guess(campaign) {
        Some(guess) => {
            let row = next(&guess.head);
            match move_head(tx, &guess.head, &row).await? {
                true => row,
                false => {
                    event_heads::doubt(guess);
                    after_reading(tx, campaign, next).await?
                }
            }
        }
        None => after_reading(tx, campaign, next).await?,
    };
    event_heads::remember(&row);
    Ok(row)
}

/// The event that follows a head.
fn after(
    head: &event_head::Model,
    campaign: &str,
    entry: Option<&str>,
    by: &By,
    kind: &str,
    body: &serde_json::Value,
) -> event::Model {
    let mut row = event::Model {
        campaign_id: campaign.to_owned(),
        seq: head.seq + 1,
        id: new_id(),
        at: by.at,
        kind: kind.to_owned(),
        actor_kind: by.kind.to_owned(),
        actor_id: by.id.clone(),
        agency_id: by.agency_id.clone(),
        entry_id: entry.map(str::to_owned),
        body: body.to_string(),
        prev_hash: head.hash.clone(),
        hash: String::new(),
    };
    row.hash = digest(&row);
    row
}

/// The event that follows the head as it is read and locked.
async fn after_reading(
    tx: &Conn,
    campaign: &str,
    next: impl Fn(&event_head::Model) -> event::Model,
) -> Result<event::Model> {
    let head = head(tx, campaign).await?;
    event_heads::read(&head);
    let row = next(&head);
    match move_head(tx, &head, &row).await? {
        true => Ok(row),
        false => Err(Error::Bug("event head moved under its lock".into())),
    }
}

/// Moves the head from where it is thought to be to an event; `false` when it is not there.
async fn move_head(tx: &Conn, from: &event_head::Model, to: &event::Model) -> Result<bool> {
    Ok(moving(from, to).exec(tx).await?.rows_affected == 1)
}

fn moving(from: &event_head::Model, to: &event::Model) -> UpdateMany<event_head::Entity> {
    use event_head::Column as H;
    event_head::Entity::update_many()
        .col_expr(H::Seq, Expr::value(to.seq))
        .col_expr(H::Hash, Expr::value(to.hash.clone()))
        .filter(H::CampaignId.eq(to.campaign_id.as_str()))
        .filter(H::Seq.eq(from.seq))
        .filter(H::Hash.eq(from.hash.as_str()))
}

/// The head, locked until the commit (SQLite has one writer at a time anyway). The first event makes
/// it; when another process makes it in the same moment, its row is taken.
async fn head(tx: &Conn, campaign: &str) -> Result<event_head::Model> {
    let locked = event_head::Entity::find_by_id(campaign).lock_exclusive();
    if let Some(head) = locked.clone().one(tx).await? {
        return Ok(head);
    }
    let first = event_head::ActiveModel {
        campaign_id: Set(campaign.to_owned()),
        seq: Set(0),
        hash: Set(GENESIS.to_owned()),
    };
    let unless_there = OnConflict::column(event_head::Column::CampaignId)
        .do_nothing_on([event_head::Column::CampaignId])
        .to_owned();
    event_head::Entity::insert(first)
        .on_conflict(unless_there)
        .exec_without_returning(tx)
        .await?;
    let head = locked.one(tx).await?;
    head.ok_or_else(|| Error::Bug("event head vanished".into()))
}

const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 over every column but the hash, each with its length before it, so that no two rows read
/// alike; an absent value has a length that no text has.
fn digest(row: &event::Model) -> String {
    let (seq, at) = (row.seq.to_string(), row.at.to_string());
    let parts = [
        Some(row.campaign_id.as_str()),
        Some(&seq),
        Some(&row.id),
        Some(&at),
        Some(&row.kind),
        Some(&row.actor_kind),
        Some(&row.actor_id),
        row.agency_id.as_deref(),
        row.entry_id.as_deref(),
        Some(&row.body),
        Some(&row.prev_hash),
    ];
    let mut hash = Sha256::new();
    for part in parts {
        let length = part.map_or(u64::MAX, |text| text.len() as u64);
        hash.update(length.to_be_bytes());
        hash.update(part.unwrap_or_default().as_bytes());
    }
    hex::encode(hash.finalize())
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every row fits, up to this head.
    Whole { count: i64, head: String },
    /// The first row that does not.
    Broken { seq: i64, what: &'static str },
}

/// Recomputes a campaign's chain in pages; events may be appended meanwhile. Whoever can rewrite every
/// row from some point on and the head as well is only found out by a head written down elsewhere.
pub async fn verify(db: &Conn, campaign: &str) -> Result<Verdict> {
    let (mut seq, mut hash) = (0_i64, GENESIS.to_owned());
    loop {
        let page = page(db, campaign, seq).await?;
        let ended = page.is_empty();
        for row in page {
            if let Some(what) = fault(&row, seq, &hash) {
                let seq = seq + 1;
                return Ok(Verdict::Broken { seq, what });
            }
            (seq, hash) = (row.seq, row.hash);
        }
        // Read after the rows: a head further on than the last row is either newer or lost its rows.
        if ended {
            let head = event_head::Entity::find_by_id(campaign).one(db).await?;
            let (at, last) = head.map_or((0, GENESIS.to_owned()), |h| (h.seq, h.hash));
            let broken = |seq, what| Ok(Verdict::Broken { seq, what });
            match at.cmp(&seq) {
                Ordering::Less => return broken(at + 1, "inserted"),
                Ordering::Equal if last != hash => return broken(seq, "head does not match"),
                Ordering::Equal => {
                    return Ok(Verdict::Whole {
                        count: seq,
                        head: hash,
                    });
                }
                Ordering::Greater if self::page(db, campaign, seq).await?.is_empty() => {
                    return broken(seq + 1, "missing");
                }
                Ordering::Greater => {}
            }
        }
    }
}

async fn page(db: &Conn, campaign: &str, after: i64) -> Result<Vec<event::Model>> {
    let rows = event::Entity::find()
        .filter(event::Column::CampaignId.eq(campaign))
        .filter(event::Column::Seq.gt(after))
        .order_by_asc(event::Column::Seq)
        .limit(1000);
    Ok(rows.all(db).await?)
}

fn fault(row: &event::Model, seq: i64, hash: &str) -> Option<&'static str> {
    if row.seq != seq + 1 {
        return Some("missing");
    }
    if digest(row) != row.hash {
        return Some("changed");
    }
    (row.prev_hash != hash).then_some("out of order")
}

/// Whose events of a chain are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    Everybody,
    /// What officers of this agency and of those below it did; for one that has none above it, what the system did as well.
    Below(&'a Agency),
}

/// A page of a chain, newest first.
pub async fn newest(
    db: &Conn,
    chain: &str,
    whose: Whose<'_>,
    kind: Option<&str>,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<event::Model>> {
    use event::Column as E;
    let mut rows = event::Entity::find().filter(E::CampaignId.eq(chain));
    if let Whose::Below(top) = whose {
        let inside = agency::Entity::find()
            .select_only()
            .column(agency::Column::Id)
            .filter(agency::Column::Path.starts_with(path_of(top)));
        let theirs = E::AgencyId.in_subquery(sea_orm::QueryTrait::into_query(inside));
        rows = match top.path.len() {
            1 => rows.filter(theirs.or(E::ActorKind.eq("system"))),
            _ => rows.filter(theirs),
        };
    }
    if let Some(kind) = kind {
        rows = rows.filter(E::Kind.eq(kind));
    }
    if let Some(before) = before {
        rows = rows.filter(E::Seq.lt(before));
    }
    let page = rows.order_by_desc(E::Seq).limit(limit);
    Ok(page.all(db).await?)
}

/// The events of one entry, oldest first.
pub async fn of_entry(db: &Conn, entry: &str) -> Result<Vec<event::Model>> {
    let rows = event::Entity::find()
        .filter(event::Column::EntryId.eq(entry))
        .order_by_asc(event::Column::Seq);
    Ok(rows.all(db).await?)
}
