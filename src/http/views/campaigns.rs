//! Campaigns and their notices.

use domain::notice::{Notice, Window};
use poem_openapi::Object;
use poem_openapi::types::Any;
use serde_json::Value;

use crate::app::attachments;
use crate::app::campaigns::Campaign;
use crate::error::Error;
use crate::http::problem::Problem;
use crate::http::stored;

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
