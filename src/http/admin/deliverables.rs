//! 后续材料 of entries in sight.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

use super::{Group, may};
use crate::db::reviews;
use crate::http::caller::AsOfficer;
use crate::http::deliverables::{DeliverableView, form, list};
use crate::http::download::Download;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on what is handed in after the application.
pub struct Deliverables;

#[OpenApi(tag = "Group::Papers")]
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
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Vec<DeliverableView>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let row = reviews::visible(app.db.read(), &who.0, &id).boxed().await?;
        Ok(Json(list(&app, &row).boxed().await?))
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
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        key: Path<String>,
        number: Query<Option<u32>>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let row = reviews::visible(app.db.read(), &who.0, &id).boxed().await?;
        form(&app, &row, &key, number.0).boxed().await
    }
}
