//! The write executor: acts that wait together share one transaction and one commit.
//!
//! A commit costs a sync to disk; in the last hour before a deadline hundreds of acts wait for it.
//! One task takes what is queued, runs one act after the other, commits once and only then answers. One
//! writer per process also keeps the hash chain of events free of conflicts.
//!
//! An act that fails, panics or takes too long is undone alone. Most that fail have changed nothing yet: there is nothing
//! to undo then. Where one has, all is undone, and the others, those that were refused too, are run again, each in a savepoint of its
//! own, which costs them a way to the database and back. When the transaction itself is lost (connection, full disk), nobody's act has happened and all
//! are told to try again.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use super::conn::{Conn, Transaction};
use super::event_heads;
use super::fault::Fault;
use super::turns::Turns;
use crate::error::Error;

/// What an act returns to the executor.
pub type Act<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// Acts in one commit at most.
const GROUP: usize = 64;
/// Acts that may wait.
const QUEUE: usize = 4096;
/// An act that takes longer holds everybody up, so it is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often an act is run that meets another process each time.
const TRIES: usize = 3;
/// A database that answers so late is not asked again. Waiting for its lock once, five seconds on SQLite, may be chance; twice is not.
const HURRY: Duration = Duration::from_secs(8);
/// Begin, savepoint and commit; a database that went away without a word must not hold callers.
const CONTROL: Duration = Duration::from_secs(8);

/// Handle to the executor.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    stop: Arc<watch::Sender<bool>>,
    is_writing: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the executor's task; it ends when the last handle is gone, or after [`Writer::stop`],
    /// once the queue is empty.
    pub fn start(db: DatabaseConnection, turns: Option<Turns>) -> Writer {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (stop, asked) = watch::channel(false);
        let is_writing = Arc::new(AtomicBool::new(false));
        tokio::spawn(work(db, turns, jobs, asked, is_writing.clone()));
        Writer {
            queue,
            is_writing,
            stop: Arc::new(stop),
        }
    }

    /// Would an act have to wait for others?
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.is_writing.load(Ordering::Relaxed)
    }

    /// Acts in the queue, without those under way.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Takes no more acts and waits until those in the queue are committed and answered.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        self.stop.closed().await;
    }

    /// Queues an act and waits for its commit. Where another process was faster the act is undone and run again, and then sees
    /// what that one left.
    pub async fn run<T, F>(&self, act: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Conn) -> Act<'a, T> + Clone + Send + 'static,
    {
        let begun = Instant::now();
        for _ in 1..TRIES {
            match self.queue(act.clone())?.await {
                Ok(Err(Error::Busy)) if begun.elapsed() < HURRY => {}
                told => return told.unwrap_or_else(broken_off),
            }
        }
        self.queue(act)?.await.unwrap_or_else(broken_off)
    }

    fn queue<T, F>(&self, act: F) -> Result<oneshot::Receiver<Result<T, Error>>, Error>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Conn) -> Act<'a, T> + Clone + Send + 'static,
    {
        let (answer, committed) = oneshot::channel();
        let job = Pending {
            act,
            result: None,
            answer,
        };
        self.queue
            .try_send(Box::new(job))
            .map_err(|refused| match refused {
                TrySendError::Full(_) => Error::Busy,
                TrySendError::Closed(_) => Error::Outside("the writer is stopping".into()),
            })?;
        Ok(committed)
    }
}

fn broken_off<T>(_: oneshot::error::RecvError) -> Result<T, Error> {
    Err(Error::Bug("an act broke off without an answer".into()))
}

trait Job: Send {
    /// Runs the act, again where it was run before.
    fn run<'a>(&'a mut self, tx: &'a Conn) -> BoxFuture<'a, Ran>;
    /// Did it run, and break off?
    fn is_broken(&self) -> bool;
    /// Tells the caller, once the commit is known.
    fn answer(self: Box<Self>, lost: Option<&DbErr>);
}

/// How an act ended.
#[derive(PartialEq, Eq)]
enum Ran {
    /// Its changes are to be kept.
    Done,
    /// A rule said no.
    Refused,
    /// It broke off, or something in it did.
    Broken,
}

struct Pending<T, F> {
    act: F,
    result: Option<Result<T, Error>>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Job for Pending<T, F>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a Conn) -> Act<'a, T> + Clone + Send + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a Conn) -> BoxFuture<'a, Ran> {
        Box::pin(async move {
            let act = self.act.clone();
            // The call itself is inside, too: a closure may panic before it has a future to give.
            let guarded = AssertUnwindSafe(async move { act(tx).await }).catch_unwind();
            let ran = tokio::time::timeout(PATIENCE, guarded).await;
            let result = match ran {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(Error::Bug("an act panicked".into())),
                Err(_) => Err(Error::Outside("an act took too long".into())),
            };
            let ran = match &result {
                Ok(_) => Ran::Done,
                Err(error) if error.is_refusal() => Ran::Refused,
                Err(_) => Ran::Broken,
            };
            self.result = Some(result);
            ran
        })
    }

    fn is_broken(&self) -> bool {
        matches!(&self.result, Some(Err(error)) if !error.is_refusal())
    }

    fn answer(self: Box<Self>, lost: Option<&DbErr>) {
        let result = match (self.result, lost) {
            (Some(Err(error)), None) => Err(error),
            (Some(Err(error)), _) if !error.is_refusal() => Err(error),
            // a refusal, too, may rest on what others had changed before it
            (_, Some(lost)) => Err(not_committed(lost)),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::Bug("an act was never run".into())),
        };
        // A caller that went away is not told; what it asked for is committed all the same.
        let _ = self.answer.send(result);
    }
}

/// The same call may succeed later, whatever the database said: nothing of it was kept, unless a commit
/// went through and only its answer was lost, which a repeated key finds out.
fn not_committed(lost: &DbErr) -> Error {
    let text = format!("not committed: {lost}");
    match Fault::of(lost) {
        Fault::Full => Error::Full(text),
        Fault::Busy => Error::Busy,
        Fault::Away | Fault::Ours => Error::Outside(text),
    }
}

async fn work(
    db: DatabaseConnection,
    turns: Option<Turns>,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    mut asked: watch::Receiver<bool>,
    is_writing: Arc<AtomicBool>,
) {
    let mut group = Vec::with_capacity(GROUP);
    loop {
        let stopping = jobs.is_closed();
        tokio::select! {
            biased;
            true = is_asked(&mut asked), if !stopping => jobs.close(),
            count = jobs.recv_many(&mut group, GROUP) => {
                if count == 0 {
                    break;
                }
                is_writing.store(true, Ordering::Relaxed);
                let turn = match &turns {
                    Some(turns) => Some(turns.take().await),
                    None => None,
                };
                // those that came meanwhile
                while group.len() < GROUP && let Ok(job) = jobs.try_recv() {
                    group.push(job);
                }
                let lost = commit(&db, &mut group).await.err();
                drop(turn);
                if lost.is_some() {
                    event_heads::forget();
                }
                is_writing.store(false, Ordering::Relaxed);
                for job in group.drain(..) {
                    job.answer(lost.as_ref());
                }
            }
        }
    }
    // Closed before `asked` is dropped, which is what `stop` waits for.
    let _ = db.close().await;
    drop(asked);
}

async fn is_asked(asked: &mut watch::Receiver<bool>) -> bool {
    asked.wait_for(|stop| *stop).await.is_ok()
}

async fn commit(db: &DatabaseConnection, group: &mut [Box<dyn Job>]) -> Result<(), DbErr> {
    let tx = begin(db).await?;
    for job in group.iter_mut() {
        let ran = job.run(&tx).await;
        let changed = tx.has_changed();
        if ran == Ran::Broken || (ran == Ran::Refused && changed) || tx.has_failed() {
            soon(tx.rollback()).await?;
            event_heads::forget();
            return apart(db, group).await;
        }
    }
    soon(tx.commit()).await
}

// A savepoint that cannot be released or rolled back to means that the database has given the whole transaction up, even if the
// next statement would pass: MySQL then goes on outside of it.
const SET: &str = "SAVEPOINT act";
const RELEASE: &str = "RELEASE SAVEPOINT act";
const RELEASE_AND_SET: &str = "RELEASE SAVEPOINT act; SAVEPOINT act";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT act";

/// Runs those that have not broken off, each in a savepoint of its own. What was refused may have been so for changes that are undone.
async fn apart(db: &DatabaseConnection, group: &mut [Box<dyn Job>]) -> Result<(), DbErr> {
    if group.iter().all(|job| job.is_broken()) {
        return Ok(());
    }
    let tx = begin(db).await?;
    let say = |words| soon(tx.execute_unprepared(words));
    say(SET).await?;
    for job in group.iter_mut() {
        if job.is_broken() {
            continue;
        }
        if job.run(&tx).await != Ran::Done {
            say(ROLL_BACK).await?;
            event_heads::forget();
        }
        // MySQL takes one statement at a time
        match tx.get_database_backend() {
            DbBackend::MySql => say(RELEASE).and_then(|_| say(SET)).await?,
            _ => say(RELEASE_AND_SET).await?,
        };
    }
    say(RELEASE).await?;
    soon(tx.commit()).await
}

async fn begin(db: &DatabaseConnection) -> Result<Conn, DbErr> {
    let immediate = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let begun = soon(db.begin_with_options(immediate)).await?;
    event_heads::begin();
    Ok(Conn::Act(Transaction::new(begun)))
}

async fn soon<T>(step: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    match tokio::time::timeout(CONTROL, step).await {
        Ok(done) => done,
        Err(_) => Err(DbErr::Custom("the database does not answer".into())),
    }
}
