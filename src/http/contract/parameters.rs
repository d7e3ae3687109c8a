//! What a query has that the operation does not take, told at once and in Chinese, where poem-openapi tells the first fault and
//! repeats in English why a text is no number.

use std::num::IntErrorKind;

use domain::refusal::Violation;
use serde_json::Value;

/// Every parameter of a query that does not fit its schema. Whole numbers, `true` and `false`, one of some words, and the length
/// of texts are all that our contracts ask of parameters.
pub(super) fn of(schemas: &[(String, Value)], query: &[(String, String)]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (name, schema) in schemas {
        let given = query.iter().find(|(given, _)| given == name);
        found.extend(given.and_then(|(_, text)| misfit(name, schema, text)));
    }
    found
}

fn misfit(name: &str, schema: &Value, text: &str) -> Option<Violation> {
    let (message, limit) = match schema["type"].as_str()? {
        "integer" => whole_number(schema["format"].as_str(), text)?,
        "boolean" if text != "true" && text != "false" => ("应为 true 或 false".into(), None),
        "string" if schema["enum"].is_array() => one_of(&schema["enum"], text)?,
        "string" => {
            let (most, count) = (schema["maxLength"].as_u64()?, text.chars().count());
            if count as u64 <= most {
                return None;
            }
            (
                format!("最多{most}字，现有{count}字"),
                Some(most.to_string()),
            )
        }
        _ => return None,
    };
    Some(Violation {
        field: name.to_owned(),
        code: "parameter_invalid".into(),
        limit,
        value: Some(text.chars().filter(|c| !c.is_control()).take(64).collect()),
        message: format!("参数 {name} {message}"),
        ..Violation::default()
    })
}

/// The words that there are, when a text is none of them.
fn one_of(known: &Value, text: &str) -> Option<(String, Option<String>)> {
    let known = known.as_array().into_iter().flatten();
    let known: Vec<&str> = known.filter_map(Value::as_str).collect();
    let words = known.join("、");
    (!known.contains(&text)).then(|| (format!("只能是：{words}"), Some(words)))
}

/// Why a text is no whole number of this format, with the largest one; all of ours count something.
fn whole_number(format: Option<&str>, text: &str) -> Option<(String, Option<String>)> {
    let (largest, read) = match format {
        Some("uint32") => (u64::from(u32::MAX), text.parse::<u32>().map(u64::from)),
        _ => (u64::MAX, text.parse::<u64>()),
    };
    match read.err()?.kind() {
        IntErrorKind::PosOverflow => {
            Some((format!("不能大于{largest}"), Some(largest.to_string())))
        }
        _ => Some(("应为不小于0的整数".into(), None)),
    }
}
