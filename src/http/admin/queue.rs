//! 待办: the review queue, its numbers and its sheet.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::Body;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Attachment, AttachmentType, Json};
use poem_openapi::{Enum, Object, OpenApi};

use super::{Group, may};
use crate::app::{queue_sheet, reviews};
use crate::db::reviews::{self as rows, Filter, QueueRow};
use crate::http::caller::AsOfficer;
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on the queue.
pub struct Queue;

/// Which duties: to do (`open`), done, or ended by another's decision (`void`); of those done, entries that this agency returned and
/// whose applicants have not answered yet (`returned`), and of these where the due date has passed (`overdue`).
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum QueueState {
    Open,
    Done,
    Void,
    Returned,
    Overdue,
}

/// What a list was asked for; what is to do when not said.
pub fn asked(state: Option<QueueState>, now: i64) -> rows::QueueState {
    match state.unwrap_or(QueueState::Open) {
        QueueState::Open => rows::QueueState::Open,
        QueueState::Done => rows::QueueState::Done,
        QueueState::Void => rows::QueueState::Void,
        QueueState::Returned => rows::QueueState::Returned,
        QueueState::Overdue => rows::QueueState::Overdue { now },
    }
}

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
    /// How the agency's part stands: `open`, `done`, `void`.
    pub state: String,
    pub entry_state: String,
    /// Last instant to answer the slip of this round, while the entry waits for that; epoch milliseconds.
    #[oai(skip_serializing_if_is_none)]
    pub slip_due_at: Option<i64>,
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

#[OpenApi(tag = "Group::Reviews")]
impl Queue {
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
        /// `open` when not said.
        state: Query<Option<QueueState>>,
        step: Query<Option<String>>,
        category: Query<Option<String>>,
        /// GB/T 2260 code; a province and a city take in their parts.
        region: Query<Option<String>>,
        late: Query<Option<bool>>,
        flagged: Query<Option<bool>>,
        duplicate: Query<Option<bool>>,
        content_undecided: Query<Option<bool>>,
        after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<QueueLine>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let filter = Filter {
            state: asked(state.0, app.now()),
            step: step.0,
            category: category.0,
            region: region.0,
            late: late.0,
            flagged: flagged.0,
            duplicate: duplicate.0,
            content_undecided: content_undecided.0,
            after: after.0,
            limit: limit(limit_.0)?,
        };
        let rows = reviews::queue(&app, &who.0, &slug, &filter).boxed().await?;
        let line = |r: QueueRow| QueueLine {
            id: r.id,
            entry_id: r.entry_id,
            name: r.name,
            receipt: r.receipt,
            step: r.step,
            state: r.state,
            entry_state: r.entry_state,
            slip_due_at: r.slip_due_at,
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
        /// `open` when not said.
        state: Query<Option<QueueState>>,
        step: Query<Option<String>>,
        category: Query<Option<String>>,
        /// GB/T 2260 code; a province and a city take in their parts.
        region: Query<Option<String>>,
        late: Query<Option<bool>>,
        flagged: Query<Option<bool>>,
        duplicate: Query<Option<bool>>,
    ) -> Result<Attachment<Body>, Problem> {
        may(&who, Act::ExportEntries)?;
        let filter = Filter {
            state: asked(state.0, app.now()),
            step: step.0,
            category: category.0,
            region: region.0,
            late: late.0,
            flagged: flagged.0,
            duplicate: duplicate.0,
            ..Filter::default()
        };
        let file = queue_sheet::of_queue(&app, &who.0, &slug, &filter)
            .boxed()
            .await?;
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
        /// GB/T 2260 code; a province and a city take in their parts.
        region: Query<Option<String>>,
    ) -> Result<Json<Vec<CountView>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let counts = reviews::counts(&app, &who.0, &slug, region.0.as_deref())
            .boxed()
            .await?;
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
}
