//! 逾期申报: the docket of applicants admitted after closing.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};

use super::Group;
use super::campaigns::organised;
use crate::app::late_admissions::{self, Line, Whom};
use crate::error::{Error, invalid};
use crate::http::caller::AsOfficer;
use crate::http::input::{call, limit};
use crate::http::problem::Problem;
use crate::security::blind_index;
use crate::state::Shared;

/// Operations on late admissions.
pub struct LateAdmissions;

/// A late applicant, by id or by the phone that the applicant is registered with.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct LateInput {
    #[oai(validator(max_length = 36), skip_serializing_if_is_none)]
    pub applicant_id: Option<String>,
    #[oai(validator(max_length = 20), skip_serializing_if_is_none)]
    pub phone: Option<String>,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
    /// Until when, epoch milliseconds; not for longer than entries are reviewed.
    pub until: i64,
}

/// Why an admission is withdrawn.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct LateWithdrawalInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

impl Example for LateWithdrawalInput {
    fn example() -> LateWithdrawalInput {
        LateWithdrawalInput {
            reason: "申报人填错，另行准予".into(),
        }
    }
}

impl Example for LateInput {
    fn example() -> LateInput {
        LateInput {
            applicant_id: None,
            phone: Some("13800138000".into()),
            reason: "截止当晚系统维护，经领导小组同意补报".into(),
            until: 1_655_827_200_000,
        }
    }
}

/// A line of the docket.
#[derive(Object)]
pub struct LateView {
    pub id: String,
    pub applicant_id: String,
    /// Masked.
    #[oai(skip_serializing_if_is_none)]
    pub phone: Option<String>,
    pub reason: String,
    /// The officer who decided it.
    pub approved_by: String,
    /// Until when, epoch milliseconds.
    pub until: i64,
    /// The entry handed in by it.
    #[oai(skip_serializing_if_is_none)]
    pub entry_id: Option<String>,
    /// When it was withdrawn, epoch milliseconds.
    #[oai(skip_serializing_if_is_none)]
    pub withdrawn_at: Option<i64>,
    pub created_at: i64,
}

impl From<Line> for LateView {
    fn from(line: Line) -> LateView {
        LateView {
            id: line.row.id,
            applicant_id: line.row.applicant_id,
            phone: line.phone,
            reason: line.row.reason,
            approved_by: line.approved_by,
            until: line.row.until,
            entry_id: line.row.entry_id,
            withdrawn_at: line.row.withdrawn_at,
            created_at: line.row.created_at,
        }
    }
}

#[OpenApi(tag = "Group::Campaigns")]
impl LateAdmissions {
    /// 准予逾期申报
    ///
    /// One applicant, one entry.
    #[oai(
        path = "/campaigns/:slug/late-admissions",
        method = "post",
        operation_id = "admitLate"
    )]
    async fn admit(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<LateInput>,
    ) -> Result<Json<LateView>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::AdmitLate).boxed().await?;
        let body = body.0;
        // Keyed, since a phone can be guessed from what is kept of the request.
        let asked = serde_json::to_string(&(&campaign.head.id, &body)).map_err(Error::from)?;
        let asked = blind_index(&app.index_key, "admit_late", &asked);
        let call = call(&who.0.id, key.0, "admit_late", &asked)?;
        let whom = match (body.applicant_id, body.phone) {
            (Some(id), None) => Whom::Id(id),
            (None, Some(phone)) => Whom::Phone(phone),
            _ => {
                let message = "请用申报人编号或手机号码之一指明申报人";
                return Err(invalid("applicant_id", "applicant_unclear", message).into());
            }
        };
        let (reason, until) = (body.reason, body.until);
        let line = late_admissions::admit(&app, &who.0, &campaign, whom, reason, until, call)
            .boxed()
            .await?;
        Ok(Json(line.into()))
    }

    /// 撤销逾期申报的准予
    ///
    /// Refused once an entry was handed in by it.
    #[oai(
        path = "/campaigns/:slug/late-admissions/:admission/withdrawal",
        method = "post",
        operation_id = "withdrawLateAdmission"
    )]
    async fn withdraw(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        admission: Path<String>,
        body: Json<LateWithdrawalInput>,
    ) -> Result<(), Problem> {
        let campaign = organised(&app, &who, &slug, Act::AdmitLate).boxed().await?;
        Ok(
            late_admissions::withdraw(&app, &who.0, &campaign, &admission, body.0.reason)
                .boxed()
                .await?,
        )
    }

    /// 逾期申报登记簿
    #[oai(
        path = "/campaigns/:slug/late-admissions",
        method = "get",
        operation_id = "listLateAdmissions"
    )]
    async fn docket(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        before: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<LateView>>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::ReadTrail).boxed().await?;
        let page = late_admissions::docket(&app, &campaign, before.0.as_deref(), limit(limit_.0)?)
            .boxed()
            .await?;
        Ok(Json(page.into_iter().map(LateView::from).collect()))
    }
}
