//! 审计日志: of an entry, of a campaign, and of what belongs to none.

use std::collections::HashMap;

use domain::permission::Act;
use entity::event;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::campaigns::organised;
use super::{Group, may};
use crate::db::events::{self, SYSTEM, Whose};
use crate::db::{officers, reviews};
use crate::http::caller::AsOfficer;
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on trails.
pub struct Trail;

/// An officer, as other officers see who did something.
#[derive(Object)]
pub struct PersonView {
    pub id: String,
    pub name: String,
}

impl PersonView {
    /// By names that were looked up.
    pub fn named(id: String, names: &HashMap<String, String>) -> PersonView {
        PersonView {
            name: names.get(&id).cloned().unwrap_or_default(),
            id,
        }
    }
}

/// Something that happened, with who did it.
#[derive(Object)]
pub struct TrailLine {
    /// Key of the page: pass the last one as `before`.
    pub seq: i64,
    pub at: i64,
    pub kind: String,
    /// applicant, officer or system.
    pub actor_kind: String,
    /// The officer who did it, where it was one.
    #[oai(skip_serializing_if_is_none)]
    pub officer: Option<PersonView>,
    #[oai(skip_serializing_if_is_none)]
    pub agency_id: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub entry_id: Option<String>,
    pub body: Any<Value>,
    /// Link of the chain.
    pub hash: String,
}

/// Events with the names of the officers who acted.
async fn named(app: &Shared, rows: Vec<event::Model>) -> Result<Json<Vec<TrailLine>>, Problem> {
    let by_officer = |e: &event::Model| e.actor_kind == "officer";
    let ids = rows.iter().filter(|e| by_officer(e));
    let ids = ids.map(|e| e.actor_id.clone()).collect();
    let names = officers::names(app.db.read(), ids).await?;
    let line = |e: event::Model| TrailLine {
        officer: by_officer(&e).then(|| PersonView::named(e.actor_id, &names)),
        seq: e.seq,
        at: e.at,
        kind: e.kind,
        actor_kind: e.actor_kind,
        agency_id: e.agency_id,
        entry_id: e.entry_id,
        body: Any(serde_json::from_str(&e.body).unwrap_or_default()),
        hash: e.hash,
    };
    Ok(Json(rows.into_iter().map(line).collect()))
}

#[OpenApi(tag = "Group::Campaigns")]
impl Trail {
    /// 办理记录
    #[oai(path = "/entries/:id/trail", method = "get", operation_id = "getTrail")]
    async fn of_entry(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Vec<TrailLine>>, Problem> {
        may(&who, Act::ReadTrail)?;
        let db = app.db.read();
        reviews::visible(db, &who.0, &id).boxed().await?;
        let rows = events::of_entry(db, &id).boxed().await?;
        named(&app, rows).boxed().await
    }

    /// 推选活动的审计日志
    ///
    /// Everything that happened in the campaign, newest first: to its dates, agencies, lists, batches and entries.
    #[oai(
        path = "/campaigns/:slug/trail",
        method = "get",
        operation_id = "listCampaignTrail"
    )]
    async fn of_campaign(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        /// One kind of event, such as `window_moved`.
        kind: Query<Option<String>>,
        before: Query<Option<i64>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<TrailLine>>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::ReadAudit).boxed().await?;
        let (chain, limit) = (&campaign.head.id, limit(limit_.0)?);
        let (db, kind) = (app.db.read(), kind.0.as_deref());
        let rows = events::newest(db, chain, Whose::Everybody, kind, before.0, limit);
        let rows = rows.boxed().await?;
        named(&app, rows).boxed().await
    }

    /// 人员、机构与印章的审计日志
    ///
    /// What belongs to no campaign, newest first: sign-ins and failed ones, officers, agencies, seals. What officers of the
    /// caller's agency and those below it did; for an agency that has none above it, what the system did as well.
    #[oai(path = "/trail", method = "get", operation_id = "listTrail")]
    async fn of_none(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        /// One kind of event, such as `sign_in_failed`.
        kind: Query<Option<String>>,
        before: Query<Option<i64>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<TrailLine>>, Problem> {
        may(&who, Act::ReadAudit)?;
        let (db, kind, limit) = (app.db.read(), kind.0.as_deref(), limit(limit_.0)?);
        let whose = Whose::Below(&who.0.agency);
        let rows = events::newest(db, SYSTEM, whose, kind, before.0, limit);
        let rows = rows.boxed().await?;
        named(&app, rows).boxed().await
    }
}
