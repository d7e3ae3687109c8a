//! Calls to WeChat that acts have planned, made after their commit. A call is claimed before it is made and ended after it,
//! so that a crash in between leaves one of which nobody knows whether it was made: it is reported, and not made again
//! where WeChat would do it twice.

use std::time::Duration;

use entity::outbox;
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{content_checks, messages};
use crate::db::outbox as rows;
use crate::error::{Error, Result};
use crate::security::random;
use crate::state::Shared;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// Calls looked at in one go, and made side by side.
const PAGE: u64 = 40;
const AT_ONCE: usize = 4;
/// A call takes seconds; one that was claimed so long ago is lost. Milliseconds.
const LOST: i64 = 5 * 60_000;
/// How long to wait after each failure, seconds; after the last one the call is given up.
const WAITS: [u64; 7] = [15, 60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600];
/// What the end of the process leaves to a call under way.
const STOPPING: Duration = Duration::from_secs(15);

/// The sender, until it is stopped.
pub struct Sender {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sender {
    /// Lets the call under way end, and makes no more.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _late = tokio::time::timeout(STOPPING, self.task).await;
    }
}

/// Starts sending; `None` where nothing is ever sent.
#[must_use]
pub fn start(app: &Shared) -> Option<Sender> {
    if app.templates.is_empty() && !app.settings.wechat.check_content {
        return None;
    }
    let (stop, mut stopped) = watch::channel(false);
    let app = app.clone();
    let task = tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = stopped.changed() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Err(error) = send_some(&app, Some(&stopped)).await {
                tracing::warn!("the outbox is left until later: {error}");
            }
        }
    });
    Some(Sender { stop, task })
}

/// Makes every call that is due; answers with how many were made.
pub async fn send_all(app: &Shared) -> Result<usize> {
    let mut made = 0;
    loop {
        match send_some(app, None).await? {
            0 => return Ok(made),
            more => made += more,
        }
    }
}

/// Makes some that are due.
async fn send_some(app: &Shared, stopped: Option<&watch::Receiver<bool>>) -> Result<usize> {
    let (db, now) = (app.db.read(), app.now());
    for row in rows::lost(db, now - LOST, PAGE).await? {
        lose(app, row).await?;
    }
    content_checks::give_up(app).await?;
    let due = rows::due(db, now, PAGE).await?;
    let one = |row| async move {
        match stopped.is_some_and(|s| *s.borrow()) {
            true => Ok(false),
            false => make(app, row).await,
        }
    };
    let made: Vec<Result<bool>> = futures_util::stream::iter(due.into_iter().map(one))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let made = made.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(made.into_iter().filter(|made| *made).count())
}

/// Claims a call and makes it; `false` when another process did.
async fn make(app: &Shared, row: outbox::Model) -> Result<bool> {
    let now = app.now();
    let claimed = app
        .db
        .write(move |tx| Box::pin(async move { rows::claim(tx, row, now).await }))
        .await?;
    let Some(row) = claimed else {
        return Ok(false);
    };
    match row.kind.as_str() {
        messages::KIND => messages::send(app, row).await?,
        content_checks::KIND => content_checks::send(app, row).await?,
        other => return Err(Error::Bug(format!("outbox: kind {other}"))),
    }
    Ok(true)
}

/// A call that was under way when its process ended.
async fn lose(app: &Shared, row: outbox::Model) -> Result<()> {
    match row.kind.as_str() {
        messages::KIND => messages::lose(app, row).await,
        content_checks::KIND => content_checks::lose(app, row).await,
        other => Err(Error::Bug(format!("outbox: kind {other}"))),
    }
}

/// When to try again, epoch milliseconds; `None` when it was tried often enough. Uneven, so that processes do not meet.
#[must_use]
pub fn next_try(attempts: i32, now: i64) -> Option<i64> {
    let tried = usize::try_from(attempts).unwrap_or(usize::MAX);
    let wait = WAITS.get(tried.checked_sub(1)?)?;
    let uneven = 1.0 + f64::from(u8::from_be_bytes(random())) / 1024.0;
    let wait = Duration::from_secs(*wait).mul_f64(uneven).as_millis();
    Some(now + i64::try_from(wait).ok()?)
}
