//! The hash chain of events: append-only, one chain a campaign, verified from the rows alone.

use domain::event::Event;
use entity::{event, event_head};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use sha2::{Digest, Sha256};

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
pub async fn append<C: ConnectionTrait>(
    tx: &C,
    campaign: &str,
    entry: &str,
    by: &By,
    what: &Event,
) -> Result<()> {
    let (kind, body) = what.parts();
    append_raw(tx, campaign, Some(entry), by, &kind, &body).await
}

/// Appends any other event. The head's row is updated first, which keeps two processes apart.
pub async fn append_raw<C: ConnectionTrait>(
    tx: &C,
    campaign: &str,
    entry: Option<&str>,
    by: &By,
    kind: &str,
    body: &serde_json::Value,
) -> Result<()> {
    let moved = event_head::Entity::update_many()
        .col_expr(
            event_head::Column::Seq,
            Expr::col(event_head::Column::Seq).add(1),
        )
        .filter(event_head::Column::CampaignId.eq(campaign))
        .exec(tx)
        .await?;
    if moved.rows_affected == 0 {
        let first = event_head::ActiveModel {
            campaign_id: Set(campaign.to_owned()),
            seq: Set(1),
            hash: Set(GENESIS.to_owned()),
        };
        event_head::Entity::insert(first)
            .exec_without_returning(tx)
            .await?;
    }
    let head = event_head::Entity::find_by_id(campaign)
        .one(tx)
        .await?
        .ok_or_else(|| Error::Bug("event head vanished".into()))?;
    let mut row = event::Model {
        campaign_id: campaign.to_owned(),
        seq: head.seq,
        id: new_id(),
        at: by.at,
        kind: kind.to_owned(),
        actor_kind: by.kind.to_owned(),
        actor_id: by.id.clone(),
        agency_id: by.agency_id.clone(),
        entry_id: entry.map(str::to_owned),
        body: body.to_string(),
        prev_hash: head.hash,
        hash: String::new(),
    };
    row.hash = digest(&row);
    event_head::Entity::update_many()
        .col_expr(event_head::Column::Hash, Expr::value(row.hash.clone()))
        .filter(event_head::Column::CampaignId.eq(campaign))
        .exec(tx)
        .await?;
    event::Entity::insert(event::ActiveModel::from(row))
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 over every column but the hash, each with its length before it, so that no two rows read alike.
fn digest(row: &event::Model) -> String {
    let (seq, at) = (row.seq.to_string(), row.at.to_string());
    let none = "";
    let parts = [
        row.campaign_id.as_str(),
        &seq,
        &row.id,
        &at,
        &row.kind,
        &row.actor_kind,
        &row.actor_id,
        row.agency_id.as_deref().unwrap_or(none),
        row.entry_id.as_deref().unwrap_or(none),
        &row.body,
        &row.prev_hash,
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
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

/// Recomputes a campaign's chain in pages.
pub async fn verify<C: ConnectionTrait>(db: &C, campaign: &str) -> Result<Verdict> {
    let (mut seq, mut hash) = (0_i64, GENESIS.to_owned());
    loop {
        let page = event::Entity::find()
            .filter(event::Column::CampaignId.eq(campaign))
            .filter(event::Column::Seq.gt(seq))
            .order_by_asc(event::Column::Seq)
            .limit(1000)
            .all(db)
            .await?;
        if page.is_empty() {
            break;
        }
        for row in page {
            if row.seq != seq + 1 {
                return Ok(Verdict::Broken {
                    seq: seq + 1,
                    what: "missing",
                });
            }
            if row.prev_hash != hash {
                return Ok(Verdict::Broken {
                    seq: row.seq,
                    what: "out of order",
                });
            }
            if digest(&row) != row.hash {
                return Ok(Verdict::Broken {
                    seq: row.seq,
                    what: "changed",
                });
            }
            (seq, hash) = (row.seq, row.hash);
        }
    }
    match event_head::Entity::find_by_id(campaign).one(db).await? {
        Some(head) if head.seq == seq && head.hash == hash => Ok(Verdict::Whole {
            count: seq,
            head: hash,
        }),
        None if seq == 0 => Ok(Verdict::Whole {
            count: 0,
            head: hash,
        }),
        _ => Ok(Verdict::Broken {
            seq: seq + 1,
            what: "missing",
        }),
    }
}

/// The events of one entry, oldest first.
pub async fn of_entry<C: ConnectionTrait>(db: &C, entry: &str) -> Result<Vec<event::Model>> {
    let rows = event::Entity::find()
        .filter(event::Column::EntryId.eq(entry))
        .order_by_asc(event::Column::Seq);
    Ok(rows.all(db).await?)
}
