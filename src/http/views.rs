//! What both faces show: campaigns, entries, files, findings, events.

use domain::finding::Finding;
use domain::notice::{Effect, Notice, Window};
use domain::quota::QuotaNeed;
use domain::virus::VirusState;
use entity::{entry, event, slip};
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object};
use serde_json::Value;

use super::problem::{Problem, ViolationView};
use super::stored;
use crate::app::attachments;
use crate::app::campaigns::Campaign;
use crate::app::copies::Size;
use crate::app::scans::{Looked, Shown};
use crate::error::Error;

/// 推选活动.
#[derive(Object)]
pub struct CampaignView {
    /// Its name in addresses.
    pub slug: String,
    /// Title of the notice.
    pub title: String,
    /// GB/T 2260 code of its territory.
    pub region: String,
    /// Stages in the order of the notice.
    pub stages: Vec<StageView>,
    /// The server's clock, epoch milliseconds: count down by it, not by the phone's.
    pub server_time: i64,
}

/// 阶段 with its window as it stands now.
#[derive(Object)]
pub struct StageView {
    pub key: String,
    pub label: String,
    /// First instant, epoch milliseconds.
    pub opens: i64,
    /// First instant after it.
    pub closes: i64,
    pub open_now: bool,
    /// A file that was on its way when it closed may arrive before this instant, and its entry be handed in.
    #[oai(skip_serializing_if_is_none)]
    pub grace_until: Option<i64>,
    /// The notice's own words.
    #[oai(skip_serializing_if_is_none)]
    pub clause: Option<String>,
}

impl CampaignView {
    /// As of now.
    pub fn new(campaign: &Campaign, now: i64) -> CampaignView {
        let stage = |(stage, window): (&domain::notice::Stage, Window)| StageView {
            key: stage.key.clone(),
            label: stage.label.clone(),
            opens: window.opens,
            closes: window.closes,
            open_now: window.is_open(now),
            grace_until: (stage.upload_grace_minutes).map(|_| stage.grace(window).closes),
            clause: stage.clause.clone(),
        };
        CampaignView {
            slug: campaign.head.slug.clone(),
            title: campaign.head.title.clone(),
            region: campaign.head.region_code.clone(),
            stages: campaign.stages().map(stage).collect(),
            server_time: now,
        }
    }
}

/// The notice as data, as frozen when the campaign was set up.
#[derive(Object)]
pub struct NoticeView {
    /// SHA-256 of the frozen notice.
    pub sha256: String,
    /// The notice in the shape of `notices/notice.schema.json`.
    pub notice: Any<Value>,
    /// Files that come with it and are there, in its order.
    pub attachments: Vec<AttachmentView>,
    /// Largest inputs, to be told before anything is chosen.
    pub limits: LimitsView,
}

/// 附件.
#[derive(Object)]
pub struct AttachmentView {
    pub key: String,
    /// What people read.
    pub label: String,
    /// What it is called when it is saved.
    pub file_name: String,
    pub media_type: String,
    pub bytes: i64,
    pub sha256: String,
    /// The notice's own words.
    #[oai(skip_serializing_if_is_none)]
    pub clause: Option<String>,
}

impl AttachmentView {
    /// Those of a campaign that are there.
    pub fn all(campaign: &Campaign) -> Vec<AttachmentView> {
        let all = attachments::of_campaign(campaign);
        all.filter_map(|(named, row)| {
            let kind = named.kind()?;
            Some(AttachmentView {
                key: named.key.clone(),
                label: named.label.clone(),
                file_name: stored::attachment_name(&named.label, kind),
                media_type: kind.media_type().to_owned(),
                bytes: row.bytes,
                sha256: row.sha256.clone(),
                clause: named.clause.clone(),
            })
        })
        .collect()
    }
}

/// Largest inputs.
#[derive(Object)]
pub struct LimitsView {
    pub picture_bytes: u64,
    pub picture_pixels: u64,
    pub pdf_bytes: u64,
    pub pdf_pages: u64,
    pub video_bytes: u64,
    /// Of a slot for which the notice says nothing.
    pub video_seconds: u32,
    /// Of all files of one applicant.
    pub person_bytes: u64,
    /// Longer files come in parts of this length.
    pub part_bytes: u64,
}

/// The notice without what is not for applicants.
pub fn notice_json(notice: &Notice) -> Result<Value, Problem> {
    serde_json::to_value(notice).map_err(|e| Error::from(e).into())
}

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

/// A file.
#[derive(Object)]
pub struct EvidenceView {
    pub id: String,
    pub slot: String,
    pub file_name: String,
    pub media_type: String,
    pub bytes: i64,
    pub sha256: String,
    #[oai(skip_serializing_if_is_none)]
    pub width: Option<i32>,
    #[oai(skip_serializing_if_is_none)]
    pub height: Option<i32>,
    #[oai(skip_serializing_if_is_none)]
    pub pages: Option<i32>,
    /// Of a video: length of its longest track by its samples, milliseconds.
    #[oai(skip_serializing_if_is_none)]
    pub duration_ms: Option<i64>,
    /// What its header says instead; 0 where it does not.
    #[oai(skip_serializing_if_is_none)]
    pub header_ms: Option<i64>,
    /// Four letters, such as `avc1` (H.264) or `hvc1` (HEVC).
    #[oai(skip_serializing_if_is_none)]
    pub codec: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub has_sound: Option<bool>,
    /// What was seen on it, for the scan of a stamped form.
    #[oai(skip_serializing_if_is_none)]
    pub scan: Option<ScanView>,
    /// Where its check for viruses stands; absent where files are not checked. Only what is clean or released can be
    /// downloaded; its copies always can.
    #[oai(skip_serializing_if_is_none)]
    pub virus_check: Option<VirusView>,
}

/// 病毒检查.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum VirusView {
    /// Not looked at yet; it keeps nobody from handing in.
    Pending,
    Clean,
    /// To be replaced.
    Infected,
    /// The scanner could not tell: a reviewer decides.
    Unsure,
    /// A reviewer let it through.
    Released,
    /// A reviewer did not.
    Barred,
}

impl From<VirusState> for VirusView {
    fn from(state: VirusState) -> VirusView {
        match state {
            VirusState::Pending => VirusView::Pending,
            VirusState::Clean => VirusView::Clean,
            VirusState::Infected => VirusView::Infected,
            VirusState::Unsure => VirusView::Unsure,
            VirusState::Released => VirusView::Released,
            VirusState::Barred => VirusView::Barred,
        }
    }
}

/// How large a copy is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum CopySize {
    /// At most 320 pixels on its longer side.
    Thumbnail,
    /// At most 1600.
    Display,
}

impl From<CopySize> for Size {
    fn from(size: CopySize) -> Size {
        match size {
            CopySize::Thumbnail => Size::Thumbnail,
            CopySize::Display => Size::Display,
        }
    }
}

/// What was seen on the scan of a stamped form: advice to a person, never a refusal.
#[derive(Object)]
pub struct ScanView {
    /// False when it could not be looked at; the rest is then empty.
    pub legible: bool,
    pub pages: i32,
    /// No page has colour, so red ink cannot be told from black.
    pub grey: bool,
    /// Number of the form in its foot, where it could be read.
    #[oai(skip_serializing_if_is_none)]
    pub form_code: Option<String>,
    pub boxes: Vec<ScanBoxView>,
    /// Round red seals outside the boxes.
    pub seals_elsewhere: i32,
    /// What there is to say about it now; all of them warn.
    pub findings: Vec<FindingView>,
}

/// A box of the form as it is on the scan.
#[derive(Object)]
pub struct ScanBoxView {
    /// Key of the box.
    pub slot: String,
    /// seen, not_seen or cannot_tell: a red round seal.
    pub sight: String,
    /// Per cent.
    pub confidence: i32,
    /// Is there a picture of it?
    pub picture: bool,
}

impl From<Looked> for ScanView {
    fn from(looked: Looked) -> ScanView {
        let boxes = looked.boxes.into_iter().map(|b| ScanBoxView {
            slot: b.slot,
            sight: b.sight,
            confidence: b.confidence,
            picture: b.picture_sha256.is_some(),
        });
        ScanView {
            legible: looked.scan.legible,
            pages: looked.scan.pages,
            grey: looked.scan.grey,
            form_code: looked.scan.code,
            boxes: boxes.collect(),
            seals_elsewhere: looked.scan.elsewhere,
            findings: looked.findings.into_iter().map(FindingView::from).collect(),
        }
    }
}

impl From<Shown> for EvidenceView {
    fn from(shown: Shown) -> EvidenceView {
        let f = shown.file;
        EvidenceView {
            scan: shown.scan.map(ScanView::from),
            virus_check: shown.virus.map(VirusView::from),
            id: f.id,
            slot: f.slot,
            file_name: f.file_name,
            media_type: f.media_type,
            bytes: f.bytes,
            sha256: f.sha256,
            width: f.width,
            height: f.height,
            pages: f.pages,
            duration_ms: f.duration_ms,
            header_ms: f.header_ms,
            codec: f.codec,
            has_sound: f.has_sound,
        }
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

/// Something that happened.
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

impl From<event::Model> for EventView {
    fn from(e: event::Model) -> EventView {
        EventView {
            seq: e.seq,
            at: e.at,
            kind: e.kind,
            actor_kind: e.actor_kind,
            agency_id: e.agency_id,
            body: Any(serde_json::from_str(&e.body).unwrap_or_default()),
            hash: e.hash,
        }
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
