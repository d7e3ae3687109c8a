//! WeChat's server API: sign-in and phone exchange, as documented for mini-programs.

pub mod accounts;
pub mod checks;
pub mod codes;
pub mod messages;
pub mod push;
pub mod stand_in;
pub mod template;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::config;
use crate::error::{Error, Result};
use domain::form_check::is_mobile;
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
    #[serde(flatten)]
    told: Told,
    #[serde(flatten)]
    body: Option<T>,
}

/// A fault that WeChat tells of. Its sentence may repeat what was sent, so it is not logged.
#[derive(Debug, Default, Clone, Deserialize)]
struct Told {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
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
    /// A text by the table of the documentation, a number in its example.
    #[serde(rename = "countryCode")]
    country: Value,
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
        let body: SessionBody = self
            .call(request)
            .await?
            .map_err(|told| by_code(told.errcode))?;
        if body.openid.is_empty() || body.openid.len() > 64 || !body.openid.is_ascii() {
            return Err(undocumented().into());
        }
        Ok(Session {
            openid: body.openid,
            unionid: body.unionid,
        })
    }

    /// `POST /wxa/business/getuserphonenumber`: exchanges the phone component's code (not the sign-in code). A mobile phone of
    /// the mainland only: codes are sent to no other, and the same digits elsewhere are somebody else's.
    pub async fn phone(&self, code: &str) -> Result<String> {
        if !self.settings.phone_exchange {
            let message = "本站未开通微信手机号绑定，请用手机号和验证码登录";
            return Err(Refusal::new("phone_exchange_off", message).into());
        }
        let path = "/wxa/business/getuserphonenumber";
        let asked = serde_json::json!({ "code": code });
        let body: PhoneBody = self
            .with_token(path, &asked)
            .await?
            .map_err(|told| by_phone_code(told.errcode))?;
        checked_phone(body.phone_info)
    }

    /// An operation that takes an access token; asked once more with a new one when the old one is refused.
    async fn with_token<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Asked<T> {
        self.read_with_token(path, body, LARGEST, told).await
    }

    /// The same, read in another way.
    async fn read_with_token<T>(
        &self,
        path: &str,
        body: &Value,
        largest: usize,
        read: fn(Vec<u8>) -> Asked<T>,
    ) -> Asked<T> {
        let mut refused = None;
        for _ in 0..2 {
            let token = self.access_token(refused.as_deref()).await;
            let token = token.map_err(Trouble::before)?;
            let request = self.client.post(self.url(path)?);
            let request = request.query(&[("access_token", &token)]).json(body);
            match read(self.fetch(request, largest).await?)? {
                // invalid, expired: somebody else has asked for a new one, or WeChat forgot it
                Err(told) if matches!(told.errcode, 40001 | 40014 | 42001) => refused = Some(token),
                answer => return Ok(answer),
            }
        }
        Err(Trouble::NotDone("access token refused twice".into()))
    }

    /// `POST /cgi-bin/stable_token`, kept until five minutes before it ends. One fetch at a time: who
    /// waited takes what the first one brought, unless that very token was refused.
    async fn access_token(&self, refused: Option<&str>) -> std::result::Result<String, Trouble> {
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
        let body: TokenBody = self.call(request).await?.map_err(|told| {
            // nothing here is the caller's doing
            Trouble::NotDone(format!("no access token, errcode {}", told.errcode))
        })?;
        let until = Instant::now() + Duration::from_secs(body.expires_in.saturating_sub(300));
        *held = Some((body.access_token.clone(), until));
        Ok(body.access_token)
    }

    fn url(&self, path: &str) -> std::result::Result<String, Trouble> {
        if !self.settings.is_on() {
            let message = "本站未开通微信登录，请用手机号登录";
            return Err(Trouble::Off(Refusal::new("wechat_off", message)));
        }
        Ok(format!("{}{path}", self.settings.base_url))
    }

    /// Faults come as `errcode` in an answer with status 200.
    async fn call<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Asked<T> {
        told(self.fetch(request, LARGEST).await?)
    }

    /// The bytes of an answer.
    async fn fetch(
        &self,
        request: reqwest::RequestBuilder,
        largest: usize,
    ) -> std::result::Result<Vec<u8>, Trouble> {
        let unclear = |e: reqwest::Error| Trouble::Unclear(e.without_url().to_string());
        let sent = request.send().await.map_err(|e| match e.is_connect() {
            true => Trouble::NotDone(e.without_url().to_string()),
            false => unclear(e),
        })?;
        let mut answer = sent.error_for_status().map_err(unclear)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unclear)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > largest {
                return Err(Trouble::Unclear("answer too large".into()));
            }
        }
        Ok(bytes)
    }
}

/// The promised fields of an answer, or the fault that it tells of.
fn told<T: DeserializeOwned>(bytes: Vec<u8>) -> Asked<T> {
    let answer: Answer<T> = serde_json::from_slice(&bytes).map_err(|_| undocumented())?;
    match (answer.told.errcode, answer.body) {
        (0, Some(body)) => Ok(Ok(body)),
        (0, None) => Err(undocumented()),
        _ => Ok(Err(answer.told)),
    }
}

/// An answer that says nothing more.
#[derive(Deserialize)]
struct Nothing {}

/// What came of a call: the answer, or WeChat's own fault; else trouble on the way.
type Asked<T> = std::result::Result<std::result::Result<T, Told>, Trouble>;

/// Why there is no answer.
#[derive(Debug)]
enum Trouble {
    /// Not used here.
    Off(Refusal),
    /// WeChat was not reached: what was asked has not been done.
    NotDone(String),
    /// It may have been done.
    Unclear(String),
}

impl Trouble {
    /// Trouble before what matters was asked.
    fn before(self) -> Trouble {
        match self {
            Trouble::Unclear(text) => Trouble::NotDone(text),
            other => other,
        }
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Error {
        match trouble {
            Trouble::Off(refusal) => refusal.into(),
            Trouble::NotDone(text) | Trouble::Unclear(text) => {
                Error::Outside(format!("wechat: {text}"))
            }
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

fn undocumented() -> Trouble {
    Trouble::Unclear("answer is not as documented".into())
}

fn checked_phone(told: PhoneInfo) -> Result<String> {
    let here = told.country == "86" || told.country == 86;
    if here && is_mobile(&told.number) {
        return Ok(told.number);
    }
    let message = "只能绑定中国大陆的手机号";
    Err(Refusal::new("phone_foreign", message).into())
}
