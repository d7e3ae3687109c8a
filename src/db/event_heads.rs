//! Where the chains of events were last seen to end, so that most events need not ask.
//!
//! Guesses, nothing more: a head moves from a guess only if the database still has it there. One may come from an act that
//! was undone, or be behind another process; the event then asks for the head, or its act is run again after [`doubt`].

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use entity::{event, event_head};

/// Chains remembered at most; there is one a campaign.
const MOST: usize = 1000;
/// A chain that another process adds to is asked for its end so long: the first of each group of acts would guess wrong.
const SHARED: Duration = Duration::from_mins(1);

enum Seen {
    /// The last event, by number and hash.
    End(i64, String),
    /// The same, but an act that built on it failed, maybe for this.
    Doubted(i64, String),
    /// Another process had added to it then.
    Shared(Instant),
}

static SEEN: LazyLock<Mutex<HashMap<String, Seen>>> = LazyLock::new(Mutex::default);

/// The head of a campaign's chain, if it was seen.
pub fn guess(campaign: &str) -> Option<event_head::Model> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let Seen::End(seq, hash) = seen.get(campaign)? else {
        return None;
    };
    Some(event_head::Model {
        campaign_id: campaign.to_owned(),
        seq: *seq,
        hash: hash.clone(),
    })
}

/// An act that built on this guess failed.
pub fn doubt(guess: event_head::Model) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.insert(guess.campaign_id, Seen::Doubted(guess.seq, guess.hash));
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
    let end = Seen::End(last.seq, last.hash.clone());
    seen.insert(last.campaign_id.clone(), end);
}
