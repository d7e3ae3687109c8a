//! Where the chains of events were last seen to end, so that most events need not ask.
//!
//! Guesses, nothing more: a head moves from a guess only if the database still has it there. One may be behind another
//! process; the event then asks for the head, or its act is run again after [`doubt`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use entity::{event, event_head};

/// Chains remembered at most; there is one a campaign.
const MOST: usize = 1000;
/// A chain that another process adds to is asked for its end so long: the first of each group of acts would guess wrong.
const SHARED: Duration = Duration::from_mins(1);

/// Transactions of this process so far.
static TRANSACTIONS: AtomicU64 = AtomicU64::new(0);

/// Where a chain is thought to end.
#[derive(Debug, Clone)]
pub struct Guess {
    pub head: event_head::Model,
    /// The transaction that it is from.
    transaction: u64,
}

enum Seen {
    /// The last event, by number and hash, and the transaction that added it.
    End(i64, String, u64),
    /// The same, but an act that built on it failed, maybe for this.
    Doubted(i64, String),
    /// Another process had added to it then.
    Shared(Instant),
}

static SEEN: LazyLock<Mutex<HashMap<String, Seen>>> = LazyLock::new(Mutex::default);

/// A transaction begins.
pub fn begin() {
    TRANSACTIONS.fetch_add(1, Ordering::Relaxed);
}

/// The head of a campaign's chain, if it was seen.
pub fn guess(campaign: &str) -> Option<Guess> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let Seen::End(seq, hash, transaction) = seen.get(campaign)? else {
        return None;
    };
    Some(Guess {
        head: event_head::Model {
            campaign_id: campaign.to_owned(),
            seq: *seq,
            hash: hash.clone(),
        },
        transaction: *transaction,
    })
}

/// An act that built on this guess failed: no reason for doubt where the same transaction had moved the chain there.
pub fn doubt(guess: Guess) {
    let Guess { head, transaction } = guess;
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if transaction == TRANSACTIONS.load(Ordering::Relaxed) {
        seen.remove(&head.campaign_id);
    } else {
        seen.insert(head.campaign_id, Seen::Doubted(head.seq, head.hash));
    }
}

/// Acts were undone, and with them what moved chains on.
pub fn forget() {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.retain(|_, seen| !matches!(seen, Seen::End(..)));
}

/// The head as it was read: tells whether a doubt was right.
pub fn read(head: &event_head::Model) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Seen::Doubted(seq, hash)) = seen.get(&head.campaign_id)
        && (*seq, hash) != (head.seq, &head.hash)
    {
        let now = Seen::Shared(Instant::now());
        seen.insert(head.campaign_id.clone(), now);
    }
}

/// The chain was moved on to this event.
pub fn remember(last: &event::Model) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Seen::Shared(since)) = seen.get(&last.campaign_id)
        && since.elapsed() < SHARED
    {
        return;
    }
    if seen.len() >= MOST {
        seen.clear();
    }
    let transaction = TRANSACTIONS.load(Ordering::Relaxed);
    let end = Seen::End(last.seq, last.hash.clone(), transaction);
    seen.insert(last.campaign_id.clone(), end);
}
