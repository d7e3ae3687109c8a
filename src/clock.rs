//! Time and identity come from outside the rules.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time in epoch milliseconds.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> i64;
}

/// The machine's clock, never going back while the process runs: a clock set back must not revive
/// tokens that have expired. One that jumped ahead by mistake heals at restart.
pub struct SystemClock;

static HIGHEST: AtomicI64 = AtomicI64::new(0);

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> i64 {
        let now = chrono::Utc::now().timestamp_millis();
        HIGHEST.fetch_max(now, Ordering::AcqRel).max(now)
    }
}

/// A clock that stands still until it is moved: for tests of windows and expiry.
#[derive(Clone)]
pub struct SetClock(Arc<AtomicI64>);

impl SetClock {
    /// Starts at an instant.
    #[must_use]
    pub fn at(now: i64) -> SetClock {
        SetClock(Arc::new(AtomicI64::new(now)))
    }

    /// Moves to an instant.
    pub fn set(&self, now: i64) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A new time-ordered id (UUIDv7, RFC 9562).
#[must_use]
pub fn new_id() -> String {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    let id = uuid::Uuid::now_v7();
    id.to_string()
}
