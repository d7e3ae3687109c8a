//! What the generated contract knows and error answers want to say: which methods a path has
//! (`Allow`), and what is wrong with a query or a body.

mod errors;
mod misfits;
mod parameters;

use std::collections::BTreeMap;

use domain::refusal::Violation;
use poem::http::Method;
use serde_json::{Map, Value};

pub use errors::tell;

/// Methods and bodies by path, read from OpenAPI documents.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    methods: BTreeMap<String, Vec<Method>>,
    bodies: BTreeMap<(String, String), Body>,
    /// Names and schemas of what an operation takes in its query.
    queries: BTreeMap<(String, String), Vec<(String, Value)>>,
    /// Of each document, by name.
    schemas: Vec<Map<String, Value>>,
}

/// The JSON body of an operation.
#[derive(Debug, Clone)]
struct Body {
    document: usize,
    schema: Value,
}

impl Contract {
    /// Reads documents given as (path prefix, JSON text). What cannot be read is left out: error
    /// answers get poorer, nothing else.
    #[must_use]
    pub fn from_specs(specs: &[(&str, &str)]) -> Contract {
        let mut contract = Contract::default();
        for (prefix, text) in specs {
            let Ok(spec) = serde_json::from_str::<Value>(text) else {
                continue;
            };
            contract.read_paths(prefix, &spec);
            let schemas = spec["components"]["schemas"].as_object();
            contract.schemas.push(schemas.cloned().unwrap_or_default());
        }
        contract
    }

    fn read_paths(&mut self, prefix: &str, spec: &Value) {
        for (path, operations) in spec["paths"].as_object().into_iter().flatten() {
            let path = pattern(&format!("{prefix}{path}"));
            let mut methods = Vec::new();
            for (method, operation) in operations.as_object().into_iter().flatten() {
                let method = method.to_ascii_uppercase();
                let content = operation["requestBody"]["content"].as_object();
                let json = content.and_then(|c| {
                    let mut kinds = c.iter();
                    kinds.find(|(kind, _)| kind.starts_with("application/json"))
                });
                if let Some((_, json)) = json {
                    let body = Body {
                        document: self.schemas.len(),
                        schema: json["schema"].clone(),
                    };
                    self.bodies.insert((method.clone(), path.clone()), body);
                }
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let query = parameters.filter(|p| p["in"] == "query").filter_map(|p| {
                    let (name, schema) = (p["name"].as_str()?, &p["schema"]);
                    let named = schema["$ref"].as_str().and_then(|r| r.strip_prefix('#'));
                    let schema = named.and_then(|at| spec.pointer(at)).unwrap_or(schema);
                    Some((name.to_owned(), schema.clone()))
                });
                self.queries
                    .insert((method.clone(), path.clone()), query.collect());
                methods.extend(method.parse::<Method>().ok());
            }
            self.methods.insert(path, methods);
        }
    }

    /// Value of `Allow` for a path as the router names it.
    #[must_use]
    pub fn allow(&self, route: &str) -> Option<String> {
        let methods = self.methods.get(&pattern(route))?;
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Everything that is wrong with the body of a call, as far as the contract tells.
    #[must_use]
    pub fn misfits(&self, method: &Method, route: &str, body: &Value) -> Vec<Violation> {
        let asked = (method.as_str().to_owned(), pattern(route));
        let Some(taken) = self.bodies.get(&asked) else {
            return Vec::new();
        };
        let schemas = self.schemas.get(taken.document);
        schemas.map_or_else(Vec::new, |schemas| {
            misfits::of(schemas, &taken.schema, body)
        })
    }

    /// Everything that is wrong with the query of a call.
    #[must_use]
    pub fn misfits_of_query(
        &self,
        method: &Method,
        route: &str,
        query: &[(String, String)],
    ) -> Vec<Violation> {
        let asked = (method.as_str().to_owned(), pattern(route));
        let schemas = self.queries.get(&asked);
        schemas.map_or_else(Vec::new, |schemas| parameters::of(schemas, query))
    }
}

/// One spelling for a path: routers write `:param0`, documents `{id}`; here it is `{}`.
#[must_use]
pub fn pattern(path: &str) -> String {
    path.split('/')
        .map(|segment| match segment.chars().next() {
            Some(':' | '{' | '<' | '*') => "{}",
            _ => segment,
        })
        .collect::<Vec<_>>()
        .join("/")
}
