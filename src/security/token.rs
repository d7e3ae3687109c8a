//! Tokens. An applicant's is signed and short-lived, so that a rush of reads needs no session table;
//! an officer's is random and kept as a hash, so that it ends at once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::keyring::Keyring;
use super::{hmac, random, sha256_hex};

/// What an applicant's token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Applicant's id.
    pub sub: String,
    /// Expiry, epoch milliseconds.
    pub exp: i64,
    /// Session version; a newer one in the database ends this token.
    pub ver: i32,
}

/// Longer texts are not looked at; ours are below 250 characters.
const LONGEST: usize = 1024;

/// Signs `v1.<key id>.<claims>.<HMAC-SHA256>` with the current key.
#[must_use]
pub fn sign(keys: &Keyring, claims: &Claims) -> String {
    let body = BASE64.encode(serde_json::to_vec(claims).unwrap_or_default());
    let (id, key) = keys.current();
    let signed = format!("v1.{id}.{body}");
    let mac = BASE64.encode(hmac(key, signed.as_bytes()));
    format!("{signed}.{mac}")
}

/// The claims, when signature and expiry hold.
#[must_use]
pub fn check(keys: &Keyring, token: &str, now: i64) -> Option<Claims> {
    if token.len() > LONGEST {
        return None;
    }
    let (signed, mac) = token.rsplit_once('.')?;
    let (id, body) = signed.strip_prefix("v1.")?.split_once('.')?;
    let key = keys.get(id)?;
    let sent = BASE64.decode(mac).ok()?;
    let right = hmac(key, signed.as_bytes());
    // Compared through a keyed digest, so that time tells nothing about the bytes.
    if hmac(key, &sent) != hmac(key, &right) {
        return None;
    }
    let claims: Claims = serde_json::from_slice(&BASE64.decode(body).ok()?).ok()?;
    (claims.exp > now).then_some(claims)
}

/// A new officer token and the hash under which it is stored.
#[must_use]
pub fn new_opaque() -> (String, String) {
    let token = BASE64.encode(random::<32>());
    let hash = opaque_hash(&token);
    (token, hash)
}

/// The stored form of an officer token.
#[must_use]
pub fn opaque_hash(token: &str) -> String {
    sha256_hex(token.as_bytes())
}

/// Looks like an applicant's, whether it holds or not.
#[must_use]
pub fn is_applicants(token: &str) -> bool {
    token.starts_with("v1.")
}

/// Looks like an officer's, whether it holds or not.
#[must_use]
pub fn is_officers(token: &str) -> bool {
    BASE64.decode(token).is_ok_and(|bytes| bytes.len() == 32)
}
