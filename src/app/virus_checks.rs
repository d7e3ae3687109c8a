//! 病毒检查: each file of an entry is shown to a scanner of others, after it was acknowledged.

use std::collections::HashMap;
use std::time::Duration;

use domain::actor::Officer;
use domain::entry::Entry;
use domain::event::Event;
use domain::finding::Finding;
use domain::notice::Effect;
use domain::refusal::Refusal;
use domain::virus::VirusState;
use entity::{evidence, virus_check};
use futures_util::StreamExt;
use tokio::task::JoinHandle;

use super::entries::reopened;
use super::reviews;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::{attachments, entries, nominations, objects, virus_checks as rows};
use crate::error::{Error, Result, require_reason};
use crate::files;
use crate::state::Shared;
use crate::virus_scanner::{Verdict, VirusScanner};

/// Files looked at side by side; the scanner has threads of its own.
const AT_ONCE: usize = 2;
/// Rows taken from the database at a time.
const PAGE: u64 = 100;
/// A process that looks at a file has it for so long, besides the scanner's patience, milliseconds.
const LEASE: i64 = 60_000;
/// After so many calls in vain a person decides: with the pauses below, well over an hour.
const TRIES: i32 = 12;
/// Between two looks for work when nobody wakes us: other processes take files in, too.
const IDLE: Duration = Duration::from_secs(5);

/// Pause before the next call, milliseconds: doubled each time, ten minutes at most.
fn pause(tries: i32) -> i64 {
    let doublings = u32::try_from(tries.clamp(0, 8)).unwrap_or_default();
    (5_000 << doublings).min(600_000)
}

/// States of files, by their SHA-256; empty when there is no scanner.
pub async fn states(
    app: &Shared,
    db: &Conn,
    files: &[evidence::Model],
) -> Result<HashMap<String, VirusState>> {
    if app.virus_scanner.is_none() || files.is_empty() {
        return Ok(HashMap::new());
    }
    let all: Vec<String> = files.iter().map(|f| f.sha256.clone()).collect();
    rows::states(db, &all).await
}

/// What keeps an entry with these files from being handed in. What the applicant may not replace, because the slip did not ask for
/// it, is only told: it is for the reviewers to ask.
pub async fn findings(
    app: &Shared,
    db: &Conn,
    entry: &Entry,
    files: &[evidence::Model],
) -> Result<Vec<Finding>> {
    let states = states(app, db, files).await?;
    let told = |f: &evidence::Model| states.get(&f.sha256)?.finding(&f.slot, &f.file_name);
    let mut findings: Vec<Finding> = files.iter().filter_map(told).collect();
    if !findings.is_empty() {
        let reopened = reopened(app, entry).await?;
        for finding in &mut findings {
            if entry.may_change_evidence(&finding.rule, &reopened).is_err() {
                finding.effect = Effect::Warn;
            }
        }
    }
    Ok(findings)
}

/// Refuses a file that may not be given out.
pub async fn require_harmless(app: &Shared, sha256: &str) -> Result<()> {
    match state(app, sha256).await? {
        Some(state) => state.may_leave().map_err(Error::Conflict),
        None => Ok(()),
    }
}

/// Refuses to send an officer's scan up that is known to be harmful.
pub async fn require_sendable_scan(app: &Shared, sha256: &str) -> Result<()> {
    match state(app, sha256).await? {
        Some(state) => state.may_be_sent().map_err(Error::Conflict),
        None => Ok(()),
    }
}

/// Refuses an officer's scan that may not be given out.
pub async fn require_harmless_scan(app: &Shared, sha256: &str) -> Result<()> {
    match state(app, sha256).await? {
        Some(state) => state.officers_may_leave().map_err(Error::Conflict),
        None => Ok(()),
    }
}

/// `None` when there is no scanner.
async fn state(app: &Shared, sha256: &str) -> Result<Option<VirusState>> {
    if app.virus_scanner.is_none() {
        return Ok(None);
    }
    let row = rows::find(app.db.read(), sha256).await?;
    let state = row.as_ref().map(rows::state).transpose()?;
    Ok(Some(state.unwrap_or(VirusState::Pending)))
}

/// Opens the check of a file that is being attached.
pub async fn open(app: &Shared, tx: &Conn, sha256: &str) -> Result<()> {
    match app.virus_scanner {
        Some(_) => rows::open(tx, sha256, app.now()).await,
        None => Ok(()),
    }
}

/// Wakes the checks of this process.
pub fn wake(app: &Shared) {
    if let Some(scanner) = &app.virus_scanner {
        scanner.work.notify_one();
    }
}

/// Checks files until the handle is aborted; `None` when there is no scanner. Several processes may.
#[must_use]
pub fn start(app: &Shared) -> Option<JoinHandle<()>> {
    let scanner = app.virus_scanner.clone()?;
    let app = app.clone();
    Some(tokio::spawn(async move {
        while let Err(error) = open_all(&app).await {
            tracing::warn!(%error, "files from before the scanner was set wait for their check");
            tokio::time::sleep(IDLE).await;
        }
        loop {
            match round(&app, &scanner).await {
                Ok(0) => {
                    let _ = tokio::time::timeout(IDLE, scanner.work.notified()).await;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "checks for viruses were broken off, until next time");
                    tokio::time::sleep(IDLE).await;
                }
            }
        }
    }))
}

/// Opens the checks of files that came before there was a scanner.
async fn open_all(app: &Shared) -> Result<()> {
    let (mut attached, now) = (attachments::files(app.db.read()).await?, app.now());
    attached.extend(nominations::scans(app.db.read()).await?);
    let opened = app.db.write(move |tx| {
        Box::pin(async move {
            for sha256 in &attached {
                rows::open(tx, sha256, now).await?;
            }
            Ok(())
        })
    });
    opened.await?;
    let mut after = String::new();
    loop {
        let page = rows::unknown(app.db.read(), &after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(last);
        let now = app.now();
        let opened = app.db.write(move |tx| {
            Box::pin(async move {
                for sha256 in &page {
                    rows::open(tx, sha256, now).await?;
                }
                Ok(())
            })
        });
        opened.await?;
    }
}

/// Looks at every file whose turn it is; answers with how many.
async fn round(app: &Shared, scanner: &VirusScanner) -> Result<usize> {
    let due = rows::due(app.db.read(), app.now(), PAGE).await?;
    let count = due.len();
    let mut looked = futures_util::stream::iter(due)
        .map(|row| look(app, scanner, row))
        .buffer_unordered(AT_ONCE);
    while let Some(looked) = looked.next().await {
        looked?;
    }
    Ok(count)
}

/// Takes a file for a while, so that no other process looks at it, and stores what the scanner says.
async fn look(app: &Shared, scanner: &VirusScanner, seen: virus_check::Model) -> Result<()> {
    let lease = LEASE + i64::try_from(app.settings.virus_scanner.seconds).unwrap_or(0) * 1000;
    let taken = virus_check::Model {
        due_at: app.now() + lease,
        ..seen.clone()
    };
    if !change(app, seen, taken.clone()).await? {
        return Ok(());
    }
    let verdict = match app.files.open_object(&taken.sha256).await {
        Ok((pieces, length)) => (scanner.scan(pieces, length).await).map_err(|f| f.to_string()),
        Err(fault) if files::is_lost(&fault) => return lost(app, taken).await,
        Err(fault) => Err(fault.to_string()),
    };
    settle(app, taken, verdict).await
}

/// The file is gone: with its last row, or from the store, which the check of files reports.
async fn lost(app: &Shared, taken: virus_check::Model) -> Result<()> {
    let sha256 = taken.sha256.clone();
    let mentioned = objects::mentioned(app.db.read(), std::slice::from_ref(&sha256)).await?;
    if !mentioned.is_empty() {
        return settle(app, taken, Err("the file is not in the store".into())).await;
    }
    app.db
        .write(move |tx| Box::pin(async move { rows::remove(tx, &sha256).await }))
        .await
}

async fn change(app: &Shared, seen: virus_check::Model, new: virus_check::Model) -> Result<bool> {
    app.db
        .write(move |tx| Box::pin(async move { rows::change(tx, &seen, new).await }))
        .await
}

async fn settle(
    app: &Shared,
    taken: virus_check::Model,
    verdict: std::result::Result<Verdict, String>,
) -> Result<()> {
    let now = app.now();
    let (state, finding) = match verdict {
        Ok(Verdict::Clean) => (VirusState::Clean, String::new()),
        Ok(Verdict::Infected(name)) => (VirusState::Infected, name),
        Ok(Verdict::Unsure(reason)) => (VirusState::Unsure, reason),
        Err(fault) => {
            let (sha256, tries) = (&taken.sha256, taken.tries + 1);
            tracing::warn!(sha256, tries, "no verdict of the virus scanner: {fault}");
            if tries < TRIES {
                let later = virus_check::Model {
                    tries,
                    due_at: now + pause(tries),
                    ..taken.clone()
                };
                return change(app, taken, later).await.map(drop);
            }
            (VirusState::Unsure, "the scanner was away".into())
        }
    };
    let new = virus_check::Model {
        state: state.as_str().to_owned(),
        finding: finding.clone(),
        checked_at: now,
        ..taken.clone()
    };
    let infected = state == VirusState::Infected;
    if infected {
        tracing::warn!(sha256 = taken.sha256, finding, "a file is infected");
    }
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if !rows::change(tx, &taken, new).await? || !infected {
                    return Ok(());
                }
                for file in rows::holders(tx, &taken.sha256).await? {
                    let entry = entries::get(tx, &file.entry_id).await?;
                    let event = Event::VirusFound {
                        slot: file.slot,
                        sha256: file.sha256,
                        finding: finding.clone(),
                    };
                    let by = By::system(now);
                    events::append(tx, &entry.campaign_id, &entry.id, &by, &event).await?;
                }
                for (campaign, mut told) in rows::of_officers(tx, &taken.sha256).await? {
                    told["sha256"] = taken.sha256.as_str().into();
                    told["finding"] = finding.as_str().into();
                    let by = By::system(now);
                    events::append_raw(tx, &campaign, None, &by, "virus_found", &told).await?;
                }
                Ok(())
            })
        })
        .await
}

/// A named officer whose turn it is judges a file of which the scanner could not tell.
pub async fn judge(
    app: &Shared,
    who: &Officer,
    id: &str,
    file: &str,
    harmless: bool,
    reason: String,
) -> Result<()> {
    require_reason(&reason, "请写明认定理由")?;
    let entry = reviews::in_turn(app, who, id).await?;
    let files = entries::evidence(app.db.read(), id).await?;
    let mut files = files.into_iter();
    let file = files.find(|f| f.id == file).ok_or(Error::Absent)?;
    if app.virus_scanner.is_none() {
        let off = Refusal::new("virus_check_off", "本系统没有启用病毒检查，无须认定");
        return Err(Error::Conflict(off));
    }
    let (by, campaign) = (By::officer(who, app.now()), entry.campaign_id);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let seen = rows::find(tx, &file.sha256).await?.ok_or(Error::Absent)?;
                let state = rows::state(&seen)?.decide(harmless);
                let new = virus_check::Model {
                    state: state.map_err(Error::Conflict)?.as_str().to_owned(),
                    checked_at: by.at,
                    ..seen.clone()
                };
                if !rows::change(tx, &seen, new).await? {
                    return Err(Error::Busy);
                }
                let event = Event::VirusJudged {
                    slot: file.slot,
                    sha256: file.sha256,
                    harmless,
                    reason,
                };
                events::append(tx, &campaign, &file.entry_id, &by, &event).await
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_that_is_away_is_asked_for_over_an_hour_before_a_person_is() {
        let pauses: Vec<i64> = (1..TRIES).map(|tries| pause(tries) / 1000).collect();
        assert_eq!(pauses[..4], [10, 20, 40, 80]);
        assert_eq!(pauses.iter().max(), Some(&600));
        assert!(pauses.iter().sum::<i64>() > 3600);
    }
}
