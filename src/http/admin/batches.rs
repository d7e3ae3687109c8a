//! 统一报送: batches of entries sent up and ticked off.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::nominations::SendingBackInput;
use super::{Group, may};
use crate::app::batches::{self, Sent};
use crate::http::caller::AsOfficer;
use crate::http::input::{Versioned, call, limit, version, versioned};
use crate::http::problem::Problem;
use crate::http::views::EntrySummary;
use crate::state::Shared;

/// Operations on batches.
pub struct Batches;

/// Entries to be sent up together.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct ConsignmentInput {
    /// Ids of the entries.
    #[oai(validator(min_items = 1, max_items = 100))]
    pub entries: Vec<String>,
}

/// What arrived; a tick once made stays.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct ReceiptInput {
    /// 纸质版.
    pub paper: bool,
    /// 电子版.
    pub electronic: bool,
}

/// 报送批次.
#[derive(Object)]
pub struct BatchView {
    /// Key of the page: pass the last one as `after`.
    pub id: String,
    pub agency_id: String,
    pub to_agency_id: String,
    /// draft, sent, received, returned or cancelled.
    pub state: String,
    /// Why it was returned; until it is sent again.
    #[oai(skip_serializing_if_is_none)]
    pub return_reason: Option<String>,
    pub entries: Vec<EntrySummary>,
    #[oai(skip_serializing_if_is_none)]
    pub paper_received_at: Option<i64>,
    #[oai(skip_serializing_if_is_none)]
    pub electronic_received_at: Option<i64>,
    #[oai(skip_serializing_if_is_none)]
    pub sent_at: Option<i64>,
    #[oai(skip_serializing_if_is_none)]
    pub received_at: Option<i64>,
    pub version: i64,
}

impl TryFrom<Sent> for BatchView {
    type Error = Problem;

    fn try_from(s: Sent) -> Result<BatchView, Problem> {
        Ok(BatchView {
            id: s.row.id,
            agency_id: s.row.agency_id,
            to_agency_id: s.row.to_agency_id,
            state: s.row.state,
            return_reason: Some(s.row.note).filter(|n| !n.is_empty()),
            entries: s
                .entries
                .iter()
                .map(EntrySummary::try_from)
                .collect::<Result<_, _>>()?,
            paper_received_at: s.row.paper_received_at,
            electronic_received_at: s.row.electronic_received_at,
            sent_at: s.row.sent_at,
            received_at: s.row.received_at,
            version: s.row.version,
        })
    }
}

fn shown(sent: Sent) -> Result<Versioned<BatchView>, Problem> {
    let version = sent.row.version;
    Ok(versioned(BatchView::try_from(sent)?, version))
}

#[OpenApi(tag = "Group::Reports")]
impl Batches {
    /// 组成报送批次
    ///
    /// An entry is in one live batch; all that stands against it is told at once.
    #[oai(
        path = "/campaigns/:slug/batches",
        method = "post",
        operation_id = "createBatch"
    )]
    async fn create(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<ConsignmentInput>,
    ) -> Result<Versioned<BatchView>, Problem> {
        may(&who, Act::Nominate)?;
        let asked = format!("{}\n{}", slug.0, body.0.entries.join("\n"));
        let call = call(&who.0.id, key.0, "create_batch", &asked)?;
        shown(
            batches::create(&app, &who.0, &slug, body.0.entries, call)
                .boxed()
                .await?,
        )
    }

    /// 调整批次中的申报
    ///
    /// Before it is sent, or after it was returned: these entries and no others.
    #[oai(
        path = "/batches/:id/entries",
        method = "put",
        operation_id = "changeBatch"
    )]
    async fn change(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<ConsignmentInput>,
    ) -> Result<Versioned<BatchView>, Problem> {
        may(&who, Act::Nominate)?;
        let version = version(if_match.0.as_deref())?;
        shown(
            batches::change(&app, &who.0, &id, version, body.0.entries)
                .boxed()
                .await?,
        )
    }

    /// 取消批次
    ///
    /// Before it is sent, or after it was returned; its entries are free for another batch.
    #[oai(
        path = "/batches/:id/cancellation",
        method = "post",
        operation_id = "cancelBatch"
    )]
    async fn cancel(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Versioned<BatchView>, Problem> {
        may(&who, Act::Nominate)?;
        let version = version(if_match.0.as_deref())?;
        shown(batches::cancel(&app, &who.0, &id, version).boxed().await?)
    }

    /// 报送批次列表
    ///
    /// Those of the own agency, and those sent by agencies below it.
    #[oai(
        path = "/campaigns/:slug/batches",
        method = "get",
        operation_id = "listBatches"
    )]
    async fn list(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<BatchView>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let page = limit(limit_.0)?;
        let sent = batches::list(&app, &who.0, &slug, after.0.as_deref(), page)
            .boxed()
            .await?;
        Ok(Json(
            sent.into_iter()
                .map(BatchView::try_from)
                .collect::<Result<_, _>>()?,
        ))
    }

    /// 报送批次
    ///
    /// Inside the window of its stage; entries returned or ended meanwhile are left out.
    #[oai(
        path = "/batches/:id/dispatch",
        method = "post",
        operation_id = "dispatchBatch"
    )]
    async fn dispatch(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Versioned<BatchView>, Problem> {
        may(&who, Act::Nominate)?;
        let version = version(if_match.0.as_deref())?;
        shown(
            batches::dispatch(&app, &who.0, &id, version)
                .boxed()
                .await?,
        )
    }

    /// 签收批次（纸质版、电子版）
    ///
    /// By the agency that it was sent to.
    #[oai(
        path = "/batches/:id/receipt",
        method = "post",
        operation_id = "receiveBatch"
    )]
    async fn receive(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<ReceiptInput>,
    ) -> Result<Versioned<BatchView>, Problem> {
        may(&who, Act::Receive)?;
        let version = version(if_match.0.as_deref())?;
        let (paper, electronic) = (body.0.paper, body.0.electronic);
        shown(
            batches::receive(&app, &who.0, &id, version, paper, electronic)
                .boxed()
                .await?,
        )
    }

    /// 退回批次
    ///
    /// By the agency that it was sent to, inside the window of its stage; what was ticked off is void, and its sender changes it
    /// and sends it again. It stays among the batches that this agency sees. The same call again answers as it did the first time.
    #[oai(
        path = "/batches/:id/return",
        method = "post",
        operation_id = "returnBatch"
    )]
    async fn give_back(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<SendingBackInput>,
    ) -> Result<Versioned<BatchView>, Problem> {
        may(&who, Act::Receive)?;
        let version = version(if_match.0.as_deref())?;
        shown(
            batches::give_back(&app, &who.0, &id, version, body.0.reason)
                .boxed()
                .await?,
        )
    }
}
