//! Applicants: sign-in by WeChat or by phone and code, the bound phone, sign-out.

use std::net::IpAddr;

use domain::actor::Applicant;
use domain::form_check::is_mobile;
use domain::refusal::Refusal;
use entity::applicant;

use super::sessions::{DAY, MINUTE, Token};
use super::throttles::{self, Throttle};
use crate::db::applicants;
use crate::error::{Error, Result, invalid};
use crate::security::token::{self, Claims};
use crate::security::{blind_index, hmac, six_digits};
use crate::state::{App, Shared};
use crate::wechat::Session;

/// A code holds five minutes and five attempts; a new one may be asked for every minute. One dated more than a minute ahead is
/// of a clock that was wrong (acts do not run in the order in which their time was taken).
const CODE_HOLDS: i64 = 5 * MINUTE;

const CODE_ATTEMPTS: i32 = 5;

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

/// Who came by the official account: the id, of an applicant that may be known by the mini-program already.
pub(super) async fn of_account(app: &Shared, session: Session) -> Result<String> {
    let now = app.now();
    let row = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let openid = &session.openid;
                applicants::by_account_openid(tx, openid, session.unionid, now).await
            })
        })
        .await?;
    Ok(row.id)
}

/// A token for an applicant who proved elsewhere who it is.
pub(super) async fn sign_in_again(app: &App, id: &str) -> Result<Token> {
    let row = applicants::get(app.db.read(), id).await?;
    Ok(applicant_token(app, &row.ok_or(Error::Absent)?))
}

/// Sends a one-time code. The answer is the same for known and unknown phones.
pub async fn send_code(app: &Shared, from: Option<IpAddr>, phone: &str) -> Result<()> {
    if !is_mobile(phone) {
        return Err(invalid("phone", "field_format", "手机号码应为11位数字"));
    }
    let (index, now) = (phone_index(app, phone), app.now());
    let code = six_digits();
    let hash = code_hash(app, &index, &code);
    let throttles = [
        Throttle::codes_of_address(app, from),
        Throttle::codes_to_phone(app, &index),
    ];
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let last = applicants::newest_code(tx, &index, now + MINUTE).await?;
                if last.is_some_and(|last| last.created_at + MINUTE > now) {
                    return Err(Error::TooMany(60));
                }
                for throttle in &throttles {
                    throttles::require_open(tx, throttle.as_ref(), now).await?;
                    throttles::hit(tx, throttle.as_ref(), now).await?;
                }
                applicants::keep_code(tx, &index, &hash, now, now + CODE_HOLDS).await
            })
        })
        .await?;
    app.sms.send(phone, &code).await
}

/// Signs an applicant in by phone and code; a new phone is a new applicant. Too many wrong codes shut out the address for
/// a while.
pub async fn sign_in_phone(
    app: &Shared,
    from: Option<IpAddr>,
    phone: &str,
    code: &str,
) -> Result<Token> {
    let (index, now) = (phone_index(app, phone), app.now());
    let throttle = Throttle::sign_ins(app, from);
    throttles::require_open(app.db.read(), throttle.as_ref(), now).await?;
    let wrong = || {
        Error::Unauthenticated(Refusal::new(
            "sign_in_failed",
            "验证码错误或已过期，请重新获取",
        ))
    };
    let Some(sent) = applicants::newest_code(app.db.read(), &index, now + MINUTE).await? else {
        // Phones that nobody asked a code for are guesses too.
        app.db
            .write(move |tx| {
                Box::pin(async move { throttles::hit(tx, throttle.as_ref(), now).await })
            })
            .await?;
        return Err(wrong());
    };
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
                let again = applicants::newest_code(tx, &index, now + MINUTE).await?;
                let fresh = again.is_some_and(|c| {
                    c.id == id && c.used_at.is_none() && c.attempts < CODE_ATTEMPTS
                });
                applicants::count_attempt(tx, &id, used.filter(|_| fresh)).await?;
                if used.is_none() || !fresh {
                    throttles::hit(tx, throttle.as_ref(), now).await?;
                    return Ok(None);
                }
                // Guesses side by side passed the first look together.
                throttles::require_open(tx, throttle.as_ref(), now).await?;
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
    let row = applicants::get(app.db.read(), &who.id).await?;
    masked(app, &row.ok_or(Error::Absent)?)
}

/// A bound phone, masked.
pub fn masked(app: &App, row: &applicant::Model) -> Result<Option<String>> {
    let Some(sealed) = &row.phone_sealed else {
        return Ok(None);
    };
    let place = format!("applicant.phone.{}", row.id);
    let phone = app.sealing.open_text(&place, sealed)?;
    Ok(Some(crate::security::mask_phone(&phone)))
}

/// Ends every token of the applicant.
pub async fn sign_out(app: &Shared, who: &Applicant) -> Result<()> {
    let id = who.id.clone();
    app.db
        .write(move |tx| Box::pin(async move { applicants::end_sessions(tx, &id).await }))
        .await
}

/// Who holds this applicant token?
pub async fn of_token(app: &App, sent: &str) -> Result<Applicant> {
    let invalid = || {
        let message = match token::is_officers(sent) {
            true => "这是工作人员的登录凭证，此处须以申报人身份登录",
            false => "登录已失效，请重新登录",
        };
        Error::Unauthenticated(Refusal::new("token_invalid", message))
    };
    let claims = token::check(&app.token_key, sent, app.now()).ok_or_else(invalid)?;
    let version = applicants::session_version(app.db.read(), &claims.sub)
        .await?
        .ok_or_else(invalid)?;
    if version != claims.ver {
        return Err(invalid());
    }
    Ok(Applicant { id: claims.sub })
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

/// Blind index of a phone: rows are found by it, nothing is read from it.
pub fn phone_index(app: &App, phone: &str) -> String {
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
