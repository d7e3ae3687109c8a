//! 后续材料 of the caller's entries.

use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;

use super::Group;
use super::entries::own;
use crate::app::deliverables;
use crate::http::caller::AsApplicant;
use crate::http::deliverables::{DeliverableView, PieceInput, PieceView, form, list};
use crate::http::download::Download;
use crate::http::input::call;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on what is handed in after the application.
pub struct Deliverables;

#[OpenApi(tag = "Group::Entries")]
impl Deliverables {
    /// 后续材料（要求与已报送的）
    ///
    /// In the order of the notice.
    #[oai(
        path = "/entries/:id/deliverables",
        method = "get",
        operation_id = "listDeliverables"
    )]
    async fn list(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Vec<DeliverableView>>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        Ok(Json(list(&app, &row).boxed().await?))
    }

    /// 报送后续材料
    ///
    /// For good: a correction is a further piece. Answered after the commit; the same key again gives the same answer.
    #[oai(
        path = "/entries/:id/deliverables/:key",
        method = "post",
        operation_id = "handInDeliverable"
    )]
    async fn hand_in(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        key: Path<String>,
        #[oai(name = "Idempotency-Key")] again: Header<Option<String>>,
        body: Json<PieceInput>,
    ) -> Result<Json<PieceView>, Problem> {
        let asked = format!("{}/{}{}", id.0, key.0, body.answers.0);
        let call = call(&who.0.id, again.0, "hand_in_deliverable", &asked)?;
        let answers = body.0.answers()?;
        let piece = deliverables::hand_in(&app, &who.0, &id, &key, answers, call)
            .boxed()
            .await?;
        Ok(Json(piece.try_into()?))
    }

    /// 后续材料表格（PDF）
    ///
    /// Of the piece with this number; without one the form is to be filled in by hand.
    #[oai(
        path = "/entries/:id/deliverables/:key/form",
        method = "get",
        operation_id = "getDeliverableForm"
    )]
    async fn form(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        key: Path<String>,
        number: Query<Option<u32>>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        form(&app, &row, &key, number.0).boxed().await
    }
}
