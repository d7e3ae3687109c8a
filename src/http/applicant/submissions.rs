//! Checking and handing in.

use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Group;
use super::entries::{EntryInput, EntryView, view};
use crate::app::{checks, submissions};
use crate::error::Error;
use crate::http::caller::AsApplicant;
use crate::http::input::{Versioned, call, version};
use crate::http::problem::Problem;
use crate::http::views::{FindingView, QuotaView};
use crate::state::Shared;

/// Checks and submissions.
pub struct Submissions;

/// A check's answer.
#[derive(Object)]
pub struct CheckView {
    /// Nothing blocks a submission.
    pub ready: bool,
    pub findings: Vec<FindingView>,
    /// Places that such an entry needs, and how many are left.
    pub quotas: Vec<QuotaView>,
}

impl From<checks::Checked> for CheckView {
    fn from(c: checks::Checked) -> CheckView {
        CheckView {
            ready: domain::finding::blocking(&c.findings).is_empty(),
            findings: c.findings.into_iter().map(FindingView::from).collect(),
            quotas: c.quotas.into_iter().map(QuotaView::from).collect(),
        }
    }
}

/// Handing in.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct SubmissionInput {
    /// Keys of the declarations that the applicant confirms.
    #[oai(validator(max_items = 50))]
    pub declarations: Vec<String>,
}

#[OpenApi(tag = "Group::Entries")]
impl Submissions {
    /// 试填检查（不保存）
    ///
    /// All findings and the places left, for the first screen.
    #[oai(
        path = "/campaigns/:slug/check",
        method = "post",
        operation_id = "checkEntry"
    )]
    async fn check(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        slug: Path<String>,
        body: Json<EntryInput>,
    ) -> Result<Json<CheckView>, Problem> {
        Ok(Json(
            checks::check(&app, &who.0, &slug, body.0.written()?)
                .boxed()
                .await?
                .into(),
        ))
    }

    /// 检查已保存的申报
    #[oai(
        path = "/entries/:id/findings",
        method = "get",
        operation_id = "getFindings"
    )]
    async fn findings(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<CheckView>, Problem> {
        Ok(Json(
            checks::findings(&app, &who.0, &id).boxed().await?.into(),
        ))
    }

    /// 提交申报
    ///
    /// Answered after the commit, with the receipt number. The same key again gives the same answer.
    #[oai(
        path = "/entries/:id/submission",
        method = "post",
        operation_id = "submitEntry"
    )]
    async fn submit(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<SubmissionInput>,
    ) -> Result<Versioned<EntryView>, Problem> {
        let asked = serde_json::to_string(&body.0).map_err(Error::from)?;
        let call = call(
            &who.0.id,
            key.0,
            "submit_entry",
            &format!("{}{asked}", id.0),
        )?;
        let version = version(if_match.0.as_deref())?;
        view(
            &app,
            submissions::submit(&app, &who.0, &id, version, body.0.declarations, call)
                .boxed()
                .await?,
        )
        .boxed()
        .await
    }
}
