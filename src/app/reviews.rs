//! 逐级审核: the queue and officers' decisions.

mod dossier;

use domain::actor::Officer;
use domain::entry::{CHOICES, Entry, EntryState};
use domain::event::Event;
use domain::finding::Finding;
use domain::form_check::CATEGORY_OTHER;
use domain::notice::Effect;
use domain::refusal::{Refusal, Violation};
use domain::review::{Decision, Situation, Slip, decide as rule, due_at, slots_of};
use entity::{duty, entry, finding_decision, slip};

use super::campaigns::{self, Campaign};
use super::messages;
use super::nominations;
use super::slips::{self, MOST_DAYS};
use super::submissions::{chain_of, duties};
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::reviews::{self, Count, Filter, QueueRow};
use crate::db::steps::{self, Step};
use crate::db::together::Together;
use crate::db::{batches, documents, entries, quotas};
use crate::error::{Error, Result, invalid, require_opinion, require_reason};
use crate::state::{App, Shared};

pub(super) use dossier::content;
pub use dossier::{ChangedFiles, Dossier, NamedFile, dossier};

/// A page of the officer's agency's queue.
pub async fn queue(
    app: &Shared,
    who: &Officer,
    slug: &str,
    filter: &Filter,
) -> Result<Vec<QueueRow>> {
    let campaign = campaigns::id_of(app, slug).await?;
    reviews::queue(app.db.read(), &who.agency.id, &campaign, filter).await
}

/// Counts by step and state, of one place or of all.
pub async fn counts(
    app: &Shared,
    who: &Officer,
    slug: &str,
    region: Option<&str>,
) -> Result<Vec<Count>> {
    let campaign = campaigns::id_of(app, slug).await?;
    reviews::counts(app.db.read(), &who.agency.id, &campaign, region).await
}

/// What an officer asks for; the slip's due date is counted here.
///
/// The agency that returned an entry declines it too, once the slip's due date has passed.
#[derive(Debug, Clone)]
pub enum Asked {
    Endorse {
        opinion: String,
    },
    Return {
        items: Vec<Violation>,
        days: Option<u32>,
    },
    Decline {
        reason: String,
    },
}

impl Asked {
    /// What others are to read is not blank.
    fn says_something(&self) -> Result<()> {
        match self {
            Asked::Endorse { opinion } => require_opinion(opinion),
            Asked::Return { items, .. } if items.iter().any(|i| i.message.trim().is_empty()) => {
                let message = "请逐项写明需要补正什么";
                Err(invalid("items", "message_missing", message))
            }
            Asked::Return { .. } | Asked::Decline { .. } => Ok(()),
        }
    }
}

/// Endorses, returns or declines for the officer's agency, while a stage for reviews is open; declines after the last of them too.
pub async fn decide(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    asked: Asked,
) -> Result<entry::Model> {
    asked.says_something()?;
    let (app, who, id, now) = (app.clone(), who.clone(), id.to_owned(), app.now());
    app.clone()
        .db
        .write(move |tx| {
            Box::pin(async move { decide_in(&app, tx, &who, &id, version, asked, now).await })
        })
        .await
}

async fn decide_in(
    app: &Shared,
    tx: &Conn,
    who: &Officer,
    id: &str,
    version: i64,
    asked: Asked,
    now: i64,
) -> Result<entry::Model> {
    let (row, standing) = reviews::visible_and_standing(tx, who, id).await?;
    if row.version != version {
        return Err(Error::Stale {
            sent: version,
            stored: row.version,
        });
    }
    let campaign = &campaigns::at(app, tx, &standing).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    if let (EntryState::Returned { .. }, Asked::Decline { reason }) = (&entry.state, &asked) {
        return slips::give_up(app, tx, who, row, entry, reason, now).await;
    }
    let chain = chain_of(campaign, &entry)?;
    let key = entry.state.step().unwrap_or_default().to_owned();
    let at = chain
        .iter()
        .position(|(s, _)| s.key == key)
        .ok_or_else(|| Refusal::new("step_over", "该申报已不在审核环节"))?;
    let step = chain[at].0;
    let last = campaign.last_review().map(|(_, window)| window);
    let over = last.is_some_and(|window| now >= window.closes);
    // what is left over is declined afterwards, or it would hold its places and the offices on its way for ever
    if !(over && matches!(asked, Asked::Decline { .. })) {
        campaign.require_step(step, &entry, now)?;
    }
    let Step {
        duties: of_step,
        stamps,
    } = steps::of(tx, id, &key, entry.round).await?;
    let done = |of: &str| (stamps.iter()).any(|(slot, state)| slot == of && state == "done");
    let unstamped: Vec<String> = slots_of(step, &who.agency.system, &entry.choice, &entry.answers)
        .filter(|s| s.required && !done(&s.key))
        .map(|s| s.label.clone())
        .collect();
    // flags name every rule that warns or asks
    let (undecided, rejected) = match row.flags.is_empty() {
        true => (vec![], vec![]),
        false => left_to_a_person(tx, &entry).await?,
    };
    let situation = Situation {
        step,
        duties: &of_step,
        agency_id: &who.agency.id,
        unstamped: &unstamped,
        undecided: &undecided,
        rejected: &rejected,
        stamps: stamps.len(),
        next: chain.get(at + 1).map(|(s, _)| s.key.as_str()),
    };
    let (word, opinion, decision) = match asked {
        Asked::Endorse { opinion } => ("endorse", opinion.clone(), Decision::Endorse { opinion }),
        Asked::Decline { reason } => ("decline", reason.clone(), Decision::Decline { reason }),
        Asked::Return { items, days } => {
            let items = known_items(campaign, items)?;
            // what the notice gives by itself is cut short where reviews end before
            let due_at = match days {
                Some(days) => slips::until(campaign, now, days)?,
                None => due_at(now, step.return_days.clamp(1, MOST_DAYS), last),
            };
            (
                "return",
                String::new(),
                Decision::Return(Slip { items, due_at }),
            )
        }
    };
    if let Decision::Return(slip) = &decision {
        keep_slip(tx, who, &entry, &key, slip, now).await?;
    }
    let outcome = rule(entry, &situation, decision)?;
    let entry = &outcome.entry;
    let new = entry::Model {
        state: entry.state.as_str().into(),
        step: entry.state.step().map(str::to_owned),
        version: entry.version,
        updated_at: now,
        ..row
    };
    let mut changes = Together::default();
    changes.update(entries::moving_on(&new, version));
    changes.update(reviews::closing(
        &outcome.done,
        &who.id,
        word,
        &opinion,
        now,
    ));
    if !outcome.voided.is_empty() {
        // the own one too, which is closed in the end
        reviews::void_open(tx, id, now).await?;
    }
    if outcome.void_stamps {
        documents::void_stamps(tx, id).await?;
    }
    if matches!(entry.state, domain::entry::EntryState::Declined { .. }) {
        quotas::free(tx, &campaign.head.id, id).await?;
    }
    let mut left = vec![];
    match word {
        "endorse" => {
            let (name, own) = (&new.name_fold, &who.agency);
            nominations::endorse(tx, &mut changes, campaign, entry, name, own, now).await?;
        }
        "return" => {
            nominations::undo(tx, campaign, id).await?;
            left = batches::leave(tx, id).await?;
        }
        _ => {}
    }
    if let Some(next) = &outcome.next {
        changes.insert(duties(entry, &chain, next, !new.flags.is_empty(), now)?);
    }
    let by = By::officer(who, now);
    events::append_with(&mut changes, tx, &campaign.head.id, id, &by, &outcome.event).await?;
    changes.run(tx).await?;
    if !left.is_empty() {
        let left = Event::LeftBatches { batches: left };
        events::append(tx, &campaign.head.id, id, &by, &left).await?;
    }
    messages::plan(app, tx, &new, &outcome.event, now).await?;
    Ok(new)
}

/// Of what is left to a person (ask) in this round: rules that nobody has decided, and faults that were found to be some.
async fn left_to_a_person(db: &Conn, entry: &Entry) -> Result<(Vec<String>, Vec<Violation>)> {
    let (mut undecided, mut rejected) = (Vec::new(), Vec::new());
    let round = i32::try_from(entry.round).unwrap_or(i32::MAX);
    let Some(findings) = entries::findings(db, &entry.id, round).await? else {
        return Ok((undecided, rejected));
    };
    let mut asked: Vec<Finding> = serde_json::from_str(&findings)?;
    asked.retain(|f| f.effect == Effect::Ask);
    if !asked.is_empty() {
        let decided = reviews::verdicts(db, &entry.id, entry.round).await?;
        for finding in asked {
            match decided.iter().find(|d| d.rule == finding.rule) {
                None => undecided.push(finding.rule),
                Some(verdict) if !verdict.accepted => rejected.push(finding.violation),
                Some(_) => {}
            }
        }
    }
    Ok((undecided, rejected))
}

/// A slip names fields and evidence slots of the notice, what a category has written out, or a choice, so that something
/// reopens. Places and chain are those of the new choice once it is handed in again.
fn known_items(campaign: &Campaign, items: Vec<Violation>) -> Result<Vec<Violation>> {
    let notice = &campaign.notice;
    let known = |key: &str| {
        notice.form.field.iter().any(|f| f.key == key)
            || notice.evidence.iter().any(|e| e.key == key)
            || (key == CATEGORY_OTHER && notice.category.iter().any(|c| c.needs_text))
            || CHOICES.iter().any(|(name, _)| *name == key)
    };
    if let Some(unknown) = items.iter().find(|i| !known(&i.field)) {
        return Err(invalid(
            &format!("items.{}", unknown.field),
            "field_unknown",
            "申报表和材料中没有此项",
        ));
    }
    Ok(items)
}

async fn keep_slip(
    tx: &Conn,
    who: &Officer,
    entry: &Entry,
    step: &str,
    slip: &Slip,
    now: i64,
) -> Result<()> {
    let row = slip::Model {
        id: new_id(),
        entry_id: entry.id.clone(),
        round: i32::try_from(entry.round).unwrap_or(i32::MAX),
        step: step.to_owned(),
        agency_id: who.agency.id.clone(),
        officer_id: who.id.clone(),
        items: serde_json::to_string(&slip.items)?,
        due_at: slip.due_at,
        created_at: now,
        answered_at: None,
    };
    reviews::keep_slip(tx, row).await
}

/// The entry, when it is in the officer's sight and the agency's turn.
pub(super) async fn in_turn(app: &App, who: &Officer, id: &str) -> Result<entry::Model> {
    let row = reviews::visible(app.db.read(), who, id).await?;
    require_turn(who, &reviews::of_entry(app.db.read(), id).await?)?;
    Ok(row)
}

fn require_turn(who: &Officer, duties: &[duty::Model]) -> Result<()> {
    let mut own = duties.iter().filter(|d| d.agency_id == who.agency.id);
    match own.any(|d| d.state == "open") {
        true => Ok(()),
        false => Err(Refusal::new("not_your_step", "本环节不由贵单位办理，或已办结").into()),
    }
}

/// A named officer judges a finding that the notice leaves to a person, or judges it anew: the last verdict counts, each is
/// an event.
pub async fn decide_finding(
    app: &Shared,
    who: &Officer,
    id: &str,
    rule: &str,
    accepted: bool,
    reason: String,
) -> Result<()> {
    require_reason(&reason, "请写明认定理由")?;
    let dossier = dossier(app, who, id).await?;
    if !dossier
        .findings
        .iter()
        .any(|f| f.rule == rule && f.effect == Effect::Ask)
    {
        return Err(Error::Absent);
    }
    let (by, campaign) = (By::officer(who, app.now()), dossier.row.campaign_id.clone());
    let row = finding_decision::Model {
        id: new_id(),
        entry_id: id.to_owned(),
        round: dossier.row.round,
        rule: rule.to_owned(),
        agency_id: who.agency.id.clone(),
        officer_id: who.id.clone(),
        accepted,
        reason: reason.clone(),
        decided_at: by.at,
    };
    let who = who.clone();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // an endorsement elsewhere looks at verdicts and ends the turn
                events::hold(tx, &campaign).await?;
                require_turn(&who, &reviews::of_entry(tx, &row.entry_id).await?)?;
                let round = u32::try_from(row.round).unwrap_or_default();
                let mut before = reviews::verdicts(tx, &row.entry_id, round).await?;
                before.retain(|v| v.rule == row.rule);
                let before = before.pop();
                let said = |v: &finding_decision::Model| {
                    (v.agency_id.clone(), v.accepted, v.reason.clone())
                };
                if before.as_ref().map(said) == Some(said(&row)) {
                    return Err(Error::Conflict(Refusal::new(
                        "finding_decided",
                        "该事项已有相同的认定结论",
                    )));
                }
                let event = Event::FindingDecided {
                    rule: row.rule.clone(),
                    accepted,
                    reason,
                };
                let entry = row.entry_id.clone();
                match before {
                    Some(before) => reviews::supersede_verdict(tx, &before.id, row).await?,
                    None => reviews::keep_verdict(tx, row).await?,
                }
                events::append(tx, &campaign, &entry, &by, &event).await
            })
        })
        .await
}
