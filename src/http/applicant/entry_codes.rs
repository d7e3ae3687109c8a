//! 小程序码 of an entry.

use futures_util::FutureExt;
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::Path;
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::{ApiResponse, OpenApi};

use super::Group;
use crate::app::entry_codes;
use crate::db::entries;
use crate::http::caller::AsApplicant;
use crate::http::jpeg::Jpeg;
use crate::http::problem::Problem;
use crate::state::Shared;
use crate::wechat::codes::Code;

/// Operations on codes of entries.
pub struct EntryCodes;

/// A code, as WeChat draws it.
pub struct CodePicture(Code);

impl IntoResponse for CodePicture {
    fn into_response(self) -> Response {
        let (kind, bytes) = match self.0 {
            Code::Jpeg(bytes) => (Jpeg::CONTENT_TYPE, bytes),
            Code::Png(bytes) => ("image/png", bytes),
        };
        Response::builder().content_type(kind).body(bytes)
    }
}

impl ApiResponse for CodePicture {
    fn meta() -> MetaResponses {
        let kinds = [Jpeg::CONTENT_TYPE, "image/png"];
        let kinds = kinds.map(|content_type| MetaMediaType {
            content_type,
            schema: Jpeg::schema_ref(),
        });
        MetaResponses {
            responses: vec![MetaResponse {
                description: "",
                status: Some(200),
                status_range: None,
                content: kinds.into(),
                headers: vec![],
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

#[OpenApi(tag = "Group::Entries")]
impl EntryCodes {
    /// 申报的小程序码（JPEG 或 PNG）
    ///
    /// It opens the mini-program with the entry's id, without hyphens, as `scene`.
    #[oai(
        path = "/entries/:id/code",
        method = "get",
        operation_id = "getEntryCode"
    )]
    async fn code(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<CodePicture, Problem> {
        let row = entries::of_applicant(app.db.read(), &who.0.id, &id)
            .boxed()
            .await?;
        Ok(CodePicture(entry_codes::of(&app, &row).boxed().await?))
    }
}
