//! Keys, tokens, passwords, personal data.

pub mod keyring;
pub mod link;
pub mod password;
pub mod sealed;
pub mod token;
pub mod totp;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// SHA-256 as hexadecimal text.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// HMAC-SHA256.
#[must_use]
pub fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Blind index of a normalised value: finds it without storing it (16 bytes, hexadecimal).
#[must_use]
pub fn blind_index(key: &[u8], field: &str, value: &str) -> String {
    let digest = hmac(key, format!("{field}\n{value}").as_bytes());
    hex::encode(&digest[..16])
}

/// Whether two texts are the same, compared through a keyed digest: time tells nothing about where they differ.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    let key: [u8; 32] = random();
    hmac(&key, a) == hmac(&key, b)
}

/// Random bytes from the system.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing here may go on"
    )]
    getrandom::fill(&mut bytes).expect("the system's random source");
    bytes
}

/// Six random digits.
#[must_use]
pub fn six_digits() -> String {
    // 2^64 is so much larger than 10^6 that the remainder's bias does not matter.
    format!("{:06}", u64::from_be_bytes(random()) % 1_000_000)
}

/// A random name from letters and digits that are not mistaken for each other, `length` long.
#[must_use]
pub fn random_code(length: usize) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes: [u8; 32] = random();
    bytes
        .iter()
        .cycle()
        .take(length.min(32))
        .map(|b| char::from(LETTERS[usize::from(b % 32)]))
        .collect()
}

/// 177****2829.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    let chars: Vec<char> = phone.chars().collect();
    if chars.len() < 8 {
        return "****".into();
    }
    let (head, tail) = (&chars[..3], &chars[chars.len() - 4..]);
    format!(
        "{}****{}",
        head.iter().collect::<String>(),
        tail.iter().collect::<String>()
    )
}

/// Keeps the first character of any other personal text.
#[must_use]
pub fn mask(text: &str) -> String {
    match text.chars().next() {
        Some(first) => format!("{first}**"),
        None => String::new(),
    }
}
