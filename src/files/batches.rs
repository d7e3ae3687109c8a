//! Bytes that come over a line, in batches for the disk: each batch costs a change of threads, and pieces are small.

use std::io::Result;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

/// Bytes of a batch, but for the rest of its last piece.
const BATCH: usize = 512 << 10;

/// The longest that a piece waits for others: a slow line would otherwise keep a batch in memory.
const PATIENCE: Duration = Duration::from_millis(100);

/// The next pieces; none at the end of the stream, which must be fused.
pub async fn next<S>(source: &mut S) -> Result<Vec<Bytes>>
where
    S: Stream<Item = Result<Bytes>> + Unpin,
{
    let Some(first) = source.next().await.transpose()? else {
        return Ok(vec![]);
    };
    let (mut length, mut pieces) = (first.len(), vec![first]);
    let until = Instant::now() + PATIENCE;
    while length < BATCH {
        match timeout_at(until, source.next()).await {
            Ok(Some(piece)) => {
                let piece = piece?;
                length += piece.len();
                pieces.push(piece);
            }
            Ok(None) | Err(_) => break,
        }
    }
    Ok(pieces)
}
