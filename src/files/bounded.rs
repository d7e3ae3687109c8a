//! The beginning of a stream.

use std::io::Result;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

/// The first so many bytes; what comes after them is not asked for.
pub fn bounded<S>(source: S, most: u64) -> impl Stream<Item = Result<Bytes>> + Send
where
    S: Stream<Item = Result<Bytes>> + Send,
{
    source.scan(most, |left, piece| {
        let piece = match piece {
            Ok(_) if *left == 0 => None,
            Ok(mut piece) => {
                piece.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= piece.len() as u64;
                Some(Ok(piece))
            }
            Err(error) => Some(Err(error)),
        };
        std::future::ready(piece)
    })
}
