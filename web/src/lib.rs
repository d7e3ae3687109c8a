//! The applicant's page (H5 build of `miniprogram-stub`) inside the binary. `make web` puts its files into `page/`; without it the
//! folder is empty and so is this. Without optimisation (a daily build) they are read from that folder, once, when first asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "page"]
struct Page;

/// A file of the page.
pub struct Asset {
    /// As it was built.
    pub plain: Cow<'static, [u8]>,
    /// Packed by gzip, where that saves a tenth or more.
    pub gzip: Option<Vec<u8>>,
    /// The first half of its SHA-256, hexadecimal.
    pub digest: String,
    /// Media type, with the charset of a text.
    pub kind: String,
    /// Its name changes with its content, so it may be kept for good.
    pub hashed: bool,
}

static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    Page::iter()
        .filter(|name| !name.starts_with('.'))
        .filter_map(|name| Some((name.to_string(), Asset::of(&name, Page::get(&name)?))))
        .collect()
});

/// The file of this name, `index.html` or `assets/index-Bk3v.js`.
#[must_use]
pub fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.get(name)
}

/// All names; none when the page was not built.
pub fn names() -> impl Iterator<Item = &'static str> {
    ASSETS.keys().map(String::as_str)
}

impl Asset {
    fn of(name: &str, file: EmbeddedFile) -> Asset {
        let mut kind = file.metadata.mimetype().to_owned();
        if kind.starts_with("text/") || kind == "application/json" || kind == "image/svg+xml" {
            kind.push_str("; charset=utf-8");
        }
        let hash = file.metadata.sha256_hash();
        Asset {
            gzip: packed(&file.data),
            plain: file.data,
            digest: hash[..16].iter().map(|b| format!("{b:02x}")).collect(),
            kind,
            hashed: name.starts_with("assets/"),
        }
    }
}

/// Pictures and fonts are packed already.
fn packed(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    let gzip = encoder.finish().ok()?;
    (gzip.len() + plain.len() / 10 < plain.len()).then_some(gzip)
}

#[cfg(test)]
mod tests {
    use super::packed;

    #[test]
    fn a_text_is_packed_and_what_gains_nothing_is_left() {
        assert!(packed("推选".repeat(100).as_bytes()).is_some_and(|gzip| gzip.len() < 60));
        assert_eq!(packed(b"x"), None);
        assert_eq!(packed(b""), None);
    }
}
