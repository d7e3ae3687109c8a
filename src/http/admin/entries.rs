//! Review: the queue, entries, decisions, stamps.

use domain::permission::{Act, require};
use domain::refusal::Violation;
use poem::Body;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Attachment, AttachmentType, Json};
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Group;
use crate::app::reviews::{self, Asked, Dossier};
use crate::app::{campaigns, forms, queue_sheet, stamps};
use crate::db::events::{self, By};
use crate::db::reviews::Filter;
use crate::error::Error;
use crate::http::caller::AsOfficer;
use crate::http::input::{Versioned, limit, version, versioned};
use crate::http::problem::Problem;
use crate::http::views::{EntrySummary, EventView, EvidenceView, FindingView};
use crate::state::Shared;

/// Operations on entries under review.
pub struct Entries;

/// A row of the queue.
#[derive(Object)]
pub struct QueueLine {
    /// Key of the page: pass the last one as `after`.
    pub id: String,
    pub entry_id: String,
    pub name: String,
    #[oai(skip_serializing_if_is_none)]
    pub receipt: Option<String>,
    pub step: String,
    pub state: String,
    pub category: String,
    pub region: String,
    pub late: bool,
    /// Some rule warns or asks.
    pub flagged: bool,
    pub round: i32,
    pub version: i64,
    pub opened_at: i64,
}

/// How many, by step and state.
#[derive(Object)]
pub struct CountView {
    pub step: String,
    pub state: String,
    pub count: i64,
}

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
    pub duties: Vec<DutyView>,
    pub stamps: Vec<StampView>,
    /// What changed since the round before.
    pub changed: Vec<ChangeView>,
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
}

/// A box and its stamp.
#[derive(Object)]
pub struct StampView {
    pub slot: String,
    pub agency_id: String,
    /// planned or done.
    pub state: String,
}

/// A changed answer.
#[derive(Object)]
pub struct ChangeView {
    pub field: String,
    pub before: Any<Value>,
    pub after: Any<Value>,
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
                })
                .collect(),
            evidence: d.evidence.into_iter().map(EvidenceView::from).collect(),
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
                })
                .collect(),
            stamps: d
                .stamps
                .into_iter()
                .map(|s| StampView {
                    slot: s.slot,
                    agency_id: s.agency_id,
                    state: s.state,
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
            digest: d.row.digest,
            form_code: d.form.map(|f| f.code),
        })
    }
}

/// 同意.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct EndorsementInput {
    #[oai(validator(min_length = 1, max_length = 300))]
    pub opinion: String,
}

/// 退回补正: everything that is wrong at once.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ReturnInput {
    #[oai(validator(min_items = 1, max_items = 100))]
    pub items: Vec<ReturnItem>,
    /// Days to answer; the notice's when not said.
    pub days: Option<u32>,
}

/// One defect.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ReturnItem {
    /// Key of a form field or evidence slot.
    #[oai(validator(max_length = 60))]
    pub field: String,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub message: String,
    /// The notice's own words.
    #[oai(validator(max_length = 300))]
    pub clause: Option<String>,
}

/// 不予推荐.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct DeclineInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// Several endorsements.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct BatchInput {
    #[oai(validator(min_items = 1, max_items = 100))]
    pub entries: Vec<BatchItem>,
    #[oai(validator(min_length = 1, max_length = 300))]
    pub opinion: String,
}

/// One entry of a batch, as seen.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct BatchItem {
    pub id: String,
    pub version: i64,
}

/// What became of one entry of a batch.
#[derive(Object)]
pub struct BatchResult {
    pub id: String,
    pub done: bool,
    #[oai(skip_serializing_if_is_none)]
    pub code: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub detail: Option<String>,
}

/// A stamp to be set.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct StampInput {
    /// Key of the box.
    #[oai(validator(max_length = 60))]
    pub slot: String,
    /// Digest of the submission that was looked at.
    #[oai(validator(min_length = 64, max_length = 64))]
    pub digest: String,
    /// Written into the box.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub opinion: String,
}

/// The form after a stamp.
#[derive(Object)]
pub struct FormView {
    pub code: String,
    /// SHA-256 of the file with all its stamps.
    pub sha256: String,
    pub pages: i32,
}

/// A verdict on a finding.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct VerdictInput {
    pub accepted: bool,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

fn may(who: &AsOfficer, act: Act) -> Result<(), Problem> {
    Ok(require(&who.0, act).map_err(Error::Forbidden)?)
}

#[OpenApi(tag = "Group::Reviews")]
impl Entries {
    /// 待办列表
    #[oai(
        path = "/campaigns/:slug/queue",
        method = "get",
        operation_id = "getQueue"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "the filters of the queue, one parameter each"
    )]
    async fn queue(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        state: Query<Option<String>>,
        step: Query<Option<String>>,
        category: Query<Option<String>>,
        region: Query<Option<String>>,
        late: Query<Option<bool>>,
        flagged: Query<Option<bool>>,
        duplicate: Query<Option<bool>>,
        after: Query<Option<String>>,
        limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<QueueLine>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let filter = Filter {
            state: state.0.unwrap_or_else(|| "open".into()),
            step: step.0,
            category: category.0,
            region: region.0,
            late: late.0,
            flagged: flagged.0,
            duplicate: duplicate.0,
            after: after.0,
            limit: limit(limit_.0)?,
        };
        let rows = reviews::queue(&app, &who.0, &slug, &filter).await?;
        let line = |r: crate::db::reviews::QueueRow| QueueLine {
            id: r.id,
            entry_id: r.entry_id,
            name: r.name,
            receipt: r.receipt,
            step: r.step,
            state: r.state,
            category: r.category,
            region: r.region_code,
            late: r.late,
            flagged: r.flagged,
            round: r.round,
            version: r.version,
            opened_at: r.opened_at,
        };
        Ok(Json(rows.into_iter().map(line).collect()))
    }

    /// 导出待办列表（XLSX）
    ///
    /// The filters of the queue; no personal data.
    #[oai(
        path = "/campaigns/:slug/queue.xlsx",
        method = "get",
        operation_id = "exportQueue"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "the filters of the queue, one parameter each"
    )]
    async fn export(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        state: Query<Option<String>>,
        step: Query<Option<String>>,
        category: Query<Option<String>>,
        region: Query<Option<String>>,
        late: Query<Option<bool>>,
        flagged: Query<Option<bool>>,
        duplicate: Query<Option<bool>>,
    ) -> Result<Attachment<Body>, Problem> {
        may(&who, Act::ExportEntries)?;
        let filter = Filter {
            state: state.0.unwrap_or_else(|| "open".into()),
            step: step.0,
            category: category.0,
            region: region.0,
            late: late.0,
            flagged: flagged.0,
            duplicate: duplicate.0,
            ..Filter::default()
        };
        let file = queue_sheet::of_queue(&app, &who.0, &slug, &filter).await?;
        Ok(Attachment::new(Body::from_async_read(file))
            .attachment_type(AttachmentType::Attachment)
            .filename(format!("queue-{}.xlsx", slug.0)))
    }

    /// 待办数量
    #[oai(
        path = "/campaigns/:slug/queue/counts",
        method = "get",
        operation_id = "getQueueCounts"
    )]
    async fn counts(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Json<Vec<CountView>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let counts = reviews::counts(&app, &who.0, &slug).await?;
        Ok(Json(
            counts
                .into_iter()
                .map(|c| CountView {
                    step: c.step,
                    state: c.state,
                    count: c.count,
                })
                .collect(),
        ))
    }

    /// 申报详情
    #[oai(path = "/entries/:id", method = "get", operation_id = "getEntry")]
    async fn get(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Versioned<DossierView>, Problem> {
        may(&who, Act::ReadEntries)?;
        let dossier = reviews::dossier(&app, &who.0, &id).await?;
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
    ) -> Result<Attachment<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let dossier = reviews::dossier(&app, &who.0, &id).await?;
        let found = dossier
            .evidence
            .into_iter()
            .find(|f| f.id == file.0)
            .ok_or(Error::Absent)?;
        let bytes = app.files.get(&found.sha256).await?;
        Ok(Attachment::new(bytes)
            .attachment_type(AttachmentType::Attachment)
            .filename(found.file_name))
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
        let row = crate::db::reviews::visible(app.db.read(), &who.0, &id).await?;
        let campaign = campaigns::by_id(&app, &row.campaign_id).await?;
        let entry = crate::db::entries::to_entry(&row, &app.sealing)?;
        let pdf = forms::pdf(&app, &campaign, &entry, &By::officer(&who.0, app.now())).await?;
        Ok(Attachment::new(pdf)
            .attachment_type(AttachmentType::Attachment)
            .filename("申报表.pdf"))
    }

    /// 核验申报表上的印章
    #[oai(
        path = "/entries/:id/form/verification",
        method = "get",
        operation_id = "verifyForm"
    )]
    async fn verification(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Any<Value>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let report = stamps::verify(&app, &who.0, &id).await?;
        Ok(Json(
            Any(serde_json::to_value(report).map_err(Error::from)?),
        ))
    }

    /// 办理记录
    #[oai(path = "/entries/:id/trail", method = "get", operation_id = "getTrail")]
    async fn trail(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Vec<EventView>>, Problem> {
        may(&who, Act::ReadTrail)?;
        crate::db::reviews::visible(app.db.read(), &who.0, &id).await?;
        Ok(Json(
            events::of_entry(app.db.read(), &id)
                .await?
                .into_iter()
                .map(EventView::from)
                .collect(),
        ))
    }

    /// 同意
    #[oai(
        path = "/entries/:id/endorsement",
        method = "post",
        operation_id = "endorseEntry"
    )]
    async fn endorse(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<EndorsementInput>,
    ) -> Result<Versioned<EntrySummary>, Problem> {
        may(&who, Act::Review)?;
        let asked = Asked::Endorse {
            opinion: body.0.opinion,
        };
        decided(&app, &who, &id, version(if_match.0.as_deref())?, asked).await
    }

    /// 退回补正
    #[oai(
        path = "/entries/:id/return",
        method = "post",
        operation_id = "returnEntry"
    )]
    async fn give_back(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<ReturnInput>,
    ) -> Result<Versioned<EntrySummary>, Problem> {
        may(&who, Act::Review)?;
        let item = |i: ReturnItem| Violation {
            field: i.field,
            code: "to_be_mended".into(),
            clause: i.clause,
            message: i.message,
            ..Violation::default()
        };
        let asked = Asked::Return {
            items: body.0.items.into_iter().map(item).collect(),
            days: body.0.days,
        };
        decided(&app, &who, &id, version(if_match.0.as_deref())?, asked).await
    }

    /// 不予推荐
    #[oai(
        path = "/entries/:id/decline",
        method = "post",
        operation_id = "declineEntry"
    )]
    async fn decline(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<DeclineInput>,
    ) -> Result<Versioned<EntrySummary>, Problem> {
        may(&who, Act::Review)?;
        let asked = Asked::Decline {
            reason: body.0.reason,
        };
        decided(&app, &who, &id, version(if_match.0.as_deref())?, asked).await
    }

    /// 批量同意
    ///
    /// Each entry on its own: one that is refused does not hold the others up.
    #[oai(
        path = "/endorsements",
        method = "post",
        operation_id = "endorseEntries"
    )]
    async fn endorse_all(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        body: Json<BatchInput>,
    ) -> Result<Json<Vec<BatchResult>>, Problem> {
        may(&who, Act::Review)?;
        let mut results = Vec::new();
        for item in body.0.entries {
            let asked = Asked::Endorse {
                opinion: body.0.opinion.clone(),
            };
            let result = reviews::decide(&app, &who.0, &item.id, item.version, asked)
                .await
                .map_err(Problem::from);
            results.push(match result {
                Ok(_) => BatchResult {
                    id: item.id,
                    done: true,
                    code: None,
                    detail: None,
                },
                Err(p) => BatchResult {
                    id: item.id,
                    done: false,
                    code: Some(p.code),
                    detail: Some(p.detail),
                },
            });
        }
        Ok(Json(results))
    }

    /// 认定须人工判断的事项
    #[oai(
        path = "/entries/:id/findings/:rule/verdict",
        method = "put",
        operation_id = "decideFinding"
    )]
    async fn verdict(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        rule: Path<String>,
        body: Json<VerdictInput>,
    ) -> Result<(), Problem> {
        may(&who, Act::DecideFinding)?;
        Ok(
            reviews::decide_finding(&app, &who.0, &id, &rule, body.0.accepted, body.0.reason)
                .await?,
        )
    }

    /// 盖章
    ///
    /// Seal and signature by the agency's certificate, bound to the digest that was looked at.
    #[oai(
        path = "/entries/:id/stamps",
        method = "post",
        operation_id = "stampForm"
    )]
    async fn stamp(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        body: Json<StampInput>,
    ) -> Result<Json<FormView>, Problem> {
        may(&who, Act::Stamp)?;
        let body = body.0;
        let form =
            stamps::stamp(&app, &who.0, &id, &body.slot, &body.digest, &body.opinion).await?;
        Ok(Json(FormView {
            code: form.code,
            sha256: form.sha256,
            pages: form.pages,
        }))
    }
}

async fn decided(
    app: &Shared,
    who: &AsOfficer,
    id: &str,
    version: i64,
    asked: Asked,
) -> Result<Versioned<EntrySummary>, Problem> {
    let row = reviews::decide(app, &who.0, id, version, asked).await?;
    let version = row.version;
    Ok(versioned(EntrySummary::try_from(&row)?, version))
}
