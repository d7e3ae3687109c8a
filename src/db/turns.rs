//! Processes on one SQLite file take turns at writing.
//!
//! SQLite gives its lock to whoever asks at the moment it is free. One that waits asks at intervals, and one that has just written asks
//! at once, so it may get the lock again and again while the other waits for seconds. Two files beside the database bring them into
//! a line: the next one holds the door, and whoever has written has to come in by it again.

use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, Instant};

/// How long one waits in line. Afterwards SQLite's own lock decides, which is asked in any case: the line is for fairness alone.
const PATIENCE: Duration = Duration::from_secs(5);
/// Whoever holds the door is the next however seldom it looks.
const LOOK: Duration = Duration::from_millis(1);

/// One process's place in the line.
pub struct Turns {
    door: File,
    turn: File,
}

/// A lock that is given back when dropped, or when the process ends.
struct Held<'a>(&'a File);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // nothing to be done about a failure, and the next one has patience only for so long
        let _ = self.0.unlock();
    }
}

impl Turns {
    /// The line of a database, or nothing where its own locks are fair.
    pub fn of(url: &str) -> io::Result<Option<Turns>> {
        let Some(door) = super::beside(url, "door")? else {
            return Ok(None);
        };
        let turn = super::beside(url, "turn")?;
        Ok(turn.map(|turn| Turns { door, turn }))
    }

    /// Waits for this process's turn, which lasts as long as what is returned.
    pub async fn take(&self) -> impl Drop + '_ {
        let until = Instant::now() + PATIENCE;
        let _door = hold(&self.door, until).await;
        hold(&self.turn, until).await
    }
}

async fn hold(file: &File, until: Instant) -> Held<'_> {
    while let Err(TryLockError::WouldBlock) = file.try_lock()
        && Instant::now() < until
    {
        tokio::time::sleep(LOOK).await;
    }
    Held(file)
}
