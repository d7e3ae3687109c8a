//! WeChat's server API: sign-in and phone exchange, as documented for mini-programs.

pub mod stand_in;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::config;
use crate::error::{Error, Result};
use domain::refusal::Refusal;

/// The client. Time-outs: 2 s to connect, 5 s in all.
#[derive(Clone)]
pub struct WeChat {
    client: reqwest::Client,
    settings: config::WeChat,
    /// Access token and when to fetch the next; one fetch at a time.
    token: Arc<Mutex<Option<(String, Instant)>>>,
}

/// Who signed in. The session key never leaves WeChat's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub openid: String,
    pub unionid: Option<String>,
}

#[derive(Deserialize)]
struct Answer<T> {
    #[serde(default)]
    errcode: i64,
    #[serde(flatten)]
    body: Option<T>,
}

#[derive(Deserialize)]
struct SessionBody {
    openid: String,
    #[serde(default)]
    unionid: Option<String>,
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize)]
struct PhoneBody {
    phone_info: PhoneInfo,
}

#[derive(Deserialize)]
struct PhoneInfo {
    #[serde(rename = "purePhoneNumber")]
    number: String,
}

/// Largest answer read, in bytes.
const LARGEST: usize = 64 << 10;

impl WeChat {
    /// By the settings; an empty base URL turns it off.
    pub fn new(settings: &config::WeChat) -> Result<WeChat> {
        WeChat::patient(settings, Duration::from_secs(5))
    }

    /// With another time-out than 5 s for a whole call.
    pub fn patient(settings: &config::WeChat, patience: Duration) -> Result<WeChat> {
        let client = crate::outside::client()
            .connect_timeout(Duration::from_secs(2))
            .timeout(patience)
            .build()
            .map_err(|e| Error::Bug(e.to_string()))?;
        Ok(WeChat {
            client,
            settings: settings.clone(),
            token: Arc::default(),
        })
    }

    /// `GET /sns/jscode2session`: a code is good once and for five minutes.
    pub async fn session(&self, code: &str) -> Result<Session> {
        let request = self.client.get(self.url("/sns/jscode2session")?).query(&[
            ("appid", self.settings.app_id.as_str()),
            ("secret", &self.settings.app_secret.0),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ]);
        let body: SessionBody = self.call(request).await?.map_err(by_code)?;
        if body.openid.is_empty() || body.openid.len() > 64 || !body.openid.is_ascii() {
            return Err(undocumented());
        }
        Ok(Session {
            openid: body.openid,
            unionid: body.unionid,
        })
    }

    /// `POST /wxa/business/getuserphonenumber`: exchanges the phone component's code (not the sign-in
    /// code); asked once more with a new access token when the old one is refused.
    pub async fn phone(&self, code: &str) -> Result<String> {
        let mut refused = None;
        for _ in 0..2 {
            let token = self.access_token(refused.as_deref()).await?;
            let request = self
                .client
                .post(self.url("/wxa/business/getuserphonenumber")?)
                .query(&[("access_token", &token)])
                .json(&serde_json::json!({ "code": code }));
            match self.call::<PhoneBody>(request).await? {
                Ok(body) => return checked_phone(body.phone_info.number),
                // invalid, expired: somebody else has asked for a new one, or WeChat forgot it
                Err(40001 | 40014 | 42001) => refused = Some(token),
                Err(other) => return Err(by_phone_code(other)),
            }
        }
        Err(Error::Outside("wechat: access token refused twice".into()))
    }

    /// `POST /cgi-bin/stable_token`, kept until five minutes before it ends. One fetch at a time: who
    /// waited takes what the first one brought, unless that very token was refused.
    async fn access_token(&self, refused: Option<&str>) -> Result<String> {
        let mut held = self.token.lock().await;
        if let Some((token, until)) = &*held
            && Instant::now() < *until
            && refused != Some(token)
        {
            return Ok(token.clone());
        }
        let request =
            self.client
                .post(self.url("/cgi-bin/stable_token")?)
                .json(&serde_json::json!({
                    "grant_type": "client_credential",
                    "appid": self.settings.app_id,
                    "secret": self.settings.app_secret.0,
                    "force_refresh": refused.is_some(),
                }));
        let body: TokenBody = self.call(request).await?.map_err(by_token_code)?;
        let until = Instant::now() + Duration::from_secs(body.expires_in.saturating_sub(300));
        *held = Some((body.access_token.clone(), until));
        Ok(body.access_token)
    }

    fn url(&self, path: &str) -> Result<String> {
        if self.settings.base_url.is_empty() {
            return Err(Error::Refused(Refusal::new(
                "wechat_off",
                "本站未开通微信登录，请用手机号登录",
            )));
        }
        Ok(format!("{}{path}", self.settings.base_url))
    }

    /// Faults come as `errcode` in an answer with status 200.
    async fn call<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<std::result::Result<T, i64>> {
        let outside = |e: reqwest::Error| Error::Outside(format!("wechat: {}", e.without_url()));
        let mut answer = request
            .send()
            .await
            .map_err(outside)?
            .error_for_status()
            .map_err(outside)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(outside)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                return Err(Error::Outside("wechat: answer too large".into()));
            }
        }
        let answer: Answer<T> = serde_json::from_slice(&bytes).map_err(|_| undocumented())?;
        match (answer.errcode, answer.body) {
            (0, Some(body)) => Ok(Ok(body)),
            (0, None) => Err(undocumented()),
            (code, _) => Ok(Err(code)),
        }
    }
}

fn by_code(errcode: i64) -> Error {
    match errcode {
        40029 => Error::Unauthenticated(Refusal::new(
            "wechat_code_invalid",
            "微信登录凭证无效，请重新进入小程序",
        )),
        40163 => Error::Unauthenticated(Refusal::new(
            "wechat_code_used",
            "微信登录凭证已使用，请重新进入小程序",
        )),
        40226 => Error::Unauthenticated(Refusal::new(
            "wechat_user_blocked",
            "该微信账号存在风险，暂不能登录",
        )),
        45011 => Error::TooMany(60),
        other => Error::Outside(format!("wechat: errcode {other}")),
    }
}

/// The same for the phone component's code: the caller is signed in and stays so.
fn by_phone_code(errcode: i64) -> Error {
    let refused = |code, message| Error::Refused(Refusal::new(code, message));
    match errcode {
        40029 => refused(
            "phone_code_invalid",
            "手机号授权已失效，请重新点击获取手机号",
        ),
        40163 => refused("phone_code_used", "手机号授权已使用，请重新点击获取手机号"),
        other => by_code(other),
    }
}

/// And for the access token: nothing here is the caller's doing.
fn by_token_code(errcode: i64) -> Error {
    Error::Outside(format!("wechat: no access token, errcode {errcode}"))
}

fn undocumented() -> Error {
    Error::Outside("wechat: answer is not as documented".into())
}

fn checked_phone(number: String) -> Result<String> {
    let fine = (5..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    if fine {
        Ok(number)
    } else {
        Err(undocumented())
    }
}
