//! What both faces show: campaigns, entries, files, findings, events.

mod campaigns;
mod files;

use domain::event::Event;
use domain::finding::Finding;
use domain::notice::Effect;
use domain::quota::QuotaNeed;
use entity::{entry, event, slip};
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object};
use serde_json::Value;

use super::problem::{Problem, ViolationView};
use crate::error::Error;

pub use campaigns::{AttachmentView, CampaignView, LimitsView, NoticeView, notice_json};
pub use files::{CopySize, EvidenceView, ScanView, VirusView};

/// State of an entry.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum StateView {
    Draft,
    UnderReview,
    Returned,
    Endorsed,
    Declined,
    Withdrawn,
}

/// Reads the stored word.
pub fn state(word: &str) -> Result<StateView, Problem> {
    Ok(match word {
        "draft" => StateView::Draft,
        "under_review" => StateView::UnderReview,
        "returned" => StateView::Returned,
        "endorsed" => StateView::Endorsed,
        "declined" => StateView::Declined,
        "withdrawn" => StateView::Withdrawn,
        other => return Err(Error::Bug(format!("state {other}")).into()),
    })
}

/// A line of a list of entries.
#[derive(Object)]
pub struct EntrySummary {
    pub id: String,
    pub name: String,
    pub state: StateView,
    #[oai(skip_serializing_if_is_none)]
    pub step: Option<String>,
    pub category: String,
    #[oai(skip_serializing_if_is_none)]
    pub receipt: Option<String>,
    pub late: bool,
    pub version: i64,
    pub updated_at: i64,
}

impl TryFrom<&entry::Model> for EntrySummary {
    type Error = Problem;

    fn try_from(row: &entry::Model) -> Result<EntrySummary, Problem> {
        Ok(EntrySummary {
            id: row.id.clone(),
            name: row.name.clone(),
            state: state(&row.state)?,
            step: row.step.clone(),
            category: row.category.clone(),
            receipt: row.receipt.clone(),
            late: row.late,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// What a rule that does not hold leads to.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum EffectView {
    Block,
    Warn,
    Ask,
}

/// One finding of a check.
#[derive(Object)]
pub struct FindingView {
    /// Key of the rule, field, slot, quota or declaration.
    pub rule: String,
    pub effect: EffectView,
    pub violation: ViolationView,
}

impl From<Finding> for FindingView {
    fn from(f: Finding) -> FindingView {
        let effect = match f.effect {
            Effect::Block => EffectView::Block,
            Effect::Warn => EffectView::Warn,
            Effect::Ask => EffectView::Ask,
        };
        FindingView {
            rule: f.rule,
            effect,
            violation: f.violation.into(),
        }
    }
}

/// Places of a quota.
#[derive(Object)]
pub struct QuotaView {
    pub quota: String,
    pub label: String,
    pub cap: u32,
    pub used: u32,
    pub left: u32,
    /// The notice's own words.
    pub clause: String,
}

impl From<(QuotaNeed, u32)> for QuotaView {
    fn from((need, used): (QuotaNeed, u32)) -> QuotaView {
        QuotaView {
            quota: need.quota,
            label: need.label,
            cap: need.cap,
            used,
            left: need.cap.saturating_sub(used),
            clause: need.clause,
        }
    }
}

/// Something that happened to an entry, as its applicant is told of it.
#[derive(Object)]
pub struct EventView {
    pub seq: i64,
    pub at: i64,
    pub kind: String,
    /// applicant, officer or system.
    pub actor_kind: String,
    #[oai(skip_serializing_if_is_none)]
    pub agency_id: Option<String>,
    pub body: Any<Value>,
    /// Link of the chain.
    pub hash: String,
}

impl EventView {
    /// Of what the applicant is told; the rest is the offices' business.
    pub fn for_applicant(e: event::Model) -> Option<EventView> {
        let body = serde_json::from_str(&e.body).ok()?;
        let told = Event::from_parts(&e.kind, body)?.for_applicant()?;
        Some(EventView {
            seq: e.seq,
            at: e.at,
            kind: e.kind,
            actor_kind: e.actor_kind,
            agency_id: e.agency_id,
            body: Any(told),
            hash: e.hash,
        })
    }
}

/// 补正通知.
#[derive(Object)]
pub struct SlipView {
    pub round: i32,
    pub step: String,
    /// Everything that is wrong, at once; only these fields and slots are open.
    pub items: Vec<ViolationView>,
    /// Last instant to answer, epoch milliseconds.
    pub due_at: i64,
}

impl TryFrom<slip::Model> for SlipView {
    type Error = Problem;

    fn try_from(row: slip::Model) -> Result<SlipView, Problem> {
        let items: Vec<domain::refusal::Violation> =
            serde_json::from_str(&row.items).map_err(Error::from)?;
        Ok(SlipView {
            round: row.round,
            step: row.step,
            items: items.into_iter().map(ViolationView::from).collect(),
            due_at: row.due_at,
        })
    }
}

/// An agency as applicants and officers see it.
#[derive(Object)]
pub struct AgencyView {
    pub id: String,
    pub name: String,
    pub tier: String,
    pub system: String,
    pub region: String,
    /// The agency right above it.
    #[oai(skip_serializing_if_is_none)]
    pub parent_id: Option<String>,
}

impl From<domain::agency::Agency> for AgencyView {
    fn from(a: domain::agency::Agency) -> AgencyView {
        AgencyView {
            parent_id: a.path.iter().rev().nth(1).cloned(),
            id: a.id,
            name: a.name,
            tier: a.tier.as_str().into(),
            system: a.system,
            region: a.region,
        }
    }
}

/// A token.
#[derive(Object)]
#[oai(example)]
pub struct TokenView {
    /// Sent as `Authorization: Bearer …`.
    pub token: String,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

impl poem_openapi::types::Example for TokenView {
    fn example() -> TokenView {
        TokenView {
            token: "v1.…".into(),
            expires_at: 1_653_235_200_000,
        }
    }
}

impl From<crate::app::sessions::Token> for TokenView {
    fn from(t: crate::app::sessions::Token) -> TokenView {
        TokenView {
            token: t.token,
            expires_at: t.expires_at,
        }
    }
}
