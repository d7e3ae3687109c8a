//! Sign-in and sign-out of officers; the own password and second factor.

use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Group;
use super::officers::OfficerView;
use crate::app::{officers, sessions};
use crate::http::caller::{AsNewOfficer, AsOfficer};
use crate::http::problem::Problem;
use crate::http::shell::ClientIp;
use crate::http::views::TokenView;
use crate::state::Shared;

/// Operations of an officer on the own sign-in.
pub struct Sessions;

/// Login and password.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
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
#[oai(deny_unknown_fields, example)]
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
#[oai(deny_unknown_fields, example)]
pub struct PasswordInput {
    #[oai(validator(max_length = 200))]
    pub old_password: String,
    /// At least 10 characters, without the login.
    #[oai(validator(max_length = 200))]
    pub new_password: String,
}

#[OpenApi(tag = "Group::People")]
impl Sessions {
    /// 工作人员登录
    ///
    /// Five failures lock a login, known or not, at the address they came from for a quarter of an hour; many from one address
    /// shut it out as long. Five wrong codes behind the right password lock the account.
    #[oai(path = "/sessions", method = "post", operation_id = "signIn")]
    async fn sign_in(
        &self,
        app: Data<&Shared>,
        from: Data<&ClientIp>,
        body: Json<SignInInput>,
    ) -> Result<Json<TokenView>, Problem> {
        let body = body.0;
        Ok(Json(
            sessions::sign_in(&app, from.0.0, &body.login, body.password, body.totp)
                .boxed()
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
        Ok(sessions::sign_out(&app, sent.unwrap_or_default())
            .boxed()
            .await?)
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
        Ok(
            officers::change_password(&app, &who.0, body.old_password, body.new_password)
                .boxed()
                .await?,
        )
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
        let url = officers::begin_totp(&app, &who.0).boxed().await?;
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
        Ok(officers::confirm_totp(&app, &who.0, body.0.code)
            .boxed()
            .await?)
    }
}
