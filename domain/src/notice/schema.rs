use serde_json::Value;

use super::Notice;

/// JSON Schema of the pack format, generated from its types; committed as `notices/notice.schema.json`.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Notice).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rewrites the committed schema and fails when it had drifted.
    #[test]
    fn the_committed_schema_is_the_one_of_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../notices/notice.schema.json");
        let now = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        if committed != now {
            std::fs::write(path, &now).unwrap();
        }
        assert!(
            committed == now,
            "notices/notice.schema.json was out of date and is rewritten; commit it"
        );
    }
}
