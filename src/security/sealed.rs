//! Personal data at rest: AES-256-GCM, bound to its place so that a value cannot be moved to another row.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::keyring::Keyring;
use super::random;
use crate::error::{Error, Result};

/// Seals and opens fields; text form `v1.<key id>.<base64 of nonce and ciphertext>`.
#[derive(Clone)]
pub struct Sealing {
    keys: Keyring,
}

impl Sealing {
    /// Seals with the current key, opens with any.
    #[must_use]
    pub fn new(keys: Keyring) -> Sealing {
        Sealing { keys }
    }

    /// Seals a text for its place, e.g. `applicant.phone.<id>`.
    pub fn seal(&self, place: &str, text: &[u8]) -> Result<String> {
        let nonce: [u8; 12] = random();
        let payload = Payload {
            msg: text,
            aad: place.as_bytes(),
        };
        let (id, key) = self.keys.current();
        let sealed = Aes256Gcm::new(key.into())
            .encrypt(&nonce.into(), payload)
            .map_err(|_| Error::Bug("sealing failed".into()))?;
        Ok(format!(
            "v1.{id}.{}",
            STANDARD.encode([nonce.as_slice(), &sealed].concat())
        ))
    }

    /// Opens what was sealed for the place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Vec<u8>> {
        let broken = || Error::Bug(format!("sealed field cannot be opened: {place}"));
        let (id, text) = sealed
            .strip_prefix("v1.")
            .and_then(|rest| rest.split_once('.'))
            .ok_or_else(broken)?;
        let key = self.keys.get(id).ok_or_else(broken)?;
        let bytes = STANDARD.decode(text).map_err(|_| broken())?;
        let (nonce, text) = bytes.split_at_checked(12).ok_or_else(broken)?;
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| broken())?;
        let payload = Payload {
            msg: text,
            aad: place.as_bytes(),
        };
        Aes256Gcm::new(key.into())
            .decrypt(&nonce.into(), payload)
            .map_err(|_| broken())
    }

    /// Opens a text.
    pub fn open_text(&self, place: &str, sealed: &str) -> Result<String> {
        String::from_utf8(self.open(place, sealed)?)
            .map_err(|_| Error::Bug(format!("not text: {place}")))
    }
}
