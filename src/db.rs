//! Rows ↔ domain values. Reads are scoped by who asks; every write goes through the [`Writer`].

pub mod applicants;
pub mod batches;
pub mod campaigns;
pub mod documents;
pub mod entries;
pub mod events;
pub mod idempotency;
pub mod nominations;
pub mod officers;
pub mod quotas;
pub mod reviews;
mod writer;

use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, Statement,
};

pub use writer::Act;
use writer::Writer;

use crate::error::Error;

/// The database: readers side by side, one writer that groups acts into commits.
#[derive(Clone)]
pub struct Db {
    readers: DatabaseConnection,
    writer: Writer,
}

impl Db {
    /// Opens readers and the writer. The schema must be there: call [`migrate`] first.
    pub async fn open(url: &str) -> Result<Db, DbErr> {
        let readers = Database::connect(options(url, 8, true)).await?;
        let writer = Database::connect(options(url, 1, false)).await?;
        Ok(Db {
            readers,
            writer: Writer::start(writer),
        })
    }

    /// A connection for plain reads.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Runs an act in a transaction and answers after its commit. The act may share the commit with
    /// others that wait; it fails alone. Do nothing slow inside.
    pub async fn write<T, F>(&self, act: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction) -> Act<'a, T> + Send + 'static,
    {
        self.writer.run(act).await
    }

    /// Does it answer?
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.readers.ping().await
    }
}

fn options(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false);
    if url.starts_with("sqlite:") {
        options.test_before_acquire(false);
        options.map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5));
            if read_only {
                sqlite.pragma("query_only", "1")
            } else {
                sqlite
            }
        });
    }
    options
}

/// Brings the schema up to date on a connection of its own, under a lock, and closes it.
pub async fn migrate(url: &str) -> Result<(), DbErr> {
    let _held = file_lock(url)?;
    let db = Database::connect(options(url, 1, false)).await?;
    lock(&db).await?;
    let done = Migrator::up(&db, None).await;
    unlock(&db).await?;
    db.close().await?;
    done
}

/// SQLite has no lock that outlives a transaction, so instances on one file meet at a file beside it.
fn file_lock(url: &str) -> Result<Option<std::fs::File>, DbErr> {
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Ok(None);
    };
    let path = path
        .trim_start_matches("//")
        .split('?')
        .next()
        .unwrap_or_default();
    if path.is_empty() || path == ":memory:" {
        return Ok(None);
    }
    let failed = |e: std::io::Error| DbErr::Custom(format!("{path}.migrating: {e}"));
    if let Some(folder) = std::path::Path::new(path).parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = std::fs::File::create(format!("{path}.migrating")).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(Some(file))
}

async fn lock(db: &DatabaseConnection) -> Result<(), DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => ask(db, "SELECT pg_advisory_lock(7420318)").await,
        DbBackend::MySql => ask(db, "SELECT GET_LOCK('tuixuan-migrate', 120)").await,
        _ => Ok(()),
    }
}

async fn unlock(db: &DatabaseConnection) -> Result<(), DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => ask(db, "SELECT pg_advisory_unlock(7420318)").await,
        DbBackend::MySql => ask(db, "SELECT RELEASE_LOCK('tuixuan-migrate')").await,
        _ => Ok(()),
    }
}

async fn ask(db: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await.map(|_| ())
}
