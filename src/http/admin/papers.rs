//! Papers of an entry or a batch, to be printed.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::{Group, may};
use crate::app::papers;
use crate::http::caller::AsOfficer;
use crate::http::download::{Download, download};
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on papers.
pub struct Papers;

#[OpenApi(tag = "Group::Papers")]
impl Papers {
    /// 申报回执（PDF）
    ///
    /// Of the newest round that was handed in, as its applicant gets it.
    #[oai(
        path = "/entries/:id/receipt",
        method = "get",
        operation_id = "getReceipt"
    )]
    async fn receipt(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let row = crate::db::reviews::visible(app.db.read(), &who.0, &id)
            .boxed()
            .await?;
        let pdf = papers::receipt(&app, &row).boxed().await?;
        Ok(download(pdf, "receipt.pdf", "申报回执.pdf"))
    }

    /// 补正通知（PDF）
    ///
    /// Of the newest round; absent when it was not returned.
    #[oai(
        path = "/entries/:id/slip.pdf",
        method = "get",
        operation_id = "getSlipPaper"
    )]
    async fn slip(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let row = crate::db::reviews::visible(app.db.read(), &who.0, &id)
            .boxed()
            .await?;
        let pdf = papers::slip(&app, &row).boxed().await?;
        Ok(download(pdf, "slip.pdf", "补正通知.pdf"))
    }

    /// 报送清单（PDF）
    ///
    /// For the agency that sends the batch, also before it is sent, and for the one that it was sent to.
    #[oai(
        path = "/batches/:id/cover",
        method = "get",
        operation_id = "getBatchCover"
    )]
    async fn cover(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let pdf = papers::cover(&app, &who.0, &id).boxed().await?;
        Ok(download(pdf, "cover.pdf", "报送清单.pdf"))
    }
}
