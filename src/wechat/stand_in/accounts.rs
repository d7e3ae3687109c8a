//! The official account: readers of web pages.

use std::sync::Arc;

use poem::http::StatusCode;
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Door, Memory, errcode, unionid};
use crate::security::{random_code, sha256_hex};

#[derive(Deserialize)]
struct AuthorizeQuery {
    redirect_uri: String,
    state: String,
    #[serde(default = "guest")]
    person: String,
}

fn guest() -> String {
    "guest".into()
}

/// Agrees at once, as WeChat does for `snsapi_base`. Who it is may be said by `person`, for want of a telephone.
#[handler]
pub(super) fn authorize(Query(query): Query<AuthorizeQuery>) -> Response {
    let code = format!("web-{}-{}", query.person, random_code(10));
    let back = format!("{}?code={code}&state={}", query.redirect_uri, query.state);
    Response::builder()
        .status(StatusCode::FOUND)
        .header("location", back)
        .finish()
}

#[derive(Deserialize)]
struct AccountQuery {
    code: String,
}

#[handler]
pub(super) async fn account(
    Query(query): Query<AccountQuery>,
    memory: Data<&Arc<Memory>>,
) -> Response {
    memory
        .at(Door::Account, |m| account_of(m, &query.code))
        .await
}

/// A person whose name begins with `alone` has no name elsewhere; one called `snapshot` is made up.
fn account_of(memory: &Memory, code: &str) -> Value {
    let Some(name) = code.strip_prefix("web-") else {
        return errcode(40029);
    };
    if !memory.first_use(code) {
        return errcode(40163);
    }
    let person = name.split('-').next().unwrap_or(name);
    let openid = format!("a{}", &sha256_hex(person.as_bytes())[..27]);
    let mut told = json!({
        "access_token": "not-used", "expires_in": 7200, "refresh_token": "not-used", "openid": openid, "scope": "snsapi_base",
    });
    if !person.starts_with("alone") {
        told["unionid"] = json!(unionid(person));
    }
    if person == "snapshot" {
        told["is_snapshotuser"] = json!(1);
    }
    told
}
