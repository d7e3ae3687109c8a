//! `/wechat/sign-in`: where a web page inside WeChat sends its reader, and where WeChat sends that reader back. Addresses for
//! browsers, so they are neither of the two contracts.

use poem::http::{StatusCode, header};
use poem::web::headers::{Cookie, HeaderMapExt};
use poem::web::{Data, Query};
use poem::{IntoResponse, Request, Response, handler};
use serde::Deserialize;

use crate::app::web_sign_in;
use crate::error::{Error, Result};
use crate::http::problem::Problem;
use crate::state::{App, Shared};

/// Ties a sign-in to its browser.
const COOKIE: &str = "tuixuan_sign_in";

/// What WeChat adds to the address.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// Sends the browser to WeChat.
#[handler]
pub fn begin(app: Data<&Shared>) -> std::result::Result<Response, Problem> {
    let begun = web_sign_in::begin(&app)?;
    let secure = match app.settings.server.public_url.starts_with("https://") {
        true => "; Secure",
        false => "",
    };
    // sent along when WeChat leads back here, never with what other sites send
    let cookie = format!(
        "{COOKIE}={}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax{secure}",
        begun.cookie
    );
    Ok(to(&begun.url)
        .with_header(header::SET_COOKIE, cookie)
        .into_response())
}

/// The cookie that the browser got at the beginning; empty when it has none.
pub fn cookie(request: &Request) -> String {
    let sent = request.headers().typed_get::<Cookie>();
    let ours = sent.as_ref().and_then(|cookies| cookies.get(COOKIE));
    ours.unwrap_or_default().to_owned()
}

/// The browser is back from WeChat: it goes on to the client's page, with a word for `POST /sessions/official-account`, or with
/// the code of what went wrong.
#[handler]
pub async fn done(
    app: Data<&Shared>,
    request: &Request,
    Query(answer): Query<Answer>,
) -> std::result::Result<Response, Problem> {
    let cookie = cookie(request);
    let came = web_sign_in::come_back(&app, &cookie, &answer.state, &answer.code).await;
    let query = match came {
        Ok(word) => format!("sign_in={word}"),
        Err(error) => format!("sign_in_error={}", code_of(error)?),
    };
    Ok(to(&page(&app, &query)))
}

/// What the reader can do something about; all else is a problem as anywhere.
fn code_of(error: Error) -> Result<String> {
    match error {
        Error::Unauthenticated(refusal) | Error::Refused(refusal) => Ok(refusal.code.into()),
        Error::TooMany(_) => Ok("too_many".into()),
        Error::Outside(hidden) => {
            tracing::warn!("a web sign-in broke off: {hidden}");
            Ok("unavailable".into())
        }
        other => Err(other),
    }
}

fn page(app: &App, query: &str) -> String {
    let page = &app.settings.wechat.account_page;
    format!("{}{page}?{query}", app.settings.server.public_url)
}

fn to(url: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, url)
        .header(header::CACHE_CONTROL, "no-store")
        .finish()
}
