//! Officers of one's own tree.

use domain::actor::Role;
use domain::permission::Act;
use domain::refusal::Refusal;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::{Group, may};
use crate::app::agencies;
use crate::app::officers::{self, NewOfficer};
use crate::db;
use crate::db::events::By;
use crate::error::{Error, invalid};
use crate::http::caller::AsOfficer;
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::http::views::AgencyView;
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
    pub agency: String,
    pub roles: Vec<String>,
    pub disabled: bool,
}

/// A new officer; the first password must be changed at the first sign-in.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct OfficerInput {
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
        let summary =
            |(o, a): (entity::officer::Model, Option<entity::agency::Model>)| OfficerSummary {
                id: o.id,
                login: o.login,
                name: o.name,
                agency: a.map(|a| a.name).unwrap_or_default(),
                roles: o.roles.split(',').map(str::to_owned).collect(),
                disabled: o.disabled_at.is_some(),
            };
        Ok(Json(rows.into_iter().map(summary).collect()))
    }

    /// 新增工作人员
    #[oai(path = "/officers", method = "post", operation_id = "addOfficer")]
    async fn add(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        body: Json<OfficerInput>,
    ) -> Result<Json<String>, Problem> {
        may(&who, Act::ManagePeople)?;
        let body = body.0;
        let agency = agencies::get(&app, &who.0, &body.agency_id).boxed().await?;
        if agency.closed_at.is_some() {
            return Err(Error::from(Refusal::new("agency_closed", "该单位已停用")).into());
        }
        let roles: Vec<Role> = body.roles.iter().filter_map(|r| Role::parse(r)).collect();
        if roles.len() != body.roles.len() {
            return Err(invalid("roles", "role_unknown", "没有这种岗位").into());
        }
        let new = NewOfficer {
            agency_id: agency.id,
            login: body.login,
            name: body.name,
            roles,
            password: body.first_password,
            must_change: true,
        };
        Ok(Json(
            officers::add(&app, &By::officer(&who.0, app.now()), new)
                .boxed()
                .await?,
        ))
    }

    /// 停用工作人员
    ///
    /// Every sign-in of the officer ends at once.
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
