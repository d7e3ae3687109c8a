//! 附件 of a notice and the blank form, for everybody.

use futures_util::FutureExt;
use poem::Body;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::Group;
use crate::app::{attachments, blank_forms, campaigns};
use crate::error::Error;
use crate::http::download::{Download, download};
use crate::http::problem::Problem;
use crate::http::stored;
use crate::state::Shared;

/// Operations on what comes with a notice.
pub struct Attachments;

#[OpenApi(tag = "Group::Campaigns")]
impl Attachments {
    /// 下载通知附件
    #[oai(
        path = "/campaigns/:slug/attachments/:key",
        method = "get",
        operation_id = "getAttachment"
    )]
    async fn attachment(
        &self,
        app: Data<&Shared>,
        slug: Path<String>,
        key: Path<String>,
    ) -> Result<Download<Body>, Problem> {
        let campaign = campaigns::by_slug(&app, &slug).boxed().await?;
        let mut all = attachments::of_campaign(&campaign);
        let found = all.find(|(named, _)| named.key == key.0);
        let (named, row) = found.ok_or(Error::Absent)?;
        stored::attachment(&app, named, row).boxed().await
    }

    /// 空白申报表样表（PDF）
    ///
    /// What will be asked, to be read beforehand: marked as a specimen, without a number. Absent where nobody applies.
    #[oai(
        path = "/campaigns/:slug/blank-form",
        method = "get",
        operation_id = "getBlankForm"
    )]
    async fn blank_form(
        &self,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Download<Body>, Problem> {
        let campaign = campaigns::by_slug(&app, &slug).boxed().await?;
        let pdf = blank_forms::pdf(&app, &campaign).boxed().await?;
        let answer = download(Body::from(pdf), "blank-form.pdf", "申报表（空白样表）.pdf");
        Ok(answer.header("content-type", "application/pdf"))
    }
}
