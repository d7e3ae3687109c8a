//! An entry as officers see it: what was handed in, what was found, who decided, and what changed since the round before.

use std::collections::HashMap;

use domain::actor::Officer;
use domain::entry::Entry;
use domain::finding::Finding;
use domain::form::Answers;
use entity::{
    content_check, document, duty, entry, evidence, finding_decision, paper_receipt, slip, stamp,
};

use crate::app::campaigns::{self, Campaign};
use crate::app::entries::{Written, chosen_anew, named};
use crate::app::negative_lines::{self, Met};
use crate::app::same_files::{self, SameFile};
use crate::app::scans::{self, Shown};
use crate::app::submissions::Content;
use crate::db::{content_checks, documents, entries, officers, paper_receipts, reviews};
use crate::error::Result;
use crate::state::{App, Shared};

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
        Some(c) => as_handed_in(&campaign, row, current, c.written.clone()),
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

fn as_handed_in(
    campaign: &Campaign,
    row: entry::Model,
    entry: Entry,
    written: Written,
) -> (entry::Model, Entry) {
    let entry = Entry {
        choice: written.choice,
        agency_id: written.agency_id,
        unit_id: written.unit_id,
        region: written.region,
        answers: written.answers,
        ..entry
    };
    let row = entry::Model {
        name: named(campaign, &entry).name,
        subject: entry.choice.subject.clone(),
        category: entry.choice.category.clone(),
        route: entry.choice.route.clone(),
        region_code: entry.region.clone(),
        ..row
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
pub(in crate::app) async fn content(app: &App, id: &str, round: i32) -> Result<Option<Content>> {
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
