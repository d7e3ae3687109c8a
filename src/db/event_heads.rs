//! Where the chains of events were last seen to end, so that most events need not ask.
//!
//! Guesses, nothing more: a head moves from a guess only if the database still has it there. One may come from an act that
//! was undone, or be behind another process; the event then asks for the head, or its act is run again after [`forget`].

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use entity::{event, event_head};

/// Chains remembered at most; there is one a campaign.
const MOST: usize = 1000;

static SEEN: LazyLock<Mutex<HashMap<String, (i64, String)>>> = LazyLock::new(Mutex::default);

/// The head of a campaign's chain, if it was seen.
pub fn guess(campaign: &str) -> Option<event_head::Model> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let (seq, hash) = seen.get(campaign)?;
    Some(event_head::Model {
        campaign_id: campaign.to_owned(),
        seq: *seq,
        hash: hash.clone(),
    })
}

/// A guess was wrong.
pub fn forget(campaign: &str) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.remove(campaign);
}

/// The chain was moved on to this event.
pub fn remember(last: &event::Model) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.len() >= MOST {
        seen.clear();
    }
    seen.insert(last.campaign_id.clone(), (last.seq, last.hash.clone()));
}
