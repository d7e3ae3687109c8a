//! Links that anybody may follow for a while: what is asked for, until when, and a signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::keyring::Keyring;
use super::{hmac, same};

/// Longer texts are not looked at.
const LONGEST: usize = 300;

/// `<subject>.<until>.<key id>.<HMAC-SHA256>`; the subject holds no full stop. A link of one purpose is none of another.
#[must_use]
pub fn sign(keys: &Keyring, purpose: &str, subject: &str, until: i64) -> String {
    let (id, key) = keys.current();
    let said = format!("{subject}.{until}.{id}");
    let mac = BASE64.encode(hmac(key, signed(purpose, &said).as_bytes()));
    format!("{said}.{mac}")
}

/// The subject, when signature and time hold. `now` in epoch milliseconds, as `until`.
#[must_use]
pub fn check(keys: &Keyring, purpose: &str, link: &str, now: i64) -> Option<String> {
    if link.len() > LONGEST {
        return None;
    }
    let (said, mac) = link.rsplit_once('.')?;
    let (rest, id) = said.rsplit_once('.')?;
    let (subject, until) = rest.rsplit_once('.')?;
    let right = hmac(keys.get(id)?, signed(purpose, said).as_bytes());
    let holds = same(&BASE64.decode(mac).ok()?, &right);
    let until: i64 = until.parse().ok()?;
    (holds && now < until).then(|| subject.to_owned())
}

fn signed(purpose: &str, said: &str) -> String {
    format!("link\n{purpose}\n{said}")
}
