//! Officers: added and taken out of service; their passwords and second factors.

use domain::actor::Officer;
use domain::refusal::Refusal;
use entity::officer;
use sea_orm::Set;

use super::sessions::{over, unlocked};
use super::throttles;
use crate::clock::new_id;
use crate::db::events::{self, By};
use crate::db::officers;
use crate::error::{Error, Result, invalid};
use crate::security::{password, totp};
use crate::state::{App, Shared};

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
pub async fn add(app: &Shared, by: &By, new: NewOfficer) -> Result<String> {
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

/// An officer of the own agency or one below; anybody else is absent.
async fn below(app: &Shared, who: &Officer, id: &str) -> Result<officer::Model> {
    let row = officers::get(app.db.read(), id)
        .await?
        .ok_or(Error::Absent)?;
    let theirs = officers::agency(app.db.read(), &row.agency_id)
        .await?
        .filter(|theirs| who.agency.is_above_or_same(theirs));
    theirs.map(|_| row).ok_or(Error::Absent)
}

/// An officer in service who is not oneself: whoever lost a password or a second factor cannot vouch for that alone.
async fn resettable(app: &Shared, who: &Officer, id: &str) -> Result<officer::Model> {
    let row = below(app, who, id).await?;
    if row.id == who.id {
        let refusal = Refusal::new("own_sign_in", "不能重置本人的登录，请由其他主办人员办理");
        return Err(Error::Forbidden(refusal));
    }
    if row.disabled_at.is_some() {
        return Err(Error::Conflict(Refusal::new(
            "officer_disabled",
            "该工作人员已停用",
        )));
    }
    Ok(row)
}

/// Gives an officer a new first password, to be changed at the next sign-in; a lock is lifted, running sign-ins end.
pub async fn reset_password(
    app: &Shared,
    who: &Officer,
    id: &str,
    first: String,
    reason: String,
) -> Result<()> {
    let row = resettable(app, who, id).await?;
    password::check_strength(&row.login, &first)?;
    let change = officer::ActiveModel {
        password_hash: Set(password::hash(first).await?),
        must_change: Set(true),
        ..unlocked()
    };
    reset(app, who, row, change, "password_reset", reason).await
}

/// Takes an officer's second factor away, e.g. with a lost phone; running sign-ins end.
pub async fn reset_totp(app: &Shared, who: &Officer, id: &str, reason: String) -> Result<()> {
    let row = resettable(app, who, id).await?;
    if row.totp_secret.is_none() {
        return Err(Error::Conflict(Refusal::new(
            "totp_not_set",
            "该工作人员没有设置动态验证码",
        )));
    }
    let change = officer::ActiveModel {
        totp_secret: Set(None),
        totp_last_step: Set(None),
        ..unlocked()
    };
    reset(app, who, row, change, "totp_reset", reason).await
}

async fn reset(
    app: &Shared,
    who: &Officer,
    row: officer::Model,
    change: officer::ActiveModel,
    kind: &'static str,
    reason: String,
) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(invalid("reason", "reason_missing", "请写明重置的理由"));
    }
    let (app2, by) = (app.clone(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // Looked at again inside, so that the version moves on whatever happened meanwhile.
                let row = officers::get(tx, &row.id).await?.ok_or(Error::Absent)?;
                let change = officer::ActiveModel {
                    session_version: Set(row.session_version + 1),
                    ..change
                };
                officers::update(tx, &row.id, change).await?;
                officers::end_sessions(tx, &row.id).await?;
                throttles::lift(&app2, tx, &row.login).await?;
                let body = serde_json::json!({ "officer": row.id, "reason": reason });
                events::append_raw(tx, events::SYSTEM, None, &by, kind, &body).await
            })
        })
        .await
}

/// Takes an officer out of service; running sign-ins end at once.
pub async fn disable(app: &Shared, who: &Officer, id: &str) -> Result<()> {
    let row = below(app, who, id).await?;
    let by = By::officer(who, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // Looked at again inside, so that the version moves on whatever happened meanwhile.
                let row = officers::get(tx, &row.id).await?.ok_or(Error::Absent)?;
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
                // Reset, or out of service, while passwords were compared: what was compared no longer counts.
                let again = officers::get(tx, &row.id).await?.ok_or_else(over)?;
                if again.session_version != row.session_version {
                    return Err(over());
                }
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

/// The secret of a second factor that was confirmed.
pub fn second_factor(app: &App, row: &officer::Model) -> Result<Option<String>> {
    match (&row.totp_secret, row.totp_last_step) {
        (Some(sealed), Some(_)) => open_secret(app, &row.id, sealed).map(Some),
        _ => Ok(None),
    }
}

fn open_secret(app: &App, id: &str, sealed: &str) -> Result<String> {
    app.sealing.open_text(&format!("officer.totp.{id}"), sealed)
}
