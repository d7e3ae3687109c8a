//! Sign-in on web pages by the official account (公众号网页授权).

use reqwest::Url;
use serde::Deserialize;

use super::{Session, Trouble, WeChat, by_code, undocumented};
use crate::error::{Error, Result};
use domain::refusal::Refusal;

#[derive(Deserialize)]
struct AccountBody {
    openid: String,
    #[serde(default)]
    unionid: Option<String>,
    #[serde(default)]
    is_snapshotuser: i64,
}

impl WeChat {
    /// Where the browser is sent; WeChat sends it back to `back` with a code and the state (letters and digits).
    pub fn authorize_url(&self, back: &str, state: &str) -> Result<String> {
        let address = &self.settings.account_authorize_url;
        let mut url = Url::parse(address).map_err(|e| Error::Bug(format!("{address}: {e}")))?;
        url.query_pairs_mut()
            .append_pair("appid", &self.settings.account_app_id)
            .append_pair("redirect_uri", back)
            .append_pair("response_type", "code")
            .append_pair("scope", "snsapi_base")
            .append_pair("state", state);
        url.set_fragment(Some("wechat_redirect"));
        Ok(url.into())
    }

    /// `GET /sns/oauth2/access_token`: who came back with this code. It is good once and for five minutes. A reader of a
    /// snapshot page (快照页) has a made-up identity and is refused.
    pub async fn account_session(&self, code: &str) -> Result<Session> {
        if !self.settings.account_is_on() {
            let message = "本站未开通公众号网页登录，请用手机号登录";
            let refusal = Refusal::new("account_sign_in_off", message);
            return Err(Trouble::Off(refusal).into());
        }
        let address = format!("{}/sns/oauth2/access_token", self.settings.base_url);
        let request = self.client.get(address).query(&[
            ("appid", self.settings.account_app_id.as_str()),
            ("secret", &self.settings.account_app_secret.0),
            ("code", code),
            ("grant_type", "authorization_code"),
        ]);
        let answer = self.call::<AccountBody>(request).await?;
        let body = answer.map_err(|told| by_code(told.errcode))?;
        if body.is_snapshotuser == 1 {
            let message = "当前为微信快照页，请点击“使用完整服务”后再登录";
            return Err(Error::Unauthenticated(Refusal::new(
                "wechat_snapshot",
                message,
            )));
        }
        let fits = |id: &str| !id.is_empty() && id.len() <= 64 && id.is_ascii();
        if !fits(&body.openid) {
            return Err(undocumented().into());
        }
        Ok(Session {
            openid: body.openid,
            unionid: body.unionid.filter(|id| fits(id)),
        })
    }
}
