//! Entries of the caller.

use domain::actor::Applicant;
use entity::entry;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Attachment, AttachmentType, Json};
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::{Value, json};

use super::Group;
use crate::app::entries::{self, Left, Written};
use crate::app::{campaigns, forms, papers, scans};
use crate::db::events::{self, By};
use crate::error::{Error, invalid};
use crate::http::caller::AsApplicant;
use crate::http::download::{Download, download};
use crate::http::input::{Versioned, call, limit, version, versioned};
use crate::http::problem::Problem;
use crate::http::views::{EntrySummary, EventView, EvidenceView, SlipView};
use crate::state::Shared;

/// Operations on entries.
pub struct Entries;

/// What an applicant writes.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct EntryInput {
    /// Key of the subject kind.
    #[oai(validator(max_length = 60))]
    pub subject: String,
    /// Key of the category.
    #[oai(validator(max_length = 60))]
    pub category: String,
    /// Key of the route.
    #[oai(validator(max_length = 60))]
    pub route: String,
    /// The agency of the route, where it has one; one that answers for a territory takes in `region`.
    #[oai(skip_serializing_if_is_none, validator(max_length = 36))]
    pub agency_id: Option<String>,
    /// The applicant's own unit, where it has an office here.
    #[oai(skip_serializing_if_is_none, validator(max_length = 36))]
    pub unit_id: Option<String>,
    /// GB/T 2260 code of the place.
    #[oai(validator(max_length = 6))]
    pub region: String,
    /// Field key → text, whole number (per cent in hundredths) or list of accounts.
    #[serde(skip)]
    pub answers: Any<Value>,
}

impl poem_openapi::types::Example for EntryInput {
    fn example() -> EntryInput {
        EntryInput {
            subject: "account".into(),
            category: "government".into(),
            route: "county".into(),
            agency_id: Some("019…".into()),
            unit_id: None,
            region: "341602".into(),
            answers: Any(json!({ "name": "谯城发布", "followers": 386_000 })),
        }
    }
}

impl EntryInput {
    /// As the app takes it.
    pub fn written(self) -> Result<Written, Problem> {
        let answers = serde_json::from_value(self.answers.0).map_err(|_| {
            invalid(
                "answers",
                "field_format",
                "填写内容应为字段与文字、整数或账号列表",
            )
        })?;
        Ok(Written {
            choice: domain::notice::Choice {
                subject: self.subject,
                category: self.category,
                route: self.route,
            },
            agency_id: self.agency_id,
            unit_id: self.unit_id,
            region: self.region,
            answers,
        })
    }

    fn fingerprint(&self) -> String {
        format!(
            "{}{}",
            serde_json::to_string(self).unwrap_or_default(),
            self.answers.0
        )
    }
}

/// An entry as its applicant sees it.
#[derive(Object)]
pub struct EntryView {
    #[oai(flatten)]
    pub summary: EntrySummary,
    pub campaign: String,
    pub subject: String,
    pub route: String,
    #[oai(skip_serializing_if_is_none)]
    pub agency_id: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub unit_id: Option<String>,
    pub region: String,
    pub answers: Any<Value>,
    pub evidence: Vec<EvidenceView>,
    /// Fields, slots and choices (`choice.category`, `choice.region` …) that may be changed now; all of them in a draft.
    #[oai(skip_serializing_if_is_none)]
    pub reopened: Option<Vec<String>>,
    pub round: u32,
    /// SHA-256 of what was handed in last.
    #[oai(skip_serializing_if_is_none)]
    pub digest: Option<String>,
}

/// Taking back.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct WithdrawalInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// An entry with its files, as its applicant sees it.
pub async fn view(app: &Shared, left: impl Into<Left>) -> Result<Versioned<EntryView>, Problem> {
    let Left { row, at_hand } = left.into();
    let entry = crate::db::entries::to_entry(&row, &app.sealing)?;
    let (campaign, evidence) = match at_hand {
        Some(known) => known,
        None => (
            campaigns::by_id(app, &row.campaign_id).await?,
            crate::db::entries::evidence(app.db.read(), &row.id).await?,
        ),
    };
    let evidence = scans::shown(app, &campaign, &row.id, row.round, evidence).await?;
    let returned = matches!(entry.state, domain::entry::EntryState::Returned { .. });
    let reopened = if returned {
        Some(entries::reopened(app, &entry).await?)
    } else {
        None
    };
    let version = row.version;
    let view = EntryView {
        summary: EntrySummary::try_from(&row)?,
        campaign: campaign.head.slug,
        subject: row.subject,
        route: row.route,
        agency_id: row.agency_id,
        unit_id: row.unit_id,
        region: row.region_code,
        answers: Any(serde_json::to_value(&entry.answers).map_err(Error::from)?),
        evidence: evidence.into_iter().map(EvidenceView::from).collect(),
        reopened,
        round: entry.round,
        digest: row.digest,
    };
    Ok(versioned(view, version))
}

/// The caller's own entry; any other is absent.
pub async fn own(app: &Shared, who: &Applicant, id: &str) -> Result<entry::Model, Problem> {
    Ok(crate::db::entries::of_applicant(app.db.read(), &who.id, id).await?)
}

#[OpenApi(tag = "Group::Entries")]
impl Entries {
    /// 新建草稿
    #[oai(
        path = "/campaigns/:slug/entries",
        method = "post",
        operation_id = "createEntry"
    )]
    async fn create(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        slug: Path<String>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<EntryInput>,
    ) -> Result<Versioned<EntryView>, Problem> {
        let call = call(
            &who.0.id,
            key.0,
            "create_entry",
            &format!("{}{}", slug.0, body.fingerprint()),
        )?;
        view(
            &app,
            entries::begin(&app, &who.0, &slug, body.0.written()?, call)
                .boxed()
                .await?,
        )
        .boxed()
        .await
    }

    /// 我的申报
    #[oai(path = "/entries", method = "get", operation_id = "listEntries")]
    async fn list(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        before: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<EntrySummary>>, Problem> {
        let rows = crate::db::entries::list_of_applicant(
            app.db.read(),
            &who.0.id,
            before.0.as_deref(),
            limit(limit_.0)?,
        )
        .boxed()
        .await?;
        Ok(Json(
            rows.iter()
                .map(EntrySummary::try_from)
                .collect::<Result<_, _>>()?,
        ))
    }

    /// 一项申报
    #[oai(path = "/entries/:id", method = "get", operation_id = "getEntry")]
    async fn get(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Versioned<EntryView>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        view(&app, row).boxed().await
    }

    /// 保存填写内容
    ///
    /// Autosave: the version in If-Match must be the stored one.
    #[oai(path = "/entries/:id", method = "put", operation_id = "saveEntry")]
    async fn save(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<EntryInput>,
    ) -> Result<Versioned<EntryView>, Problem> {
        let version = version(if_match.0.as_deref())?;
        view(
            &app,
            entries::amend(&app, &who.0, &id, version, body.0.written()?)
                .boxed()
                .await?,
        )
        .boxed()
        .await
    }

    /// 撤回申报
    #[oai(
        path = "/entries/:id/withdrawal",
        method = "post",
        operation_id = "withdrawEntry"
    )]
    async fn withdraw(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<WithdrawalInput>,
    ) -> Result<Versioned<EntryView>, Problem> {
        let version = version(if_match.0.as_deref())?;
        view(
            &app,
            entries::withdraw(&app, &who.0, &id, version, body.0.reason)
                .boxed()
                .await?,
        )
        .boxed()
        .await
    }

    /// 办理进度
    ///
    /// What concerns the applicant; what offices settle among themselves is left out, so `seq` has gaps.
    #[oai(
        path = "/entries/:id/timeline",
        method = "get",
        operation_id = "getTimeline"
    )]
    async fn timeline(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Vec<EventView>>, Problem> {
        own(&app, &who.0, &id).boxed().await?;
        Ok(Json(
            events::of_entry(app.db.read(), &id)
                .boxed()
                .await?
                .into_iter()
                .filter_map(EventView::for_applicant)
                .collect(),
        ))
    }

    /// 补正通知
    #[oai(path = "/entries/:id/slip", method = "get", operation_id = "getSlip")]
    async fn slip(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<SlipView>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        let round = u32::try_from(row.round).unwrap_or_default();
        let slip = crate::db::reviews::slip(app.db.read(), &id, round)
            .boxed()
            .await?
            .ok_or(Error::Absent)?;
        Ok(Json(SlipView::try_from(slip)?))
    }

    /// 补正通知（PDF）
    ///
    /// What the slip says, to be printed; of the newest round.
    #[oai(
        path = "/entries/:id/slip.pdf",
        method = "get",
        operation_id = "getSlipPaper"
    )]
    async fn slip_paper(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        let pdf = papers::slip(&app, &row).boxed().await?;
        Ok(download(pdf, "slip.pdf", "补正通知.pdf"))
    }

    /// 申报回执（PDF）
    ///
    /// Of the newest round that was handed in: when, and the digest of everything that was.
    #[oai(
        path = "/entries/:id/receipt",
        method = "get",
        operation_id = "getReceipt"
    )]
    async fn receipt(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        let pdf = papers::receipt(&app, &row).boxed().await?;
        Ok(download(pdf, "receipt.pdf", "申报回执.pdf"))
    }

    /// 申报表（PDF）
    ///
    /// A draft is marked as one and carries no form number.
    #[oai(path = "/entries/:id/form", method = "get", operation_id = "getForm")]
    async fn form(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Attachment<Vec<u8>>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        let campaign = campaigns::by_id(&app, &row.campaign_id).boxed().await?;
        let entry = crate::db::entries::to_entry(&row, &app.sealing)?;
        let pdf = forms::pdf(
            &app,
            &campaign,
            &entry,
            &By::applicant(&who.0.id, app.now()),
        )
        .boxed()
        .await?;
        Ok(Attachment::new(pdf)
            .attachment_type(AttachmentType::Attachment)
            .filename("申报表.pdf"))
    }
}
