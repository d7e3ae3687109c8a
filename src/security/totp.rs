//! Officers' second factor: time-based codes (RFC 6238, SHA-1, six digits, 30 s), one step of
//! tolerance either way, each step good once.

use totp_rs::{Builder, Secret, Totp};

use super::random;
use crate::error::{Error, Result};

/// Name that the officer's app shows beside the login.
const ISSUER: &str = "推选";

/// A new secret (160 bits) in base32, as apps take it; to be stored sealed.
#[must_use]
pub fn new_secret() -> String {
    Secret::from(random::<20>().to_vec()).to_base32()
}

/// `otpauth://…` for the QR code at set-up.
pub fn url(secret: &str, login: &str) -> Result<String> {
    totp(secret, login)?.to_url().map_err(bug)
}

/// The step that this code belongs to, if it is right at `now` (epoch milliseconds) and newer than
/// `last_step`, the last one used. The caller stores the step in the same transaction as the
/// sign-in, so that a code read over a shoulder is worth nothing.
pub fn check(secret: &str, code: &str, now: i64, last_step: Option<i64>) -> Result<Option<i64>> {
    let seconds = u64::try_from(now / 1000).unwrap_or(0);
    let step = totp(secret, "officer")?.check(code.trim(), seconds);
    let step = step.and_then(|s| i64::try_from(s).ok());
    Ok(step.filter(|s| last_step.is_none_or(|last| *s > last)))
}

/// The code at `now`; for the demonstration and tests.
pub fn code_at(secret: &str, now: i64) -> Result<String> {
    let seconds = u64::try_from(now / 1000).unwrap_or(0);
    Ok(totp(secret, "officer")?.generate(seconds).to_string())
}

fn totp(secret: &str, login: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(bug)?;
    Builder::new()
        .with_secret(secret)
        .with_account_name(login)
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(bug)
}

fn bug(error: impl std::fmt::Display) -> Error {
    // never the secret itself: these errors say which rule it broke
    Error::Bug(format!("second factor: {error}"))
}
