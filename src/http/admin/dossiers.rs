//! 卷宗: everything of an entry, of one, of a whole queue, of a batch.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::Body;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};

use super::queue::{QueueState, asked};
use super::{Group, may};
use crate::app::dossiers;
use crate::db::reviews::Filter;
use crate::http::caller::AsOfficer;
use crate::http::download::{Download, download};
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on dossiers.
pub struct Dossiers;

#[OpenApi(tag = "Group::Papers")]
impl Dossiers {
    /// 申报卷宗（PDF）
    ///
    /// Contents, answers, form, evidence, decisions, the verdict on each seal; the signed form is enclosed as it is.
    #[oai(
        path = "/entries/:id/dossier.pdf",
        method = "get",
        operation_id = "getDossier"
    )]
    async fn pdf(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        may(&who, Act::ExportDossiers)?;
        let pdf = dossiers::pdf(&app, &who.0, &id).boxed().await?;
        Ok(download(pdf, "dossier.pdf", "申报卷宗.pdf"))
    }

    /// 申报卷宗（ZIP，含原件）
    ///
    /// Form and evidence byte for byte, trail, verdict, the PDF; `manifest.json` has the SHA-256 of each.
    #[oai(
        path = "/entries/:id/dossier.zip",
        method = "get",
        operation_id = "getDossierArchive"
    )]
    async fn zip(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Download<Body>, Problem> {
        may(&who, Act::ExportDossiers)?;
        let pieces = dossiers::zip(&app, &who.0, &id).boxed().await?;
        let body = Body::from_bytes_stream(pieces);
        Ok(download(body, "dossier.zip", "申报卷宗.zip"))
    }

    /// 批量导出卷宗（ZIP）
    ///
    /// The filters of the queue; a folder an entry, named by its receipt. `X-Entries` says how many there are. It is sent
    /// while it is made; a fault breaks it off, so an archive without `manifest.json` is not whole.
    #[oai(
        path = "/campaigns/:slug/queue/dossiers.zip",
        method = "get",
        operation_id = "exportDossiers"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "the filters of the queue, one parameter each"
    )]
    async fn of_queue(
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
    ) -> Result<Download<Body>, Problem> {
        may(&who, Act::ExportDossiers)?;
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
        let (count, pieces) = dossiers::of_queue(&app, &who.0, &slug, &filter)
            .boxed()
            .await?;
        let body = Body::from_bytes_stream(pieces);
        let answer = download(body, "dossiers.zip", "申报卷宗.zip");
        Ok(answer.header("x-entries", count.to_string()))
    }

    /// 批次卷宗（ZIP）
    ///
    /// Of a batch of the agency's own, or one that was sent to it: a folder an entry, as in `exportDossiers`.
    #[oai(
        path = "/batches/:id/dossiers.zip",
        method = "get",
        operation_id = "exportBatchDossiers"
    )]
    async fn of_batch(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Download<Body>, Problem> {
        may(&who, Act::ExportDossiers)?;
        let (count, pieces) = dossiers::of_batch(&app, &who.0, &id).boxed().await?;
        let body = Body::from_bytes_stream(pieces);
        let answer = download(body, "dossiers.zip", "批次卷宗.zip");
        Ok(answer.header("x-entries", count.to_string()))
    }
}
