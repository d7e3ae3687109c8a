//! Sign-in and sign-out of officers.

use std::net::IpAddr;
use std::time::Duration;

use domain::actor::Officer;
use domain::refusal::Refusal;
use entity::{officer, officer_session};
use sea_orm::Set;

use super::officers::second_factor;
use super::throttles::{Guesses, wait};
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::officers;
use crate::error::{Error, Result};
use crate::security::{password, token, totp};
use crate::state::Shared;

pub const MINUTE: i64 = 60_000;

pub const DAY: i64 = 24 * 60 * MINUTE;

/// Reads wait no longer for a write of their own.
const PATIENCE: Duration = Duration::from_secs(3);

/// A token and when it ends.
#[derive(Debug, Clone)]
pub struct Token {
    pub token: String,
    pub expires_at: i64,
}

/// Signs an officer in, with the second factor where one is set. Wrong passwords lock the login at the address they came from, and
/// too many of any login shut the address out: see [`Guesses`]. Whoever knows the password and guesses codes locks the
/// account itself, which nobody learns who does not know the password.
pub async fn sign_in(
    app: &Shared,
    from: Option<IpAddr>,
    login: &str,
    secret: String,
    code: Option<String>,
) -> Result<Token> {
    let (now, limits) = (app.now(), app.settings.sessions.clone());
    let guesses = Guesses::new(app, from, login);
    guesses.require_open(app.db.read(), now).await?;
    let row = officers::by_login(app.db.read(), login).await?;
    let usable = row.filter(|r| r.disabled_at.is_none());
    let right = password::verify(secret, usable.as_ref().map(|r| r.password_hash.clone())).await?;
    let failed = || Error::Unauthenticated(Refusal::new("sign_in_failed", "登录名或密码错误"));
    let Some(row) = usable else {
        // Names that nobody bears are guesses too.
        app.db
            .write(move |tx| Box::pin(async move { guesses.hit(tx, now).await }))
            .await?;
        return Err(failed());
    };
    // `right` says that the password is; without one the second factor is not even asked for.
    let step = match (right, second_factor(app, &row)?, code) {
        (true, Some(_), None) => {
            return Err(Error::Unauthenticated(Refusal::new(
                "totp_needed",
                "请输入动态验证码",
            )));
        }
        (true, Some(secret), Some(code)) => {
            Some(totp::check(&secret, &code, now, row.totp_last_step)?)
        }
        _ => None,
    };
    let by = By {
        kind: "officer",
        id: row.id.clone(),
        agency_id: Some(row.agency_id.clone()),
        at: now,
    };
    let (token, token_hash) = token::new_opaque();
    let expires_at = now + limits.officer_hours * 60 * MINUTE;
    let ended = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // Looked at again inside: guesses side by side are counted one by one.
                let Some(again) = officers::get(tx, &row.id).await? else {
                    return Ok(Ended::Failed);
                };
                // Another password or an end of service meanwhile: what was compared no longer counts.
                let right = right && again.session_version == row.session_version;
                let lock = limits.lock_minutes * MINUTE;
                if right
                    && step.is_some()
                    && let Some(until) = locked_until(&again, now, lock)
                {
                    return Ok(Ended::Locked(until));
                }
                // A second factor's step is good once, also at the same moment elsewhere.
                let passed = match step {
                    Some(Some(step)) if right => officers::use_step(tx, &again.id, step).await?,
                    Some(_) => false,
                    None => right,
                };
                if !passed {
                    let mut locks = guesses.hit(tx, now).await?;
                    if right {
                        locks |= count_code(tx, &again, limits.failures, now + lock).await?;
                    }
                    let body = serde_json::json!({ "locked": locks });
                    events::append_raw(tx, events::SYSTEM, None, &by, "sign_in_failed", &body)
                        .await?;
                    return Ok(Ended::Failed);
                }
                // Guesses side by side passed the first look together.
                guesses.require_open(tx, now).await?;
                guesses.forget(tx).await?;
                officers::update(tx, &again.id, unlocked()).await?;
                let session = officer_session::Model {
                    token_hash,
                    officer_id: again.id,
                    session_version: again.session_version,
                    created_at: now,
                    last_seen_at: now,
                    expires_at,
                };
                officers::keep_session(tx, session).await?;
                events::append_raw(
                    tx,
                    events::SYSTEM,
                    None,
                    &by,
                    "signed_in",
                    &serde_json::json!({}),
                )
                .await?;
                Ok(Ended::SignedIn)
            })
        })
        .await?;
    match ended {
        Ended::SignedIn => Ok(Token { token, expires_at }),
        Ended::Failed => Err(failed()),
        Ended::Locked(until) => Err(wait(until, now)),
    }
}

/// How an officer's attempt ended.
enum Ended {
    SignedIn,
    Failed,
    Locked(i64),
}

/// Counts a wrong code behind the right password; too many lock the account until then. Says whether they do.
async fn count_code(tx: &Conn, row: &officer::Model, most: i32, until: i64) -> Result<bool> {
    let locks = row.failed + 1 >= most;
    let change = officer::ActiveModel {
        failed: Set(if locks { 0 } else { row.failed + 1 }),
        locked_until: Set(locks.then_some(until)),
        ..Default::default()
    };
    officers::update(tx, &row.id, change).await?;
    Ok(locks)
}

/// Until when an account is locked. An end further ahead than a lock lasts was set by a clock that was wrong.
fn locked_until(row: &officer::Model, now: i64, lock: i64) -> Option<i64> {
    let running = |until: &i64| *until > now && *until <= now + lock + MINUTE;
    row.locked_until.filter(running)
}

/// An account without wrong codes.
pub(super) fn unlocked() -> officer::ActiveModel {
    officer::ActiveModel {
        failed: Set(0),
        locked_until: Set(None),
        ..Default::default()
    }
}

/// A sign-in that holds no more.
pub(super) fn over() -> Error {
    Error::Unauthenticated(Refusal::new("token_invalid", "登录已失效，请重新登录"))
}

/// Who holds this officer token, and must the password be changed first?
pub async fn of_token(app: &Shared, sent: &str) -> Result<(Officer, bool)> {
    let invalid = || match token::is_applicants(sent) {
        true => {
            let message = "这是申报人的登录凭证，此处须用工作人员账号登录";
            Error::Unauthenticated(Refusal::new("token_invalid", message))
        }
        false => over(),
    };
    let (hash, now) = (token::opaque_hash(sent), app.now());
    let found = officers::signed_in(app.db.read(), &hash)
        .await?
        .ok_or_else(invalid)?;
    let limits = &app.settings.sessions;
    let (idle, hours) = (limits.officer_idle_minutes, limits.officer_hours);
    // further ahead than one lasts: made by a clock that was wrong
    let wrong = found.expires_at > now + (hours * 60 + 1) * MINUTE;
    let ended = wrong || found.expires_at <= now || found.last_seen_at + idle * MINUTE <= now;
    if ended || found.disabled_at.is_some() || found.officer_version != found.session_version {
        return Err(invalid());
    }
    if (now - found.last_seen_at).abs() > MINUTE {
        touch(app, hash, now).await;
    }
    let must_change = found.must_change;
    Ok((found.officer()?, must_change))
}

/// Notes that the officer is still there. Where that cannot be written, on a full disk say, officers go on reading: the
/// sign-in ends as idle, or at its hour.
async fn touch(app: &Shared, hash: String, now: i64) {
    let noted = app
        .db
        .write(move |tx| Box::pin(async move { officers::touch_session(tx, &hash, now).await }));
    match tokio::time::timeout(PATIENCE, noted).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("the use of a sign-in was not noted: {error}"),
        Err(_) => tracing::warn!("the use of a sign-in is not noted yet"),
    }
}

/// Ends one sign-in.
pub async fn sign_out(app: &Shared, sent: &str) -> Result<()> {
    let hash = token::opaque_hash(sent);
    app.db
        .write(move |tx| Box::pin(async move { officers::end_session(tx, &hash).await }))
        .await
}
