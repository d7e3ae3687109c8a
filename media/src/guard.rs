//! Runs a parser over bytes from outside on a thread of its own: deep nesting has stack enough, and
//! nobody waits for ever. A stack overflow would end the whole process.

use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::time::Duration;

const STACK: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(5);
/// Parsers at once, those included that nobody waits for any more.
const AT_ONCE: usize = 16;

static RUNNING: Mutex<usize> = Mutex::new(0);
static FREE: Condvar = Condvar::new();

struct Seat;

impl Seat {
    /// Waits for a seat; with so many parsers a short time is enough, unless somebody means harm.
    fn take(patience: Duration) -> Option<Seat> {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = FREE.wait_timeout_while(running, patience, |n| *n >= AT_ONCE);
        let (mut running, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return None;
        }
        *running += 1;
        Some(Seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREE.notify_one();
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// No seat got free: it says nothing about the bytes.
    Busy,
    /// It took too long, or panicked.
    Broken,
}

/// The answer, unless it takes more than five seconds.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unanswered> {
    run_for(PATIENCE, work)
}

/// The same with another time.
pub fn run_for<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unanswered> {
    let seat = Seat::take(patience).ok_or(Unanswered::Busy)?;
    let (tell, told) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("pdf-reader".into())
        .stack_size(STACK);
    let started = thread.spawn(move || {
        let _seat = seat;
        let _ = tell.send(work());
    });
    started.map_err(|_| Unanswered::Busy)?;
    told.recv_timeout(patience).map_err(|_| Unanswered::Broken)
}
