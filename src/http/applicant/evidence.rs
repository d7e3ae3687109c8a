//! 佐证材料: files of an entry.

use futures_util::FutureExt;
use poem::Body;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Attachment, AttachmentType, Json};
use poem_openapi::{Object, OpenApi};

use super::Group;
use super::entries::{EntryView, own, view};
use super::evidence_input::EvidenceInput;
use crate::app::evidence::{self, Upload};
use crate::app::{copies, scans};
use crate::error::Error;
use crate::http::caller::AsApplicant;
use crate::http::download::Download;
use crate::http::input::{Versioned, whole};
use crate::http::jpeg::Jpeg;
use crate::http::problem::Problem;
use crate::http::shell::ClientIp;
use crate::http::stored;
use crate::http::views::{CopySize, EvidenceView};
use crate::state::Shared;

/// An order of the files of a slot.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct EvidenceOrderInput {
    /// Ids of all files of the slot, the first one first.
    #[oai(validator(max_items = 200))]
    pub files: Vec<String>,
}

/// Operations on files of an entry.
pub struct Evidence;

#[OpenApi(tag = "Group::Entries")]
impl Evidence {
    /// 上传材料
    ///
    /// The scan of a stamped form is looked at: `scan` says at once what was seen, as advice.
    #[oai(
        path = "/entries/:id/evidence",
        method = "post",
        operation_id = "attachEvidence"
    )]
    async fn attach(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        from: Data<&ClientIp>,
        id: Path<String>,
        body: EvidenceInput,
    ) -> Result<Json<EvidenceView>, Problem> {
        let file_name = body.file.file_name().unwrap_or_default().to_owned();
        let (bytes, _held) = whole(body.file).await?;
        Ok(Json(
            evidence::attach(
                &app,
                &who.0,
                &id,
                from.0.0,
                Upload {
                    slot: body.slot,
                    file_name,
                    bytes,
                },
            )
            .boxed()
            .await?
            .into(),
        ))
    }

    /// 下载材料
    #[oai(
        path = "/entries/:id/evidence/:file",
        method = "get",
        operation_id = "getEvidence"
    )]
    async fn evidence(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        file: Path<String>,
        /// A part of the file, to go on with a download: `bytes=FIRST-`.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
    ) -> Result<Download<Body>, Problem> {
        own(&app, &who.0, &id).boxed().await?;
        let files = crate::db::entries::evidence(app.db.read(), &id)
            .boxed()
            .await?;
        let found = files
            .into_iter()
            .find(|f| f.id == file.0)
            .ok_or(Error::Absent)?;
        stored::evidence(&app, found, range.0).boxed().await
    }

    /// 材料缩略图、预览图（JPEG）
    ///
    /// Of a picture, of a PDF's first page or of a frame of a video: upright, without metadata. A video has none (404) where the
    /// service has no ffmpeg.
    #[oai(
        path = "/entries/:id/evidence/:file/copies/:size",
        method = "get",
        operation_id = "getEvidenceCopy"
    )]
    async fn copy(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        file: Path<String>,
        size: Path<CopySize>,
    ) -> Result<Jpeg, Problem> {
        own(&app, &who.0, &id).boxed().await?;
        let files = crate::db::entries::evidence(app.db.read(), &id)
            .boxed()
            .await?;
        let found = files.into_iter().find(|f| f.id == file.0);
        let found = found.ok_or(Error::Absent)?;
        Ok(Jpeg(copies::of(&app, &found, size.0.into()).boxed().await?))
    }

    /// 扫描件盖章处图片（PNG）
    ///
    /// A box of the form as it is on the scan that was looked at.
    #[oai(
        path = "/entries/:id/evidence/:file/boxes/:slot",
        method = "get",
        operation_id = "getScanBox"
    )]
    async fn scan_box(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        file: Path<String>,
        slot: Path<String>,
    ) -> Result<Attachment<Vec<u8>>, Problem> {
        own(&app, &who.0, &id).boxed().await?;
        let files = crate::db::entries::evidence(app.db.read(), &id)
            .boxed()
            .await?;
        let found = files.iter().find(|f| f.id == file.0).ok_or(Error::Absent)?;
        let png = scans::picture(&app, &found.id, &slot).boxed().await?;
        Ok(Attachment::new(png)
            .attachment_type(AttachmentType::Attachment)
            .filename("盖章处.png"))
    }

    /// 删除材料
    #[oai(
        path = "/entries/:id/evidence/:file",
        method = "delete",
        operation_id = "removeEvidence"
    )]
    async fn detach(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        file: Path<String>,
    ) -> Result<(), Problem> {
        Ok(evidence::detach(&app, &who.0, &id, &file).boxed().await?)
    }

    /// 调整材料顺序
    ///
    /// Names every file of the slot; a list of other files is refused (409 `evidence_changed`). The order that they have
    /// already changes nothing.
    #[oai(
        path = "/entries/:id/evidence-order/:slot",
        method = "put",
        operation_id = "orderEvidence"
    )]
    async fn order(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        slot: Path<String>,
        body: Json<EvidenceOrderInput>,
    ) -> Result<Versioned<EntryView>, Problem> {
        let left = evidence::order(&app, &who.0, &id, slot.0, body.0.files)
            .boxed()
            .await?;
        view(&app, left).boxed().await
    }
}
