//! 逐级审核: endorse, return with a slip, decline; partners of a joint step (会签).

use crate::agency::{Agency, Tier, region_covers};
use crate::entry::{Entry, EntryState};
use crate::event::Event;
use crate::form::Answers;
use crate::notice::{
    Choice, Notice, ReviewStep, Stage, StageAct, StampSlot, StepMode, to_the_second,
};
use crate::refusal::{Refusal, Violation};

mod reopened;
mod slip;

pub use reopened::reopened;
pub use slip::{Slip, due_at, within_reviews};

/// One agency's part in one step: the row of its review queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    pub id: String,
    pub agency_id: String,
    pub state: DutyState,
}

/// How an agency's part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DutyState {
    Open,
    Done,
    /// Ended by a partner's return or decline, or by withdrawal.
    Void,
}

impl DutyState {
    /// The word used in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            DutyState::Open => "open",
            DutyState::Done => "done",
            DutyState::Void => "void",
        }
    }
}

/// What an officer decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// 同意.
    Endorse { opinion: String },
    /// 退回补正, with everything that is wrong at once.
    Return(Slip),
    /// 不予推荐.
    Decline { reason: String },
}

/// What a decision leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub entry: Entry,
    /// The deciding agency's duty.
    pub done: String,
    /// Partners' duties that end with it.
    pub voided: Vec<String>,
    /// The step to open next.
    pub next: Option<String>,
    /// The stamps of this round are void.
    pub void_stamps: bool,
    pub event: Event,
}

/// What a decision is judged by.
#[derive(Debug)]
pub struct Situation<'a> {
    pub step: &'a ReviewStep,
    /// Every duty of the step in this round.
    pub duties: &'a [Duty],
    pub agency_id: &'a str,
    /// Boxes this agency must have stamped before it endorses, still empty.
    pub unstamped: &'a [String],
    /// Rules left to a person that nobody has decided.
    pub undecided: &'a [String],
    /// What a person found not to hold, as its rule says it.
    pub rejected: &'a [Violation],
    /// Stamps of this round, of all steps.
    pub stamps: usize,
    pub next: Option<&'a str>,
}

/// Applies one agency's decision to an entry.
pub fn decide(entry: Entry, at: &Situation<'_>, decision: Decision) -> Result<Outcome, Refusal> {
    let mine = at
        .duties
        .iter()
        .find(|d| d.agency_id == at.agency_id)
        .ok_or_else(|| Refusal::new("not_your_step", "本环节不由贵单位办理"))?;
    if entry.state
        != (EntryState::UnderReview {
            step: at.step.key.clone(),
        })
    {
        return Err(Refusal::new(
            "step_over",
            "该申报已不在本环节，请刷新后查看",
        ));
    }
    match mine.state {
        DutyState::Open => {}
        DutyState::Done => return Err(Refusal::new("already_decided", "贵单位已办理过该申报")),
        DutyState::Void => return Err(Refusal::new("step_over", "本环节已由会签单位办结")),
    }
    match decision {
        Decision::Endorse { opinion } => endorse(entry, at, mine, opinion),
        Decision::Return(slip) => give_back(entry, at, mine, slip),
        Decision::Decline { reason } => decline(entry, at, mine, reason),
    }
}

fn endorse(
    mut entry: Entry,
    at: &Situation<'_>,
    mine: &Duty,
    opinion: String,
) -> Result<Outcome, Refusal> {
    if !at.undecided.is_empty() {
        let named = at.undecided.join("、");
        return Err(Refusal::new(
            "finding_undecided",
            format!("尚有须人工认定的事项未处理：{named}"),
        ));
    }
    if !at.rejected.is_empty() {
        return Err(Refusal::with(
            "finding_rejected",
            "有事项经人工认定为不通过，不能同意；可退回补正、不予推荐，或重新认定",
            at.rejected.to_vec(),
        ));
    }
    if !at.unstamped.is_empty() {
        let clause = at.step.clause.as_deref().unwrap_or_default();
        return Err(Refusal::by_clause(
            "stamp_missing",
            "请先在申报表上加盖本单位印章",
            clause,
        ));
    }
    let open: Vec<String> = partners(at, mine);
    let passed = open.is_empty() || at.step.mode == StepMode::Any;
    let step = at.step.key.clone();
    entry.version += 1;
    if !passed {
        let event = Event::EntryEndorsed {
            step,
            opinion,
            waiting_for: open.len(),
        };
        return Ok(Outcome {
            entry,
            done: mine.id.clone(),
            voided: vec![],
            next: None,
            void_stamps: false,
            event,
        });
    }
    let next = at.next.map(str::to_owned);
    entry.state = match &next {
        Some(step) => EntryState::UnderReview { step: step.clone() },
        None => EntryState::Endorsed,
    };
    let event = Event::StepPassed {
        step,
        opinion,
        next: next.clone(),
    };
    Ok(Outcome {
        entry,
        done: mine.id.clone(),
        voided: open,
        next,
        void_stamps: false,
        event,
    })
}

fn give_back(
    mut entry: Entry,
    at: &Situation<'_>,
    mine: &Duty,
    slip: Slip,
) -> Result<Outcome, Refusal> {
    if slip.items.is_empty() {
        return Err(Refusal::new("slip_empty", "请至少写明一处需要补正的内容"));
    }
    let step = at.step.key.clone();
    entry.state = EntryState::Returned { step: step.clone() };
    entry.version += 1;
    let event = Event::EntryReturned {
        step,
        round: entry.round,
        items: slip.items,
        due_at: slip.due_at,
        stamps_voided: at.stamps,
    };
    Ok(Outcome {
        entry,
        done: mine.id.clone(),
        voided: partners(at, mine),
        next: None,
        void_stamps: true,
        event,
    })
}

fn decline(
    mut entry: Entry,
    at: &Situation<'_>,
    mine: &Duty,
    reason: String,
) -> Result<Outcome, Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::new("reason_missing", "请写明不予推荐的理由"));
    }
    let step = at.step.key.clone();
    entry.state = EntryState::Declined { step: step.clone() };
    entry.version += 1;
    let event = Event::EntryDeclined {
        step,
        reason,
        stamps_voided: at.stamps,
    };
    Ok(Outcome {
        entry,
        done: mine.id.clone(),
        voided: partners(at, mine),
        next: None,
        void_stamps: true,
        event,
    })
}

fn partners(at: &Situation<'_>, mine: &Duty) -> Vec<String> {
    at.duties
        .iter()
        .filter(|d| d.id != mine.id && d.state == DutyState::Open)
        .map(|d| d.id.clone())
        .collect()
}

/// The steps an entry walks with the agencies that act in each.
pub type Chain<'a> = Vec<(&'a ReviewStep, Vec<Agency>)>;

/// Lays out the chain for an entry; `all` are the agencies taking part. An agency above the one it goes through (`via`),
/// or above the applicant's own `unit`, comes first; else the one whose territory takes in the entry's region. A unit is
/// named by the applicant and may hang anywhere in the tree: what answers for another territory is not found above it.
/// Refuses when a step that is not optional has no agency.
pub fn chain<'a>(
    notice: &'a Notice,
    choice: &Choice,
    answers: &Answers,
    unit: Option<&Agency>,
    via: Option<&Agency>,
    region: &str,
    all: &[Agency],
) -> Result<Chain<'a>, Refusal> {
    let mut chain = Chain::new();
    for step in notice.step.iter().filter(|s| s.when.holds(choice, answers)) {
        let found: Vec<Option<&Agency>> = step
            .system
            .iter()
            .map(|s| acting(step, s, (via, unit), region, all))
            .collect();
        if found.iter().all(Option::is_some) {
            chain.push((step, found.into_iter().flatten().cloned().collect()));
        } else if !step.optional {
            return Err(Refusal::new(
                "no_agency",
                format!("“{}”环节没有对应的审核单位，请联系主办方", step.label),
            ));
        }
    }
    if chain.is_empty() {
        return Err(Refusal::new(
            "no_agency",
            "该申报没有可用的审核环节，请联系主办方",
        ));
    }
    Ok(chain)
}

fn acting<'a>(
    step: &ReviewStep,
    system: &str,
    (via, unit): (Option<&Agency>, Option<&Agency>),
    region: &str,
    all: &'a [Agency],
) -> Option<&'a Agency> {
    let territorial = step.tier.is_territorial();
    let mut candidates: Vec<&Agency> = all.iter().filter(|a| takes(step, system, a)).collect();
    candidates.sort_by_key(|a| std::cmp::Reverse(a.region.trim_end_matches('0').len()));
    let above = |own: &Agency, far: bool| {
        let mut found = candidates.iter().copied();
        found.find(|a| a.is_above_or_same(own) && (far || region_covers(&a.region, region)))
    };
    // A unit acts for itself only; it never takes in its neighbours because their seats share a region.
    let by_region = || {
        let mut found = candidates.iter().copied();
        found.find(|a| step.tier != Tier::Unit && region_covers(&a.region, region))
    };
    via.and_then(|own| above(own, true))
        .or_else(|| unit.and_then(|own| above(own, !territorial)))
        .or_else(by_region)
}

fn takes(step: &ReviewStep, system: &str, agency: &Agency) -> bool {
    agency.tier == step.tier && (agency.system == system || system == "*")
}

/// The steps that an agency may have to take, whichever entry it is.
pub fn steps_of<'a>(notice: &'a Notice, agency: &Agency) -> impl Iterator<Item = &'a ReviewStep> {
    (notice.step.iter()).filter(|step| step.system.iter().any(|s| takes(step, s, agency)))
}

/// Is a step's own stage over, so that it is not taken any more, though others are? `closes` is when that stage ends, as it was
/// moved. Never for what came late with leave or back from a slip; and a stage that takes applications ends no step, for what is
/// handed in in its last hour is to be looked at as well.
pub fn in_stage(
    step: &ReviewStep,
    stage: &Stage,
    closes: i64,
    entry: &Entry,
    now: i64,
) -> Result<(), Refusal> {
    let takes = stage.act.contains(&StageAct::Apply);
    if now < closes || takes || entry.comes_after() {
        return Ok(());
    }
    let last = to_the_second(closes - 1000);
    let message = format!(
        "“{}”环节已于{last}截止（{}），如需继续办理请联系主办方调整时间",
        step.label, stage.label
    );
    Err(match &stage.clause {
        Some(clause) => Refusal::by_clause("window_closed", message, clause),
        None => Refusal::new("window_closed", message),
    })
}

/// The boxes an agency of this system must fill in a step for such an entry.
pub fn slots_of<'a>(
    step: &'a ReviewStep,
    system: &'a str,
    choice: &'a Choice,
    answers: &'a Answers,
) -> impl Iterator<Item = &'a StampSlot> {
    step.slot
        .iter()
        .filter(move |s| (s.system == system || s.system == "*") && s.when.holds(choice, answers))
}

#[cfg(test)]
mod tests;
