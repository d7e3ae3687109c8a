//! Roots of certificates, read once at start.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Fault, Seals, fault};

impl Seals {
    /// Every certificate (DER) of the files; one that cannot be read stops the start.
    pub fn read_roots(&self) -> Result<Vec<Vec<u8>>, Fault> {
        read("seals.roots", &self.roots)
    }

    /// The same of authorities that attest the time; one that is asked must be known.
    pub fn read_timestamp_roots(&self) -> Result<Vec<Vec<u8>>, Fault> {
        let name = "seals.timestamp_roots";
        let asked = !(self.timestamp_url.is_empty() && self.timestamp_sm2_url.is_empty());
        if asked && self.timestamp_roots.is_empty() {
            return Err(fault(
                name,
                "is missing; without it no time stamp is trusted",
            ));
        }
        read(name, &self.timestamp_roots)
    }
}

fn read(name: &str, paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Fault> {
    let mut roots = Vec::new();
    for path in paths {
        let unfit = |what: String| fault(name, format!("{}: {what}", path.display()));
        let bytes = std::fs::read(path).map_err(|e| unfit(e.to_string()))?;
        let found = certificates(&bytes);
        if found.is_empty() {
            return Err(unfit("holds no certificate".into()));
        }
        for certificate in &found {
            documents::authority::parse(certificate).map_err(|e| unfit(e.to_string()))?;
        }
        roots.extend(found);
    }
    Ok(roots)
}

/// Certificates of a PEM file, or the one that the file is.
fn certificates(bytes: &[u8]) -> Vec<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if text.contains(BEGIN) => text,
        _ => return vec![bytes.to_vec()],
    };
    let bodies = text.split(BEGIN).skip(1);
    bodies
        .filter_map(|rest| {
            let body = rest.split(END).next()?;
            BASE64
                .decode(body.split_whitespace().collect::<String>())
                .ok()
        })
        .collect()
}
