//! Sign-in and sign-out of officers.

use std::net::IpAddr;
use std::time::Duration;

use domain::actor::Officer;
use domain::refusal::Refusal;
use entity::{officer, officer_session};
use sea_orm::Set;

use super::officers::second_factor;
use super::throttles::{self, Throttle};
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

/// Signs an officer in, with the second factor where one is set. Failures are counted; too many lock the account, or
/// shut out the address, for a while.
pub async fn sign_in(
    app: &Shared,
    from: Option<IpAddr>,
    login: &str,
    secret: String,
    code: Option<String>,
) -> Result<Token> {
    let (now, limits) = (app.now(), app.settings.sessions.clone());
    let throttle = Throttle::sign_ins(app, from);
    throttles::require_open(app.db.read(), throttle.as_ref(), now).await?;
    let row = officers::by_login(app.db.read(), login).await?;
    if let Some(until) = row
        .as_ref()
        .and_then(|r| r.locked_until)
        .filter(|until| *until > now)
    {
        return Err(locked(until, now));
    }
    let usable = row.filter(|r| r.disabled_at.is_none());
    let right = password::verify(secret, usable.as_ref().map(|r| r.password_hash.clone())).await?;
    let failed = || Error::Unauthenticated(Refusal::new("sign_in_failed", "登录名或密码错误"));
    let Some(row) = usable else {
        // Names that nobody bears are guesses too.
        app.db
            .write(move |tx| {
                Box::pin(async move { throttles::hit(tx, throttle.as_ref(), now).await })
            })
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
    let right = right && step != Some(None);
    let step = step.flatten();
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
                if let Some(until) = again.locked_until.filter(|until| *until > now) {
                    return Ok(Ended::Locked(until));
                }
                // Another password or an end of service meanwhile: what was compared no longer counts.
                let same = again.session_version == row.session_version;
                // A second factor's step is good once, also at the same moment elsewhere.
                let right = match step {
                    Some(step) if right && same => officers::use_step(tx, &again.id, step).await?,
                    _ => right && same,
                };
                if right {
                    // Guesses side by side passed the first look together.
                    throttles::require_open(tx, throttle.as_ref(), now).await?;
                } else {
                    throttles::hit(tx, throttle.as_ref(), now).await?;
                }
                let count = if right { 0 } else { again.failed + 1 };
                let locked = (count >= limits.failures).then(|| now + limits.lock_minutes * MINUTE);
                let change = officer::ActiveModel {
                    failed: Set(if locked.is_some() { 0 } else { count }),
                    locked_until: Set(locked),
                    ..Default::default()
                };
                officers::update(tx, &again.id, change).await?;
                if !right {
                    let body = serde_json::json!({ "locked": locked.is_some() });
                    events::append_raw(tx, events::SYSTEM, None, &by, "sign_in_failed", &body)
                        .await?;
                    return Ok(Ended::Failed);
                }
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
        Ended::Locked(until) => Err(locked(until, now)),
    }
}

/// How an officer's attempt ended.
enum Ended {
    SignedIn,
    Failed,
    Locked(i64),
}

fn locked(until: i64, now: i64) -> Error {
    Error::TooMany(u64::try_from((until - now) / 1000 + 1).unwrap_or(60))
}

/// Who holds this officer token, and must the password be changed first?
pub async fn of_token(app: &Shared, sent: &str) -> Result<(Officer, bool)> {
    let invalid = || {
        let message = match token::is_applicants(sent) {
            true => "这是申报人的登录凭证，此处须用工作人员账号登录",
            false => "登录已失效，请重新登录",
        };
        Error::Unauthenticated(Refusal::new("token_invalid", message))
    };
    let (hash, now) = (token::opaque_hash(sent), app.now());
    let found = officers::signed_in(app.db.read(), &hash)
        .await?
        .ok_or_else(invalid)?;
    let idle = app.settings.sessions.officer_idle_minutes * MINUTE;
    let over = found.expires_at <= now || found.last_seen_at + idle <= now;
    if over || found.disabled_at.is_some() || found.officer_version != found.session_version {
        return Err(invalid());
    }
    if found.last_seen_at + MINUTE < now {
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
