//! What kind of trouble a database error is. Told by codes, because the sentences are translated on
//! servers that speak Chinese.

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::sqlx::{self, Error as Sqlx};
use sea_orm::{DbErr, RuntimeErr};

/// Only [`Fault::Ours`] would happen again with the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The disk is full.
    Full,
    /// Somebody else was first: a lock, a deadlock, a conflict of transactions; or a key that another process took between our look
    /// and our row, which the same call sees the next time.
    Busy,
    /// The database or the way to it is gone for now.
    Away,
    /// The statement is wrong, or what it broke was not foreseen.
    Ours,
}

impl Fault {
    /// Tells which it is.
    #[must_use]
    pub fn of(error: &DbErr) -> Fault {
        match error {
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => Fault::Away,
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => of_sqlx(cause),
            _ => Fault::Ours,
        }
    }
}

fn of_sqlx(cause: &sqlx::Error) -> Fault {
    match cause {
        Sqlx::Io(_)
        | Sqlx::Tls(_)
        | Sqlx::Protocol(_)
        | Sqlx::PoolTimedOut
        | Sqlx::PoolClosed
        | Sqlx::WorkerCrashed => Fault::Away,
        Sqlx::Database(told) => of_database(told.as_ref()),
        _ => Fault::Ours,
    }
}

fn of_database(told: &dyn DatabaseError) -> Fault {
    let code = told.code().unwrap_or_default();
    if told.try_downcast_ref::<SqliteError>().is_some() {
        sqlite(&code)
    } else if let Some(told) = told.try_downcast_ref::<MySqlDatabaseError>() {
        mysql(told.number())
    } else {
        postgres(&code)
    }
}

/// Extended codes: the lowest byte says what happened, the rest where.
fn sqlite(code: &str) -> Fault {
    let code = code.parse::<i64>().unwrap_or(0);
    if matches!(code, 1555 | 2067) {
        return Fault::Busy; // CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE
    }
    match code & 0xff {
        5 | 6 => Fault::Busy,           // BUSY, LOCKED
        13 => Fault::Full,              // FULL
        7 | 8 | 10 | 14 => Fault::Away, // NOMEM, READONLY, IOERR, CANTOPEN
        _ => Fault::Ours,
    }
}

fn mysql(number: u16) -> Fault {
    match number {
        1021 | 1114 => Fault::Full,                      // disk full, table full
        1062 | 1205 | 1213 => Fault::Busy,               // key taken, lock wait, deadlock
        1040 | 1053 | 1290 | 2006 | 2013 => Fault::Away, // too many connections, shutdown, read-only, lost
        1158..=1161 => Fault::Away,                      // packets cut short
        _ => Fault::Ours,
    }
}

/// SQLSTATE; its first two characters are the class.
fn postgres(code: &str) -> Fault {
    match (code, code.get(..2).unwrap_or_default()) {
        ("53100", _) => Fault::Full,
        ("23505" | "55P03", _) | (_, "40") => Fault::Busy, // key taken, lock not available; transaction rollback
        (_, "08" | "53" | "57" | "58") => Fault::Away, // connection, resources, shutdown, system
        _ => Fault::Ours,
    }
}
