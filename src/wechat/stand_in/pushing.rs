//! How WeChat pushes: the address with its signature, and the body, plain or sealed.

use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use serde_json::json;

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
