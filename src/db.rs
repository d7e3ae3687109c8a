//! Rows ↔ domain values. Reads are scoped by who asks; every write goes through the [`Writer`].

pub mod agencies;
pub mod applicants;
pub mod attachments;
pub mod batches;
pub mod campaigns;
pub mod certificates;
mod conn;
pub mod content_checks;
pub mod deliverables;
pub mod documents;
pub mod entries;
mod event_heads;
pub mod events;
pub mod evidence;
pub mod evidence_copies;
pub mod fault;
pub mod idempotency;
pub mod installations;
pub mod late_admissions;
pub mod negative_lines;
pub mod nominations;
pub mod objects;
pub mod officers;
pub mod others;
pub mod outbox;
pub mod paper_receipts;
pub mod quotas;
pub mod references;
pub mod regions;
pub mod reviews;
pub mod scans;
pub mod seals;
pub mod single_uses;
pub mod steps;
pub mod subscriptions;
pub mod throttles;
pub mod together;
mod turns;
pub mod uploads;
pub mod virus_checks;
mod writer;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Executor, MySqlConnection, PgConnection};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, QueryResult,
    Statement,
};

pub use conn::Conn;
use turns::Turns;
pub use writer::Act;
use writer::Writer;

use crate::error::Error;

/// The database: readers side by side, one writer that groups acts into commits.
#[derive(Clone)]
pub struct Db {
    pool: DatabaseConnection,
    readers: Arc<Conn>,
    writer: Writer,
}

impl Db {
    /// Opens readers and the writer. The schema must be there: call [`migrate`] first.
    pub async fn open(url: &str) -> Result<Db, DbErr> {
        let pool = Database::connect(options(url, 8, true)).await?;
        let writer = Database::connect(options(url, 1, false)).await?;
        let turns = Turns::of(url).map_err(|e| DbErr::Custom(e.to_string()))?;
        Ok(Db {
            readers: Arc::new(Conn::Readers(pool.clone())),
            pool,
            writer: Writer::start(writer, turns),
        })
    }

    /// A connection for plain reads.
    #[must_use]
    pub fn read(&self) -> &Conn {
        &self.readers
    }

    /// Runs an act in a transaction and answers after its commit. The act may share the commit with
    /// others that wait; it fails alone. Do nothing slow inside.
    pub fn write<T, F>(&self, act: F) -> BoxFuture<'_, Result<T, Error>>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Conn) -> Act<'a, T> + Clone + Send + 'static,
    {
        self.writer.run(act).boxed()
    }

    /// Would an act have to wait for others now?
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.writer.is_writing()
    }

    /// Acts that wait for those under way.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Takes no more acts, finishes those that wait, closes the connections. Call it last, before the process ends.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.writer.stop().await;
        self.pool.close_by_ref().await
    }

    /// Does it answer?
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.pool.ping().await
    }
}

fn options(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false);
    // A ping for every transaction costs as much as a statement; idle connections are the ones that die.
    options.test_before_acquire_if_idle_for(Duration::from_secs(1));
    options.map_sqlx_mysql_pool_opts(|pool| pool.after_connect(|mysql, _| read_committed(mysql)));
    options.map_sqlx_postgres_pool_opts(move |pool| {
        pool.after_connect(move |postgres, _| plan_by_keys(postgres, read_only))
    });
    if url.starts_with("sqlite:") {
        options.test_before_acquire(false);
        options.map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                // 8 MiB a connection: with the 2 MiB that SQLite takes by itself, a page of a list is read anew each time
                .pragma("cache_size", "-8192")
                // a whole page at once: the thread that reads need not wait for the one that asked
                .row_buffer_size(256);
            if read_only {
                return sqlite.pragma("query_only", "1");
            }
            sqlite
                // what an act would be rolled back to is kept in memory, not in a file
                .pragma("temp_store", "memory")
                // pages that every act changes are brought from the journal into the file every 32 MiB, not every four
                .pragma("wal_autocheckpoint", "8192")
        });
    }
    options
}

/// As PostgreSQL does by itself: what another process committed is seen, and rows that are not there
/// are not locked. With MySQL's default two processes deadlock over the first event of a chain.
fn read_committed(mysql: &mut MySqlConnection) -> BoxFuture<'_, Result<(), sqlx::Error>> {
    Box::pin(async move {
        let level = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
        mysql.execute(level).await.map(drop)
    })
}

/// By default PostgreSQL takes a page that is read by key to cost four that are read in a row, as on turning disks, and then walks
/// past every other agency's duties for a page of a queue. Nor do questions as short as ours win by being compiled.
///
/// The writer asks by keys alone, and its plans are made once, while tables may still be empty: reading those whole looks cheap.
fn plan_by_keys(
    postgres: &mut PgConnection,
    read_only: bool,
) -> BoxFuture<'_, Result<(), sqlx::Error>> {
    let set = match read_only {
        true => "SET random_page_cost = 1.1; SET jit = off",
        false => "SET random_page_cost = 1.1; SET jit = off; SET enable_seqscan = off",
    };
    Box::pin(async move { postgres.execute(set).await.map(drop) })
}

/// Brings the schema up to date on a connection of its own, under a lock, and closes it. Answers
/// with the names of the steps that were new; instances may call it at the same moment.
pub async fn migrate(url: &str) -> Result<Vec<String>, DbErr> {
    let path = url.to_owned();
    // Waits for another instance: not on a thread that this one's tasks need.
    let waiting = tokio::task::spawn_blocking(move || file_lock(&path));
    let _held = waiting.await.map_err(|e| DbErr::Custom(e.to_string()))??;
    let db = Database::connect(options(url, 1, false)).await?;
    let done = migrate_alone(&db).await;
    // Closing the connection would free the lock too, should this fail.
    let unlocked = unlock(&db).await;
    db.close().await?;
    unlocked.and(done)
}

async fn migrate_alone(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    lock(db).await?;
    let steps = Migrator::get_pending_migrations(db).await?;
    Migrator::up(db, None).await?;
    Ok(steps.iter().map(|step| step.name().to_owned()).collect())
}

/// SQLite has no lock that outlives a transaction, so instances on one file meet at a file beside it.
fn file_lock(url: &str) -> Result<Option<File>, DbErr> {
    let locked = || {
        let file = beside(url, "migrating")?;
        file.as_ref().map_or(Ok(()), File::lock)?;
        Ok(file)
    };
    locked().map_err(|e: io::Error| DbErr::Custom(e.to_string()))
}

/// SQLite's file by the setting; none for a server, and for what is kept in memory.
#[must_use]
pub fn file_of(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = path.split('?').next().unwrap_or_default();
    (!path.is_empty() && path != ":memory:").then_some(path)
}

/// The file beside SQLite's with this ending, made where it is missing; nothing for a database that is no file.
fn beside(url: &str, ending: &str) -> io::Result<Option<File>> {
    let Some(path) = file_of(url) else {
        return Ok(None);
    };
    let path = format!("{path}.{ending}");
    let open = || {
        if let Some(folder) = Path::new(&path).parent() {
            std::fs::create_dir_all(folder)?;
        }
        File::create(&path)
    };
    let told = |e: io::Error| io::Error::new(e.kind(), format!("{path}: {e}"));
    open().map(Some).map_err(told)
}

/// A lock of the session: gone with the connection, whatever happens to the process.
async fn lock(db: &DatabaseConnection) -> Result<(), DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => ask(db, "SELECT pg_advisory_lock(7420318)").await.map(drop),
        DbBackend::MySql => {
            // One lock a database: a server may hold several of ours.
            let lock = "SELECT GET_LOCK(CONCAT('tuixuan.', DATABASE()), 120)";
            match ask(db, lock).await? {
                Some(row) if row.try_get_by_index::<Option<i64>>(0)? == Some(1) => Ok(()),
                _ => Err(DbErr::Custom("another instance is migrating".into())),
            }
        }
        _ => Ok(()),
    }
}

async fn unlock(db: &DatabaseConnection) -> Result<(), DbErr> {
    let unlock = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT pg_advisory_unlock(7420318)",
        DbBackend::MySql => "SELECT RELEASE_LOCK(CONCAT('tuixuan.', DATABASE()))",
        _ => return Ok(()),
    };
    ask(db, unlock).await.map(drop)
}

async fn ask(db: &DatabaseConnection, sql: &str) -> Result<Option<QueryResult>, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await
}
