//! 纸质原件签收.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::{Group, may};
use crate::app::paper_receipts::{self, Arrived, Of};
use crate::http::caller::AsOfficer;
use crate::http::problem::Problem;
use crate::http::views::EntrySummary;
use crate::state::Shared;

/// Operations on paper.
pub struct PaperReceipts;

/// A printed form at the desk.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct PaperReceiptInput {
    /// What the QR code in its foot says, or its number (表单编号).
    #[oai(validator(min_length = 1, max_length = 300))]
    pub code: String,
}

/// A printed form that arrived.
#[derive(Object)]
pub struct PaperReceiptView {
    pub id: String,
    /// Number of the form.
    pub code: String,
    /// Round that the form is of.
    pub round: i32,
    /// Round that the entry, or the list, is in.
    pub current_round: i32,
    pub agency_id: String,
    /// When it arrived first.
    pub received_at: i64,
    /// To be told at the desk: the paper is of a round that is over.
    #[oai(skip_serializing_if_is_none)]
    pub warning: Option<String>,
    /// Of a form.
    #[oai(skip_serializing_if_is_none)]
    pub entry: Option<EntrySummary>,
    /// Of a list (推荐表).
    #[oai(skip_serializing_if_is_none)]
    pub nomination: Option<NominationSummary>,
}

/// 推荐表 at the desk.
#[derive(Object)]
pub struct NominationSummary {
    pub id: String,
    pub agency_id: String,
    /// 推荐单位.
    pub agency: String,
    /// draft or sent.
    pub state: String,
}

impl TryFrom<Arrived> for PaperReceiptView {
    type Error = Problem;

    fn try_from(a: Arrived) -> Result<PaperReceiptView, Problem> {
        let (warning, current_round) = (a.warning(), a.of.round());
        let (entry, nomination) = match a.of {
            Of::Entry(entry) => (Some(EntrySummary::try_from(&*entry)?), None),
            Of::List(list, agency) => {
                let summary = NominationSummary {
                    id: list.id,
                    agency_id: agency.id,
                    agency: agency.name,
                    state: list.state,
                };
                (None, Some(summary))
            }
        };
        Ok(PaperReceiptView {
            warning,
            id: a.row.id,
            code: a.form.code,
            round: a.form.round,
            current_round,
            agency_id: a.row.agency_id,
            received_at: a.row.received_at,
            entry,
            nomination,
        })
    }
}

#[OpenApi(tag = "Group::Reports")]
impl PaperReceipts {
    /// 纸质原件签收（按表单编号）
    ///
    /// Once for each form and agency: the same code again answers with the first receipt.
    #[oai(
        path = "/paper-receipts",
        method = "post",
        operation_id = "receivePaper"
    )]
    async fn receive(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        body: Json<PaperReceiptInput>,
    ) -> Result<Json<PaperReceiptView>, Problem> {
        may(&who, Act::Receive)?;
        let arrived = paper_receipts::receive(&app, &who.0, &body.code)
            .boxed()
            .await?;
        Ok(Json(arrived.try_into()?))
    }
}
