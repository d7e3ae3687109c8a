//! The fuzz targets have a lock file of their own; what they find is worth something only if it is about the same code.

use std::collections::{BTreeMap, BTreeSet};

/// Versions of each package in a lock file.
fn versions(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lock: toml::Table = lock.parse().unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let text = |key: &str| package[key].as_str().unwrap().to_owned();
        found
            .entry(text("name"))
            .or_default()
            .insert(text("version"));
    }
    found
}

#[test]
fn fuzz_targets_are_built_of_the_versions_that_the_service_is() {
    let ours = versions(include_str!("../Cargo.lock"));
    let theirs = versions(include_str!("../fuzz/Cargo.lock"));
    assert!(theirs.contains_key("zune-jpeg") && theirs.contains_key("multer"));
    let other: Vec<String> = theirs
        .iter()
        .filter_map(|(name, found)| Some((name, found, ours.get(name)?)))
        .filter(|(_, found, ours)| !found.is_subset(ours))
        .map(|(name, found, ours)| format!("{name}: {found:?}, not {ours:?}"))
        .collect();
    assert!(
        other.is_empty(),
        "cp Cargo.lock fuzz/Cargo.lock, then cargo metadata there: {other:#?}"
    );
}
