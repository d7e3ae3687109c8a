//! 负面名单: loaded, listed and withdrawn by the organiser.

use domain::negative_line::Line;
use domain::permission::Act;
use domain::refusal::Violation;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, Object, OpenApi};

use super::Group;
use super::campaigns::organised;
use crate::app::negative_lines::{self, Loaded, Met, MetEntry, Opened};
use crate::app::negative_sheet::{self, Numbered, SHEET_BYTES};
use crate::error::Error;
use crate::http::caller::AsOfficer;
use crate::http::input::{call, limit, version, whole};
use crate::http::problem::Problem;
use crate::http::views::EntrySummary;
use crate::security::sha256_hex;
use crate::state::Shared;

/// Operations on negative lists.
pub struct NegativeLines;

/// A line: who, what, when. Names an operator, an account, or both.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct LineInput {
    /// 运营主体.
    #[oai(validator(max_length = 400))]
    pub operator: Option<String>,
    /// Name of the platform; left out, the account is meant on any.
    #[oai(validator(max_length = 200))]
    pub platform: Option<String>,
    /// 账号名称.
    #[oai(validator(max_length = 400))]
    pub account: Option<String>,
    /// The account's id or address.
    #[oai(validator(max_length = 400))]
    pub account_id: Option<String>,
    /// What the list says; shown to officers only.
    #[oai(validator(max_length = 1000))]
    pub text: String,
    /// Day of the record, as 2024-05-01; without one it counts always.
    #[oai(validator(max_length = 20))]
    pub on: Option<String>,
}

/// Lines for a list.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct LinesInput {
    /// The list, as the notice's rules name it.
    #[oai(validator(max_length = 60))]
    pub list: String,
    #[oai(validator(min_items = 1, max_items = 2000))]
    pub lines: Vec<LineInput>,
}

/// A sheet for a list.
#[derive(Multipart)]
pub struct SheetInput {
    /// The list, as the notice's rules name it.
    #[oai(validator(max_length = 60))]
    list: String,
    /// 运营主体、平台、账号名称、账号ID、记录内容、日期 in the first row; CSV or copied cells, UTF-8, UTF-16 or GB18030.
    file: Upload,
}

/// Taking a line off its list.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct LineWithdrawalInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// What a load has done.
#[derive(Object)]
pub struct LoadView {
    pub id: String,
    /// New lines.
    pub lines: usize,
    /// Lines that were on the list already, or twice in the load.
    pub known: usize,
}

impl From<Loaded> for LoadView {
    fn from(l: Loaded) -> LoadView {
        LoadView {
            id: l.id,
            lines: l.lines,
            known: l.known,
        }
    }
}

/// A line of a list.
#[derive(Object)]
pub struct LineView {
    /// Key of the page: pass the last one as `after`.
    pub id: String,
    pub list: String,
    pub operator: String,
    pub platform: String,
    pub account: String,
    pub account_id: String,
    pub text: String,
    #[oai(skip_serializing_if_is_none)]
    pub on: Option<String>,
    pub created_at: i64,
    pub version: i64,
}

impl From<Opened> for LineView {
    fn from(o: Opened) -> LineView {
        LineView {
            id: o.row.id,
            list: o.row.list,
            operator: o.row.operator,
            platform: o.row.platform,
            account: o.row.account,
            account_id: o.row.account_id,
            text: o.text,
            on: o.row.decided_on,
            created_at: o.row.created_at,
            version: o.row.version,
        }
    }
}

/// A line that an entry meets.
#[derive(Object)]
pub struct MetView {
    pub id: String,
    pub list: String,
    /// Rules of the notice that it meets.
    pub rules: Vec<String>,
    pub operator: String,
    pub platform: String,
    pub account: String,
    pub account_id: String,
    pub text: String,
    #[oai(skip_serializing_if_is_none)]
    pub on: Option<String>,
    /// Loaded since the entry was handed in: its findings do not know of it.
    pub since: bool,
}

impl From<Met> for MetView {
    fn from(m: Met) -> MetView {
        MetView {
            id: m.hit.id,
            list: m.hit.list,
            rules: m.rules,
            operator: m.hit.operator,
            platform: m.hit.platform,
            account: m.hit.account,
            account_id: m.hit.account_id,
            text: m.text,
            on: m.hit.decided_on,
            since: m.since,
        }
    }
}

/// An entry that was handed in, and the lines that it meets.
#[derive(Object)]
pub struct MetEntryView {
    pub entry: EntrySummary,
    pub lines: Vec<MetView>,
}

/// A page of them.
#[derive(Object)]
pub struct MetEntriesView {
    pub entries: Vec<MetEntryView>,
    /// Pass it as `after`; absent on the last page. A page may be empty and yet have a next one.
    #[oai(skip_serializing_if_is_none)]
    pub next: Option<String>,
}

impl TryFrom<(Vec<MetEntry>, Option<String>)> for MetEntriesView {
    type Error = Problem;

    fn try_from((found, next): (Vec<MetEntry>, Option<String>)) -> Result<Self, Problem> {
        let view = |m: MetEntry| {
            Ok(MetEntryView {
                entry: EntrySummary::try_from(&m.row)?,
                lines: m.lines.into_iter().map(MetView::from).collect(),
            })
        };
        let entries = found
            .into_iter()
            .map(view)
            .collect::<Result<_, Problem>>()?;
        Ok(MetEntriesView { entries, next })
    }
}

impl LineInput {
    fn numbered(self, row: u64) -> Numbered {
        let line = Line {
            operator: self.operator.unwrap_or_default(),
            platform: self.platform.unwrap_or_default(),
            account: self.account.unwrap_or_default(),
            account_id: self.account_id.unwrap_or_default(),
            text: self.text,
            on: None,
        };
        Numbered::new(row, line, self.on.as_deref().unwrap_or_default())
    }
}

impl Example for LineInput {
    fn example() -> LineInput {
        LineInput {
            operator: Some("晋阳传媒有限公司".into()),
            platform: Some("抖音".into()),
            account: Some("晋阳夜话".into()),
            account_id: None,
            text: "因发布不实信息被约谈".into(),
            on: Some("2023-05-18".into()),
        }
    }
}

impl Example for LinesInput {
    fn example() -> LinesInput {
        LinesInput {
            list: "cyberspace-penalties".into(),
            lines: vec![LineInput::example()],
        }
    }
}

impl Example for LineWithdrawalInput {
    fn example() -> LineWithdrawalInput {
        LineWithdrawalInput {
            reason: "处罚决定已撤销".into(),
        }
    }
}

#[OpenApi(tag = "Group::Campaigns")]
impl NegativeLines {
    /// 载入负面名单记录
    ///
    /// All or none; every faulty line is told. A line that is there already is left as it is.
    #[oai(
        path = "/campaigns/:slug/negative-lines",
        method = "post",
        operation_id = "loadNegativeLines"
    )]
    async fn load(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<LinesInput>,
    ) -> Result<Json<LoadView>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let asked = serde_json::to_string(&body.0).map_err(Error::from)?;
        let asked = format!("{}\n{asked}", slug.0);
        let call = call(&who.0.id, key.0, "load_negative_lines", &asked)?;
        let lines = (1..).zip(body.0.lines);
        let lines = lines.map(|(row, line)| line.numbered(row));
        let (list, lines) = (body.0.list, lines.collect());
        let loaded = negative_lines::load(&app, &who.0, &campaign, list, lines, call)
            .boxed()
            .await?;
        Ok(Json(loaded.into()))
    }

    /// 用表格载入负面名单记录
    ///
    /// CSV as a spreadsheet program saves it, or cells copied out of it. All or none; every faulty row is told.
    #[oai(
        path = "/campaigns/:slug/negative-lines/sheet",
        method = "post",
        operation_id = "loadNegativeSheet"
    )]
    async fn sheet(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: SheetInput,
    ) -> Result<Json<LoadView>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let (bytes, _held) = whole(body.file).await?;
        if bytes.len() > SHEET_BYTES {
            return Err(Error::TooLarge(Violation {
                field: "file".into(),
                code: "too_large".into(),
                limit: Some(SHEET_BYTES.to_string()),
                value: Some(bytes.len().to_string()),
                message: "表格过大，请分几次载入".into(),
                ..Violation::default()
            })
            .into());
        }
        let asked = format!("{}\n{}\n{}", slug.0, body.list, sha256_hex(&bytes));
        let call = call(&who.0.id, key.0, "load_negative_sheet", &asked)?;
        let lines = negative_sheet::read(&bytes)?;
        let loaded = negative_lines::load(&app, &who.0, &campaign, body.list, lines, call)
            .boxed()
            .await?;
        Ok(Json(loaded.into()))
    }

    /// 负面名单记录列表
    #[oai(
        path = "/campaigns/:slug/negative-lines",
        method = "get",
        operation_id = "listNegativeLines"
    )]
    async fn list(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        list: Query<String>,
        after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<LineView>>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let (after, page) = (after.0.as_deref(), limit(limit_.0)?);
        let lines = negative_lines::page(&app, &campaign, &list, after, page)
            .boxed()
            .await?;
        Ok(Json(lines.into_iter().map(LineView::from).collect()))
    }

    /// 撤销负面名单记录
    ///
    /// With a reason. Findings of entries that were handed in stay as they are.
    #[oai(
        path = "/campaigns/:slug/negative-lines/:line/withdrawal",
        method = "post",
        operation_id = "withdrawNegativeLine"
    )]
    async fn withdraw(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        line: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<LineWithdrawalInput>,
    ) -> Result<(), Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let (version, reason) = (version(if_match.0.as_deref())?, body.0.reason);
        Ok(
            negative_lines::withdraw(&app, &who.0, &campaign, &line, version, reason)
                .boxed()
                .await?,
        )
    }

    /// 与负面名单相符的申报
    ///
    /// Entries that were handed in and still stand; `since` marks lines loaded later, which nobody has judged yet.
    #[oai(
        path = "/campaigns/:slug/negative-entries",
        method = "get",
        operation_id = "listNegativeEntries"
    )]
    async fn entries(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<MetEntriesView>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let (after, page) = (after.0.as_deref(), limit(limit_.0)?);
        let found = negative_lines::met_entries(&app, &campaign, after, page)
            .boxed()
            .await?;
        Ok(Json(found.try_into()?))
    }
}
