//! 分片上传: files of an entry that come in parts.

use futures_util::FutureExt;
use poem::Body;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{Object, OpenApi};

use super::Group;
use crate::app::uploads::{self, Announced, Under};
use crate::error::{Error, invalid};
use crate::http::caller::AsApplicant;
use crate::http::input::call;
use crate::http::problem::Problem;
use crate::http::shell::ClientIp;
use crate::http::views::EvidenceView;
use crate::state::Shared;

/// Operations on uploads.
pub struct Uploads;

/// A file that is to come.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct UploadInput {
    /// Key of the evidence slot.
    #[oai(validator(max_length = 60))]
    pub slot: String,
    #[oai(validator(max_length = 200))]
    pub file_name: String,
    /// Of the whole file.
    pub bytes: u64,
    /// SHA-256 of the whole file, hexadecimal, where the client knows it.
    #[oai(skip_serializing_if_is_none, validator(pattern = "^[0-9A-Fa-f]{64}$"))]
    pub sha256: Option<String>,
}

impl poem_openapi::types::Example for UploadInput {
    fn example() -> UploadInput {
        UploadInput {
            slot: "video".into(),
            file_name: "工作展示.mp4".into(),
            bytes: 157_286_400,
            sha256: None,
        }
    }
}

/// Ending an upload.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct FinishInput {
    /// SHA-256 of the whole file, hexadecimal, where it was reckoned while the parts were sent.
    #[oai(skip_serializing_if_is_none, validator(pattern = "^[0-9A-Fa-f]{64}$"))]
    pub sha256: Option<String>,
}

impl poem_openapi::types::Example for FinishInput {
    fn example() -> FinishInput {
        FinishInput { sha256: None }
    }
}

/// A file that comes in parts.
#[derive(Object)]
pub struct UploadView {
    pub id: String,
    pub slot: String,
    pub file_name: String,
    /// Of the whole file.
    pub bytes: i64,
    /// Length of every part but the last.
    pub part_bytes: i64,
    /// How many parts there are; they are numbered from 1.
    pub parts: u32,
    /// Numbers of those that arrived and need not be sent again.
    pub received: Vec<i32>,
    /// The piece of evidence that it became.
    #[oai(skip_serializing_if_is_none)]
    pub evidence_id: Option<String>,
    /// Nobody going on with it until then, it is over. Epoch milliseconds.
    pub expires_at: i64,
    /// The server's clock, epoch milliseconds.
    pub server_time: i64,
}

impl UploadView {
    fn of(app: &Shared, under: Under) -> UploadView {
        UploadView {
            parts: under.count(),
            id: under.row.id,
            slot: under.row.slot,
            file_name: under.row.file_name,
            bytes: under.row.bytes,
            part_bytes: under.row.part_bytes,
            received: under.parts.into_iter().map(|p| p.number).collect(),
            evidence_id: under.row.evidence_id,
            expires_at: under.row.expires_at,
            server_time: app.now(),
        }
    }
}

#[OpenApi(tag = "Group::Entries")]
impl Uploads {
    /// 开始分片上传
    ///
    /// Refused before a byte is sent when the file could not be kept. The same key again gives the same upload.
    #[oai(
        path = "/entries/:id/uploads",
        method = "post",
        operation_id = "beginUpload"
    )]
    async fn begin(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        from: Data<&ClientIp>,
        id: Path<String>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<UploadInput>,
    ) -> Result<Json<UploadView>, Problem> {
        let asked = serde_json::to_string(&body.0).map_err(Error::from)?;
        let asked = format!("{}{asked}", id.0);
        let call = call(&who.0.id, key.0, "begin_upload", &asked)?;
        let file = Announced {
            slot: body.0.slot,
            file_name: body.0.file_name,
            bytes: body.0.bytes,
            sha256: body.0.sha256,
        };
        let under = uploads::begin(&app, &who.0, &id, from.0.0, file, call)
            .boxed()
            .await?;
        Ok(Json(UploadView::of(&app, under)))
    }

    /// 未完成的上传
    #[oai(
        path = "/entries/:id/uploads",
        method = "get",
        operation_id = "listUploads"
    )]
    async fn list(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Vec<UploadView>>, Problem> {
        let all = uploads::list(&app, &who.0, &id).boxed().await?;
        let views = all.into_iter().map(|under| UploadView::of(&app, under));
        Ok(Json(views.collect()))
    }

    /// 一项上传（已收到哪些片）
    #[oai(
        path = "/entries/:id/uploads/:upload",
        method = "get",
        operation_id = "getUpload"
    )]
    async fn get(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        upload: Path<String>,
    ) -> Result<Json<UploadView>, Problem> {
        let under = uploads::get(&app, &who.0, &id, &upload).boxed().await?;
        Ok(Json(UploadView::of(&app, under)))
    }

    /// 上传一片
    ///
    /// In any order, several at once; answered once it is on the disk and in the database. Sent again it changes nothing.
    #[oai(
        path = "/entries/:id/uploads/:upload/parts/:number",
        method = "put",
        operation_id = "putPart"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "place and kind of the body, one parameter each"
    )]
    async fn put_part(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        upload: Path<String>,
        number: Path<u32>,
        #[oai(name = "Content-Type")] content_type: Header<Option<String>>,
        body: Binary<Body>,
    ) -> Result<Json<UploadView>, Problem> {
        // any other body was read into memory, under a limit that is less than a part
        if content_type.0.as_deref() != Some("application/octet-stream") {
            let message = "请以 application/octet-stream 发送文件内容";
            return Err(invalid("Content-Type", "field_format", message).into());
        }
        let body = body.0.into_bytes_stream();
        let under = uploads::put_part(&app, &who.0, &id, &upload, number.0, body)
            .boxed()
            .await?;
        Ok(Json(UploadView::of(&app, under)))
    }

    /// 完成上传
    ///
    /// The parts are put together, judged by their content and attached. Again, it gives the same file.
    #[oai(
        path = "/entries/:id/uploads/:upload/finish",
        method = "post",
        operation_id = "finishUpload"
    )]
    async fn finish(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        upload: Path<String>,
        body: Json<FinishInput>,
    ) -> Result<Json<EvidenceView>, Problem> {
        let sha256 = body.0.sha256;
        let shown = uploads::finish(&app, &who.0, &id, &upload, sha256)
            .boxed()
            .await?;
        Ok(Json(shown.into()))
    }

    /// 取消上传
    #[oai(
        path = "/entries/:id/uploads/:upload",
        method = "delete",
        operation_id = "cancelUpload"
    )]
    async fn cancel(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        upload: Path<String>,
    ) -> Result<(), Problem> {
        Ok(uploads::cancel(&app, &who.0, &id, &upload).boxed().await?)
    }
}
