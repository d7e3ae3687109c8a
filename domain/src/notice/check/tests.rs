use super::*;

mod broken;
mod chains;
mod packs;

fn notices() -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../notices")
}

fn pack(slug: &str) -> String {
    std::fs::read_to_string(notices().join(slug).join("notice.toml")).unwrap()
}
