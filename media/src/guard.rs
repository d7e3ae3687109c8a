//! Runs a parser over bytes from outside on a thread of its own: deep nesting has stack enough, and
//! nobody waits for ever. A stack overflow would end the whole process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

const STACK: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(5);
/// Parsers at once, those included that nobody waits for any more.
const AT_ONCE: usize = 16;

static RUNNING: AtomicUsize = AtomicUsize::new(0);

struct Seat;

impl Seat {
    fn take() -> Option<Seat> {
        let more = |n| (n < AT_ONCE).then_some(n + 1);
        RUNNING
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more)
            .ok()
            .map(|_| Seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The answer, or `None` after five seconds, after a panic, or when too many are running.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    run_for(PATIENCE, work)
}

/// The same with another time.
pub fn run_for<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let seat = Seat::take()?;
    let (tell, told) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("pdf-reader".into())
        .stack_size(STACK);
    let started = thread.spawn(move || {
        let _seat = seat;
        let _ = tell.send(work());
    });
    started.ok()?;
    told.recv_timeout(patience).ok()
}
