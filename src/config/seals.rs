//! Keys of seals besides those of the embedded authority; roots of certificates, read once at start.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{Fault, Secret, fault};

/// Keys of seals besides those of the embedded authority.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seals {
    /// Files (PEM, or DER) with the roots of certificates that agencies bring along.
    pub roots: Vec<PathBuf>,
    /// Address of an outside sealing service; empty: there is none.
    pub service_url: String,
    /// Key of the `X-Signature` header of requests to it.
    pub service_secret: Secret,
    /// How long one call to it may take, milliseconds; it is made twice at most.
    pub service_ms: u64,
    /// Address of an authority that attests the time of stamps (RFC 3161); empty: there is none.
    pub timestamp_url: String,
    /// The same for forms that are signed with SM2, asked with SM3; empty: they have the one above.
    pub timestamp_sm2_url: String,
    /// Files (PEM, or DER) with the roots of such authorities, former ones included: their tokens are in forms.
    pub timestamp_roots: Vec<PathBuf>,
    /// How long a call to it may take, milliseconds.
    pub timestamp_ms: u64,
}

impl Default for Seals {
    fn default() -> Seals {
        Seals {
            roots: vec![],
            service_url: String::new(),
            service_secret: Secret::default(),
            service_ms: 8_000,
            timestamp_url: String::new(),
            timestamp_sm2_url: String::new(),
            timestamp_roots: vec![],
            timestamp_ms: 8_000,
        }
    }
}

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
