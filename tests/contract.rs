//! The committed documents equal what the code says; a stale one is rewritten, then the test fails once.

use std::path::Path;

#[test]
fn committed_documents_are_those_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    let mut stale = Vec::new();
    for (name, text) in tuixuan::commands::openapi() {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            std::fs::write(&path, text).unwrap();
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "rewritten, look at the difference and commit: {stale:?}"
    );
}

#[test]
fn every_operation_has_a_name_and_a_summary() {
    for (name, text) in tuixuan::commands::openapi() {
        let Ok(spec) = serde_json::from_str::<serde_json::Value>(&text) else {
            continue;
        };
        for (path, methods) in spec["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                assert!(
                    operation["operationId"].is_string(),
                    "{name} {method} {path}"
                );
                assert!(operation["summary"].is_string(), "{name} {method} {path}");
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    // A trailing underscore is Rust's way around a name, and no caller's word.
                    let word = parameter["name"].as_str().unwrap();
                    assert!(!word.ends_with('_'), "{name} {method} {path}: {word}");
                }
                assert!(
                    operation["responses"]["404"].is_object(),
                    "{name} {method} {path} names its problems"
                );
            }
        }
    }
}

#[test]
fn every_body_has_an_example_with_all_it_demands() {
    for (name, text) in tuixuan::commands::openapi() {
        let Ok(spec) = serde_json::from_str::<serde_json::Value>(&text) else {
            continue;
        };
        let operations = spec["paths"].as_object().unwrap().values();
        for operation in operations.flat_map(|methods| methods.as_object().unwrap().values()) {
            let json = &operation["requestBody"]["content"]["application/json; charset=utf-8"];
            let Some(schema) = json["schema"]["$ref"].as_str() else {
                continue;
            };
            let schema = &spec["components"]["schemas"][schema.rsplit('/').next().unwrap()];
            let id = &operation["operationId"];
            let example = schema["example"].as_object();
            let example = example.unwrap_or_else(|| panic!("{name} {id}: add it to examples.rs"));
            for field in schema["required"].as_array().into_iter().flatten() {
                assert!(example.contains_key(field.as_str().unwrap()), "{name} {id}");
            }
        }
    }
}
