//! Sign-in on web pages by WeChat's official account: there, back, and the token fetched. A cookie ties the three to one
//! browser, so that nobody is signed in as somebody else by a link.

use domain::refusal::Refusal;

use super::applicants;
use super::sessions::{MINUTE, Token};
use crate::db::single_uses;
use crate::error::{Error, Result};
use crate::security::{link, random};
use crate::state::{App, Shared};

/// What the browser has time for.
const HOLDS: i64 = 10 * MINUTE;
/// From WeChat's answer to the token.
const HANDED_OVER: i64 = MINUTE;
/// What is signed for which purpose.
const BROWSER: &str = "web-sign-in";
const HAND_OVER: &str = "web-sign-in-done";

/// Where to go, and what the browser keeps meanwhile.
pub struct Begun {
    pub url: String,
    pub cookie: String,
}

/// Begins: the browser goes to WeChat.
pub fn begin(app: &App) -> Result<Begun> {
    if !app.settings.wechat.account_is_on() {
        return Err(Error::Absent);
    }
    let state = hex::encode(random::<16>());
    let back = format!("{}/wechat/sign-in/done", app.settings.server.public_url);
    Ok(Begun {
        url: app.wechat.authorize_url(&back, &state)?,
        cookie: link::sign(&app.token_key, BROWSER, &state, app.now() + HOLDS),
    })
}

/// The browser came back: whoever WeChat says it is gets a word with which the page fetches the token, within a minute and from
/// the same browser. The state is good once.
pub async fn come_back(app: &Shared, cookie: &str, state: &str, code: &str) -> Result<String> {
    let begun = link::check(&app.token_key, BROWSER, cookie, app.now());
    if begun.as_deref() != Some(state) || !first_use(app, BROWSER, state).await? {
        return Err(expired());
    }
    let session = app.wechat.account_session(code).await?;
    let applicant = applicants::of_account(app, session).await?;
    let said = format!("{applicant}:{state}");
    Ok(link::sign(
        &app.token_key,
        HAND_OVER,
        &said,
        app.now() + HANDED_OVER,
    ))
}

/// Exchanges the word for a token, once.
pub async fn finish(app: &Shared, cookie: &str, word: &str) -> Result<Token> {
    let now = app.now();
    let begun = link::check(&app.token_key, BROWSER, cookie, now).ok_or_else(expired)?;
    let said = link::check(&app.token_key, HAND_OVER, word, now).ok_or_else(expired)?;
    let (applicant, state) = said.split_once(':').ok_or_else(expired)?;
    if state != begun || !first_use(app, HAND_OVER, state).await? {
        return Err(expired());
    }
    applicants::sign_in_again(app, applicant).await
}

async fn first_use(app: &Shared, what: &'static str, of: &str) -> Result<bool> {
    let (key, now) = (format!("{what}\n{of}"), app.now());
    app.db
        .write(move |tx| Box::pin(async move { single_uses::take(tx, &key, now).await }))
        .await
}

fn expired() -> Error {
    let message = "微信登录已失效，请重新登录";
    Error::Unauthenticated(Refusal::new("sign_in_expired", message))
}
