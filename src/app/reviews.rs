//! 逐级审核: the queue, an entry as officers see it, and their decisions.

use std::collections::HashMap;

use domain::actor::Officer;
use domain::entry::{CHOICES, Entry, EntryState};
use domain::event::Event;
use domain::finding::Finding;
use domain::form::Answers;
use domain::form_check::CATEGORY_OTHER;
use domain::notice::{Effect, StageAct};
use domain::refusal::{Refusal, Violation};
use domain::review::{Decision, Situation, Slip, decide as rule, due_at, slots_of};
use entity::{
    content_check, document, duty, entry, evidence, finding_decision, paper_receipt, slip, stamp,
};

use super::campaigns::{self, Campaign};
use super::entries::{Written, chosen_anew};
use super::messages;
use super::negative_lines::{self, Met};
use super::nominations;
use super::same_files::{self, SameFile};
use super::scans::{self, Shown};
use super::slips::{self, MOST_DAYS};
use super::submissions::{Content, chain_of, duties};
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::reviews::{self, Count, Filter, QueueRow};
use crate::db::steps::{self, Step};
use crate::db::together::Together;
use crate::db::{batches, content_checks, documents, entries, officers, paper_receipts, quotas};
use crate::error::{Error, Result, invalid};
use crate::state::{App, Shared};

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

/// Everything a reviewer needs of an entry.
pub struct Dossier {
    pub campaign: Campaign,
    pub row: entry::Model,
    pub entry: Entry,
    pub findings: Vec<Finding>,
    pub verdicts: Vec<finding_decision::Model>,
    /// Names of those who decided, by id.
    pub people: HashMap<String, String>,
    pub evidence: Vec<Shown>,
    /// Files that other entries have as well.
    pub same_files: Vec<SameFile>,
    /// Printed forms that arrived, each with its form.
    pub paper: Vec<(paper_receipt::Model, document::Model)>,
    pub duties: Vec<duty::Model>,
    /// Of this round, once it was returned.
    pub slip: Option<slip::Model>,
    pub form: Option<document::Model>,
    pub stamps: Vec<stamp::Model>,
    /// What WeChat, or a person, thought of the text and the files.
    pub content: Vec<content_check::Model>,
    /// Lines of negative lists that it meets, as of now.
    pub lines: Vec<Met>,
    /// Choices, and fields whose answers changed since the round before: before and after.
    pub changed: Vec<(String, serde_json::Value, serde_json::Value)>,
    /// Slots whose files changed since the round before.
    pub changed_files: Vec<ChangedFiles>,
}

/// What changed in a slot between two rounds; a file that was only put elsewhere in the order did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFiles {
    pub slot: String,
    pub added: Vec<NamedFile>,
    pub removed: Vec<NamedFile>,
}

/// A file as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Unknown of what was handed in before names were kept.
    pub name: Option<String>,
    pub sha256: String,
}

/// Loads the dossier of an entry in the officer's scope.
pub async fn dossier(app: &Shared, who: &Officer, id: &str) -> Result<Dossier> {
    let db = app.db.read();
    let row = reviews::visible(db, who, id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let current = entries::to_entry(&row, &app.sealing)?;
    // Officers see what was handed in, not what a returned applicant is writing now.
    let submitted = content(app, id, row.round).await?;
    let before = content(app, id, row.round - 1).await?;
    let (row, entry) = match &submitted {
        Some(c) => as_handed_in(row, current, c.written.clone()),
        None => {
            let answers = Answers::default();
            (row, Entry { answers, ..current })
        }
    };
    let handed_in = entries::submission(db, id, row.round).await?;
    let submitted_at = handed_in.as_ref().map(|s| s.submitted_at);
    let mut findings: Vec<Finding> = match handed_in {
        Some(s) => serde_json::from_str(&s.findings)?,
        None => vec![],
    };
    let changed_files = match (&before, &submitted) {
        (Some(before), Some(after)) => changed_files(before, after),
        _ => vec![],
    };
    let changed = match (&before, &submitted) {
        (Some(before), Some(after)) => differences(&before.written, &after.written),
        _ => vec![],
    };
    let handed = submitted.map(|c| c.evidence).unwrap_or_default();
    let mut evidence = entries::evidence(db, id).await?;
    evidence.retain(|f| handed.iter().any(|(_, sha256)| *sha256 == f.sha256));
    // as they stood then: a returned applicant may be putting them in another order
    evidence.sort_by_key(|f| {
        let mut all = handed.iter();
        let stood = all.position(|(slot, sha256)| *slot == f.slot && *sha256 == f.sha256);
        stood.unwrap_or(handed.len())
    });
    let same_files = same_files::of(app, who, &row, &evidence).await?;
    let mut content = content_checks::of_entry(db, id).await?;
    let of_file = |item: &str| evidence.iter().any(|f: &evidence::Model| f.id == item);
    content.retain(|c| match c.kind.as_str() {
        "text" => c.round == row.round,
        _ => of_file(&c.item),
    });
    let evidence = scans::shown(app, &campaign, id, row.round, evidence).await?;
    let viruses = evidence.iter().filter_map(|shown| {
        let file = &shown.file;
        shown.virus?.advice(&file.slot, &file.file_name)
    });
    findings.extend(viruses);
    let verdicts = reviews::verdicts(db, id, entry.round).await?;
    let duties = reviews::of_entry(db, id).await?;
    let mut deciders: Vec<String> = verdicts.iter().map(|v| v.officer_id.clone()).collect();
    deciders.extend(duties.iter().filter_map(|d| d.decided_by.clone()));
    deciders.extend(content.iter().filter_map(|c| c.decided_by.clone()));
    Ok(Dossier {
        people: officers::names(db, deciders).await?,
        lines: negative_lines::met(app, &campaign, &entry, submitted_at).await?,
        changed,
        changed_files,
        verdicts,
        duties,
        slip: reviews::slip(db, id, entry.round).await?,
        form: documents::of_round(db, id, entry.round).await?,
        stamps: documents::stamps(db, id, entry.round).await?,
        paper: paper(app, id).await?,
        campaign,
        row,
        entry,
        findings,
        evidence,
        same_files,
        content,
    })
}

fn as_handed_in(row: entry::Model, entry: Entry, written: Written) -> (entry::Model, Entry) {
    let row = entry::Model {
        subject: written.choice.subject.clone(),
        category: written.choice.category.clone(),
        route: written.choice.route.clone(),
        region_code: written.region.clone(),
        ..row
    };
    let entry = Entry {
        choice: written.choice,
        agency_id: written.agency_id,
        unit_id: written.unit_id,
        region: written.region,
        answers: written.answers,
        ..entry
    };
    (row, entry)
}

/// Printed forms of an entry that arrived, each with its form.
async fn paper(app: &Shared, id: &str) -> Result<Vec<(paper_receipt::Model, document::Model)>> {
    let receipts = paper_receipts::of_entry(app.db.read(), id).await?;
    if receipts.is_empty() {
        return Ok(Vec::new());
    }
    let forms = documents::of_entry(app.db.read(), id).await?;
    let with_forms = receipts.into_iter().filter_map(|receipt| {
        let form = forms.iter().find(|form| form.id == receipt.document_id)?;
        Some((receipt, form.clone()))
    });
    Ok(with_forms.collect())
}

/// What was handed in in a round.
pub(super) async fn content(app: &App, id: &str, round: i32) -> Result<Option<Content>> {
    let Some(row) = entries::submission(app.db.read(), id, round).await? else {
        return Ok(None);
    };
    let opened = app
        .sealing
        .open(&format!("submission.content.{id}"), &row.content)?;
    Ok(Some(serde_json::from_slice(&opened)?))
}

/// The same bytes may stand in a slot more than once, so files are paired off one by one.
fn changed_files(before: &Content, after: &Content) -> Vec<ChangedFiles> {
    let (gone, come) = (without(before, after), without(after, before));
    let mut slots: Vec<&String> = gone.iter().chain(&come).map(|(slot, _)| slot).collect();
    slots.sort();
    slots.dedup();
    let of = |files: &[(String, NamedFile)], slot: &str| {
        let its = files.iter().filter(|(s, _)| s == slot);
        its.map(|(_, file)| file.clone()).collect()
    };
    let change = |slot: &String| ChangedFiles {
        added: of(&come, slot),
        removed: of(&gone, slot),
        slot: slot.clone(),
    };
    slots.into_iter().map(change).collect()
}

/// The files of one round that another does not have in the same slot.
fn without(these: &Content, others: &Content) -> Vec<(String, NamedFile)> {
    let mut others = others.evidence.clone();
    let mut left = Vec::new();
    for (at, file) in these.evidence.iter().enumerate() {
        match others.iter().position(|other| other == file) {
            Some(same) => drop(others.swap_remove(same)),
            None => {
                let (slot, sha256) = file.clone();
                let name = these.file_names.get(at).cloned();
                left.push((slot, NamedFile { name, sha256 }));
            }
        }
    }
    left
}

fn differences(
    before: &Written,
    after: &Written,
) -> Vec<(String, serde_json::Value, serde_json::Value)> {
    let chosen = chosen_anew(before, after).into_iter();
    let chosen = chosen.map(|(key, before, after)| (key.to_owned(), before.into(), after.into()));
    let (before, after) = (&before.answers, &after.answers);
    let mut keys: Vec<&String> = before.0.keys().chain(after.0.keys()).collect();
    keys.sort();
    keys.dedup();
    let value = |a: &Answers, k: &str| {
        a.0.get(k)
            .and_then(|v| serde_json::to_value(v).ok())
            .unwrap_or_default()
    };
    let answers = keys.into_iter();
    let answers = answers
        .filter(|k| before.0.get(*k) != after.0.get(*k))
        .map(|k| (k.clone(), value(before, k), value(after, k)));
    chosen.chain(answers).collect()
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

/// Endorses, returns or declines for the officer's agency, while a stage for reviews is open.
pub async fn decide(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    asked: Asked,
) -> Result<entry::Model> {
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
        campaign.require_open(StageAct::Review, "审核", now)?;
        return slips::give_up(app, tx, who, row, entry, reason, now).await;
    }
    let chain = chain_of(campaign, &entry)?;
    let key = entry.state.step().unwrap_or_default().to_owned();
    let at = chain
        .iter()
        .position(|(s, _)| s.key == key)
        .ok_or_else(|| Refusal::new("step_over", "该申报已不在审核环节"))?;
    let step = chain[at].0;
    campaign.require_step(step, &entry, now)?;
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
            let due_at = due_at(now, days.unwrap_or(step.return_days).clamp(1, MOST_DAYS));
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
    if reason.trim().is_empty() {
        return Err(invalid("reason", "reason_missing", "请写明认定理由"));
    }
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
