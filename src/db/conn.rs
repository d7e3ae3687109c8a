//! Whom the functions of this layer ask.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement,
};

/// The readers, or the transaction that an act runs in. One type for both: whatever asks is then compiled once, not once for
/// each of them.
#[derive(Debug)]
pub enum Conn {
    Readers(DatabaseConnection),
    Act(Transaction),
}

/// A transaction that knows whether anything was changed in it, and whether anything failed.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    changed: AtomicBool,
    failed: AtomicBool,
}

impl Transaction {
    pub(super) fn new(inner: DatabaseTransaction) -> Transaction {
        Transaction {
            inner,
            changed: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    fn changing(&self) -> &DatabaseTransaction {
        self.changed.store(true, Ordering::Relaxed);
        &self.inner
    }

    fn noting<'s, 'f, T: 'f>(
        &'s self,
        told: BoxFuture<'f, Result<T, DbErr>>,
    ) -> BoxFuture<'f, Result<T, DbErr>>
    where
        's: 'f,
    {
        let noted = told.inspect_err(|_| self.failed.store(true, Ordering::Relaxed));
        noted.boxed()
    }

    /// Rows come from questions, and from changes that tell what they met.
    fn asking(&self, asked: &Statement) -> &DatabaseTransaction {
        match asked.sql.starts_with("SELECT ") {
            true => &self.inner,
            false => self.changing(),
        }
    }
}

impl Conn {
    /// Keeps what was changed; readers changed nothing.
    ///
    /// # Errors
    /// What the database says; nothing is kept then.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self {
            Conn::Readers(_) => Ok(()),
            Conn::Act(transaction) => transaction.inner.commit().await,
        }
    }

    /// Was anything changed since this was asked last?
    pub(super) fn has_changed(&self) -> bool {
        match self {
            Conn::Readers(_) => false,
            Conn::Act(transaction) => transaction.changed.swap(false, Ordering::Relaxed),
        }
    }

    /// Did any statement fail? PostgreSQL then keeps nothing of the transaction, and says of its commit that all is well.
    pub(super) fn has_failed(&self) -> bool {
        match self {
            Conn::Readers(_) => false,
            Conn::Act(transaction) => transaction.failed.load(Ordering::Relaxed),
        }
    }

    /// Undoes what was changed.
    ///
    /// # Errors
    /// What the database says; nothing is kept all the same.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Conn::Readers(_) => Ok(()),
            Conn::Act(transaction) => transaction.inner.rollback().await,
        }
    }
}

// As `async_trait` would write it, less one box around each call.
impl ConnectionTrait for Conn {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Conn::Readers(pool) => pool.get_database_backend(),
            Conn::Act(transaction) => transaction.inner.get_database_backend(),
        }
    }

    fn execute_raw<'s, 'f>(&'s self, asked: Statement) -> BoxFuture<'f, Result<ExecResult, DbErr>>
    where
        's: 'f,
        Self: 'f,
    {
        match self {
            Conn::Readers(pool) => pool.execute_raw(asked),
            Conn::Act(transaction) => transaction.noting(transaction.changing().execute_raw(asked)),
        }
    }

    fn execute_unprepared<'s, 'w, 'f>(
        &'s self,
        words: &'w str,
    ) -> BoxFuture<'f, Result<ExecResult, DbErr>>
    where
        's: 'f,
        'w: 'f,
        Self: 'f,
    {
        match self {
            Conn::Readers(pool) => pool.execute_unprepared(words),
            Conn::Act(transaction) => {
                transaction.noting(transaction.changing().execute_unprepared(words))
            }
        }
    }

    fn query_one_raw<'s, 'f>(
        &'s self,
        asked: Statement,
    ) -> BoxFuture<'f, Result<Option<QueryResult>, DbErr>>
    where
        's: 'f,
        Self: 'f,
    {
        match self {
            Conn::Readers(pool) => pool.query_one_raw(asked),
            Conn::Act(transaction) => {
                transaction.noting(transaction.asking(&asked).query_one_raw(asked))
            }
        }
    }

    fn query_all_raw<'s, 'f>(
        &'s self,
        asked: Statement,
    ) -> BoxFuture<'f, Result<Vec<QueryResult>, DbErr>>
    where
        's: 'f,
        Self: 'f,
    {
        match self {
            Conn::Readers(pool) => pool.query_all_raw(asked),
            Conn::Act(transaction) => {
                transaction.noting(transaction.asking(&asked).query_all_raw(asked))
            }
        }
    }
}
