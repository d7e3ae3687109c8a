//! The arrows of ARCHITECTURE.md: what a layer of `src` may not reach for.

use std::fs;
use std::path::{Path, PathBuf};

/// Layer, and the layers that it must not name.
const OUTWARD: [(&str, &[&str]); 10] = [
    ("app", &["http"]),
    ("db", &["http", "app"]),
    ("files", &["http", "app", "db"]),
    ("media", &["http", "app", "db"]),
    ("security", &["http", "app", "db"]),
    ("wechat", &["http", "app", "db"]),
    ("sms", &["http", "app", "db"]),
    ("sealing_service", &["http", "app", "db"]),
    ("timestamp_service", &["http", "app", "db"]),
    ("poster", &["http", "app", "db"]),
];

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        found.push(path.to_owned());
    }
}

/// Every `crate::layer` that a file of the layer names and must not.
fn outward(root: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for (layer, forbidden) in OUTWARD {
        let mut files = Vec::new();
        sources(&root.join(format!("{layer}.rs")), &mut files);
        sources(&root.join(layer), &mut files);
        for file in files.iter().filter(|f| f.exists()) {
            let text = fs::read_to_string(file).unwrap();
            let named = forbidden
                .iter()
                .filter(|to| text.contains(&format!("crate::{to}::")));
            wrong.extend(named.map(|to| format!("{} → {to}", file.display())));
        }
    }
    wrong
}

#[test]
fn no_layer_reaches_outward() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert_eq!(outward(&src), Vec::<String>::new());
}

#[test]
fn an_outward_arrow_is_found() {
    let root = std::env::temp_dir().join(format!("tuixuan-arrows-{}", std::process::id()));
    fs::create_dir_all(root.join("db")).unwrap();
    fs::write(root.join("db/entries.rs"), "use crate::app::entries;\n").unwrap();
    let found = outward(&root);
    fs::remove_dir_all(&root).unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("db/entries.rs → app"), "{found:?}");
}
