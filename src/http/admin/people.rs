//! Sign-in of officers; agencies and officers of one's own tree.

use domain::actor::Role;
use domain::permission::{Act, require};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Group;
use crate::app::people::{self, NewOfficer};
use crate::db::events::By;
use crate::db::officers;
use crate::error::{Error, invalid};
use crate::http::caller::{AsNewOfficer, AsOfficer};
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::http::views::{AgencyView, TokenView};
use crate::state::Shared;

/// Operations on people.
pub struct People;

/// Login and password.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SignInInput {
    #[oai(validator(max_length = 60))]
    pub login: String,
    #[oai(validator(max_length = 200))]
    pub password: String,
    /// Six digits, where a second factor is set.
    #[oai(validator(max_length = 10))]
    pub totp: Option<String>,
}

/// A code from the officer's app.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct TotpInput {
    #[oai(validator(max_length = 10))]
    pub code: String,
}

/// A second factor to be set up.
#[derive(Object)]
pub struct TotpView {
    /// `otpauth://…`, to be shown as a QR code once.
    pub url: String,
}

/// A change of password.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct PasswordInput {
    #[oai(validator(max_length = 200))]
    pub old_password: String,
    /// At least 10 characters, without the login.
    #[oai(validator(max_length = 200))]
    pub new_password: String,
}

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
#[oai(deny_unknown_fields)]
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

#[OpenApi(tag = "Group::People")]
impl People {
    /// 工作人员登录
    ///
    /// Five failures lock the account for a quarter of an hour.
    #[oai(path = "/sessions", method = "post", operation_id = "signIn")]
    async fn sign_in(
        &self,
        app: Data<&Shared>,
        body: Json<SignInInput>,
    ) -> Result<Json<TokenView>, Problem> {
        let body = body.0;
        Ok(Json(
            people::sign_in_officer(&app, &body.login, body.password, body.totp)
                .await?
                .into(),
        ))
    }

    /// 退出登录
    #[oai(
        path = "/sessions/current",
        method = "delete",
        operation_id = "signOut"
    )]
    async fn sign_out(
        &self,
        who: AsNewOfficer,
        request: &poem::Request,
        app: Data<&Shared>,
    ) -> Result<(), Problem> {
        let sent = request
            .header("authorization")
            .and_then(|h| h.split_once(' '))
            .map(|(_, token)| token.trim());
        tracing::debug!(officer = who.0.id, "signing out");
        Ok(people::sign_out_officer(&app, sent.unwrap_or_default()).await?)
    }

    /// 当前工作人员
    #[oai(path = "/me", method = "get", operation_id = "getMe")]
    async fn me(&self, who: AsNewOfficer) -> Result<Json<OfficerView>, Problem> {
        Ok(Json(who.0.into()))
    }

    /// 修改密码
    ///
    /// Ends every sign-in of the officer, this one too.
    #[oai(path = "/me/password", method = "put", operation_id = "changePassword")]
    async fn password(
        &self,
        who: AsNewOfficer,
        app: Data<&Shared>,
        body: Json<PasswordInput>,
    ) -> Result<(), Problem> {
        let body = body.0;
        Ok(people::change_password(&app, &who.0, body.old_password, body.new_password).await?)
    }

    /// 设置动态验证码
    ///
    /// It counts once confirmed; refused when one is set.
    #[oai(path = "/me/totp", method = "post", operation_id = "beginTotp")]
    async fn begin_totp(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
    ) -> Result<Json<TotpView>, Problem> {
        let url = people::begin_totp(&app, &who.0).await?;
        Ok(Json(TotpView { url }))
    }

    /// 确认动态验证码
    #[oai(path = "/me/totp", method = "put", operation_id = "confirmTotp")]
    async fn confirm_totp(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        body: Json<TotpInput>,
    ) -> Result<(), Problem> {
        Ok(people::confirm_totp(&app, &who.0, body.0.code).await?)
    }

    /// 本单位及下级单位
    #[oai(path = "/agencies", method = "get", operation_id = "listAgencies")]
    async fn agencies(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        after: Query<Option<String>>,
        limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<AgencyView>>, Problem> {
        let rows = officers::agencies_below(
            app.db.read(),
            &who.0.agency,
            after.0.as_deref(),
            limit(limit_.0)?,
        )
        .await?;
        Ok(Json(
            rows.into_iter()
                .map(|r| officers::to_agency(r).map(AgencyView::from))
                .collect::<Result<_, _>>()?,
        ))
    }

    /// 本单位及下级单位的工作人员
    #[oai(path = "/officers", method = "get", operation_id = "listOfficers")]
    async fn officers(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        after: Query<Option<String>>,
        limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<OfficerSummary>>, Problem> {
        require(&who.0, Act::ManagePeople).map_err(Error::Forbidden)?;
        let rows = officers::below(
            app.db.read(),
            &who.0.agency,
            after.0.as_deref(),
            limit(limit_.0)?,
        )
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
        require(&who.0, Act::ManagePeople).map_err(Error::Forbidden)?;
        let body = body.0;
        let agency = officers::agency(app.db.read(), &body.agency_id)
            .await?
            .filter(|a| who.0.agency.is_above_or_same(a))
            .ok_or(Error::Absent)?;
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
            people::add_officer(&app, &By::officer(&who.0, app.now()), new).await?,
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
        require(&who.0, Act::ManagePeople).map_err(Error::Forbidden)?;
        Ok(people::disable_officer(&app, &who.0, &id).await?)
    }
}
