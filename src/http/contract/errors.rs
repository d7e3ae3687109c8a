//! Errors by code: what each operation may refuse, told in the contract. poem-openapi knows one set of answers for all of them;
//! here it becomes what the shape of an operation tells, and what `errors.tsv` says of it. A code that a test meets and the contract
//! does not name fails that test.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Method, path, status and codes: what an operation may refuse beyond what its shape tells.
const TABLE: &str = include_str!("errors.tsv");
/// Codes and what they mean, in Chinese.
const CODES: &str = include_str!("codes.tsv");

/// Codes by status.
type Codes = BTreeMap<u16, BTreeSet<&'static str>>;

/// A part of the document: as it was, or opened. Order and look stay.
#[derive(Serialize)]
#[serde(untagged)]
enum Node {
    Kept(Box<RawValue>),
    Opened(IndexMap<String, Node>),
    Made(Value),
}

/// The document with the errors of each operation; one that cannot be read stays as it is.
#[must_use]
pub fn tell(spec: String) -> String {
    told_in(&spec).unwrap_or(spec)
}

fn told_in(spec: &str) -> serde_json::Result<String> {
    let mut document = opened(serde_json::from_str(spec)?)?;
    let servers: Value = part(&document, "servers")?;
    let prefix = servers[0]["url"].as_str().unwrap_or_default();
    let paths: IndexMap<String, Box<RawValue>> = part(&document, "paths")?;
    let (mut told, mut shared) = (IndexMap::new(), BTreeMap::new());
    for (path, operations) in paths {
        let mut operations = opened(&operations)?;
        for (method, operation) in &mut operations {
            let Node::Kept(raw) = operation else { continue };
            let shape = serde_json::from_str(raw.get())?;
            let codes = codes(&method.to_uppercase(), &format!("{prefix}{path}"), &shape);
            let mut parts = opened(raw)?;
            let mut responses = opened(&part::<Box<RawValue>>(&parts, "responses")?)?;
            for (status, codes) in &codes {
                let response = response(*status, codes, &mut shared);
                responses.insert(status.to_string(), Node::Made(response));
            }
            parts.insert("responses".into(), Node::Opened(responses));
            *operation = Node::Opened(parts);
        }
        told.insert(path, Node::Opened(operations));
    }
    document.insert("paths".into(), Node::Opened(told));
    let mut components = opened(&part::<Box<RawValue>>(&document, "components")?)?;
    components.insert("responses".into(), Node::Made(json!(shared)));
    document.insert("components".into(), Node::Opened(components));
    serde_json::to_string_pretty(&document)
}

fn opened(raw: &RawValue) -> serde_json::Result<IndexMap<String, Node>> {
    let members: IndexMap<String, Box<RawValue>> = serde_json::from_str(raw.get())?;
    Ok(members
        .into_iter()
        .map(|(name, raw)| (name, Node::Kept(raw)))
        .collect())
}

fn part<T: serde::de::DeserializeOwned>(
    document: &IndexMap<String, Node>,
    name: &str,
) -> serde_json::Result<T> {
    match document.get(name) {
        Some(Node::Kept(raw)) => serde_json::from_str(raw.get()),
        _ => serde_json::from_str("null"),
    }
}

fn codes(method: &str, path: &str, operation: &Value) -> Codes {
    let mut codes = by_shape(method, operation);
    for (status, named) in told(method, path) {
        codes.entry(status).or_default().extend(named.split(' '));
    }
    codes
}

/// What anyone gets who calls an operation like this in the wrong way.
fn by_shape(method: &str, operation: &Value) -> Codes {
    let mut shape = vec![
        (400, "malformed"),
        (404, "absent"),
        (500, "internal"),
        (503, "busy"),
        (503, "timed_out"),
        (503, "unavailable"),
    ];
    if operation["security"].is_array() {
        shape.extend([(401, "unauthenticated"), (401, "token_invalid")]);
    }
    if operation["security"][0]["officer"].is_array() {
        shape.push((403, "password_change_due"));
    }
    if operation["requestBody"].is_object() {
        shape.extend([(408, "timed_out"), (413, "too_large"), (415, "unsupported")]);
    }
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        match parameter["name"].as_str() {
            Some("If-Match") => shape.extend([(412, "stale"), (428, "version_missing")]),
            Some("Idempotency-Key") => shape.extend([
                (400, "idempotency_key_missing"),
                (422, "idempotency_key_reused"),
                (422, "invalid_input"),
            ]),
            _ => {}
        }
    }
    if method != "GET" {
        shape.push((507, "storage_full"));
    }
    let mut codes = Codes::new();
    for (status, code) in shape {
        codes.entry(status).or_default().insert(code);
    }
    codes
}

fn told(method: &str, path: &str) -> impl Iterator<Item = (u16, &'static str)> {
    TABLE.lines().filter_map(move |line| {
        let mut cells = line.split('\t');
        let mine = cells.next() == Some(method) && cells.next() == Some(path);
        let (status, code) = (cells.next()?, cells.next()?);
        mine.then(|| status.parse().ok())
            .flatten()
            .map(|status| (status, code))
    })
}

/// What a code means, in Chinese.
fn meaning(code: &str) -> &'static str {
    let rows = CODES.lines().filter_map(|line| line.split_once('\t'));
    rows.into_iter()
        .find(|(named, _)| *named == code)
        .map_or("", |(_, meaning)| meaning)
}

/// Answers of few codes are those of many operations, and are told once.
const FEW: usize = 3;

fn response(status: u16, codes: &BTreeSet<&str>, shared: &mut BTreeMap<String, Value>) -> Value {
    let names: Vec<&str> = codes.iter().copied().collect();
    let lines = names.iter().map(|c| format!("- `{c}`：{}", meaning(c)));
    let lines: Vec<String> = lines.collect();
    let code =
        json!({ "type": "object", "properties": { "code": { "type": "string", "enum": names } } });
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, code] });
    let content = json!({ "application/problem+json": { "schema": schema } });
    let response = json!({ "description": lines.join("\n"), "content": content });
    if names.len() > FEW {
        return response;
    }
    let name = format!("{status}-{}", names.join("-"));
    let told = json!({ "$ref": format!("#/components/responses/{name}") });
    shared.insert(name, response);
    told
}
