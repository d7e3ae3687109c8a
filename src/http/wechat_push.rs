//! `/wechat/push`: where WeChat pushes messages, and pictures that it was asked to judge. For WeChat alone, so it is neither of
//! the two contracts.

use std::time::Duration;

use poem::http::StatusCode;
use poem::web::{Data, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use crate::app::{content_checks, pushes};
use crate::error::{Error, Result};
use crate::http::problem::Problem;
use crate::state::{App, Shared};
use crate::wechat::push::{PushKeys, Signed, Unfit};

/// WeChat waits five seconds, then sends the message again.
const PATIENCE: Duration = Duration::from_secs(4);

/// What the address says.
#[derive(Deserialize)]
pub struct Address {
    #[serde(default)]
    signature: String,
    #[serde(default)]
    msg_signature: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    nonce: String,
    #[serde(default)]
    echostr: String,
}

impl Address {
    fn signed(&self) -> Signed<'_> {
        Signed {
            signature: &self.signature,
            msg_signature: &self.msg_signature,
            timestamp: &self.timestamp,
            nonce: &self.nonce,
        }
    }
}

/// The check of the address, once it is set in WeChat's console: what was sent is sent back.
#[handler]
pub fn check(
    app: Data<&Shared>,
    Query(address): Query<Address>,
) -> std::result::Result<Response, Problem> {
    let checked = keys(&app)?.check(address.signed(), app.now());
    checked.map_err(refused)?;
    Ok(text(address.echostr))
}

/// Takes a message. One that came before, or that nobody waits for, is answered all the same: WeChat would repeat it.
#[handler]
pub async fn take(
    app: Data<&Shared>,
    Query(address): Query<Address>,
    body: Vec<u8>,
) -> std::result::Result<Response, Problem> {
    let body = std::str::from_utf8(&body).map_err(|_| refused(Unfit::Malformed))?;
    let opened = keys(&app)?.open(address.signed(), body, app.now());
    let pushed = opened.map_err(refused)?;
    let taken = tokio::time::timeout(PATIENCE, pushes::take(&app, pushed)).await;
    taken.map_err(|_| Problem::from(Error::Busy))??;
    Ok(text("success".into()))
}

/// A picture that WeChat was asked to judge, by its link and for a while.
#[handler]
pub async fn picture(
    app: Data<&Shared>,
    Path(link): Path<String>,
) -> std::result::Result<Response, Problem> {
    let jpeg = content_checks::picture(&app, &link).await?;
    Ok(Response::builder()
        .content_type("image/jpeg")
        .header("cache-control", "no-store")
        .body(jpeg))
}

fn keys(app: &App) -> Result<&PushKeys> {
    app.push_keys.as_ref().ok_or(Error::Absent)
}

fn refused(unfit: Unfit) -> Problem {
    tracing::warn!("a push was refused: {unfit}");
    let status = match unfit {
        Unfit::Signature | Unfit::Old | Unfit::Foreign => StatusCode::UNAUTHORIZED,
        Unfit::Plain | Unfit::Malformed => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, "push_refused", "消息未通过校验")
}

/// Never shown as a page, whatever it says.
fn text(text: String) -> Response {
    Response::builder()
        .content_type("text/plain; charset=utf-8")
        .body(text)
}
