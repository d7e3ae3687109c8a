//! U+0000 is refused wherever it comes: PostgreSQL takes it in no text, and nobody can see it.

use domain::refusal::Violation;
use poem::Request;
use poem::http::{StatusCode, Uri};
use serde_json::Value;

use super::problem::Problem;
use crate::error::Error;

const CODE: &str = "char_forbidden";

/// Refuses a path as one that is not there, and a query or a JSON body by what holds it.
pub fn refuse(uri: &Uri, body: &[u8]) -> Result<(), Problem> {
    if uri.path().contains("%00") {
        return Err(Error::Absent.into());
    }
    let mut found = Vec::new();
    if uri.query().is_some_and(|q| q.contains("%00")) {
        let call = Request::builder().uri(uri.clone()).finish();
        let query: Vec<(String, String)> = call.params().unwrap_or_default();
        let holding = query
            .iter()
            .filter(|(n, v)| (n.to_owned() + v).contains('\0'));
        found.extend(holding.map(|(name, _)| told(&format!("参数 {}", plain(name)), name)));
    }
    // the escape is looked for first: hardly any body has it
    if body.windows(6).any(|w| w == br"\u0000")
        && let Ok(body) = serde_json::from_slice::<Value>(body)
    {
        look(&body, "", &mut found);
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(Problem {
            violations: found,
            ..Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed",
                "请求中含有不允许的字符，请删除后再试",
            )
        }),
    }
}

fn look(value: &Value, place: &str, found: &mut Vec<Violation>) {
    match value {
        Value::String(text) if text.contains('\0') => {
            found.push(told(&format!("字段 {place}"), place));
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                look(item, &format!("{place}[{n}]"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let (held, name) = (name.contains('\0'), plain(name));
                let inner = match place {
                    "" => name.clone(),
                    _ => format!("{place}.{name}"),
                };
                if held {
                    found.push(told(&format!("字段名 {inner}"), &inner));
                }
                look(member, &inner, found);
            }
        }
        _ => {}
    }
}

fn told(what: &str, field: &str) -> Violation {
    Violation {
        field: plain(field),
        code: CODE.into(),
        message: format!("{what} 含有不允许的字符（U+0000）"),
        ..Violation::default()
    }
}

fn plain(text: &str) -> String {
    text.replace('\0', "")
}
