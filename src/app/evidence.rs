//! 佐证材料: files of an entry, judged from their bytes.

use domain::actor::Applicant;
use domain::event::Event;
use domain::evidence as evidence_rules;
use entity::evidence;

use super::campaigns;
use super::entries::reopened;
use super::scans::{self, Shown};
use crate::clock::new_id;
use crate::db::events::{self, By};
use crate::db::{documents, entries, scans as rows};
use crate::error::{Error, Result};
use crate::state::Shared;

/// A file as it came.
#[derive(Debug)]
pub struct Upload {
    pub slot: String,
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// Attaches a file: judged from its bytes, stored, then its row. The scan of a stamped form is looked at, which
/// never refuses it.
pub async fn attach(app: &Shared, who: &Applicant, id: &str, upload: Upload) -> Result<Shown> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let reopened = reopened(app, &entry).await?;
    entry.may_change_evidence(&upload.slot, &reopened)?;
    let facts = crate::media::examine(upload.bytes, &app.settings.limits).await?;
    let there = entries::evidence(app.db.read(), id)
        .await?
        .iter()
        .filter(|f| f.slot == upload.slot)
        .count();
    evidence_rules::may_attach(
        &campaign.notice,
        &entry.choice,
        &entry.answers,
        there,
        &upload.slot,
        facts.media_type,
    )?;
    let sha256 = app.files.put(&facts.bytes).await?;
    let (now, who, slot, app2) = (app.now(), who.clone(), upload.slot, app.clone());
    let file = evidence::Model {
        id: new_id(),
        entry_id: id.to_owned(),
        slot: slot.clone(),
        sha256: sha256.clone(),
        media_type: facts.media_type.to_owned(),
        bytes: i64::try_from(facts.bytes.len()).unwrap_or(i64::MAX),
        width: facts
            .size
            .map(|(w, _)| i32::try_from(w).unwrap_or(i32::MAX)),
        height: facts
            .size
            .map(|(_, h)| i32::try_from(h).unwrap_or(i32::MAX)),
        pages: facts.pages.map(|p| i32::try_from(p).unwrap_or(i32::MAX)),
        duration_ms: None,
        file_name: upload
            .file_name
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect(),
        created_at: now,
    };
    let scan = scans::look(app, &campaign, &entry, &file, facts.bytes).await?;
    let forms = documents::of_entry(app.db.read(), id).await?;
    let seen = scan.clone();
    let seen = seen.and_then(|seen| scans::looked(&campaign, &file, seen, &forms, row.round));
    let file = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // Counted again inside, so that uploads side by side cannot pass the ceiling together.
                let there = entries::evidence(tx, &file.entry_id)
                    .await?
                    .iter()
                    .filter(|f| f.slot == slot)
                    .count();
                evidence_rules::may_attach(
                    &campaign.notice,
                    &entry.choice,
                    &entry.answers,
                    there,
                    &slot,
                    &file.media_type,
                )?;
                let row = entries::of_applicant(tx, &who.id, &file.entry_id).await?;
                entries::to_entry(&row, &app2.sealing)?.may_change_evidence(&slot, &reopened)?;
                entries::bump(tx, &row, now).await?;
                entries::add_evidence(tx, file.clone()).await?;
                if let Some(scan) = scan {
                    rows::insert(tx, scan).await?;
                }
                let event = Event::EvidenceAttached { slot, sha256 };
                events::append(
                    tx,
                    &row.campaign_id,
                    &row.id,
                    &By::applicant(&who.id, now),
                    &event,
                )
                .await?;
                Ok(file)
            })
        })
        .await?;
    Ok(Shown { file, scan: seen })
}

/// Removes a file from a draft or a reopened slot.
pub async fn detach(app: &Shared, who: &Applicant, id: &str, file: &str) -> Result<()> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let reopened = reopened(app, &entry).await?;
    let found = entries::evidence(app.db.read(), id)
        .await?
        .into_iter()
        .find(|f| f.id == file)
        .ok_or(Error::Absent)?;
    entry.may_change_evidence(&found.slot, &reopened)?;
    let by = By::applicant(&who.id, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                entries::bump(tx, &row, by.at).await?;
                entries::remove_evidence(tx, &found.id).await?;
                rows::remove(tx, &found.id).await?;
                let event = Event::EvidenceRemoved {
                    slot: found.slot,
                    sha256: found.sha256,
                };
                events::append(tx, &row.campaign_id, &row.id, &by, &event).await
            })
        })
        .await
}
