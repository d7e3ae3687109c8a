//! What the generated contract knows and error answers want to say: which methods a path has
//! (`Allow`), and which fields a body lacks.

use std::collections::BTreeMap;

use poem::http::Method;
use serde_json::Value;

/// Methods by path and required fields by schema, read from OpenAPI documents.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    methods: BTreeMap<String, Vec<Method>>,
    required: BTreeMap<String, Vec<String>>,
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
            contract.read_schemas(&spec);
        }
        contract
    }

    fn read_paths(&mut self, prefix: &str, spec: &Value) {
        for (path, operations) in spec["paths"].as_object().into_iter().flatten() {
            let methods = operations
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(m, _)| m.to_ascii_uppercase().parse().ok())
                .collect();
            self.methods
                .insert(pattern(&format!("{prefix}{path}")), methods);
        }
    }

    fn read_schemas(&mut self, spec: &Value) {
        let schemas = spec["components"]["schemas"].as_object();
        for (name, schema) in schemas.into_iter().flatten() {
            let required = schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|f| f.as_str().map(str::to_owned))
                .collect();
            self.required.insert(name.clone(), required);
        }
    }

    /// Value of `Allow` for a path as the router names it.
    #[must_use]
    pub fn allow(&self, route: &str) -> Option<String> {
        let methods = self.methods.get(&pattern(route))?;
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Fields that the schema demands and the body does not have.
    #[must_use]
    pub fn missing_fields(&self, schema: &str, body: &Value) -> Vec<String> {
        let (Some(required), Some(body)) = (self.required.get(schema), body.as_object()) else {
            return Vec::new();
        };
        required
            .iter()
            .filter(|f| body.get(*f).is_none_or(Value::is_null))
            .cloned()
            .collect()
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
