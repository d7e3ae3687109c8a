//! One-time codes sent to a phone: six digits, kept only as a keyed hash, good for a few minutes
//! and a few attempts.

use super::{hmac, six_digits};

/// A code is good for so many milliseconds.
pub const LIFE_MS: i64 = 5 * 60 * 1000;

/// And for so many attempts, right or wrong.
pub const ATTEMPTS: i32 = 5;

/// What the database keeps of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCode {
    /// HMAC-SHA256 with the index key: a million guesses on a stolen table need the key too.
    pub hash: String,
    /// Epoch milliseconds.
    pub expires_at: i64,
    pub attempts: i32,
}

/// A new code for this phone: the digits to send, and what to store.
#[must_use]
pub fn new_code(key: &[u8], phone: &str, now: i64) -> (String, StoredCode) {
    let code = six_digits();
    let stored = StoredCode {
        hash: hash(key, phone, &code),
        expires_at: now + LIFE_MS,
        attempts: 0,
    };
    (code, stored)
}

impl StoredCode {
    /// Whether this attempt opens; `attempts` is counted up and must be stored whatever the answer.
    /// A code that has opened once is to be deleted by the caller.
    pub fn attempt(&mut self, key: &[u8], phone: &str, code: &str, now: i64) -> bool {
        self.attempts = self.attempts.saturating_add(1);
        self.attempts <= ATTEMPTS && now < self.expires_at && self.hash == hash(key, phone, code)
    }
}

/// Comparing these in ordinary time is safe: a guesser without the key cannot steer the hash.
fn hash(key: &[u8], phone: &str, code: &str) -> String {
    hex::encode(hmac(
        key,
        format!("one-time-code\n{phone}\n{code}").as_bytes(),
    ))
}
