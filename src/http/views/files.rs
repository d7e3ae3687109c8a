//! Files, and what was found when they were looked at.

use domain::virus::VirusState;
use poem_openapi::{Enum, Object};

use crate::app::copies::Size;
use crate::app::scans::{Looked, Shown};
use crate::http::views::FindingView;

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
