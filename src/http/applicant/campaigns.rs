//! Campaigns and their notice, readable by everybody.

use domain::notice::Window;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};

use super::Group;
use crate::app::campaigns;
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::http::views::{
    AgencyView, AttachmentView, CampaignView, LimitsView, NoticeView, notice_json,
};
use crate::state::Shared;

/// Operations on campaigns.
pub struct Campaigns;

/// A line of the list of campaigns.
#[derive(Object)]
pub struct CampaignSummary {
    pub slug: String,
    pub title: String,
    pub region: String,
    /// When applications are taken: the window that is open, or else the next one, or else the last.
    #[oai(skip_serializing_if_is_none)]
    pub applications: Option<ApplicationsView>,
}

/// 申报时间.
#[derive(Object)]
pub struct ApplicationsView {
    /// First instant, epoch milliseconds.
    pub opens: i64,
    /// First instant after it.
    pub closes: i64,
    /// As of now, by the server's clock.
    pub state: WindowState,
}

/// Where a window lies.
#[derive(Enum)]
#[oai(rename_all = "snake_case")]
pub enum WindowState {
    Ahead,
    Open,
    Over,
}

impl ApplicationsView {
    fn new(window: Window, now: i64) -> ApplicationsView {
        let state = match (now < window.opens, window.is_open(now)) {
            (true, _) => WindowState::Ahead,
            (false, true) => WindowState::Open,
            (false, false) => WindowState::Over,
        };
        ApplicationsView {
            opens: window.opens,
            closes: window.closes,
            state,
        }
    }
}

#[OpenApi(tag = "Group::Campaigns")]
impl Campaigns {
    /// 推选活动列表
    #[oai(path = "/campaigns", method = "get", operation_id = "listCampaigns")]
    async fn list(
        &self,
        app: Data<&Shared>,
        after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<CampaignSummary>>, Problem> {
        let page = campaigns::list(&app, after.0.as_deref(), limit(limit_.0)?)
            .boxed()
            .await?;
        let now = app.now();
        let lines = page.into_iter().map(|(head, campaign)| CampaignSummary {
            applications: (campaign.and_then(|c| c.applications(now)))
                .map(|window| ApplicationsView::new(window, now)),
            slug: head.slug,
            title: head.title,
            region: head.region_code,
        });
        Ok(Json(lines.collect()))
    }

    /// 一项推选活动及其时间安排
    #[oai(
        path = "/campaigns/:slug",
        method = "get",
        operation_id = "getCampaign"
    )]
    async fn get(
        &self,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Json<CampaignView>, Problem> {
        Ok(Json(CampaignView::new(
            &campaigns::by_slug(&app, &slug).boxed().await?,
            app.now(),
        )))
    }

    /// 通知内容（数据形式）
    #[oai(
        path = "/campaigns/:slug/notice",
        method = "get",
        operation_id = "getNotice"
    )]
    async fn notice(
        &self,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Json<NoticeView>, Problem> {
        let campaign = campaigns::by_slug(&app, &slug).boxed().await?;
        let l = &app.settings.limits;
        let limits = LimitsView {
            picture_bytes: l.picture_bytes,
            picture_pixels: l.picture_pixels,
            pdf_bytes: l.pdf_bytes,
            pdf_pages: l.pdf_pages as u64,
            video_bytes: l.video_bytes,
            video_seconds: l.video_seconds,
            person_bytes: l.person_bytes,
            part_bytes: domain::upload::PART_BYTES,
        };
        Ok(Json(NoticeView {
            sha256: campaign.head.notice_sha256.clone(),
            notice: Any(notice_json(&campaign.notice)?),
            attachments: AttachmentView::all(&campaign),
            limits,
        }))
    }

    /// 可选的申报单位
    #[oai(
        path = "/campaigns/:slug/agencies",
        method = "get",
        operation_id = "listCampaignAgencies"
    )]
    async fn agencies(
        &self,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Json<Vec<AgencyView>>, Problem> {
        let campaign = campaigns::by_slug(&app, &slug).boxed().await?;
        Ok(Json(
            campaigns::agencies(&app, &campaign)
                .boxed()
                .await?
                .into_iter()
                .map(AgencyView::from)
                .collect(),
        ))
    }
}
