//! 盖章: whose seal may go into which box, and what a stamp covers.

use crate::entry::{Entry, EntryState};
use crate::notice::{Notice, ReviewStep, StampSlot};
use crate::refusal::Refusal;
use crate::review::slots_of;

pub mod register;

/// What a stamp is judged by.
#[derive(Debug)]
pub struct StampRequest<'a> {
    pub step: &'a ReviewStep,
    /// System of the stamping agency; it has an open duty in the step.
    pub system: &'a str,
    pub slot: &'a str,
    /// The digest of the submission that the officer looked at.
    pub reviewed: &'a str,
    /// Is the box filled in this round?
    pub filled: bool,
}

/// Finds the box, or refuses: not this step's turn, not this agency's box, filled, content changed since.
pub fn may_stamp<'a>(
    entry: &'a Entry,
    request: &'a StampRequest<'a>,
) -> Result<&'a StampSlot, Refusal> {
    if entry.state
        != (EntryState::UnderReview {
            step: request.step.key.clone(),
        })
    {
        return Err(Refusal::new("step_over", "该申报已不在本环节，不能盖章"));
    }
    if entry.digest.as_deref() != Some(request.reviewed) {
        return Err(Refusal::new(
            "digest_changed",
            "申报内容在您查看之后有变动，请重新查看后再盖章",
        ));
    }
    let slot = slots_of(request.step, request.system, &entry.choice, &entry.answers)
        .find(|s| s.key == request.slot)
        .ok_or_else(|| Refusal::new("slot_not_yours", "此盖章处不由贵单位使用"))?;
    if request.filled {
        return Err(Refusal::new("slot_filled", "此盖章处已经盖章"));
    }
    Ok(slot)
}

/// Every box on the form of such an entry, in the order of the chain.
#[must_use]
pub fn all_slots<'a>(notice: &'a Notice, entry: &Entry) -> Vec<(&'a ReviewStep, &'a StampSlot)> {
    notice
        .step
        .iter()
        .flat_map(|step| step.slot.iter().map(move |slot| (step, slot)))
        .filter(|(_, slot)| slot.when.holds(&entry.choice, &entry.answers))
        .collect()
}
