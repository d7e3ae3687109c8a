//! What nobody asks for and must be done: clearing away, and making sure that what is kept is still what it was.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::installation::{self, Unfit, Use};
use super::{stamps, uploads};
use crate::db::{objects, uploads as rows};
use crate::error::{Error, Result};
use crate::files::{Files, Most, Swept};
use crate::security::random;
use crate::state::Shared;

const HOUR: u64 = 3_600;
/// Objects asked of the database at a time.
const PAGE: u64 = 200;

/// Sweeps now and then until the handle is aborted; `None` when the settings say never. Several processes may: what one has
/// removed, the other does not find.
#[must_use]
pub fn start(app: &Shared) -> Option<JoinHandle<()>> {
    let every = Duration::from_secs(app.settings.files.sweep_hours * HOUR);
    // not at the start, when everybody comes back at once
    (!every.is_zero()).then(|| sweep_every(app, Duration::from_secs(HOUR).min(every), every))
}

/// Gives up what a process that ended had planned to stamp: now, and once more when the last of it holds no more. Where the
/// database is busy or away, again a little later.
#[must_use]
pub fn recover(app: &Shared) -> JoinHandle<()> {
    const HOLD: Duration = Duration::from_millis(stamps::PLAN_HOLDS.unsigned_abs());
    let app = app.clone();
    tokio::spawn(async move {
        for pause in [Duration::ZERO, HOLD] {
            tokio::time::sleep(pause).await;
            let mut again = Duration::from_secs(1);
            loop {
                match stamps::clear(&app).await {
                    Ok(0) => break,
                    Ok(cleared) => {
                        tracing::info!(cleared, "{cleared} planned stamps given up");
                        break;
                    }
                    Err(error) => {
                        tracing::warn!("planned stamps are left until later: {}", told(&error));
                        tokio::time::sleep(again).await;
                        again = HOLD.min(again * 2);
                    }
                }
            }
        }
    })
}

/// The first time within `first`, then every so often; never in step with other processes.
#[must_use]
pub fn sweep_every(app: &Shared, first: Duration, every: Duration) -> JoinHandle<()> {
    let app = app.clone();
    tokio::spawn(async move {
        tokio::time::sleep(first.mul_f64(share())).await;
        loop {
            match sweep(&app, Most::Share).await {
                Ok(done) => tracing::info!(
                    seen = done.swept.seen,
                    removed = done.swept.removed,
                    uploads = done.uploads,
                    stamps = done.stamps,
                    "swept: {} files looked at, {} removed that nobody mentions; {} uploads and {} planned stamps given up",
                    done.swept.seen,
                    done.swept.removed,
                    done.uploads,
                    done.stamps
                ),
                Err(error) => {
                    tracing::warn!("sweeping was broken off, until next time: {}", why(&error))
                }
            }
            tokio::time::sleep(every.mul_f64(0.9 + 0.2 * share())).await;
        }
    })
}

fn share() -> f64 {
    f64::from(u16::from_be_bytes(random())) / f64::from(u16::MAX)
}

/// What was cleared away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub swept: Swept,
    /// Uploads that nobody went on with.
    pub uploads: usize,
    /// Stamps that were planned and never set.
    pub stamps: usize,
}

/// Clears away uploads and planned stamps that are over, and files that no row mentions; nothing where the store is another
/// database's, and no such files where they are more than `most`.
///
/// # Errors
/// What is unfit, for the operator: uploads and stamps may have been cleared away then.
pub async fn sweep(app: &Shared, most: Most) -> std::result::Result<Done, Unfit> {
    installation::check(app, Use::Either).await?;
    let uploads = uploads::clear(app).await?;
    let stamps = stamps::clear(app).await?;
    let age = Duration::from_secs(app.settings.files.orphan_hours * HOUR);
    let known = |keys: Vec<String>| async move { objects::mentioned(app.db.read(), &keys).await };
    let mut swept = app.files.sweep(age, most, known).await?;
    let open = |ids: Vec<String>| async move { rows::among(app.db.read(), ids).await };
    swept += app.files.sweep_uploads(age, open).await?;
    if swept.spared > 0 {
        let (seen, lost) = (swept.seen, swept.spared);
        return Err(Unfit::Lost { seen, lost });
    }
    Ok(Done {
        swept,
        uploads,
        stamps,
    })
}

/// What is wrong with an object that rows mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub sha256: String,
    pub kind: FlawKind,
    /// Who mentions it, as `table.column`.
    pub columns: Vec<&'static str>,
}

/// Kinds of flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlawKind {
    Missing,
    /// Its bytes are not those of its name.
    Altered,
}

/// How far a walk over all objects has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walked {
    /// The last object that was done: where another walk may go on.
    pub last: String,
    pub objects: u64,
    pub bytes: u64,
    /// Objects that were at their goal already.
    pub skipped: u64,
    pub flaws: u64,
}

impl Walked {
    /// Part of the walk that is done, in hundredths: names are spread evenly.
    #[must_use]
    pub fn percent(&self) -> u64 {
        let head = self.last.get(..4).unwrap_or("0");
        u64::from_str_radix(head, 16).unwrap_or(0) * 100 / 0xffff
    }
}

/// A walk that could not go on; it may be taken up after the last object.
#[derive(Debug, thiserror::Error)]
#[error("{}; go on with --after {}", told(.error), .walked.last)]
pub struct Stopped {
    pub walked: Walked,
    pub error: Error,
}

/// Tells of flaws, and of progress after each object.
pub trait Told {
    fn flaw(&mut self, flaw: &Flaw);
    fn progress(&mut self, walked: &Walked);
}

/// Reads every object that rows mention, piece by piece, and tells which are missing or altered.
pub async fn check(
    app: &Shared,
    after: &str,
    out: &mut impl Told,
) -> std::result::Result<Walked, Stopped> {
    let mut walked = Walked {
        last: after.to_owned(),
        ..Walked::default()
    };
    match walk_and_check(app, &mut walked, out).await {
        Ok(()) => Ok(walked),
        Err(error) => Err(Stopped { walked, error }),
    }
}

async fn walk_and_check(app: &Shared, walked: &mut Walked, out: &mut impl Told) -> Result<()> {
    loop {
        let page = objects::page(app.db.read(), &walked.last, PAGE).await?;
        if page.is_empty() {
            return Ok(());
        }
        for sha256 in page {
            let kind = match app.files.examine(&sha256).await? {
                None => Some(FlawKind::Missing),
                Some(found) => {
                    walked.bytes += found.length;
                    (found.sha256 != sha256).then_some(FlawKind::Altered)
                }
            };
            if let Some(kind) = kind {
                tell(app, &sha256, kind, walked, out).await?;
            }
            walked.step(sha256, out);
        }
    }
}

/// Brings every object that rows mention from one store into another. What is there and right is passed over, so that it may be
/// begun again at any time; with `remove` an object goes from where it was once it is at its goal.
pub async fn bring(
    app: &Shared,
    from: &Files,
    to: &Files,
    after: &str,
    remove: bool,
    out: &mut impl Told,
) -> std::result::Result<Walked, Stopped> {
    let mut walked = Walked {
        last: after.to_owned(),
        ..Walked::default()
    };
    match walk_and_bring(app, (from, to), remove, &mut walked, out).await {
        Ok(()) => Ok(walked),
        Err(error) => Err(Stopped { walked, error }),
    }
}

async fn walk_and_bring(
    app: &Shared,
    (from, to): (&Files, &Files),
    remove: bool,
    walked: &mut Walked,
    out: &mut impl Told,
) -> Result<()> {
    loop {
        let page = objects::page(app.db.read(), &walked.last, PAGE).await?;
        if page.is_empty() {
            return Ok(());
        }
        for sha256 in page {
            let brought = bring_one(from, to, &sha256).await?;
            match brought {
                Brought::Now(bytes) => walked.bytes += bytes,
                Brought::Before => walked.skipped += 1,
                Brought::Not(kind) => tell(app, &sha256, kind, walked, out).await?,
            }
            if remove && !matches!(brought, Brought::Not(_)) {
                from.delete(&sha256).await?;
            }
            walked.step(sha256, out);
        }
    }
}

enum Brought {
    /// So many bytes.
    Now(u64),
    Before,
    Not(FlawKind),
}

async fn bring_one(from: &Files, to: &Files, sha256: &str) -> Result<Brought> {
    if to.holds(sha256, from).await? {
        return Ok(Brought::Before);
    }
    if !from.exists(sha256).await? {
        return Ok(Brought::Not(FlawKind::Missing));
    }
    let (pieces, _) = from.open_object(sha256).await?;
    let arrived = to.receive(pieces).await?;
    if arrived.stored.sha256 != sha256 {
        return Ok(Brought::Not(FlawKind::Altered));
    }
    Ok(Brought::Now(to.keep(arrived).await?.length))
}

impl Walked {
    fn step(&mut self, sha256: String, out: &mut impl Told) {
        self.last = sha256;
        self.objects += 1;
        out.progress(self);
    }
}

async fn tell(
    app: &Shared,
    sha256: &str,
    kind: FlawKind,
    walked: &mut Walked,
    out: &mut impl Told,
) -> Result<()> {
    walked.flaws += 1;
    out.flaw(&Flaw {
        sha256: sha256.to_owned(),
        kind,
        columns: objects::columns(app.db.read(), sha256).await?,
    });
    Ok(())
}

fn why(unfit: &Unfit) -> String {
    match unfit {
        Unfit::Broken(error) => told(error),
        other => other.to_string(),
    }
}

/// An error with what is hidden from callers: for the log and for the operator's terminal.
fn told(error: &Error) -> String {
    match error {
        Error::Away { hidden, .. } => hidden.clone(),
        other => other.to_string(),
    }
}
