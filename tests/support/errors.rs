//! Every problem that a test meets is one that the contract names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use poem::http::Method;
use poem::{Endpoint, Request, Response};
use serde_json::Value;

/// What the contract does not name, of the service of one test.
pub type Strangers = Arc<Mutex<BTreeSet<String>>>;

/// Method and parts of the path.
type Operation = (String, Vec<String>);

/// Codes of an operation, as `422 not_eligible`.
type Codes = BTreeSet<String>;

static NAMED: LazyLock<BTreeMap<Operation, Codes>> = LazyLock::new(|| {
    let documents = tuixuan::commands::openapi();
    let specs = documents
        .iter()
        .filter_map(|(_, text)| serde_json::from_str::<Value>(text).ok());
    specs.flat_map(|spec| named_in(&spec)).collect()
});

fn named_in(spec: &Value) -> Vec<(Operation, Codes)> {
    let prefix = spec["servers"][0]["url"].as_str().unwrap();
    let mut named = Vec::new();
    for (path, operations) in spec["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let mut codes = Codes::new();
            for (status, response) in operation["responses"].as_object().unwrap() {
                let told = codes_of(spec, response);
                codes.extend(told.iter().map(|code| format!("{status} {code}")));
            }
            let key = (method.to_uppercase(), segments(&format!("{prefix}{path}")));
            named.push((key, codes));
        }
    }
    named
}

/// Codes of a response of the contract, told there or once for many.
pub fn codes_of(spec: &Value, response: &Value) -> Vec<String> {
    let problem = &shared(spec, response)["content"]["application/problem+json"]["schema"];
    let codes = problem["allOf"][1]["properties"]["code"]["enum"].as_array();
    let codes = codes.into_iter().flatten().filter_map(Value::as_str);
    codes.map(str::to_owned).collect()
}

/// What a reference leads to.
pub fn shared<'a>(spec: &'a Value, told: &'a Value) -> &'a Value {
    match told["$ref"].as_str() {
        Some(place) => spec.pointer(place.trim_start_matches('#')).unwrap(),
        None => told,
    }
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

/// The operation that a path belongs to: of those that fit, the one with most words of its own.
fn operation(method: &Method, path: &str) -> Option<&'static Operation> {
    let asked = segments(path);
    let fits = |told: &&Operation| {
        told.0 == method.as_str()
            && told.1.len() == asked.len()
            && told
                .1
                .iter()
                .zip(&asked)
                .all(|(t, a)| t.starts_with('{') || t == a)
    };
    let variables = |told: &&Operation| told.1.iter().filter(|t| t.starts_with('{')).count();
    NAMED.keys().filter(fits).min_by_key(variables)
}

/// The routes, with an eye on what they refuse.
pub struct Watched<E> {
    pub routes: E,
    pub strangers: Strangers,
}

impl<E: Endpoint<Output = Response>> Endpoint for Watched<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let mut response = self.routes.call(request).await?;
        let Some(operation) = operation(&method, &path) else {
            return Ok(response);
        };
        if response.content_type() == Some("application/problem+json") {
            let body = response.take_body().into_bytes().await.unwrap();
            let told: Value = serde_json::from_slice(&body).unwrap();
            response.set_body(body);
            let met = format!("{} {}", told["status"], told["code"].as_str().unwrap());
            if !NAMED[operation].contains(&met) {
                let (method, path) = (&operation.0, operation.1.join("/"));
                let stranger = format!("{method} {path} {met}: {}", told["detail"]);
                self.strangers.lock().unwrap().insert(stranger);
            }
        }
        Ok(response)
    }
}
