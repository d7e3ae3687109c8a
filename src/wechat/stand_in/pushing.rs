//! How WeChat pushes: the address with its signature, and the body, plain or sealed.

use std::sync::Arc;

use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use serde_json::json;

use crate::clock::Clock;
use crate::security::{random, random_code};
use crate::wechat::push::{decode_key, signature};

/// Where and how messages are pushed.
#[derive(Debug, Clone)]
pub struct Pushing {
    /// As set in the console.
    pub url: String,
    pub token: String,
    /// EncodingAESKey; empty: plain mode.
    pub key: String,
    pub app_id: String,
}

/// A push ready to be sent.
#[derive(Debug, Clone)]
pub struct Push {
    pub url: String,
    pub body: String,
}

impl Pushing {
    /// A message as it is sent at an instant, epoch seconds.
    #[must_use]
    pub fn prepare(&self, text: &str, now: i64) -> Push {
        let (timestamp, nonce) = (now.to_string(), random_code(10));
        let signed = signature(&[&self.token, &timestamp, &nonce]);
        let url = format!(
            "{}?signature={signed}&timestamp={timestamp}&nonce={nonce}",
            self.url
        );
        if self.key.is_empty() {
            let body = text.to_owned();
            return Push { url, body };
        }
        let encrypted = encrypt(&self.key, &random(), text, &self.app_id).unwrap_or_default();
        let signed = signature(&[&self.token, &timestamp, &nonce, &encrypted]);
        Push {
            url: format!("{url}&encrypt_type=aes&msg_signature={signed}"),
            body: json!({ "ToUserName": "gh_stand_in", "Encrypt": encrypted }).to_string(),
        }
    }
}

/// Seals a message as safe mode has it; `None` when the key is none.
#[must_use]
pub fn encrypt(key: &str, random: &[u8; 16], text: &str, app_id: &str) -> Option<String> {
    let key = decode_key(key)?;
    let length = u32::try_from(text.len()).ok()?.to_be_bytes();
    let mut bytes = [random, &length[..], text.as_bytes(), app_id.as_bytes()].concat();
    let padding = 32 - bytes.len() % 32;
    bytes.resize(bytes.len() + padding, u8::try_from(padding).ok()?);
    let mut iv = [0; 16];
    iv.copy_from_slice(&key[..16]);
    let length = bytes.len();
    cbc::Encryptor::<Aes256>::new(&key.into(), &iv.into())
        .encrypt_padded::<NoPadding>(&mut bytes, length)
        .ok()?;
    Some(BASE64.encode(bytes))
}

/// Fetches a picture as WeChat does and pushes what came of it: any picture passes, whatever else cannot be judged.
pub(super) async fn look_and_push(
    pushing: Pushing,
    clock: Arc<dyn Clock>,
    trace: String,
    url: String,
) {
    let Ok(client) = crate::outside::client().build() else {
        return;
    };
    let fetched = match client.get(&url).send().await {
        Ok(answer) if answer.status().is_success() => answer.bytes().await.ok(),
        _ => None,
    };
    let is_picture = fetched.is_some_and(|bytes| image::load_from_memory(&bytes).is_ok());
    let text = told(&trace, &pushing.app_id, is_picture.then_some(("pass", 100)));
    let push = pushing.prepare(&text, clock.now() / 1000);
    if let Err(fault) = client.post(&push.url).body(push.body).send().await {
        tracing::warn!(
            "the stand-in for WeChat could not push: {}",
            fault.without_url()
        );
    }
}

/// The event about a picture: a verdict with its label, or none because the picture could not be fetched.
#[must_use]
pub fn told(trace: &str, app_id: &str, verdict: Option<(&str, i32)>) -> String {
    let (suggest, label) = verdict.unwrap_or_default();
    let errcode = if verdict.is_some() { 0 } else { -1008 };
    json!({
        "ToUserName": "gh_stand_in", "FromUserName": "o", "CreateTime": 1, "MsgType": "event",
        "Event": "wxa_media_check", "appid": app_id, "trace_id": trace, "version": 2,
        "errcode": errcode, "errmsg": "", "result": { "suggest": suggest, "label": label }, "detail": [],
    })
    .to_string()
}
