//! The committed documents equal what the code says; a stale one is rewritten, then the test fails once.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::errors;

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

#[test]
fn every_reference_leads_somewhere() {
    fn look(spec: &Value, part: &Value) {
        if let Some(place) = part["$ref"].as_str() {
            assert!(
                spec.pointer(place.trim_start_matches('#')).is_some(),
                "{place}"
            );
        }
        let members = part.as_object().into_iter().flat_map(|o| o.values());
        let items = part.as_array().into_iter().flatten();
        members.chain(items).for_each(|inner| look(spec, inner));
    }
    for (_, text) in tuixuan::commands::openapi() {
        if let Ok(spec) = serde_json::from_str::<Value>(&text) {
            look(&spec, &spec);
        }
    }
}

#[test]
fn every_code_of_the_contract_is_explained_and_every_explanation_used() {
    let mut named = BTreeSet::new();
    for (name, text) in tuixuan::commands::openapi() {
        let Ok(spec) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        let operations = spec["paths"].as_object().unwrap().values();
        let operations = operations.flat_map(|methods| methods.as_object().unwrap().values());
        let responses = operations.flat_map(|o| o["responses"].as_object().unwrap().values());
        for response in responses {
            let codes = errors::codes_of(&spec, response);
            let told = &errors::shared(&spec, response)["description"];
            let told = told.as_str().unwrap();
            if !codes.is_empty() {
                assert_eq!(told.lines().count(), codes.len(), "{name} {told}");
                assert!(
                    told.lines().all(|line| !line.ends_with('：')),
                    "{name} {told}"
                );
            }
            named.extend(codes);
        }
    }
    let explained = include_str!("../src/http/contract/codes.tsv").lines();
    let explained: BTreeSet<_> = explained
        .map(|l| l.split('\t').next().unwrap().to_owned())
        .collect();
    assert_eq!(named, explained);
}

#[test]
fn errors_are_those_of_operations_that_there_are() {
    let operations = tuixuan::commands::openapi().pop().unwrap().1;
    let there = |method: &str, path: &str| {
        let mut lines = operations.lines().map(str::split_whitespace);
        lines.any(|mut words| words.next() == Some(method) && words.next() == Some(path))
    };
    for line in include_str!("../src/http/contract/errors.tsv").lines() {
        let cells: Vec<_> = line.split('\t').collect();
        assert!(cells.len() == 4 && there(cells[0], cells[1]), "{line}");
    }
}
