//! 逾期申报: the docket of applicants admitted after closing.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};

use super::Group;
use super::campaigns::organised;
use crate::app::late_admissions::{self, Line, Whom};
use crate::error::invalid;
use crate::http::caller::AsOfficer;
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on late admissions.
pub struct LateAdmissions;

/// A late applicant, by id or by the phone that the applicant is registered with.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct LateInput {
    #[oai(validator(max_length = 36), skip_serializing_if_is_none)]
    pub applicant_id: Option<String>,
    #[oai(validator(max_length = 20), skip_serializing_if_is_none)]
    pub phone: Option<String>,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
    /// Until when, epoch milliseconds.
    pub until: i64,
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
            created_at: line.row.created_at,
        }
    }
}

#[OpenApi(tag = "Group::Campaigns")]
impl LateAdmissions {
    /// 准予逾期申报
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
        body: Json<LateInput>,
    ) -> Result<Json<LateView>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::AdmitLate).boxed().await?;
        let body = body.0;
        let whom = match (body.applicant_id, body.phone) {
            (Some(id), None) => Whom::Id(id),
            (None, Some(phone)) => Whom::Phone(phone),
            _ => {
                let message = "请用申报人编号或手机号码之一指明申报人";
                return Err(invalid("applicant_id", "applicant_unclear", message).into());
            }
        };
        let line = late_admissions::admit(&app, &who.0, &campaign, whom, body.reason, body.until)
            .boxed()
            .await?;
        Ok(Json(line.into()))
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
