//! What is known of an upload's SHA-256 while its parts come one after the other, so that at its end nothing is read again.
//!
//! Only acknowledged parts count, since nobody writes them again. It is a convenience: after a restart, or when parts came in
//! another order, the rest is read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::incoming::Sums;

/// Uploads that are remembered, about 200 bytes each.
const MOST: usize = 1_000;

/// Sums of the first bytes of uploads, by upload.
#[derive(Default)]
pub struct Heads(Mutex<HashMap<String, Sums>>);

impl Heads {
    /// The sums of what lies before a byte, where that is all they count.
    pub fn up_to(&self, upload: &str, at: u64) -> Option<Sums> {
        match at {
            0 => Some(Sums::new(None)),
            _ => self
                .known()
                .get(upload)
                .filter(|s| s.length() == at)
                .cloned(),
        }
    }

    /// Keeps longer ones; when there are too many, any other upload's are forgotten.
    pub fn keep(&self, upload: &str, sums: Sums) {
        let mut known = self.known();
        if known
            .get(upload)
            .is_some_and(|k| k.length() >= sums.length())
        {
            return;
        }
        if known.len() >= MOST
            && let Some(other) = known.keys().find(|k| *k != upload).cloned()
        {
            known.remove(&other);
        }
        known.insert(upload.to_owned(), sums);
    }

    /// The longest that are known; of nothing at all when none are.
    pub fn take(&self, upload: &str) -> Sums {
        self.known()
            .remove(upload)
            .unwrap_or_else(|| Sums::new(None))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Sums>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
