//! Personal data at rest: AES-256-GCM, bound to its place so that a value cannot be moved to another row.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::random;
use crate::error::{Error, Result};

/// Seals and opens fields; text form `v1.<base64 of nonce and ciphertext>`.
#[derive(Clone)]
pub struct Sealing {
    cipher: Aes256Gcm,
}

impl Sealing {
    /// From a 256-bit key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Sealing {
        Sealing {
            cipher: Aes256Gcm::new(key.into()),
        }
    }

    /// Seals a text for its place, e.g. `applicant.phone.<id>`.
    pub fn seal(&self, place: &str, text: &[u8]) -> Result<String> {
        let nonce: [u8; 12] = random();
        let payload = Payload {
            msg: text,
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&nonce.into(), payload)
            .map_err(|_| Error::Bug("sealing failed".into()))?;
        Ok(format!(
            "v1.{}",
            STANDARD.encode([nonce.as_slice(), &sealed].concat())
        ))
    }

    /// Opens what was sealed for the place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Vec<u8>> {
        let broken = || Error::Bug(format!("sealed field cannot be opened: {place}"));
        let bytes = sealed
            .strip_prefix("v1.")
            .and_then(|b| STANDARD.decode(b).ok())
            .ok_or_else(broken)?;
        let (nonce, text) = bytes.split_at_checked(12).ok_or_else(broken)?;
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| broken())?;
        let payload = Payload {
            msg: text,
            aad: place.as_bytes(),
        };
        self.cipher
            .decrypt(&nonce.into(), payload)
            .map_err(|_| broken())
    }

    /// Opens a text.
    pub fn open_text(&self, place: &str, sealed: &str) -> Result<String> {
        String::from_utf8(self.open(place, sealed)?)
            .map_err(|_| Error::Bug(format!("not text: {place}")))
    }
}
