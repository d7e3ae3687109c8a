//! Work that waits for the disk, on threads of its own.

use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Writes at once; more would only be more threads, each with memory of its own.
static WRITERS: Semaphore = Semaphore::const_new(16);

/// Writing, in its turn. It is done to its end also when nobody waits for it any more.
pub async fn writing<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let turn = WRITERS.acquire().await;
    let turn = turn.map_err(|e| Error::Bug(e.to_string()))?;
    blocking(move || {
        let _turn = turn;
        work()
    })
    .await
}

/// Any other work.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| Error::Bug(e.to_string()))?
}
