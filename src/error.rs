//! What an act can end with besides success. Only `http::problem` turns it into a status.

use domain::refusal::{Refusal, Violation};
use sea_orm::DbErr;

use crate::db::fault::Fault;

/// Result of an act.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an act did not happen. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Input that cannot be taken as it is.
    #[error("invalid input")]
    Invalid(Vec<Violation>),
    /// Not there, or outside the caller's scope; the two look alike.
    #[error("absent")]
    Absent,
    /// Seen, but not for this caller to do.
    #[error("forbidden: {0}")]
    Forbidden(Refusal),
    /// No valid token, or a failed sign-in.
    #[error("unauthenticated: {0}")]
    Unauthenticated(Refusal),
    /// Written on an older version than the stored one.
    #[error("stale: sent {sent}, stored {stored}")]
    Stale { sent: i64, stored: i64 },
    /// The caller must say which version it saw.
    #[error("version missing")]
    VersionMissing,
    /// Against something that exists.
    #[error("conflict: {0}")]
    Conflict(Refusal),
    /// Too often; try again after so many seconds.
    #[error("too many, retry after {0} s")]
    TooMany(u64),
    /// A file or body over its limit.
    #[error("too large")]
    TooLarge(Violation),
    /// A file of a kind that is not taken.
    #[error("unsupported file")]
    Unsupported(Violation),
    /// All hands are busy; the same call may succeed in a moment.
    #[error("busy")]
    Busy,
    /// No room left on the disk; nothing was stored.
    #[error("storage is full: {0}")]
    Full(String),
    /// An outside service or the database is away; the same call may work later.
    #[error("outside: {0}")]
    Outside(String),
    /// An outside service did not do its part, and the caller may know which; nothing was changed.
    #[error("away: {hidden}")]
    Away {
        refusal: Refusal,
        /// For the log only.
        hidden: String,
    },
    /// A fault of ours; its text never leaves the log.
    #[error("bug: {0}")]
    Bug(String),
}

impl Error {
    /// An answer, and no sign that the database, or anything else, is in trouble.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self,
            Error::Busy | Error::Full(_) | Error::Outside(_) | Error::Away { .. } | Error::Bug(_)
        )
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Error {
        let text = error.to_string();
        match Fault::of(&error) {
            Fault::Full => Error::Full(text),
            Fault::Busy => Error::Busy,
            Fault::Away => Error::Outside(text),
            Fault::Ours => Error::Bug(text),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::Bug(format!("stored JSON: {error}"))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        use std::io::ErrorKind as K;
        match error.kind() {
            K::StorageFull | K::QuotaExceeded => Error::Full(format!("files: {error}")),
            _ => Error::Outside(format!("files: {error}")),
        }
    }
}

/// Whoever decides against somebody says why: refused without a reason.
pub fn require_reason(reason: &str, message: &str) -> Result<()> {
    require_text("reason", reason, "reason_missing", message)
}

/// An opinion goes to where people read it: white space alone says nothing there.
pub fn require_opinion(opinion: &str) -> Result<()> {
    require_text("opinion", opinion, "opinion_missing", "请填写意见")
}

fn require_text(field: &str, text: &str, code: &str, message: &str) -> Result<()> {
    match text.trim().is_empty() {
        true => Err(invalid(field, code, message)),
        false => Ok(()),
    }
}

/// Instants outside of these years come of seconds for milliseconds, or of figures that ran over.
pub fn require_instant(field: &str, at: i64) -> Result<()> {
    const YEARS_2000_TO_2100: std::ops::Range<i64> = 946_656_000_000..4_102_416_000_000;
    match YEARS_2000_TO_2100.contains(&at) {
        true => Ok(()),
        false => Err(invalid(
            field,
            "instant_range",
            "时间须在2000年至2099年之间，以毫秒计",
        )),
    }
}

/// Refuses a single field of the input.
#[must_use]
pub fn invalid(field: &str, code: &str, message: &str) -> Error {
    Error::Invalid(vec![Violation {
        field: field.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        ..Violation::default()
    }])
}
