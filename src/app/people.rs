//! Sign-in and sign-out of applicants and officers; officers' passwords.

use domain::actor::{Applicant, Officer};
use domain::form_check::is_mobile;
use domain::refusal::Refusal;
use entity::{applicant, officer, officer_session};
use sea_orm::Set;

use crate::clock::new_id;
use crate::db::events::{self, By};
use crate::db::{applicants, officers};
use crate::error::{Error, Result, invalid};
use crate::security::token::{self, Claims};
use crate::security::{blind_index, hmac, password, six_digits, totp};
use crate::state::{App, Shared};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// A code holds five minutes and five attempts; a new one may be asked for every minute.
const CODE_HOLDS: i64 = 5 * MINUTE;
const CODE_ATTEMPTS: i32 = 5;

/// A token and when it ends.
#[derive(Debug, Clone)]
pub struct Token {
    pub token: String,
    pub expires_at: i64,
}

/// Signs an applicant in by WeChat's code.
pub async fn sign_in_wechat(app: &Shared, code: &str) -> Result<Token> {
    let session = app.wechat.session(code).await?;
    let now = app.now();
    let row = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                applicants::by_openid(tx, &session.openid, session.unionid, now).await
            })
        })
        .await?;
    Ok(applicant_token(app, &row))
}

/// Sends a one-time code. The answer is the same for known and unknown phones.
pub async fn send_code(app: &Shared, phone: &str) -> Result<()> {
    if !is_mobile(phone) {
        return Err(invalid("phone", "field_format", "手机号码应为11位数字"));
    }
    let (index, now) = (phone_index(app, phone), app.now());
    let code = six_digits();
    let hash = code_hash(app, &index, &code);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let last = applicants::newest_code(tx, &index).await?;
                if last.is_some_and(|last| last.created_at + MINUTE > now) {
                    return Err(Error::TooMany(60));
                }
                applicants::keep_code(tx, &index, &hash, now, now + CODE_HOLDS).await
            })
        })
        .await?;
    app.sms.send(phone, &code).await
}

/// Signs an applicant in by phone and code; a new phone is a new applicant.
pub async fn sign_in_phone(app: &Shared, phone: &str, code: &str) -> Result<Token> {
    let (index, now) = (phone_index(app, phone), app.now());
    let wrong = || {
        Error::Unauthenticated(Refusal::new(
            "sign_in_failed",
            "验证码错误或已过期，请重新获取",
        ))
    };
    let sent = applicants::newest_code(app.db.read(), &index)
        .await?
        .ok_or_else(wrong)?;
    let open = sent.used_at.is_none() && sent.expires_at > now && sent.attempts < CODE_ATTEMPTS;
    let right = sent.code_hash == code_hash(app, &index, code);
    let id = sent.id.clone();
    let used = (open && right).then_some(now);
    let app2 = app.clone();
    let phone = phone.to_owned();
    let row = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // Looked at again inside: the same code sent twice at once signs in once.
                let again = applicants::newest_code(tx, &index).await?;
                let fresh = again.is_some_and(|c| {
                    c.id == id && c.used_at.is_none() && c.attempts < CODE_ATTEMPTS
                });
                applicants::count_attempt(tx, &id, used.filter(|_| fresh)).await?;
                if used.is_none() || !fresh {
                    return Ok(None);
                }
                if let Some(known) = applicants::by_phone(tx, &index).await? {
                    return Ok(Some(known));
                }
                let blank = applicants::blank(now);
                let sealed = seal_phone(&app2, &blank.id, &phone)?;
                let row = applicant::Model {
                    phone_sealed: Some(sealed),
                    phone_index: Some(index),
                    ..blank
                };
                applicants::insert(tx, row).await.map(Some)
            })
        })
        .await?;
    row.map(|row| applicant_token(app, &row)).ok_or_else(wrong)
}

/// Binds the phone that WeChat's phone component gave a code for.
pub async fn bind_phone(app: &Shared, who: &Applicant, code: &str) -> Result<String> {
    let phone = app.wechat.phone(code).await?;
    let (index, sealed, id) = (
        phone_index(app, &phone),
        seal_phone(app, &who.id, &phone)?,
        who.id.clone(),
    );
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if applicants::by_phone(tx, &index)
                    .await?
                    .is_some_and(|other| other.id != id)
                {
                    return Err(Error::Conflict(Refusal::new(
                        "phone_taken",
                        "该手机号已绑定其他账号",
                    )));
                }
                applicants::set_phone(tx, &id, &sealed, &index).await
            })
        })
        .await?;
    Ok(phone)
}

/// The applicant's own phone, masked.
pub async fn masked_phone(app: &App, who: &Applicant) -> Result<Option<String>> {
    let row = applicants::get(app.db.read(), &who.id)
        .await?
        .ok_or(Error::Absent)?;
    let Some(sealed) = row.phone_sealed else {
        return Ok(None);
    };
    let phone = app
        .sealing
        .open_text(&format!("applicant.phone.{}", row.id), &sealed)?;
    Ok(Some(crate::security::mask_phone(&phone)))
}

/// Ends every token of the applicant.
pub async fn sign_out_applicant(app: &Shared, who: &Applicant) -> Result<()> {
    let id = who.id.clone();
    app.db
        .write(move |tx| Box::pin(async move { applicants::end_sessions(tx, &id).await }))
        .await
}

/// Who holds this applicant token?
pub async fn applicant_of(app: &App, sent: &str) -> Result<Applicant> {
    let invalid =
        || Error::Unauthenticated(Refusal::new("token_invalid", "登录已失效，请重新登录"));
    let claims = token::check(&app.token_key, sent, app.now()).ok_or_else(invalid)?;
    let row = applicants::get(app.db.read(), &claims.sub)
        .await?
        .ok_or_else(invalid)?;
    if row.session_version != claims.ver {
        return Err(invalid());
    }
    Ok(Applicant { id: row.id })
}

fn applicant_token(app: &App, row: &applicant::Model) -> Token {
    let expires_at = app.now() + app.settings.sessions.applicant_days * DAY;
    let claims = Claims {
        sub: row.id.clone(),
        exp: expires_at,
        ver: row.session_version,
    };
    Token {
        token: token::sign(&app.token_key, &claims),
        expires_at,
    }
}

fn phone_index(app: &App, phone: &str) -> String {
    blind_index(&app.index_key, "phone", phone)
}

fn seal_phone(app: &App, id: &str, phone: &str) -> Result<String> {
    app.sealing
        .seal(&format!("applicant.phone.{id}"), phone.as_bytes())
}

fn code_hash(app: &App, index: &str, code: &str) -> String {
    hex::encode(hmac(
        &app.index_key,
        format!("code\n{index}\n{code}").as_bytes(),
    ))
}

/// Signs an officer in, with the second factor where one is set. Failures are counted; too many lock the account for
/// a while.
pub async fn sign_in_officer(
    app: &Shared,
    login: &str,
    secret: String,
    code: Option<String>,
) -> Result<Token> {
    let (now, limits) = (app.now(), app.settings.sessions.clone());
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
pub async fn officer_of(app: &Shared, sent: &str) -> Result<(Officer, bool)> {
    let invalid =
        || Error::Unauthenticated(Refusal::new("token_invalid", "登录已失效，请重新登录"));
    let (hash, now) = (token::opaque_hash(sent), app.now());
    let session = officers::session(app.db.read(), &hash)
        .await?
        .ok_or_else(invalid)?;
    let row = officers::get(app.db.read(), &session.officer_id)
        .await?
        .ok_or_else(invalid)?;
    let idle = app.settings.sessions.officer_idle_minutes * MINUTE;
    let over = session.expires_at <= now || session.last_seen_at + idle <= now;
    if over || row.disabled_at.is_some() || row.session_version != session.session_version {
        return Err(invalid());
    }
    if session.last_seen_at + MINUTE < now {
        app.db
            .write(move |tx| Box::pin(async move { officers::touch_session(tx, &hash, now).await }))
            .await?;
    }
    Ok((
        officers::to_officer(app.db.read(), &row).await?,
        row.must_change,
    ))
}

/// Ends one sign-in.
pub async fn sign_out_officer(app: &Shared, sent: &str) -> Result<()> {
    let hash = token::opaque_hash(sent);
    app.db
        .write(move |tx| Box::pin(async move { officers::end_session(tx, &hash).await }))
        .await
}

/// Changes the own password; every other sign-in ends.
pub async fn change_password(app: &Shared, who: &Officer, old: String, new: String) -> Result<()> {
    let row = officers::get(app.db.read(), &who.id)
        .await?
        .ok_or(Error::Absent)?;
    password::check_strength(&row.login, &new)?;
    let same = old == new;
    if !password::verify(old, Some(row.password_hash.clone())).await? {
        return Err(invalid("old_password", "password_wrong", "原密码错误"));
    }
    if same {
        return Err(invalid(
            "new_password",
            "password_same",
            "新密码不能与原密码相同",
        ));
    }
    let (hash, by) = (password::hash(new).await?, By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let change = officer::ActiveModel {
                    password_hash: Set(hash),
                    must_change: Set(false),
                    session_version: Set(row.session_version + 1),
                    ..Default::default()
                };
                officers::update(tx, &row.id, change).await?;
                officers::end_sessions(tx, &row.id).await?;
                events::append_raw(
                    tx,
                    events::SYSTEM,
                    None,
                    &by,
                    "password_changed",
                    &serde_json::json!({}),
                )
                .await
            })
        })
        .await
}

/// The secret of a second factor that was confirmed.
fn second_factor(app: &App, row: &officer::Model) -> Result<Option<String>> {
    match (&row.totp_secret, row.totp_last_step) {
        (Some(sealed), Some(_)) => open_secret(app, &row.id, sealed).map(Some),
        _ => Ok(None),
    }
}

fn open_secret(app: &App, id: &str, sealed: &str) -> Result<String> {
    app.sealing.open_text(&format!("officer.totp.{id}"), sealed)
}

/// Makes a new secret for a second factor and answers with its `otpauth` address. It counts once confirmed; refused
/// when one counts already.
pub async fn begin_totp(app: &Shared, who: &Officer) -> Result<String> {
    let secret = totp::new_secret();
    let sealed = app
        .sealing
        .seal(&format!("officer.totp.{}", who.id), secret.as_bytes())?;
    let by = By::officer(who, app.now());
    let login = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let row = officers::get(tx, &by.id).await?.ok_or(Error::Absent)?;
                if row.totp_last_step.is_some() {
                    return Err(Error::Conflict(Refusal::new(
                        "totp_set",
                        "已启用动态验证码",
                    )));
                }
                let change = officer::ActiveModel {
                    totp_secret: Set(Some(sealed)),
                    ..Default::default()
                };
                officers::update(tx, &row.id, change).await?;
                let body = serde_json::json!({});
                events::append_raw(tx, events::SYSTEM, None, &by, "totp_begun", &body).await?;
                Ok(row.login)
            })
        })
        .await?;
    totp::url(&secret, &login)
}

/// Confirms the second factor by a code from the officer's app; from then on sign-in asks for one.
pub async fn confirm_totp(app: &Shared, who: &Officer, code: String) -> Result<()> {
    let (app2, by) = (app.clone(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = officers::get(tx, &by.id).await?.ok_or(Error::Absent)?;
                let Some(sealed) = row.totp_secret.filter(|_| row.totp_last_step.is_none()) else {
                    return Err(Error::Conflict(Refusal::new(
                        "totp_not_begun",
                        "没有待确认的动态验证码",
                    )));
                };
                let secret = open_secret(&app2, &row.id, &sealed)?;
                let step = totp::check(&secret, &code, by.at, None)?
                    .ok_or_else(|| invalid("code", "totp_wrong", "动态验证码错误"))?;
                let change = officer::ActiveModel {
                    totp_last_step: Set(Some(step)),
                    ..Default::default()
                };
                officers::update(tx, &row.id, change).await?;
                let body = serde_json::json!({});
                events::append_raw(tx, events::SYSTEM, None, &by, "totp_confirmed", &body).await
            })
        })
        .await
}

/// A new officer of an agency.
#[derive(Debug, Clone)]
pub struct NewOfficer {
    pub agency_id: String,
    pub login: String,
    pub name: String,
    pub roles: Vec<domain::actor::Role>,
    pub password: String,
    pub must_change: bool,
}

/// Adds an officer to an agency of the organiser's own tree.
pub async fn add_officer(app: &Shared, by: &By, new: NewOfficer) -> Result<String> {
    password::check_strength(&new.login, &new.password)?;
    let (hash, id, by) = (password::hash(new.password).await?, new_id(), by.clone());
    let row = officer::Model {
        id: id.clone(),
        agency_id: new.agency_id,
        login: new.login,
        name: new.name,
        password_hash: hash,
        must_change: new.must_change,
        totp_secret: None,
        totp_last_step: None,
        roles: new
            .roles
            .iter()
            .map(|r| r.as_str())
            .collect::<Vec<_>>()
            .join(","),
        failed: 0,
        locked_until: None,
        disabled_at: None,
        session_version: 1,
        version: 1,
        created_at: by.at,
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if officers::by_login(tx, &row.login).await?.is_some() {
                    return Err(Error::Conflict(Refusal::new("login_taken", "该登录名已被使用")));
                }
                let body = serde_json::json!({ "officer": row.id, "agency": row.agency_id, "roles": row.roles });
                officers::insert(tx, row).await?;
                events::append_raw(tx, events::SYSTEM, None, &by, "officer_added", &body).await
            })
        })
        .await?;
    Ok(id)
}

/// Takes an officer out of service; running sign-ins end at once.
pub async fn disable_officer(app: &Shared, who: &Officer, id: &str) -> Result<()> {
    let row = officers::get(app.db.read(), id)
        .await?
        .ok_or(Error::Absent)?;
    let theirs = officers::agency(app.db.read(), &row.agency_id)
        .await?
        .ok_or(Error::Absent)?;
    if !who.agency.is_above_or_same(&theirs) {
        return Err(Error::Absent);
    }
    let by = By::officer(who, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let change = officer::ActiveModel {
                    disabled_at: Set(Some(by.at)),
                    session_version: Set(row.session_version + 1),
                    ..Default::default()
                };
                officers::update(tx, &row.id, change).await?;
                officers::end_sessions(tx, &row.id).await?;
                events::append_raw(
                    tx,
                    events::SYSTEM,
                    None,
                    &by,
                    "officer_disabled",
                    &serde_json::json!({ "officer": row.id }),
                )
                .await
            })
        })
        .await
}
