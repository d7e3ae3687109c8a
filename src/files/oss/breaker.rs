//! Leaves OSS alone for a while when it has failed several times in a row: callers are told at once instead of waiting, and it
//! is not asked by everybody at the moment it comes back.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many failures in a row open it.
const FAILURES: u32 = 5;

/// Open, closed, or open to one call that tries.
pub struct Breaker {
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// Nobody is let through before.
    until: Option<Instant>,
}

impl Breaker {
    /// Closed.
    pub fn new(pause: Duration) -> Breaker {
        Breaker {
            pause,
            state: Mutex::default(),
        }
    }

    /// Whether a call may be made. After the pause one is let through, the others wait for what it finds; a call that was given
    /// up tells nothing, and after another pause the next one tries.
    pub fn admits(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match state.until {
            Some(until) if now < until => false,
            Some(_) => {
                state.until = Some(now + self.pause);
                true
            }
            None => true,
        }
    }

    /// How a call ended: whether OSS was there, not whether it did what it was asked.
    pub fn note(&self, there: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if there {
            *state = State::default();
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.until = Some(Instant::now() + self.pause);
        }
    }
}
