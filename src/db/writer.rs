//! The write executor: acts that wait together share one transaction and one commit.
//!
//! A commit costs a sync to disk; in the last hour before a deadline hundreds of acts wait for it.
//! One task takes what is queued, runs each act in a savepoint of its own, commits once and only
//! then answers. One writer per process also keeps the hash chain of events free of conflicts.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;

/// What an act returns to the executor.
pub type Act<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// Acts in one commit at most.
const GROUP: usize = 64;
/// Acts that may wait.
const QUEUE: usize = 4096;
/// An act that takes longer holds everybody up, so it is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Handle to the executor.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the executor's task; it ends when the last handle is gone and the queue is empty.
    pub fn start(db: DatabaseConnection) -> Writer {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(work(db, jobs));
        Writer { queue }
    }

    /// Queues an act and waits for its commit.
    pub async fn run<T, F>(&self, act: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction) -> Act<'a, T> + Send + 'static,
    {
        let (answer, committed) = oneshot::channel();
        let job = Pending {
            act: Some(act),
            result: None,
            answer,
        };
        self.queue
            .try_send(Box::new(job))
            .map_err(|_| Error::Outside("write queue is full".into()))?;
        committed
            .await
            .map_err(|_| Error::Bug("an act broke off without an answer".into()))?
    }
}

trait Job: Send {
    /// Runs the act; `true` when its changes are to be kept.
    fn run<'a>(&'a mut self, tx: &'a DatabaseTransaction) -> BoxFuture<'a, bool>;
    /// Tells the caller, once the commit is known.
    fn answer(self: Box<Self>, lost: Option<&DbErr>);
}

struct Pending<T, F> {
    act: Option<F>,
    result: Option<Result<T, Error>>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Job for Pending<T, F>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a DatabaseTransaction) -> Act<'a, T> + Send + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a DatabaseTransaction) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(act) = self.act.take() else {
                return false;
            };
            let ran =
                tokio::time::timeout(PATIENCE, AssertUnwindSafe(act(tx)).catch_unwind()).await;
            self.result = Some(match ran {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(Error::Bug("an act panicked".into())),
                Err(_) => Err(Error::Outside("an act took too long".into())),
            });
            matches!(self.result, Some(Ok(_)))
        })
    }

    fn answer(self: Box<Self>, lost: Option<&DbErr>) {
        let result = match (self.result, lost) {
            (Some(Err(error)), _) => Err(error),
            (_, Some(lost)) => Err(Error::Outside(format!("not committed: {lost}"))),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::Bug("an act was never run".into())),
        };
        // A caller that went away is not told; what it asked for is committed all the same.
        let _ = self.answer.send(result);
    }
}

async fn work(db: DatabaseConnection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let lost = commit(&db, &mut group).await.err();
        for job in group.drain(..) {
            job.answer(lost.as_ref());
        }
    }
}

async fn commit(db: &DatabaseConnection, group: &mut [Box<dyn Job>]) -> Result<(), DbErr> {
    let tx = db
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if let [only] = group {
        return if only.run(&tx).await {
            tx.commit().await
        } else {
            tx.rollback().await
        };
    }
    for job in group {
        let savepoint = tx.begin().await?;
        if job.run(&savepoint).await {
            savepoint.commit().await?;
        } else {
            savepoint.rollback().await?;
        }
    }
    tx.commit().await
}
