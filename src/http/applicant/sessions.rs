//! Sign-in of applicants.

use futures_util::FutureExt;
use poem::Request;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Group;
use crate::app::{applicants, web_sign_in};
use crate::http::caller::AsApplicant;
use crate::http::problem::Problem;
use crate::http::shell::ClientIp;
use crate::http::views::TokenView;
use crate::http::wechat_sign_in;
use crate::state::Shared;

/// Operations on sign-ins.
pub struct Sessions;

/// A code from WeChat.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct CodeInput {
    /// As the client got it; good once.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub code: String,
}

impl poem_openapi::types::Example for CodeInput {
    fn example() -> CodeInput {
        CodeInput {
            code: "081xXl0w3GqpK43".into(),
        }
    }
}

/// A phone.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct PhoneInput {
    /// Mainland mobile number.
    #[oai(validator(max_length = 20))]
    pub phone: String,
}

impl poem_openapi::types::Example for PhoneInput {
    fn example() -> PhoneInput {
        PhoneInput {
            phone: "13800138000".into(),
        }
    }
}

/// A phone and the code sent to it.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct PhoneCodeInput {
    #[oai(validator(max_length = 20))]
    pub phone: String,
    /// Six digits.
    #[oai(validator(max_length = 6))]
    pub code: String,
}

/// The caller.
#[derive(Object)]
pub struct MeView {
    pub id: String,
    /// Masked, e.g. 138****8000.
    #[oai(skip_serializing_if_is_none)]
    pub phone: Option<String>,
}

#[OpenApi(tag = "Group::Sessions")]
impl Sessions {
    /// 微信登录
    #[oai(
        path = "/sessions/wechat",
        method = "post",
        operation_id = "signInWechat"
    )]
    async fn wechat(
        &self,
        app: Data<&Shared>,
        body: Json<CodeInput>,
    ) -> Result<Json<TokenView>, Problem> {
        Ok(Json(
            applicants::sign_in_wechat(&app, &body.code)
                .boxed()
                .await?
                .into(),
        ))
    }

    /// 公众号网页登录
    ///
    /// After `/wechat/sign-in` sent the browser back with `sign_in`: once, within a minute, by the same browser.
    #[oai(
        path = "/sessions/official-account",
        method = "post",
        operation_id = "signInOfficialAccount"
    )]
    async fn official_account(
        &self,
        app: Data<&Shared>,
        request: &Request,
        body: Json<CodeInput>,
    ) -> Result<Json<TokenView>, Problem> {
        let cookie = wechat_sign_in::cookie(request);
        let token = web_sign_in::finish(&app, &cookie, &body.code)
            .boxed()
            .await?;
        Ok(Json(token.into()))
    }

    /// 发送手机验证码
    ///
    /// The answer is the same for known and unknown phones; one code a minute, and few from one address.
    #[oai(path = "/phone-codes", method = "post", operation_id = "sendPhoneCode")]
    async fn code(
        &self,
        app: Data<&Shared>,
        from: Data<&ClientIp>,
        body: Json<PhoneInput>,
    ) -> Result<(), Problem> {
        Ok(applicants::send_code(&app, from.0.0, &body.phone)
            .boxed()
            .await?)
    }

    /// 手机验证码登录
    #[oai(
        path = "/sessions/phone",
        method = "post",
        operation_id = "signInPhone"
    )]
    async fn phone(
        &self,
        app: Data<&Shared>,
        from: Data<&ClientIp>,
        body: Json<PhoneCodeInput>,
    ) -> Result<Json<TokenView>, Problem> {
        Ok(Json(
            applicants::sign_in_phone(&app, from.0.0, &body.phone, &body.code)
                .boxed()
                .await?
                .into(),
        ))
    }

    /// 当前申报人
    #[oai(path = "/me", method = "get", operation_id = "getMe")]
    async fn me(&self, who: AsApplicant, app: Data<&Shared>) -> Result<Json<MeView>, Problem> {
        let phone = applicants::masked_phone(&app, &who.0).boxed().await?;
        Ok(Json(MeView {
            id: who.0.id,
            phone,
        }))
    }

    /// 用微信手机号组件绑定手机
    #[oai(path = "/me/phone", method = "put", operation_id = "bindPhone")]
    async fn bind(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        body: Json<CodeInput>,
    ) -> Result<Json<MeView>, Problem> {
        let phone = applicants::bind_phone(&app, &who.0, &body.code)
            .boxed()
            .await?;
        Ok(Json(MeView {
            id: who.0.id,
            phone: Some(crate::security::mask_phone(&phone)),
        }))
    }

    /// 退出登录
    ///
    /// Ends every token of the applicant.
    #[oai(
        path = "/sessions/current",
        method = "delete",
        operation_id = "signOut"
    )]
    async fn sign_out(&self, who: AsApplicant, app: Data<&Shared>) -> Result<(), Problem> {
        Ok(applicants::sign_out(&app, &who.0).boxed().await?)
    }
}
