//! 佐证材料: files of an entry, judged from their bytes.

use std::net::IpAddr;

use domain::actor::Applicant;
use domain::entry::{Entry, EntryState};
use domain::event::Event;
use domain::evidence as evidence_rules;
use domain::evidence::file_name::{cleaned, named};
use domain::notice::{StageAct, shanghai};
use domain::refusal::Refusal;
use domain::upload::may_store;
use entity::{entry, evidence};

use super::campaigns::{self, Campaign};
use super::entries::reopened;
use super::scans::{self, Shown};
use super::throttles::{self, Throttle};
use super::{checks, virus_checks};
use crate::clock::new_id;
use crate::config::Limits;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::evidence as of_person;
use crate::db::together::Together;
use crate::db::{documents, entries, evidence_copies, late_admissions, scans as rows, uploads};
use crate::error::{Error, Result};
use crate::files::Arrived;
use crate::media::{self, Facts};
use crate::state::Shared;

/// A file as it came.
#[derive(Debug)]
pub struct Upload {
    pub slot: String,
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// A file that was judged and is not stored yet.
pub struct Arriving {
    pub slot: String,
    pub file_name: String,
    pub facts: Facts,
    pub content: Content,
    /// The upload that it came by, when it came in parts.
    pub upload: Option<String>,
    /// What counts it; an upload was counted when it was begun.
    pub throttles: [Option<Throttle>; 2],
}

/// Where its bytes are.
pub enum Content {
    Memory(Vec<u8>),
    /// On disk; the bytes of whatever is no video are in memory too.
    Disk {
        arrived: Arrived,
        bytes: Option<Vec<u8>>,
    },
}

impl Content {
    /// A moving picture's first frame in place of it.
    async fn still(self, limits: &Limits) -> Result<(Facts, Content)> {
        let (Content::Memory(bytes)
        | Content::Disk {
            bytes: Some(bytes), ..
        }) = self
        else {
            return Err(Error::Bug("a video was taken for a picture".into()));
        };
        let (facts, still) = media::still(bytes, limits).await?;
        Ok((facts, Content::Memory(still)))
    }

    /// Stores them; answers with their SHA-256 and, except for a video, with the bytes.
    async fn keep(self, app: &Shared) -> Result<(String, Option<Vec<u8>>)> {
        match self {
            Content::Memory(bytes) => Ok((app.files.put(&bytes).await?, Some(bytes))),
            Content::Disk { arrived, bytes } => Ok((app.files.keep(arrived).await?.sha256, bytes)),
        }
    }
}

/// Attaches a file that came as a whole.
pub async fn attach(
    app: &Shared,
    who: &Applicant,
    id: &str,
    from: Option<IpAddr>,
    upload: Upload,
) -> Result<Shown> {
    // whoever may not attach it learns so before it is judged
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    entry.may_change_evidence(&upload.slot, &reopened(app, &entry).await?)?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    require_time(app.db.read(), &campaign, &entry, who, None, app.now()).await?;
    let throttles = Throttle::uploads(app, &who.id, from);
    for throttle in &throttles {
        throttles::require_open(app.db.read(), throttle.as_ref(), app.now()).await?;
    }
    let (facts, bytes) = match media::examine(upload.bytes, &app.settings.limits).await {
        Ok(judged) => judged,
        Err(error) => {
            // judging costs the same whatever comes of it
            if error.is_refusal() {
                for throttle in throttles {
                    throttles::count(app, throttle).await?;
                }
            }
            return Err(error);
        }
    };
    let arriving = Arriving {
        slot: upload.slot,
        file_name: cleaned(&upload.file_name),
        facts,
        content: Content::Memory(bytes),
        upload: None,
        throttles,
    };
    enter(app, who, id, arriving).await
}

/// Stores a file that was judged, then its row. The scan of a stamped form is looked at, which never refuses it.
pub async fn enter(app: &Shared, who: &Applicant, id: &str, arriving: Arriving) -> Result<Shown> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let reopened = reopened(app, &entry).await?;
    entry.may_change_evidence(&arriving.slot, &reopened)?;
    let there = entries::evidence(app.db.read(), id).await?;
    let there = there.iter().filter(|f| f.slot == arriving.slot).count();
    let (slot, mut facts, mut content) = (arriving.slot, arriving.facts, arriving.content);
    let asked = evidence_rules::may_attach(
        &campaign.notice,
        &entry.choice,
        &entry.answers,
        there,
        &slot,
        Some(facts.media_type),
    )?;
    if evidence_rules::is_flattened(asked, facts.animated)? {
        (facts, content) = content.still(&app.settings.limits).await?;
    }
    let mut file = measured(&facts);
    let attached = checks::attached(&file);
    evidence_rules::may_keep(asked, &attached, app.settings.limits.video_seconds)?;
    let (sha256, bytes) = content.keep(app).await?;
    let (now, who, app2) = (app.now(), who.clone(), app.clone());
    (file.id, file.entry_id, file.slot) = (new_id(), id.to_owned(), slot.clone());
    file.sha256 = sha256.clone();
    file.file_name = named(&arriving.file_name, &file.media_type);
    file.created_at = now;
    let scan = match bytes {
        Some(bytes) => scans::look(app, &campaign, &entry, &file, bytes).await?,
        None => None,
    };
    let forms = documents::of_entry(app.db.read(), id).await?;
    let seen = scan.clone();
    let seen = seen.and_then(|seen| scans::looked(&campaign, &file, seen, &forms, row.round));
    let (upload, throttles) = (arriving.upload, arriving.throttles);
    let entered = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let mut begun = None;
                if let Some(upload) = &upload {
                    let upload = uploads::of_applicant(tx, &who.id, upload, now).await?;
                    // finished by another call meanwhile
                    if let Some(done) = upload.evidence_id {
                        return Ok(Err(done));
                    }
                    begun = Some(upload.created_at);
                }
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
                    Some(&file.media_type),
                )?;
                if upload.is_none() {
                    let length = u64::try_from(file.bytes).unwrap_or_default();
                    require_room(&app2, tx, &who.id, length).await?;
                }
                for throttle in &throttles {
                    throttles::hit(tx, throttle.as_ref(), now).await?;
                }
                let row = entries::of_applicant(tx, &who.id, &file.entry_id).await?;
                let entry = entries::to_entry(&row, &app2.sealing)?;
                entry.may_change_evidence(&slot, &reopened)?;
                require_time(tx, &campaign, &entry, &who, begun, now).await?;
                let mut changes = Together::default();
                changes.update(entries::bumping(&row, now));
                changes.insert([file.clone()]);
                virus_checks::open(&app2, tx, &file.sha256).await?;
                if let Some((scan, boxes)) = scan {
                    changes.insert([scan]);
                    changes.insert(boxes);
                }
                if let Some(upload) = &upload {
                    uploads::finish(tx, upload, &file.id).await?;
                }
                let event = Event::EvidenceAttached { slot, sha256 };
                let by = By::applicant(&who.id, now);
                let of = &row.campaign_id;
                events::append_with(&mut changes, tx, of, &row.id, &by, &event).await?;
                changes.run(tx).await?;
                Ok(Ok(file))
            })
        })
        .await?;
    match entered {
        Ok(file) => {
            virus_checks::wake(app);
            let files = std::slice::from_ref(&file);
            let states = virus_checks::states(app, app.db.read(), files).await?;
            Ok(Shown {
                virus: states.get(&file.sha256).copied(),
                scan: seen,
                file,
            })
        }
        Err(done) => shown(app, id, &done).await,
    }
}

/// A draft takes files only while its entry can still be handed in; `begun` is when the file was announced, if it was.
pub async fn require_time(
    db: &Conn,
    campaign: &Campaign,
    entry: &Entry,
    who: &Applicant,
    begun: Option<i64>,
    now: i64,
) -> Result<()> {
    let in_grace = |begun: i64| campaign.grace(now).is_some_and(|grace| begun < grace.opens);
    if entry.state != EntryState::Draft
        || campaign.is_open(StageAct::Apply, now)
        || begun.is_some_and(in_grace)
        || (late_admissions::open(db, &campaign.head.id, &who.id, Some(&entry.id), now).await?)
            .is_some()
    {
        return Ok(());
    }
    let (window, clause) = campaign.when(StageAct::Apply);
    let message = format!(
        "{window}，现在是{}（以服务器时间为准），不能再上传；草稿仍为您保留",
        shanghai(now).format("%-m月%-d日 %H:%M:%S")
    );
    Err(Refusal::by_clause("window_closed", message, &clause.unwrap_or_default()).into())
}

/// Refuses what is more than a person may keep.
pub async fn require_room(app: &Shared, db: &Conn, applicant: &str, more: u64) -> Result<()> {
    let kept = of_person::bytes_of_applicant(db, applicant).await?;
    let coming = uploads::bytes_open(db, applicant, app.now()).await?;
    let most = app.settings.limits.person_bytes;
    Ok(may_store(kept.saturating_add(coming), more, most)?)
}

/// A row with what was measured, and nothing else yet.
fn measured(facts: &Facts) -> evidence::Model {
    let small = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let large = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let video = facts.video.as_ref();
    evidence::Model {
        id: String::new(),
        entry_id: String::new(),
        slot: String::new(),
        sha256: String::new(),
        media_type: facts.media_type.to_owned(),
        bytes: large(facts.length),
        width: facts.size.map(|(w, _)| small(w)),
        height: facts.size.map(|(_, h)| small(h)),
        pages: facts.pages.map(|p| i32::try_from(p).unwrap_or(i32::MAX)),
        duration_ms: video.map(|v| large(v.duration_ms)),
        header_ms: video.map(|v| large(v.header_ms)),
        codec: video.map(|v| v.codec.clone()),
        has_sound: video.map(|v| v.has_sound),
        file_name: String::new(),
        created_at: 0,
        place: None,
    }
}

/// A file of an entry with what was seen on it.
pub async fn shown(app: &Shared, entry: &str, file: &str) -> Result<Shown> {
    let mut files = entries::evidence(app.db.read(), entry).await?;
    files.retain(|f| f.id == file);
    let row = entries::get(app.db.read(), entry).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let shown = scans::shown(app, &campaign, entry, row.round, files).await?;
    shown.into_iter().next().ok_or(Error::Absent)
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
                evidence_copies::remove(tx, &found.id).await?;
                let event = Event::EvidenceRemoved {
                    slot: found.slot,
                    sha256: found.sha256,
                };
                events::append(tx, &row.campaign_id, &row.id, &by, &event).await
            })
        })
        .await
}

/// Puts the files of a slot of a draft, or of a reopened slot, in another order. All of them are named, so nothing is
/// overlooked that another device sent meanwhile; the order that they have changes nothing.
pub async fn order(
    app: &Shared,
    who: &Applicant,
    id: &str,
    slot: String,
    files: Vec<String>,
) -> Result<entry::Model> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let reopened = reopened(app, &entry).await?;
    let (app2, by) = (app.clone(), By::applicant(&who.id, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = entries::get(tx, &row.id).await?;
                let entry = entries::to_entry(&row, &app2.sealing)?;
                entry.may_change_evidence(&slot, &reopened)?;
                let mut there = entries::evidence(tx, &row.id).await?;
                there.retain(|f| f.slot == slot);
                let ids: Vec<&str> = there.iter().map(|f| f.id.as_str()).collect();
                if !evidence_rules::is_other_order(&ids, &files).map_err(Error::Conflict)? {
                    return Ok(row);
                }
                entries::bump(tx, &row, by.at).await?;
                entries::order_evidence(tx, &files).await?;
                let named = |id: &String| there.iter().find(|f| f.id == *id);
                let event = Event::EvidenceOrdered {
                    files: (files.iter().filter_map(named))
                        .map(|f| f.sha256.clone())
                        .collect(),
                    slot,
                };
                events::append(tx, &row.campaign_id, &row.id, &by, &event).await?;
                entries::get(tx, &row.id).await
            })
        })
        .await
}
