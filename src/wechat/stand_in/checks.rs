//! Judgement of texts, at once, and of pictures, pushed later.

use std::sync::Arc;

use poem::web::{Data, Json, Query};
use poem::{Response, handler};
use serde_json::{Value, json};

use super::{Door, Memory, WithToken, errcode, locked, pushing, told};
use crate::security::random_code;

#[handler]
pub(super) async fn text(
    Query(query): Query<WithToken>,
    Json(body): Json<Value>,
    memory: Data<&Arc<Memory>>,
) -> Response {
    if !memory.knows(&query.access_token) {
        return told(&errcode(40001));
    }
    memory.at(Door::Text, |m| verdict_on(m, &body)).await
}

/// Risky is what has the word 违禁 in it; a person should look at what has 存疑.
fn verdict_on(memory: &Memory, body: &Value) -> Value {
    let content = body["content"].as_str().unwrap_or_default();
    if let Some(fault) = check_fault(memory, body) {
        return fault;
    }
    match content.chars().count() {
        0 => return errcode(44002),
        1..=2500 => {}
        _ => return errcode(45002),
    }
    locked(&memory.texts).push(content.to_owned());
    let (suggest, label) = match content {
        risky if risky.contains("违禁") => ("risky", 20006),
        doubtful if doubtful.contains("存疑") => ("review", 10001),
        _ => ("pass", 100),
    };
    json!({ "errcode": 0, "errmsg": "ok", "result": { "suggest": suggest, "label": label }, "trace_id": "t" })
}

#[handler]
pub(super) async fn picture(
    Query(query): Query<WithToken>,
    Json(body): Json<Value>,
    memory: Data<&Arc<Memory>>,
) -> Response {
    if !memory.knows(&query.access_token) {
        return told(&errcode(40001));
    }
    let shared = (*memory).clone();
    let ask = |m: &Memory| {
        if let Some(fault) = check_fault(m, &body) {
            return fault;
        }
        let url = body["media_url"].as_str().unwrap_or_default().to_owned();
        let named = locked(&m.traces).pop_front();
        let trace = named.unwrap_or_else(|| format!("trace-{}", random_code(20)));
        locked(&m.pictures).push((trace.clone(), url.clone()));
        if let Some((pushing, clock)) = locked(&m.pushing).clone() {
            tokio::spawn(pushing::look_and_push(pushing, clock, trace.clone(), url));
        }
        json!({ "errcode": 0, "errmsg": "ok", "trace_id": trace })
    };
    shared.at(Door::Picture, ask).await
}

fn check_fault(memory: &Memory, body: &Value) -> Option<Value> {
    let person = body["openid"].as_str().unwrap_or_default();
    if !locked(&memory.people).contains(person) {
        return Some(errcode(40003));
    }
    let known =
        body["version"] == 2 && body["scene"].as_u64().is_some_and(|s| (1..=4).contains(&s));
    (!known).then(|| errcode(40129))
}
