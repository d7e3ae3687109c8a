//! Notice packs: which there are, and whether one is in order.

use domain::notice::{Fault, Intake};
use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::{Group, may};
use crate::app::notices::{self, Checked, Listed};
use crate::http::caller::AsOfficer;
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::packs::{Templates, Texts};
use crate::state::Shared;

/// Operations on notice packs.
pub struct Notices;

/// A pack as its author wrote it.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct NoticeInput {
    /// `notice.toml`, at most 512 kB.
    #[oai(validator(max_length = 524_288))]
    pub notice: String,
    /// `form.typ`, at most 128 kB; left out when nobody applies.
    #[oai(validator(max_length = 131_072))]
    pub form: Option<String>,
    /// `nomination.typ`, at most 128 kB; where the notice has a list with a form.
    #[oai(validator(max_length = 131_072))]
    pub nomination: Option<String>,
    /// `deliverable.typ`, at most 128 kB; where something with a form is handed in later.
    #[oai(validator(max_length = 131_072))]
    pub deliverable: Option<String>,
}

impl From<NoticeInput> for Texts {
    fn from(input: NoticeInput) -> Texts {
        Texts {
            notice: input.notice,
            templates: Templates {
                form: input.form.unwrap_or_default(),
                nomination: input.nomination.unwrap_or_default(),
                deliverable: input.deliverable.unwrap_or_default(),
            },
            // they are sent one by one, once the campaign is there
            attachments: None,
        }
    }
}

/// What a check found.
#[derive(Object)]
pub struct NoticeCheckView {
    /// A campaign can be set up from it.
    pub sound: bool,
    /// Title of the notice, once it can be read.
    #[oai(skip_serializing_if_is_none)]
    pub title: Option<String>,
    pub faults: Vec<FaultView>,
    /// What the notice leaves open or may have overlooked; keeps nothing from being used.
    pub advice: Vec<FaultView>,
}

/// One fault or piece of advice.
#[derive(Object)]
pub struct FaultView {
    /// Place in the notice, as `quota.county.max`; a template is named by its file.
    pub field: String,
    /// From 1; absent where no line is to blame.
    #[oai(skip_serializing_if_is_none)]
    pub line: Option<usize>,
    /// Stable word for programs.
    pub code: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl From<Fault> for FaultView {
    fn from(f: Fault) -> FaultView {
        FaultView {
            field: f.path,
            line: (f.line > 0).then_some(f.line),
            code: f.code.to_owned(),
            message: f.message,
        }
    }
}

impl From<Checked> for NoticeCheckView {
    fn from(c: Checked) -> NoticeCheckView {
        NoticeCheckView {
            sound: c.notice.is_some() && c.faults.is_empty(),
            title: c.notice.map(|n| n.title),
            faults: c.faults.into_iter().map(FaultView::from).collect(),
            advice: c.advice.into_iter().map(FaultView::from).collect(),
        }
    }
}

/// A pack that a campaign can be set up from.
#[derive(Object)]
pub struct NoticeSummary {
    pub key: String,
    pub title: String,
    /// The series, and which edition of it.
    pub program: String,
    pub edition: String,
    /// GB/T 2260 code of the territory.
    pub region: String,
    /// People apply; else the organiser draws up the list.
    pub applications: bool,
}

impl From<Listed> for NoticeSummary {
    fn from(l: Listed) -> NoticeSummary {
        NoticeSummary {
            key: l.key,
            title: l.notice.title,
            program: l.notice.program.label,
            edition: l.notice.program.edition,
            region: l.notice.region,
            applications: l.notice.intake == Intake::Application,
        }
    }
}

#[OpenApi(tag = "Group::Campaigns")]
impl Notices {
    /// 可用的通知
    ///
    /// Those of one's own territory, by key.
    #[oai(path = "/notices", method = "get", operation_id = "listNotices")]
    async fn list(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        #[oai(validator(max_length = 60))] after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<NoticeSummary>>, Problem> {
        may(&who, Act::RunCampaign)?;
        let limit = usize::try_from(limit(limit_.0)?).unwrap_or(usize::MAX);
        let found = notices::list(&app, &who.0.agency, after.0, limit)
            .boxed()
            .await?;
        Ok(Json(found.into_iter().map(NoticeSummary::from).collect()))
    }

    /// 通知体检（不保存）
    ///
    /// Every fault with its line, and advice. The template is proved by drawing samples with it.
    #[oai(path = "/notices", method = "post", operation_id = "checkNotice")]
    async fn check(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        body: Json<NoticeInput>,
    ) -> Result<Json<NoticeCheckView>, Problem> {
        may(&who, Act::RunCampaign)?;
        Ok(Json(
            notices::check(&app, &body.0.into()).boxed().await?.into(),
        ))
    }
}
