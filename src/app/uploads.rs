//! 分片上传: large files over weak lines. Each part is durable before it is acknowledged; what arrived is not sent again.

use std::net::IpAddr;

use bytes::Bytes;
use domain::actor::Applicant;
use domain::evidence::file_name::cleaned;
use domain::evidence::may_attach;
use domain::upload::{
    IDLE, Largest, PART_BYTES, Part, check_part, check_sum, check_whole, length_of, may_begin,
    parts,
};
use entity::{upload, upload_part};
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::sync::Semaphore;

use super::campaigns;
use super::entries::reopened;
use super::evidence::{self, Arriving, Content};
use super::scans::Shown;
use super::throttles::{self, Throttle};
use crate::clock::new_id;
use crate::db::idempotency::Call;
use crate::db::{entries, uploads};
use crate::error::{Error, Result};
use crate::files::bounded;
use crate::media;
use crate::state::Shared;

/// Files put together at once; each reads and writes as fast as the disk.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// Uploads cleared away at a time.
const CLEARED: u64 = 100;

/// A file as it is announced.
#[derive(Debug)]
pub struct Announced {
    pub slot: String,
    pub file_name: String,
    /// Of the whole file.
    pub bytes: u64,
    /// SHA-256 (hex) of the whole file, where the client knows it.
    pub sha256: Option<String>,
}

/// An upload with the parts that are there.
pub struct Under {
    pub row: upload::Model,
    pub parts: Vec<upload_part::Model>,
}

impl Under {
    /// How many parts the file has.
    #[must_use]
    pub fn count(&self) -> u32 {
        parts(size(self.row.bytes), size(self.row.part_bytes))
    }
}

fn size(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Largest files by the settings.
fn largest(app: &Shared) -> Largest {
    let l = &app.settings.limits;
    Largest {
        picture: l.picture_bytes,
        pdf: l.pdf_bytes,
        video: l.video_bytes,
    }
}

/// Announces a file; refused before a byte is sent when it could not be kept. The same key again gives the same upload.
pub async fn begin(
    app: &Shared,
    who: &Applicant,
    entry: &str,
    from: Option<IpAddr>,
    file: Announced,
    call: Call,
) -> Result<Under> {
    let now = app.now();
    if let Some(earlier) = call.earlier(app.db.read()).await? {
        return get(app, who, entry, &earlier).await;
    }
    let row = entries::of_applicant(app.db.read(), &who.id, entry).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    entry.may_change_evidence(&file.slot, &reopened(app, &entry).await?)?;
    evidence::require_time(app.db.read(), &campaign, &entry, who, None, now).await?;
    let there = entries::evidence(app.db.read(), &entry.id).await?;
    let there = there.iter().filter(|f| f.slot == file.slot).count();
    let notice = &campaign.notice;
    let slot = may_attach(
        notice,
        &entry.choice,
        &entry.answers,
        there,
        &file.slot,
        None,
    )?;
    let most = largest(app).of(slot.kind);
    let row = upload::Model {
        id: new_id(),
        applicant_id: who.id.clone(),
        entry_id: entry.id,
        slot: file.slot,
        file_name: cleaned(&file.file_name),
        bytes: signed(file.bytes),
        part_bytes: signed(PART_BYTES),
        sha256: file.sha256.map(|sum| sum.to_lowercase()),
        evidence_id: None,
        created_at: now,
        expires_at: now + IDLE,
    };
    let (app2, throttles) = (app.clone(), Throttle::uploads(app, &who.id, from));
    let row = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    return uploads::of_applicant(tx, &row.applicant_id, &earlier, now).await;
                }
                let open = uploads::count_open(tx, &row.applicant_id, now).await?;
                let open = usize::try_from(open).unwrap_or(usize::MAX);
                may_begin(file.bytes, most, open)?;
                evidence::require_room(&app2, tx, &row.applicant_id, file.bytes).await?;
                for throttle in &throttles {
                    throttles::require_open(tx, throttle.as_ref(), now).await?;
                    throttles::hit(tx, throttle.as_ref(), now).await?;
                }
                uploads::insert(tx, row.clone()).await?;
                call.keep(tx, row.id.clone(), now).await?;
                Ok(row)
            })
        })
        .await?;
    with_parts(app, row).await
}

/// An upload of the caller's for this entry.
pub async fn get(app: &Shared, who: &Applicant, entry: &str, id: &str) -> Result<Under> {
    with_parts(app, own(app, who, entry, id).await?).await
}

async fn own(app: &Shared, who: &Applicant, entry: &str, id: &str) -> Result<upload::Model> {
    let row = uploads::of_applicant(app.db.read(), &who.id, id, app.now()).await?;
    match row.entry_id == entry {
        true => Ok(row),
        false => Err(Error::Absent),
    }
}

async fn with_parts(app: &Shared, row: upload::Model) -> Result<Under> {
    let parts = uploads::parts(app.db.read(), &row.id).await?;
    Ok(Under { row, parts })
}

/// The caller's uploads for this entry that are under way.
pub async fn list(app: &Shared, who: &Applicant, entry: &str) -> Result<Vec<Under>> {
    entries::of_applicant(app.db.read(), &who.id, entry).await?;
    let mut open = uploads::open(app.db.read(), &who.id, app.now()).await?;
    open.retain(|row| row.entry_id == entry);
    let ids = open.iter().map(|row| row.id.clone()).collect();
    let all = uploads::parts_of(app.db.read(), ids).await?;
    let under = open.into_iter().map(|row| Under {
        parts: (all.iter().filter(|p| p.upload_id == row.id))
            .cloned()
            .collect(),
        row,
    });
    Ok(under.collect())
}

/// Takes a part; acknowledged once it is on the disk and in the database. The same part again changes nothing.
pub async fn put_part<S>(
    app: &Shared,
    who: &Applicant,
    entry: &str,
    id: &str,
    number: u32,
    body: S,
) -> Result<Under>
where
    S: Stream<Item = std::io::Result<Bytes>> + Send,
{
    let row = own(app, who, entry, id).await?;
    let due = length_of(number, size(row.bytes), size(row.part_bytes)).ok_or(Error::Absent)?;
    // One byte more than is due, so that too long a part is told from a right one without taking all of it.
    let mut sum = Sum::default();
    let body = bounded(body, due + 1).inspect_ok(|piece| sum.add(piece));
    if row.evidence_id.is_some() {
        return late(app, row, body).await;
    }
    // the place before the row: what is acknowledged at its place is not written again
    let place = app.files.place(&row.id, number).await?;
    let key = i32::try_from(number).map_err(|_| Error::Absent)?;
    // and after the place, whether the upload has ended: then its parts are gone, and its file may be the evidence
    let now = app.now();
    let asked = uploads::with_part(app.db.read(), &who.id, id, key, now);
    let (row, before) = asked.await?;
    if row.evidence_id.is_some() {
        return late(app, row, body).await;
    }
    if let Some(before) = before {
        drained(body).await?;
        let came = sum.finish();
        check_part(due, &came, Some(&known(&before, &came)))?;
        return with_parts(app, row).await;
    }
    let mut sums = None;
    let sha256 = match &place {
        Some(place) => {
            sums = place.write(offset(&row, number), due, body).await?;
            String::new()
        }
        None => app.files.put_stream(body).await?.sha256,
    };
    let came = sum.finish();
    check_part(due, &came, None)?;
    let part = upload_part::Model {
        upload_id: row.id.clone(),
        number: key,
        sha256,
        crc32: Some(came.sum.clone()),
        bytes: signed(came.bytes),
        in_place: place.is_some().then_some(true),
        created_at: app.now(),
    };
    let (app2, who) = (app.clone(), who.id.clone());
    // goes on without its caller: nobody else has the place before it is known what became of the row
    let kept = tokio::spawn(async move {
        let (row, new) = acknowledge(&app2, who, part, came).await?;
        if let (true, Some(place), Some(sums)) = (new, &place, sums) {
            place.keep(sums);
        }
        Result::Ok(row)
    });
    let row = kept.await.map_err(|e| Error::Bug(e.to_string()))??;
    with_parts(app, row).await
}

/// Tells a part from another; whether the whole is what it should be, its SHA-256 says.
#[derive(Default)]
struct Sum {
    crc32: crc32fast::Hasher,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, piece: &[u8]) {
        self.crc32.update(piece);
        self.bytes += piece.len() as u64;
    }

    fn finish(self) -> Part {
        Part {
            sum: format!("{:08x}", self.crc32.finalize()),
            bytes: self.bytes,
        }
    }
}

/// What is known of a part that was there before; by its length alone when its row is from before parts had check values.
fn known(part: &upload_part::Model, came: &Part) -> Part {
    Part {
        sum: part.crc32.clone().unwrap_or_else(|| came.sum.clone()),
        bytes: size(part.bytes),
    }
}

/// A part of an upload that has ended: of no use, and harmless.
async fn late<S>(app: &Shared, row: upload::Model, body: S) -> Result<Under>
where
    S: Stream<Item = std::io::Result<Bytes>>,
{
    drained(body).await?;
    with_parts(app, row).await
}

/// Takes what nobody needs, so that the sender hears the answer.
async fn drained<S>(body: S) -> Result<()>
where
    S: Stream<Item = std::io::Result<Bytes>>,
{
    Ok(body.try_for_each(|_| std::future::ready(Ok(()))).await?)
}

/// Where a part begins in the whole.
fn offset(row: &upload::Model, number: u32) -> u64 {
    u64::from(number - 1) * size(row.part_bytes)
}

/// Writes down that a part is there, and tells whether it was not before; the same again changes nothing.
async fn acknowledge(
    app: &Shared,
    who: String,
    part: upload_part::Model,
    came: Part,
) -> Result<(upload::Model, bool)> {
    let now = part.created_at;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let asked = uploads::with_part(tx, &who, &part.upload_id, part.number, now);
                let (row, before) = asked.await?;
                // finished meanwhile: whatever comes now is late, and harmless
                if row.evidence_id.is_some() {
                    return Ok((row, false));
                }
                let new = before.is_none();
                let before = before.map(|before| known(&before, &came));
                check_part(came.bytes, &came, before.as_ref())?;
                if new {
                    uploads::add_part(tx, part, now + IDLE).await?;
                }
                Ok((row, new))
            })
        })
        .await
}

/// Puts the file together, judges it by its content and attaches it. Again, it answers with the same file.
pub async fn finish(
    app: &Shared,
    who: &Applicant,
    entry: &str,
    id: &str,
    sha256: Option<String>,
) -> Result<Shown> {
    let under = get(app, who, entry, id).await?;
    if let Some(done) = &under.row.evidence_id {
        return evidence::shown(app, entry, done).await;
    }
    let entered = put_together(app, who, entry, under, sha256).await;
    if entered.is_ok() {
        app.files.forget_upload(id).await;
    }
    if entered.is_err()
        && let Some(done) = own(app, who, entry, id).await?.evidence_id
    {
        // another call of the same end was faster: it took the place that this one asked for, or the parts were gone
        return evidence::shown(app, entry, &done).await;
    }
    entered
}

async fn put_together(
    app: &Shared,
    who: &Applicant,
    entry: &str,
    under: Under,
    sha256: Option<String>,
) -> Result<Shown> {
    let there: Vec<u32> = (under.parts.iter())
        .filter_map(|p| u32::try_from(p.number).ok())
        .collect();
    check_whole(under.count(), &there)?;
    let turn = AT_ONCE.acquire().await;
    let _turn = turn.map_err(|e| Error::Bug(e.to_string()))?;
    let all_in_place = under.parts.iter().all(|p| p.in_place == Some(true));
    let arrived = if app.files.is_local() && all_in_place {
        let (id, bytes) = (&under.row.id, size(under.row.bytes));
        app.files.receive_in_place(id, bytes).await?
    } else {
        let parts = whole(app, &under.row, under.parts);
        app.files.receive(parts).await?
    };
    let found = arrived.stored.clone();
    check_sum(under.row.sha256.as_deref(), &found.sha256)?;
    check_sum(sha256.as_deref(), &found.sha256)?;
    let limits = &app.settings.limits;
    let (facts, bytes) = media::examine_file(arrived.path.clone(), limits).await?;
    let arriving = Arriving {
        slot: under.row.slot,
        file_name: under.row.file_name,
        facts,
        content: Content::Disk { arrived, bytes },
        upload: Some(under.row.id),
        throttles: [None, None],
    };
    evidence::enter(app, who, entry, arriving).await
}

/// The parts one after the other.
fn whole(
    app: &Shared,
    row: &upload::Model,
    parts: Vec<upload_part::Model>,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + use<> {
    let files = app.files.clone();
    let at = |part: &upload_part::Model| {
        let number = u32::try_from(part.number).unwrap_or(1);
        offset(row, number)
    };
    let parts: Vec<_> = parts.into_iter().map(|part| (at(&part), part)).collect();
    let opened = futures_util::stream::iter(parts).then(move |(at, part)| {
        let files = files.clone();
        async move {
            let opened = match part.in_place {
                Some(true) => files.open_part(&part.upload_id, at, size(part.bytes)).await,
                _ => files.open_object(&part.sha256).await.map(|(p, _)| p),
            };
            opened.map_err(std::io::Error::other)
        }
    });
    opened.try_flatten()
}

/// Gives an upload up; what had arrived is swept away later.
pub async fn cancel(app: &Shared, who: &Applicant, entry: &str, id: &str) -> Result<()> {
    let row = own(app, who, entry, id).await?;
    app.db
        .write(move |tx| Box::pin(async move { uploads::remove(tx, vec![row.id]).await }))
        .await?;
    app.files.forget_upload(id).await;
    Ok(())
}

/// Clears away uploads that nobody went on with; their parts are then swept with other orphans. Answers with how many.
pub async fn clear(app: &Shared) -> Result<usize> {
    let mut cleared = 0;
    loop {
        let over = uploads::expired(app.db.read(), app.now(), CLEARED).await?;
        if over.is_empty() {
            return Ok(cleared);
        }
        cleared += over.len();
        app.db
            .write(move |tx| Box::pin(async move { uploads::remove(tx, over).await }))
            .await?;
    }
}
