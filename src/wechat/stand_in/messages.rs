//! Subscribe messages, by the rules of their fields.

use std::sync::Arc;

use poem::web::{Data, Json, Query};
use poem::{Response, handler};
use serde_json::{Value, json};

use super::{Door, Memory, WithToken, errcode, locked, told};

#[handler]
pub(super) async fn message(
    Query(query): Query<WithToken>,
    Json(body): Json<Value>,
    memory: Data<&Arc<Memory>>,
) -> Response {
    if !memory.knows(&query.access_token) {
        return told(&errcode(40001));
    }
    memory
        .at(Door::Message, |m| match message_fault(m, &body) {
            Some(fault) => fault,
            None => {
                locked(&m.messages).push(body);
                json!({ "errcode": 0, "errmsg": "ok" })
            }
        })
        .await
}

/// What WeChat would find wrong with a message.
fn message_fault(memory: &Memory, body: &Value) -> Option<Value> {
    let person = body["touser"].as_str().unwrap_or_default();
    if !locked(&memory.people).contains(person) {
        return Some(errcode(40003));
    }
    if !body["template_id"].is_string() {
        return Some(errcode(40037));
    }
    let page = body["page"].as_str().unwrap_or("pages/index");
    if page.starts_with('/') {
        return Some(errcode(41030));
    }
    for (name, field) in body["data"].as_object()? {
        let value = field["value"].as_str().unwrap_or_default();
        if !by_the_rule(name.trim_end_matches(|c: char| c.is_ascii_digit()), value) {
            let sentence = format!("argument invalid! data.{name}.value {value} invalid rid: 6");
            return Some(json!({ "errcode": 47003, "errmsg": sentence }));
        }
    }
    None
}

fn by_the_rule(kind: &str, value: &str) -> bool {
    let signs = value.chars().count();
    let none_but = |fits: fn(char) -> bool| value.chars().all(fits);
    let in_one_line = !value.contains(['\n', '\r']);
    let fits = match kind {
        "thing" => signs <= 20,
        "phrase" => signs <= 5 && none_but(|c| !c.is_ascii()),
        "character_string" => signs <= 32 && value.is_ascii(),
        "number" => signs <= 32 && none_but(|c| c.is_ascii_digit() || c == '.'),
        "time" => value.contains('年') && value.contains(':'),
        "date" => value.contains('年') && value.ends_with('日'),
        "phone_number" => signs <= 17,
        _ => false,
    };
    fits && in_one_line && signs > 0
}
