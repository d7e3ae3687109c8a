//! Officers' passwords: argon2id (RFC 9106) with OWASP's parameters, as PHC strings.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result, invalid};

/// Two at a time: each takes 19 MiB and 26 ms.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Shortest password.
const SHORTEST: usize = 10;

/// Refuses passwords that are too short or hold the login.
pub fn check_strength(login: &str, password: &str) -> Result<()> {
    let long_enough = password.chars().count() >= SHORTEST && password.len() <= 200;
    let apart = !password.to_lowercase().contains(&login.to_lowercase());
    if long_enough && apart {
        return Ok(());
    }
    Err(invalid(
        "password",
        "password_weak",
        "密码至少10个字符，且不能包含登录名",
    ))
}

/// Hashes a password.
pub async fn hash(password: String) -> Result<String> {
    blocking(move || {
        let hashed = argon2().hash_password(password.as_bytes());
        hashed
            .map(|h| h.to_string())
            .map_err(|e| Error::Bug(e.to_string()))
    })
    .await
}

/// Compares; without a stored hash the same work is done in vain, so that both cases take as long.
pub async fn verify(password: String, stored: Option<String>) -> Result<bool> {
    blocking(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
        let parsed = PasswordHash::new(&stored).map_err(|e| Error::Bug(e.to_string()))?;
        Ok(argon2()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
            && known)
    })
    .await
}

/// Hash of a password nobody has.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$8mFcMdp2jMLNqBvPmIhSqFTb2nIvmYvFGhQ0GfSkHhE";

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let _turn = AT_ONCE
        .acquire()
        .await
        .map_err(|e| Error::Bug(e.to_string()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::Bug(e.to_string()))?
}
