//! 空白样表: the form with nothing written on it, for whoever wants to see beforehand what will be asked.
//!
//! Anybody may ask for it, so it costs little: notice and template are frozen, so it is drawn once a process; one at a time;
//! and what could not be drawn is left alone for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::campaigns::Campaign;
use super::forms;
use crate::error::{Error, Result};
use crate::state::Shared;

/// Forms kept in memory.
const KEPT: usize = 64;
/// After a drawing that failed, none is tried for so long, milliseconds.
const REST: i64 = 60_000;

/// What came of a drawing.
#[derive(Clone)]
enum Drawn {
    Form(Bytes),
    Failed { at: i64 },
}

/// Blank forms by campaign.
#[derive(Default)]
pub struct BlankForms {
    drawn: Mutex<HashMap<String, Drawn>>,
    turn: tokio::sync::Mutex<()>,
}

impl BlankForms {
    fn known(&self, campaign: &str, now: i64) -> Option<Result<Bytes>> {
        let drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        match drawn.get(campaign)? {
            Drawn::Form(pdf) => Some(Ok(pdf.clone())),
            Drawn::Failed { at } => (now < at + REST).then_some(Err(Error::Busy)),
        }
    }

    fn keep(&self, campaign: &str, what: Drawn) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.len() >= KEPT {
            drawn.clear();
        }
        drawn.insert(campaign.to_owned(), what);
    }
}

/// The blank form of a campaign; absent where nobody applies.
pub async fn pdf(app: &Shared, campaign: &Campaign) -> Result<Bytes> {
    let (id, now, blank) = (&campaign.head.id, app.now(), &app.blank_forms);
    if let Some(known) = blank.known(id, now) {
        return known;
    }
    let _turn = blank.turn.lock().await;
    if let Some(known) = blank.known(id, now) {
        return known;
    }
    match forms::blank(app, campaign).await {
        Ok(form) => {
            let pdf = Bytes::from(form.pdf);
            blank.keep(id, Drawn::Form(pdf.clone()));
            Ok(pdf)
        }
        Err(Error::Absent) => Err(Error::Absent),
        Err(error) => {
            blank.keep(id, Drawn::Failed { at: now });
            Err(error)
        }
    }
}
