//! Agencies of one's own tree, and which of them take part in a campaign.

use domain::agency::Tier;
use domain::permission::Act;
use entity::agency;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::campaigns::organised;
use super::{Group, may};
use crate::app::agencies::{self, Written};
use crate::db;
use crate::error::{Error, invalid};
use crate::http::caller::AsOfficer;
use crate::http::input::{Versioned, call, limit, version, versioned};
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on agencies.
pub struct Agencies;

/// What an organiser writes of an agency.
#[derive(Object, serde::Serialize)]
#[oai(deny_unknown_fields, example)]
pub struct AgencyInput {
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: String,
    /// national, association, society, province, city, county, unit.
    #[oai(validator(max_length = 20))]
    pub tier: String,
    /// 条线, e.g. `cyberspace`.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub system: String,
    /// GB/T 2260 code of its seat.
    #[oai(validator(min_length = 6, max_length = 6))]
    pub region: String,
    /// The agency right above, in one's own tree; when not said, one's own for a new agency, the present one for another.
    #[oai(validator(max_length = 36))]
    pub parent_id: Option<String>,
}

impl TryFrom<AgencyInput> for Written {
    type Error = Problem;

    fn try_from(input: AgencyInput) -> Result<Written, Problem> {
        Ok(Written {
            tier: Tier::parse(&input.tier)
                .ok_or_else(|| invalid("tier", "tier_unknown", "没有这个层级"))?,
            name: input.name,
            system: input.system,
            region: input.region,
            parent_id: input.parent_id,
        })
    }
}

/// Many agencies as a table.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct AgencyTableInput {
    /// CSV with the columns `name,tier,system,region,parent` and at most 1,000 lines; `parent` names an agency of the tree
    /// or of a line further up, and may be empty.
    #[oai(validator(max_length = 262_144))]
    pub csv: String,
}

/// How many agencies a table added.
#[derive(Object)]
pub struct AgencyTableView {
    pub added: usize,
}

/// An agency as its organisers see it.
#[derive(Object)]
pub struct AgencyDetail {
    /// Key of the page.
    pub id: String,
    pub name: String,
    pub tier: String,
    pub system: String,
    pub region: String,
    #[oai(skip_serializing_if_is_none)]
    pub parent_id: Option<String>,
    /// Since when it is closed; absent while it is open.
    #[oai(skip_serializing_if_is_none)]
    pub closed_at: Option<i64>,
    pub version: i64,
}

impl From<agency::Model> for AgencyDetail {
    fn from(a: agency::Model) -> AgencyDetail {
        AgencyDetail {
            id: a.id,
            name: a.name,
            tier: a.tier,
            system: a.system,
            region: a.region_code,
            parent_id: a.parent_id,
            closed_at: a.closed_at,
            version: a.version,
        }
    }
}

fn shown(row: agency::Model) -> Versioned<AgencyDetail> {
    let version = row.version;
    versioned(row.into(), version)
}

#[OpenApi(tag = "Group::People")]
impl Agencies {
    /// 本单位及下级单位
    ///
    /// In the order of the tree, after the agency of an id; those whose name begins with `name`.
    #[oai(path = "/agencies", method = "get", operation_id = "listAgencies")]
    async fn agencies(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        #[oai(validator(max_length = 100))] name: Query<Option<String>>,
        #[oai(validator(max_length = 36))] after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<AgencyDetail>>, Problem> {
        let rows = db::agencies::page(
            app.db.read(),
            &who.0.agency,
            name.0.as_deref(),
            after.0.as_deref(),
            limit(limit_.0)?,
        )
        .boxed()
        .await?;
        Ok(Json(rows.into_iter().map(AgencyDetail::from).collect()))
    }

    /// 新增机构
    #[oai(path = "/agencies", method = "post", operation_id = "addAgency")]
    async fn add(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<AgencyInput>,
    ) -> Result<Versioned<AgencyDetail>, Problem> {
        may(&who, Act::ManagePeople)?;
        let asked = serde_json::to_string(&body.0).map_err(Error::from)?;
        let call = call(&who.0.id, key.0, "add_agency", &asked)?;
        let written = body.0.try_into()?;
        Ok(shown(
            agencies::add(&app, &who.0, written, call).boxed().await?,
        ))
    }

    /// 批量导入机构
    ///
    /// All lines or none; every faulty line is told.
    #[oai(
        path = "/agencies/imports",
        method = "post",
        operation_id = "importAgencies"
    )]
    async fn import(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<AgencyTableInput>,
    ) -> Result<Json<AgencyTableView>, Problem> {
        may(&who, Act::ManagePeople)?;
        let call = call(&who.0.id, key.0, "import_agencies", &body.csv)?;
        let added = agencies::import(&app, &who.0, body.0.csv, call)
            .boxed()
            .await?;
        Ok(Json(AgencyTableView { added }))
    }

    /// 一个机构
    #[oai(path = "/agencies/:id", method = "get", operation_id = "getAgency")]
    async fn get(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Versioned<AgencyDetail>, Problem> {
        Ok(shown(agencies::get(&app, &who.0, &id).boxed().await?))
    }

    /// 修改或移动机构
    ///
    /// Everything below moves with it. Refused into its own subtree, and while somebody there has an entry to decide.
    #[oai(path = "/agencies/:id", method = "put", operation_id = "saveAgency")]
    async fn change(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<AgencyInput>,
    ) -> Result<Versioned<AgencyDetail>, Problem> {
        may(&who, Act::ManagePeople)?;
        let version = version(if_match.0.as_deref())?;
        let written = body.0.try_into()?;
        Ok(shown(
            agencies::change(&app, &who.0, &id, version, written)
                .boxed()
                .await?,
        ))
    }

    /// 停用机构
    #[oai(
        path = "/agencies/:id/closure",
        method = "put",
        operation_id = "closeAgency"
    )]
    async fn close(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Versioned<AgencyDetail>, Problem> {
        may(&who, Act::ManagePeople)?;
        let version = version(if_match.0.as_deref())?;
        Ok(shown(
            agencies::close(&app, &who.0, &id, version).boxed().await?,
        ))
    }

    /// 恢复停用的机构
    #[oai(
        path = "/agencies/:id/closure",
        method = "delete",
        operation_id = "reopenAgency"
    )]
    async fn reopen(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Versioned<AgencyDetail>, Problem> {
        may(&who, Act::ManagePeople)?;
        let version = version(if_match.0.as_deref())?;
        Ok(shown(
            agencies::reopen(&app, &who.0, &id, version).boxed().await?,
        ))
    }

    /// 让机构参加推选活动
    #[oai(
        path = "/campaigns/:slug/agencies/:id",
        method = "put",
        operation_id = "addCampaignAgency"
    )]
    async fn join(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        id: Path<String>,
    ) -> Result<(), Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        Ok(agencies::join(&app, &who.0, &campaign, &id).boxed().await?)
    }

    /// 让机构退出推选活动
    ///
    /// Refused while it, or one below it, has an entry of the campaign to decide.
    #[oai(
        path = "/campaigns/:slug/agencies/:id",
        method = "delete",
        operation_id = "removeCampaignAgency"
    )]
    async fn leave(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        id: Path<String>,
    ) -> Result<(), Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        Ok(agencies::leave(&app, &who.0, &campaign, &id)
            .boxed()
            .await?)
    }
}
