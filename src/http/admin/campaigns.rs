//! Campaigns: set up, dates moved, late applicants admitted; quotas and the trail.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::notices::NoticeInput;
use super::{Group, may};
use crate::app::{campaigns, notices};
use crate::db::events::{self, By, Verdict};
use crate::db::quotas;
use crate::error::{Error, invalid};
use crate::http::caller::AsOfficer;
use crate::http::input::call;
use crate::http::problem::Problem;
use crate::http::views::CampaignView;
use crate::state::Shared;

/// Operations on campaigns.
pub struct Campaigns;

/// A campaign to be set up, from a pack that is there or from one that is sent.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct CampaignInput {
    /// Its name in addresses: small letters, digits, hyphens.
    #[oai(validator(max_length = 60))]
    pub slug: String,
    /// Key of a notice pack; either this or `texts`.
    #[oai(validator(max_length = 60))]
    pub pack: Option<String>,
    /// A pack of one's own.
    pub texts: Option<NoticeInput>,
}

/// New dates of a stage.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct WindowInput {
    /// First instant, epoch milliseconds.
    pub opens: i64,
    /// First instant after it.
    pub closes: i64,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// A holder's places.
#[derive(Object)]
pub struct LedgerLine {
    pub quota: String,
    pub label: String,
    /// Agency, or a keyed word for operators and applicants.
    pub holder: String,
    pub category: String,
    pub used: i32,
    pub cap: u32,
}

/// Result of recomputing the trail.
#[derive(Object)]
pub struct TrailVerdict {
    pub whole: bool,
    /// Events found whole.
    #[oai(skip_serializing_if_is_none)]
    pub count: Option<i64>,
    /// Newest link.
    #[oai(skip_serializing_if_is_none)]
    pub head: Option<String>,
    /// First event that does not fit.
    #[oai(skip_serializing_if_is_none)]
    pub broken_at: Option<i64>,
    /// missing, changed or out of order.
    #[oai(skip_serializing_if_is_none)]
    pub what: Option<String>,
}

#[OpenApi(tag = "Group::Campaigns")]
impl Campaigns {
    /// 按通知设立推选活动
    ///
    /// The notice is checked and its templates are drawn first; every fault is told with its line. The same key again
    /// gives the same campaign.
    #[oai(path = "/campaigns", method = "post", operation_id = "createCampaign")]
    async fn create(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<CampaignInput>,
    ) -> Result<Json<CampaignView>, Problem> {
        may(&who, Act::RunCampaign)?;
        let asked = serde_json::to_string(&body.0).map_err(Error::from)?;
        let call = call(&who.0.id, key.0, "create_campaign", &asked)?;
        let CampaignInput { slug, pack, texts } = body.0;
        let sound = match (pack, texts) {
            (Some(pack), None) => notices::of_pack(&app, &who.0.agency, &pack).boxed().await?,
            (None, Some(texts)) => notices::of_texts(&app, texts.into()).boxed().await?,
            _ => return Err(invalid("pack", "pack_or_texts", "请给出 pack 或 texts 之一").into()),
        };
        let id = campaigns::create_by(&app, &who.0, sound.campaign(slug), call)
            .boxed()
            .await?;
        Ok(Json(CampaignView::new(
            &campaigns::by_id(&app, &id).boxed().await?,
            app.now(),
        )))
    }

    /// 一项推选活动
    #[oai(
        path = "/campaigns/:slug",
        method = "get",
        operation_id = "getCampaign"
    )]
    async fn get(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Json<CampaignView>, Problem> {
        let campaign = taking_part(&app, &who, &slug).boxed().await?;
        Ok(Json(CampaignView::new(&campaign, app.now())))
    }

    /// 调整阶段时间
    #[oai(
        path = "/campaigns/:slug/windows/:stage",
        method = "put",
        operation_id = "moveWindow"
    )]
    async fn window(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        stage: Path<String>,
        body: Json<WindowInput>,
    ) -> Result<Json<CampaignView>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let body = body.0;
        campaigns::move_window(
            &app,
            &By::officer(&who.0, app.now()),
            &campaign,
            &stage,
            body.opens,
            body.closes,
            body.reason,
        )
        .boxed()
        .await?;
        Ok(Json(CampaignView::new(
            &campaigns::by_slug(&app, &slug).boxed().await?,
            app.now(),
        )))
    }

    /// 名额使用情况
    #[oai(
        path = "/campaigns/:slug/quotas",
        method = "get",
        operation_id = "getQuotas"
    )]
    async fn quotas(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Json<Vec<LedgerLine>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let campaign = taking_part(&app, &who, &slug).boxed().await?;
        let below: Vec<_> = campaigns::agencies(&app, &campaign)
            .boxed()
            .await?
            .into_iter()
            .filter(|a| who.0.agency.is_above_or_same(a))
            .collect();
        let rows = quotas::ledger(app.db.read(), &campaign.head.id)
            .boxed()
            .await?;
        let lines = rows.into_iter().filter_map(|r| {
            let agency = below.iter().find(|a| a.id == r.holder)?;
            let quota = campaign.notice.quota.iter().find(|q| q.key == r.quota)?;
            Some(LedgerLine {
                quota: r.quota,
                label: quota.label.clone(),
                holder: agency.name.clone(),
                category: r.category,
                used: r.used,
                cap: quota.max,
            })
        });
        Ok(Json(lines.collect()))
    }

    /// 核验办理记录
    ///
    /// Recomputes the hash chain of the campaign's events.
    #[oai(
        path = "/campaigns/:slug/trail/verification",
        method = "get",
        operation_id = "verifyTrail"
    )]
    async fn verify(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Json<TrailVerdict>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::ReadTrail).boxed().await?;
        Ok(Json(
            match events::verify(app.db.read(), &campaign.head.id)
                .boxed()
                .await?
            {
                Verdict::Whole { count, head } => TrailVerdict {
                    whole: true,
                    count: Some(count),
                    head: Some(head),
                    broken_at: None,
                    what: None,
                },
                Verdict::Broken { seq, what } => TrailVerdict {
                    whole: false,
                    count: None,
                    head: None,
                    broken_at: Some(seq),
                    what: Some(what.into()),
                },
            },
        ))
    }
}

/// A campaign that the officer's agency takes part in; any other is absent.
async fn taking_part(
    app: &Shared,
    who: &AsOfficer,
    slug: &str,
) -> Result<campaigns::Campaign, Problem> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let part = campaigns::agencies(app, &campaign)
        .await?
        .iter()
        .any(|a| a.id == who.0.agency.id);
    if part {
        Ok(campaign)
    } else {
        Err(Error::Absent.into())
    }
}

/// A campaign that the officer's agency heads: it takes part and stands above everybody else.
pub async fn organised(
    app: &Shared,
    who: &AsOfficer,
    slug: &str,
    act: Act,
) -> Result<campaigns::Campaign, Problem> {
    let campaign = taking_part(app, who, slug).await?;
    may(who, act)?;
    let all = campaigns::agencies(app, &campaign).await?;
    if who.0.agency.path.len() == 1 || all.iter().all(|a| who.0.agency.is_above_or_same(a)) {
        return Ok(campaign);
    }
    Err(Error::Forbidden(domain::refusal::Refusal::new(
        "not_organiser",
        "只有主办单位可以办理此事项",
    ))
    .into())
}
