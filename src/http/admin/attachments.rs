//! 附件 of a notice, sent after its campaign was set up over the API.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::multipart::Upload as File;
use poem_openapi::{Multipart, OpenApi};

use super::Group;
use super::campaigns::organised;
use crate::app::attachments;
use crate::db::events::By;
use crate::http::caller::AsOfficer;
use crate::http::input::whole;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on attachments.
pub struct Attachments;

/// An attachment.
#[derive(Multipart)]
pub struct AttachmentInput {
    /// PDF, docx or xlsx, as the notice names it.
    file: File,
}

#[OpenApi(tag = "Group::Campaigns")]
impl Attachments {
    /// 上传通知附件
    ///
    /// One that the notice names; for good. The same file again changes nothing, another one is refused (409
    /// `attachment_there`).
    #[oai(
        path = "/campaigns/:slug/attachments/:key",
        method = "put",
        operation_id = "putAttachment"
    )]
    async fn put(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        key: Path<String>,
        body: AttachmentInput,
    ) -> Result<(), Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let (bytes, _held) = whole(body.file).await?;
        let by = By::officer(&who.0, app.now());
        Ok(attachments::keep(&app, &by, &campaign, &key, bytes)
            .boxed()
            .await?)
    }
}
