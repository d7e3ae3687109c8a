//! Messages that WeChat pushes to us: signed, encrypted in safe mode, as XML or JSON.

use std::collections::BTreeMap;

use aes::Aes256;
use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD as BASE64};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde_json::Value;
use sha1::{Digest, Sha1};

use crate::security::same;

/// A push whose timestamp is further off than this, either way, is refused. Seconds.
const FRESH: i64 = 300;
/// Elements within elements.
const DEEPEST: usize = 8;

/// What was agreed with WeChat for its pushes.
#[derive(Clone)]
pub struct PushKeys {
    token: String,
    /// Safe mode; without it pushes come plain.
    key: Option<[u8; 32]>,
    app_id: String,
}

/// How a push is signed, as its address says.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// Of token, timestamp and nonce.
    pub signature: &'a str,
    /// The same with the encrypted message: safe mode only.
    pub msg_signature: &'a str,
    /// Epoch seconds.
    pub timestamp: &'a str,
    pub nonce: &'a str,
}

/// A message that is WeChat's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// As it was sent; in safe mode, after decryption.
    pub text: String,
    /// Texts and numbers by their path, as `Event` or `result/suggest`; of a list the first.
    fields: BTreeMap<String, String>,
}

/// Why a push is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("signature does not hold")]
    Signature,
    #[error("timestamp is not of now")]
    Old,
    #[error("message is for another account")]
    Foreign,
    #[error("message is not encrypted, though wechat.push_key is set")]
    Plain,
    #[error("message cannot be read; does wechat.push_key fit?")]
    Malformed,
}

impl PushKeys {
    /// `key` is EncodingAESKey, 43 characters, or empty for plain mode; `None` when it is something else.
    #[must_use]
    pub fn new(token: &str, key: &str, app_id: &str) -> Option<PushKeys> {
        let key = match key {
            "" => None,
            text => Some(decode_key(text)?),
        };
        Some(PushKeys {
            token: token.to_owned(),
            key,
            app_id: app_id.to_owned(),
        })
    }

    /// Whether an address check (GET) is WeChat's.
    pub fn check(&self, signed: Signed<'_>, now: i64) -> Result<(), Unfit> {
        fresh(signed.timestamp, now)?;
        self.holds(signed, None)
    }

    /// Opens a message. `now` in epoch milliseconds.
    pub fn open(&self, signed: Signed<'_>, body: &str, now: i64) -> Result<Pushed, Unfit> {
        fresh(signed.timestamp, now)?;
        let outer = fields(body).ok_or(Unfit::Malformed)?;
        let pushed = match (&self.key, outer.get("Encrypt")) {
            (Some(key), Some(encrypted)) => {
                self.holds(signed, Some(encrypted))?;
                let text = decrypt(key, encrypted, &self.app_id)?;
                let fields = fields(&text).ok_or(Unfit::Malformed)?;
                Pushed { text, fields }
            }
            (Some(_), None) => return Err(Unfit::Plain),
            (None, _) => {
                self.holds(signed, None)?;
                Pushed {
                    text: body.to_owned(),
                    fields: outer,
                }
            }
        };
        match pushed.get("appid") {
            Some(other) if other != self.app_id => Err(Unfit::Foreign),
            _ => Ok(pushed),
        }
    }

    fn holds(&self, signed: Signed<'_>, encrypted: Option<&str>) -> Result<(), Unfit> {
        let (timestamp, nonce) = (signed.timestamp, signed.nonce);
        let (sent, right) = match encrypted {
            None => (
                signed.signature,
                signature(&[&self.token, timestamp, nonce]),
            ),
            Some(text) => {
                let right = signature(&[&self.token, timestamp, nonce, text]);
                (signed.msg_signature, right)
            }
        };
        match same(sent.as_bytes(), right.as_bytes()) {
            true => Ok(()),
            false => Err(Unfit::Signature),
        }
    }
}

impl Pushed {
    /// A field by its path, as `result/suggest`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.fields.get(path).map(String::as_str)
    }
}

/// SHA-1 over the sorted parts, hexadecimal.
#[must_use]
pub fn signature(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    hex::encode(Sha1::digest(parts.concat()))
}

/// The 32 bytes of EncodingAESKey: base64 without its last sign, whose spare bits may be anything.
pub(super) fn decode_key(text: &str) -> Option<[u8; 32]> {
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let bytes = GeneralPurpose::new(&ALPHABET, lenient).decode(format!("{text}="));
    bytes.ok()?.try_into().ok()
}

fn fresh(timestamp: &str, now: i64) -> Result<(), Unfit> {
    let at: i64 = timestamp.parse().map_err(|_| Unfit::Old)?;
    match at.abs_diff(now / 1000) <= FRESH.unsigned_abs() {
        true => Ok(()),
        false => Err(Unfit::Old),
    }
}

/// Sixteen random bytes, the length in four, the message, the account; padded to a multiple of 32.
fn decrypt(key: &[u8; 32], encrypted: &str, app_id: &str) -> Result<String, Unfit> {
    let mut bytes = BASE64.decode(encrypted).map_err(|_| Unfit::Malformed)?;
    let mut iv = [0; 16];
    iv.copy_from_slice(&key[..16]);
    let opened = cbc::Decryptor::<Aes256>::new(key.into(), &iv.into());
    let plain = opened.decrypt_padded::<NoPadding>(&mut bytes);
    let plain = plain.map_err(|_| Unfit::Malformed)?;
    let unpadded = || {
        let padding = usize::from(*plain.last()?);
        let whole = (1..=32).contains(&padding).then_some(padding)?;
        let inside = plain.get(16..plain.len().checked_sub(whole)?)?;
        let (length, rest) = inside.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        rest.split_at_checked(length)
    };
    let (text, account) = unpadded().ok_or(Unfit::Malformed)?;
    if account != app_id.as_bytes() {
        return Err(Unfit::Foreign);
    }
    String::from_utf8(text.to_vec()).map_err(|_| Unfit::Malformed)
}

/// What a message says, whichever way it is written.
fn fields(body: &str) -> Option<BTreeMap<String, String>> {
    if body.trim_start().starts_with('{') {
        let mut found = BTreeMap::new();
        let value: Value = serde_json::from_str(body).ok()?;
        of_json(&value, &mut Vec::new(), &mut found);
        return Some(found);
    }
    of_xml(body)
}

fn of_json(value: &Value, path: &mut Vec<String>, found: &mut BTreeMap<String, String>) {
    let text = match value {
        Value::Object(all) => {
            for (name, inner) in all {
                path.push(name.clone());
                of_json(inner, path, found);
                path.pop();
            }
            return;
        }
        Value::Array(all) => return all.iter().for_each(|one| of_json(one, path, found)),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    found.entry(path.join("/")).or_insert(text);
}

fn of_xml(xml: &str) -> Option<BTreeMap<String, String>> {
    let mut reader = Reader::from_str(xml);
    let (mut path, mut text) = (Vec::<String>::new(), String::new());
    let mut found = BTreeMap::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if path.len() >= DEEPEST {
                    return None;
                }
                path.push(start.local_name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(piece) => text += &piece.xml10_content(),
            Event::CData(piece) => text += &piece.xml10_content(),
            Event::GeneralRef(named) => match named.resolve_char_ref() {
                Ok(Some(c)) => text.push(c),
                _ => text += resolve_predefined_entity(&named).unwrap_or_default(),
            },
            Event::End(_) => {
                // the outermost element is the message itself
                if path.len() > 1 {
                    let value = text.trim().to_owned();
                    found.entry(path[1..].join("/")).or_insert(value);
                }
                text.clear();
                path.pop()?;
            }
            Event::Eof => return (path.is_empty() && !found.is_empty()).then_some(found),
            _ => {}
        }
    }
}
