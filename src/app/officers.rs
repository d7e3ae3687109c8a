//! Officers: added, changed, taken out of service and put back; their passwords and second factors.

use domain::actor::{Officer, Role};
use domain::permission::{self, Act};
use domain::refusal::Refusal;
use domain::text::tidy;
use entity::officer;
use sea_orm::Set;
use serde_json::json;

use super::sessions::{over, unlocked};
use super::throttles;
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::{agencies, officers};
use crate::error::{Error, Result, invalid, require_reason};
use crate::security::{password, totp};
use crate::state::{App, Shared};

/// A new officer of an agency.
#[derive(Debug, Clone)]
pub struct NewOfficer {
    pub agency_id: String,
    pub login: String,
    pub name: String,
    pub roles: Vec<Role>,
    pub password: String,
    pub must_change: bool,
}

/// Adds an officer to an agency.
pub async fn add(app: &Shared, by: &By, new: NewOfficer) -> Result<String> {
    insert(app, by, new, None).await
}

/// Adds an officer to an agency of the organiser's own tree. The same key again gives the same officer.
pub async fn add_once(app: &Shared, who: &Officer, new: NewOfficer, call: Call) -> Result<String> {
    let by = By::officer(who, app.now());
    insert(app, &by, new, Some((who.clone(), call))).await
}

async fn insert(
    app: &Shared,
    by: &By,
    new: NewOfficer,
    organiser: Option<(Officer, Call)>,
) -> Result<String> {
    password::check_strength(&new.login, &new.password)?;
    let (hash, by) = (password::hash(new.password).await?, by.clone());
    let row = officer::Model {
        id: new_id(),
        agency_id: new.agency_id,
        login: new.login,
        name: new.name,
        password_hash: hash,
        must_change: new.must_change,
        totp_secret: None,
        totp_last_step: None,
        roles: words(&new.roles),
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
                if let Some((who, call)) = &organiser {
                    if let Some(earlier) = call.earlier(tx).await? {
                        return Ok(earlier);
                    }
                    open_agency(tx, &in_charge(tx, who).await?, &row.agency_id).await?;
                }
                if officers::by_login(tx, &row.login).await?.is_some() {
                    return Err(Error::Conflict(Refusal::new(
                        "login_taken",
                        "该登录名已被使用",
                    )));
                }
                let (id, is) = (row.id.clone(), told(&row));
                officers::insert(tx, row).await?;
                let body = json!({ "officer": id, "agency": is["agency"], "roles": is["roles"] });
                events::append_raw(tx, events::SYSTEM, None, &by, "officer_added", &body).await?;
                if let Some((_, call)) = organiser {
                    call.keep(tx, id.clone(), by.at).await?;
                }
                Ok(id)
            })
        })
        .await
}

/// Each once, in the order of the table of permissions.
fn words(roles: &[Role]) -> String {
    let given = Role::ALL.into_iter().filter(|r| roles.contains(r));
    let words: Vec<&str> = given.map(Role::as_str).collect();
    words.join(",")
}

/// What the trail keeps of an officer.
fn told(row: &officer::Model) -> serde_json::Value {
    json!({ "agency": row.agency_id, "roles": row.roles })
}

/// The organiser who acts, as of now. Nobody takes oneself out, and of two who take out each other the first one does, so one
/// is always left.
async fn in_charge(tx: &Conn, who: &Officer) -> Result<Officer> {
    let row = officers::get(tx, &who.id).await?;
    let row = row.filter(|row| row.disabled_at.is_none());
    let who = officers::to_officer(tx, &row.ok_or_else(over)?).await?;
    permission::require(&who, Act::ManagePeople).map_err(Error::Forbidden)?;
    Ok(who)
}

/// An agency that may have new officers: of the organiser's own tree, and open.
async fn open_agency(tx: &Conn, who: &Officer, id: &str) -> Result<()> {
    let row = agencies::below(tx, &who.agency, id).await?;
    match row.closed_at {
        Some(_) => Err(Refusal::new("agency_closed", "该单位已停用").into()),
        None => Ok(()),
    }
}

/// An officer of the own agency or one below; anybody else is absent.
async fn below(db: &Conn, who: &Officer, id: &str) -> Result<officer::Model> {
    let row = officers::get(db, id).await?.ok_or(Error::Absent)?;
    let theirs = officers::agency(db, &row.agency_id)
        .await?
        .filter(|theirs| who.agency.is_above_or_same(theirs));
    theirs.map(|_| row).ok_or(Error::Absent)
}

/// An officer in service who is not oneself: whoever lost a password or a second factor cannot vouch for that alone.
async fn resettable(db: &Conn, who: &Officer, id: &str) -> Result<officer::Model> {
    let row = below(db, who, id).await?;
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
    let row = resettable(app.db.read(), who, id).await?;
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
    let row = resettable(app.db.read(), who, id).await?;
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
    require_reason(&reason, "请写明重置的理由")?;
    let (app2, who, by) = (app.clone(), who.clone(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // Looked at again inside, so that the version moves on whatever happened meanwhile.
                let row = resettable(tx, &in_charge(tx, &who).await?, &row.id).await?;
                let change = officer::ActiveModel {
                    session_version: Set(row.session_version + 1),
                    ..change
                };
                officers::update(tx, &row.id, change).await?;
                officers::end_sessions(tx, &row.id).await?;
                throttles::lift(&app2, tx, &row.login).await?;
                let body = json!({ "officer": row.id, "reason": reason });
                events::append_raw(tx, events::SYSTEM, None, &by, kind, &body).await
            })
        })
        .await
}

fn own_rights() -> Error {
    let message = "不能停用本人或调整本人的岗位和单位，请由其他主办人员办理";
    Error::Forbidden(Refusal::new("own_rights", message))
}

/// Takes an officer out of service, not oneself; running sign-ins end at once. Twice is once.
pub async fn disable(app: &Shared, who: &Officer, id: &str) -> Result<()> {
    let (who, id, by) = (who.clone(), id.to_owned(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = below(tx, &in_charge(tx, &who).await?, &id).await?;
                if row.id == who.id {
                    return Err(own_rights());
                }
                if row.disabled_at.is_some() {
                    return Ok(());
                }
                let change = officer::ActiveModel {
                    disabled_at: Set(Some(by.at)),
                    session_version: Set(row.session_version + 1),
                    version: Set(row.version + 1),
                    ..Default::default()
                };
                officers::update(tx, &row.id, change).await?;
                officers::end_sessions(tx, &row.id).await?;
                let body = json!({ "officer": row.id });
                events::append_raw(tx, events::SYSTEM, None, &by, "officer_disabled", &body).await
            })
        })
        .await
}

/// Puts an officer back into service, with a reason; the password is the old one. Refused while the agency is closed.
pub async fn reinstate(app: &Shared, who: &Officer, id: &str, reason: String) -> Result<()> {
    require_reason(&reason, "请写明恢复的理由")?;
    let (app2, who, id, by) = (
        app.clone(),
        who.clone(),
        id.to_owned(),
        By::officer(who, app.now()),
    );
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let who = in_charge(tx, &who).await?;
                let row = below(tx, &who, &id).await?;
                if row.disabled_at.is_none() {
                    let refusal = Refusal::new("officer_in_service", "该工作人员没有停用");
                    return Err(Error::Conflict(refusal));
                }
                open_agency(tx, &who, &row.agency_id).await?;
                let change = officer::ActiveModel {
                    disabled_at: Set(None),
                    version: Set(row.version + 1),
                    ..unlocked()
                };
                officers::update(tx, &row.id, change).await?;
                throttles::lift(&app2, tx, &row.login).await?;
                let body = json!({ "officer": row.id, "reason": reason });
                events::append_raw(tx, events::SYSTEM, None, &by, "officer_reinstated", &body).await
            })
        })
        .await
}

/// What an organiser writes of an officer.
#[derive(Debug, Clone)]
pub struct Written {
    pub name: String,
    pub agency_id: String,
    pub roles: Vec<Role>,
}

/// Corrects an officer's name, or gives other roles or another agency of the organiser's own tree, with a reason. Other rights end
/// running sign-ins; one's own rights nobody changes.
pub async fn change(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    written: Written,
    reason: String,
) -> Result<officer::Model> {
    require_reason(&reason, "请写明调整的理由")?;
    let name = tidy(&written.name);
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(invalid("name", "field_format", "请填写姓名，只写一行"));
    }
    let (who, id, by) = (who.clone(), id.to_owned(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let who = in_charge(tx, &who).await?;
                let old = below(tx, &who, &id).await?;
                if old.version != version {
                    return Err(Error::Stale {
                        sent: version,
                        stored: old.version,
                    });
                }
                let renamed = old.name != name;
                let mut new = officer::Model {
                    name,
                    agency_id: written.agency_id,
                    roles: words(&written.roles),
                    version: old.version + 1,
                    ..old.clone()
                };
                if new.agency_id != old.agency_id {
                    open_agency(tx, &who, &new.agency_id).await?;
                }
                let moved = told(&new) != told(&old);
                if moved && new.id == who.id {
                    return Err(own_rights());
                }
                if moved {
                    new.session_version += 1;
                    officers::end_sessions(tx, &new.id).await?;
                }
                let change = officer::ActiveModel {
                    name: Set(new.name.clone()),
                    agency_id: Set(new.agency_id.clone()),
                    roles: Set(new.roles.clone()),
                    session_version: Set(new.session_version),
                    version: Set(new.version),
                    ..Default::default()
                };
                officers::update(tx, &new.id, change).await?;
                let body = json!({
                    "officer": new.id, "was": told(&old), "is": told(&new), "renamed": renamed, "reason": reason,
                });
                events::append_raw(tx, events::SYSTEM, None, &by, "officer_changed", &body).await?;
                Ok(new)
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
                let body = json!({});
                events::append_raw(tx, events::SYSTEM, None, &by, "password_changed", &body).await
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
                let body = json!({});
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
                let body = json!({});
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
