//! Entries as reviewers see them.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::Body;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Attachment, AttachmentType};
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::content_checks::ContentCheckView;
use super::negative_lines::MetView;
use super::trail::PersonView;
use super::{Group, may};
use crate::app::reviews::{self, ChangedFiles, Dossier, NamedFile};
use crate::app::same_files::SameFile;
use crate::app::{campaigns, copies, forms, scans};
use crate::db::events::By;
use crate::error::Error;
use crate::http::caller::AsOfficer;
use crate::http::download::Download;
use crate::http::input::{Versioned, versioned};
use crate::http::jpeg::Jpeg;
use crate::http::problem::Problem;
use crate::http::stored;
use crate::http::views::{CopySize, EntrySummary, EvidenceView, FindingView, SlipView};
use crate::state::Shared;

/// Operations on entries under review.
pub struct Entries;

/// An entry as reviewers see it: what was handed in.
#[derive(Object)]
pub struct DossierView {
    #[oai(flatten)]
    pub summary: EntrySummary,
    pub subject: String,
    pub route: String,
    pub region: String,
    pub round: u32,
    pub answers: Any<Value>,
    pub findings: Vec<FindingView>,
    pub verdicts: Vec<VerdictView>,
    pub evidence: Vec<EvidenceView>,
    /// Files that other entries of the campaign have as well, byte for byte.
    pub same_files: Vec<SameFileView>,
    pub duties: Vec<DutyView>,
    /// 补正通知 of this round, once it was returned.
    #[oai(skip_serializing_if_is_none)]
    pub slip: Option<SlipView>,
    pub stamps: Vec<StampView>,
    /// Content checks (内容安全) of the text and the files; none where they are off.
    pub content_checks: Vec<ContentCheckView>,
    /// Lines of negative lists that it meets, as of now; what they say is for officers only.
    pub negative_lines: Vec<MetView>,
    /// Printed forms that arrived.
    pub paper: Vec<PaperView>,
    /// What changed since the round before.
    pub changed: Vec<ChangeView>,
    /// Slots whose files changed since the round before.
    pub changed_files: Vec<FileChangeView>,
    /// SHA-256 of what was handed in; stamps are bound to it.
    #[oai(skip_serializing_if_is_none)]
    pub digest: Option<String>,
    /// Number printed on the form, once it was rendered.
    #[oai(skip_serializing_if_is_none)]
    pub form_code: Option<String>,
}

/// A person's verdict on a finding.
#[derive(Object)]
pub struct VerdictView {
    pub rule: String,
    pub accepted: bool,
    pub reason: String,
    pub agency_id: String,
    pub decided_by: PersonView,
    pub decided_at: i64,
}

/// 相同材料: a file that other entries have as well.
#[derive(Object)]
pub struct SameFileView {
    pub evidence_id: String,
    /// Those in the caller's sight.
    pub entries: Vec<EntrySummary>,
    /// How many others have it that only their own offices see.
    pub elsewhere: u32,
}

impl TryFrom<SameFile> for SameFileView {
    type Error = Problem;

    fn try_from(same: SameFile) -> Result<SameFileView, Problem> {
        let entries = same.seen.iter().map(EntrySummary::try_from);
        Ok(SameFileView {
            evidence_id: same.evidence_id,
            entries: entries.collect::<Result<_, _>>()?,
            elsewhere: same.elsewhere,
        })
    }
}

/// One agency's part.
#[derive(Object)]
pub struct DutyView {
    pub agency_id: String,
    pub step: String,
    pub round: i32,
    pub state: String,
    #[oai(skip_serializing_if_is_none)]
    pub decision: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub opinion: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub decided_by: Option<PersonView>,
    #[oai(skip_serializing_if_is_none)]
    pub decided_at: Option<i64>,
}

/// A box and its stamp.
#[derive(Object)]
pub struct StampView {
    pub slot: String,
    pub agency_id: String,
    /// planned or done.
    pub state: String,
}

/// A printed form that arrived at an agency.
#[derive(Object)]
pub struct PaperView {
    /// Number of the form.
    pub code: String,
    /// Round that the form is of.
    pub round: i32,
    pub agency_id: String,
    pub received_at: i64,
}

/// A changed answer.
#[derive(Object)]
pub struct ChangeView {
    pub field: String,
    pub before: Any<Value>,
    pub after: Any<Value>,
}

/// Files of a slot that came or went.
#[derive(Object)]
pub struct FileChangeView {
    pub slot: String,
    pub added: Vec<NamedFileView>,
    pub removed: Vec<NamedFileView>,
}

/// A file as it was handed in.
#[derive(Object)]
pub struct NamedFileView {
    /// Absent where it was handed in before names were kept.
    #[oai(skip_serializing_if_is_none)]
    pub file_name: Option<String>,
    pub sha256: String,
}

impl From<ChangedFiles> for FileChangeView {
    fn from(changed: ChangedFiles) -> FileChangeView {
        let file = |f: NamedFile| NamedFileView {
            file_name: f.name,
            sha256: f.sha256,
        };
        FileChangeView {
            slot: changed.slot,
            added: changed.added.into_iter().map(file).collect(),
            removed: changed.removed.into_iter().map(file).collect(),
        }
    }
}

impl TryFrom<Dossier> for DossierView {
    type Error = Problem;

    fn try_from(d: Dossier) -> Result<DossierView, Problem> {
        Ok(DossierView {
            summary: EntrySummary::try_from(&d.row)?,
            subject: d.row.subject,
            route: d.row.route,
            region: d.row.region_code,
            round: d.entry.round,
            answers: Any(serde_json::to_value(&d.entry.answers).map_err(Error::from)?),
            findings: d.findings.into_iter().map(FindingView::from).collect(),
            verdicts: d
                .verdicts
                .into_iter()
                .map(|v| VerdictView {
                    rule: v.rule,
                    accepted: v.accepted,
                    reason: v.reason,
                    agency_id: v.agency_id,
                    decided_by: PersonView::named(v.officer_id, &d.people),
                    decided_at: v.decided_at,
                })
                .collect(),
            evidence: d.evidence.into_iter().map(EvidenceView::from).collect(),
            same_files: (d.same_files.into_iter())
                .map(SameFileView::try_from)
                .collect::<Result<_, _>>()?,
            duties: d
                .duties
                .into_iter()
                .map(|x| DutyView {
                    agency_id: x.agency_id,
                    step: x.step,
                    round: x.round,
                    state: x.state,
                    decision: x.decision,
                    opinion: x.opinion,
                    decided_by: x.decided_by.map(|id| PersonView::named(id, &d.people)),
                    decided_at: x.decided_at,
                })
                .collect(),
            slip: d.slip.map(SlipView::try_from).transpose()?,
            stamps: d
                .stamps
                .into_iter()
                .map(|s| StampView {
                    slot: s.slot,
                    agency_id: s.agency_id,
                    state: s.state,
                })
                .collect(),
            content_checks: (d.content.into_iter())
                .map(|row| ContentCheckView::of(row, &d.people))
                .collect(),
            negative_lines: d.lines.into_iter().map(MetView::from).collect(),
            paper: d
                .paper
                .into_iter()
                .map(|(receipt, form)| PaperView {
                    code: form.code,
                    round: form.round,
                    agency_id: receipt.agency_id,
                    received_at: receipt.received_at,
                })
                .collect(),
            changed: d
                .changed
                .into_iter()
                .map(|(field, before, after)| ChangeView {
                    field,
                    before: Any(before),
                    after: Any(after),
                })
                .collect(),
            changed_files: (d.changed_files.into_iter())
                .map(FileChangeView::from)
                .collect(),
            digest: d.row.digest,
            form_code: d.form.map(|f| f.code),
        })
    }
}

#[OpenApi(tag = "Group::Reviews")]
impl Entries {
    /// 申报详情
    #[oai(path = "/entries/:id", method = "get", operation_id = "getEntry")]
    async fn get(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Versioned<DossierView>, Problem> {
        may(&who, Act::ReadEntries)?;
        let dossier = reviews::dossier(&app, &who.0, &id).boxed().await?;
        let version = dossier.row.version;
        Ok(versioned(DossierView::try_from(dossier)?, version))
    }

    /// 申报材料
    #[oai(
        path = "/entries/:id/evidence/:file",
        method = "get",
        operation_id = "getEvidence"
    )]
    async fn evidence(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        file: Path<String>,
        /// A part of the file, to go on with a download: `bytes=FIRST-`.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
    ) -> Result<Download<Body>, Problem> {
        may(&who, Act::ReadEntries)?;
        let dossier = reviews::dossier(&app, &who.0, &id).boxed().await?;
        let found = dossier
            .evidence
            .into_iter()
            .find(|shown| shown.file.id == file.0)
            .ok_or(Error::Absent)?
            .file;
        stored::evidence(&app, found, range.0).boxed().await
    }

    /// 材料缩略图、预览图（JPEG）
    ///
    /// Of a picture, of a PDF's first page or of a frame of a video: upright, without metadata. A video has none (404) where the
    /// service has no ffmpeg.
    #[oai(
        path = "/entries/:id/evidence/:file/copies/:size",
        method = "get",
        operation_id = "getEvidenceCopy"
    )]
    async fn copy(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        file: Path<String>,
        size: Path<CopySize>,
    ) -> Result<Jpeg, Problem> {
        may(&who, Act::ReadEntries)?;
        let dossier = reviews::dossier(&app, &who.0, &id).boxed().await?;
        let mut files = dossier.evidence.into_iter().map(|shown| shown.file);
        let found = files.find(|f| f.id == file.0).ok_or(Error::Absent)?;
        Ok(Jpeg(copies::of(&app, &found, size.0.into()).boxed().await?))
    }

    /// 扫描件盖章处图片（PNG）
    ///
    /// A box of the form as it is on the scan, for the person who decides.
    #[oai(
        path = "/entries/:id/evidence/:file/boxes/:slot",
        method = "get",
        operation_id = "getScanBox"
    )]
    async fn scan_box(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        file: Path<String>,
        slot: Path<String>,
    ) -> Result<Attachment<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let dossier = reviews::dossier(&app, &who.0, &id).boxed().await?;
        let shown = dossier.evidence.iter().find(|s| s.file.id == file.0);
        let found = &shown.ok_or(Error::Absent)?.file;
        let png = scans::picture(&app, &found.id, &slot).boxed().await?;
        Ok(Attachment::new(png)
            .attachment_type(AttachmentType::Attachment)
            .filename("盖章处.png"))
    }

    /// 申报表（PDF，含已盖印章）
    #[oai(path = "/entries/:id/form", method = "get", operation_id = "getForm")]
    async fn form(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Attachment<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let row = crate::db::reviews::visible(app.db.read(), &who.0, &id)
            .boxed()
            .await?;
        let campaign = campaigns::by_id(&app, &row.campaign_id).boxed().await?;
        let entry = crate::db::entries::to_entry(&row, &app.sealing)?;
        let pdf = forms::pdf(&app, &campaign, &entry, &By::officer(&who.0, app.now()))
            .boxed()
            .await?;
        Ok(Attachment::new(pdf)
            .attachment_type(AttachmentType::Attachment)
            .filename("申报表.pdf"))
    }
}
