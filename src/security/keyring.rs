//! Keys of one purpose: the current one for what is new, former ones to read what is old.

use super::sha256_hex;

/// Length of every key, bytes.
pub const KEY_LEN: usize = 32;

/// The current key and former ones, each with an id made from the key itself.
#[derive(Clone)]
pub struct Keyring {
    /// The current one first.
    keys: Vec<(String, [u8; KEY_LEN])>,
}

impl Keyring {
    #[must_use]
    pub fn new(current: [u8; KEY_LEN], former: impl IntoIterator<Item = [u8; KEY_LEN]>) -> Keyring {
        let keys = std::iter::once(current).chain(former);
        Keyring {
            keys: keys.map(|key| (id_of(&key), key)).collect(),
        }
    }

    /// The key for new values, with its id.
    #[must_use]
    pub fn current(&self) -> (&str, &[u8; KEY_LEN]) {
        let (id, key) = &self.keys[0];
        (id, key)
    }

    /// The key of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&[u8; KEY_LEN]> {
        self.keys.iter().find(|(i, _)| i == id).map(|(_, key)| key)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<&str> = self.keys.iter().map(|(id, _)| id.as_str()).collect();
        f.debug_tuple("Keyring").field(&ids).finish()
    }
}

/// 32 bits of a one-way hash: enough to tell a handful of keys apart, nothing about the key.
fn id_of(key: &[u8; KEY_LEN]) -> String {
    let mut named = b"tuixuan key id\0".to_vec();
    named.extend_from_slice(key);
    sha256_hex(&named)[..8].to_owned()
}
