//! Officers of one's own tree.

use domain::actor::Role;
use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::{Group, may};
use crate::app::officers::{self, NewOfficer, Written};
use crate::db;
use crate::error::{Error, invalid};
use crate::http::caller::AsOfficer;
use crate::http::input::{Versioned, call, limit, version, versioned};
use crate::http::problem::Problem;
use crate::http::views::AgencyView;
use crate::security::blind_index;
use crate::state::Shared;

/// Operations on officers.
pub struct Officers;

/// 工作人员.
#[derive(Object)]
pub struct OfficerView {
    pub id: String,
    pub name: String,
    pub agency: AgencyView,
    /// clerk, reviewer, seal_keeper, organiser, expert, auditor.
    pub roles: Vec<String>,
}

impl From<domain::actor::Officer> for OfficerView {
    fn from(o: domain::actor::Officer) -> OfficerView {
        OfficerView {
            id: o.id,
            name: o.name,
            roles: o.roles.iter().map(|r| r.as_str().to_owned()).collect(),
            agency: o.agency.into(),
        }
    }
}

/// A line of the list of officers.
#[derive(Object)]
pub struct OfficerSummary {
    pub id: String,
    pub login: String,
    pub name: String,
    pub agency_id: String,
    /// Its name.
    pub agency: String,
    pub roles: Vec<String>,
    pub disabled: bool,
    pub version: i64,
}

fn summary((o, a): (entity::officer::Model, Option<entity::agency::Model>)) -> OfficerSummary {
    OfficerSummary {
        id: o.id,
        login: o.login,
        name: o.name,
        agency_id: o.agency_id,
        agency: a.map(|a| a.name).unwrap_or_default(),
        roles: o.roles.split(',').map(str::to_owned).collect(),
        disabled: o.disabled_at.is_some(),
        version: o.version,
    }
}

fn known(roles: &[String]) -> Result<Vec<Role>, Problem> {
    let known: Vec<Role> = roles.iter().filter_map(|r| Role::parse(r)).collect();
    match known.len() == roles.len() {
        true => Ok(known),
        false => Err(invalid("roles", "role_unknown", "没有这种岗位").into()),
    }
}

/// A new officer; the first password must be changed at the first sign-in.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct OfficerInput {
    #[oai(validator(max_length = 36))]
    pub agency_id: String,
    #[oai(validator(min_length = 3, max_length = 60))]
    pub login: String,
    #[oai(validator(min_length = 1, max_length = 40))]
    pub name: String,
    #[oai(validator(min_items = 1, max_items = 6))]
    pub roles: Vec<String>,
    #[oai(validator(max_length = 200))]
    pub first_password: String,
}

/// An officer's name and rights as they are to be.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct OfficerChangeInput {
    #[oai(validator(max_length = 36))]
    pub agency_id: String,
    #[oai(validator(min_length = 1, max_length = 40))]
    pub name: String,
    #[oai(validator(min_items = 1, max_items = 6))]
    pub roles: Vec<String>,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// Why an officer comes back.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct ReinstatementInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// A new first password for an officer who lost the own one.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct PasswordResetInput {
    /// Must be changed at the next sign-in.
    #[oai(validator(max_length = 200))]
    pub first_password: String,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// Taking a second factor away.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct TotpResetInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

#[OpenApi(tag = "Group::People")]
impl Officers {
    /// 本单位及下级单位的工作人员
    #[oai(path = "/officers", method = "get", operation_id = "listOfficers")]
    async fn officers(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<OfficerSummary>>, Problem> {
        may(&who, Act::ManagePeople)?;
        let rows = db::officers::below(
            app.db.read(),
            &who.0.agency,
            after.0.as_deref(),
            limit(limit_.0)?,
        )
        .boxed()
        .await?;
        Ok(Json(rows.into_iter().map(summary).collect()))
    }

    /// 新增工作人员
    #[oai(path = "/officers", method = "post", operation_id = "addOfficer")]
    async fn add(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<OfficerInput>,
    ) -> Result<Json<String>, Problem> {
        may(&who, Act::ManagePeople)?;
        let body = body.0;
        // Keyed, so that the password cannot be guessed from what is kept of the request.
        let password = blind_index(&app.index_key, "first_password", &body.first_password);
        let asked = (
            &body.agency_id,
            &body.login,
            &body.name,
            &body.roles,
            password,
        );
        let asked = serde_json::to_string(&asked).map_err(Error::from)?;
        let call = call(&who.0.id, key.0, "add_officer", &asked)?;
        let new = NewOfficer {
            roles: known(&body.roles)?,
            agency_id: body.agency_id,
            login: body.login,
            name: body.name,
            password: body.first_password,
            must_change: true,
        };
        Ok(Json(
            officers::add_once(&app, &who.0, new, call).boxed().await?,
        ))
    }

    /// 修改工作人员的姓名、岗位或单位
    ///
    /// Other roles or another agency end every sign-in of the officer. One's own are changed by somebody else.
    #[oai(path = "/officers/:id", method = "put", operation_id = "changeOfficer")]
    async fn change(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<OfficerChangeInput>,
    ) -> Result<Versioned<OfficerSummary>, Problem> {
        may(&who, Act::ManagePeople)?;
        let (version, body) = (version(if_match.0.as_deref())?, body.0);
        let written = Written {
            roles: known(&body.roles)?,
            name: body.name,
            agency_id: body.agency_id,
        };
        let changed = officers::change(&app, &who.0, &id, version, written, body.reason)
            .boxed()
            .await?;
        let agency = db::officers::agency_row(app.db.read(), &changed.agency_id).await?;
        let version = changed.version;
        Ok(versioned(summary((changed, agency)), version))
    }

    /// 停用工作人员
    ///
    /// Every sign-in of the officer ends at once. Not oneself.
    #[oai(
        path = "/officers/:id",
        method = "delete",
        operation_id = "disableOfficer"
    )]
    async fn disable(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<(), Problem> {
        may(&who, Act::ManagePeople)?;
        Ok(officers::disable(&app, &who.0, &id).boxed().await?)
    }

    /// 恢复停用的工作人员
    ///
    /// With the rights and the password of before; refused while the agency is closed.
    #[oai(
        path = "/officers/:id/reinstatement",
        method = "post",
        operation_id = "reinstateOfficer"
    )]
    async fn reinstate(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        body: Json<ReinstatementInput>,
    ) -> Result<(), Problem> {
        may(&who, Act::ManagePeople)?;
        Ok(officers::reinstate(&app, &who.0, &id, body.0.reason)
            .boxed()
            .await?)
    }

    /// 重置工作人员的密码
    ///
    /// The new first password must be changed at the next sign-in; a lock is lifted, every sign-in ends.
    #[oai(
        path = "/officers/:id/password-reset",
        method = "post",
        operation_id = "resetPassword"
    )]
    async fn reset_password(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        body: Json<PasswordResetInput>,
    ) -> Result<(), Problem> {
        may(&who, Act::ManagePeople)?;
        let PasswordResetInput {
            first_password,
            reason,
        } = body.0;
        Ok(
            officers::reset_password(&app, &who.0, &id, first_password, reason)
                .boxed()
                .await?,
        )
    }

    /// 重置工作人员的动态验证码
    ///
    /// Sign-in asks for the password alone until a new one is set up; every sign-in ends.
    #[oai(
        path = "/officers/:id/totp-reset",
        method = "post",
        operation_id = "resetTotp"
    )]
    async fn reset_totp(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        body: Json<TotpResetInput>,
    ) -> Result<(), Problem> {
        may(&who, Act::ManagePeople)?;
        Ok(officers::reset_totp(&app, &who.0, &id, body.0.reason)
            .boxed()
            .await?)
    }
}
