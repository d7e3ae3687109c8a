//! An object on its way out, hashed as it goes.

use std::io::{Error, Result};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};

/// The same pieces; the last one comes only when all of them are what the name says, else the stream breaks off. So
/// whoever gets the whole length has the right bytes.
pub fn checked<S>(source: S, sha256: String) -> impl Stream<Item = Result<Bytes>> + Send
where
    S: Stream<Item = Result<Bytes>> + Send,
{
    let state = Some((Box::pin(source), Sha256::new(), None::<Bytes>, sha256));
    futures_util::stream::unfold(state, |state| async {
        let (mut source, mut digest, mut held, sha256) = state?;
        loop {
            match source.next().await {
                Some(Ok(piece)) => {
                    digest.update(&piece);
                    if let Some(before) = held.replace(piece) {
                        return Some((Ok(before), Some((source, digest, held, sha256))));
                    }
                }
                Some(Err(error)) => return Some((Err(error), None)),
                None => {
                    let found = hex::encode(digest.finalize());
                    let last = match found == sha256 {
                        true => Ok(held?),
                        false => {
                            tracing::error!(sha256, found, "an object was altered in the store");
                            Err(Error::other("altered"))
                        }
                    };
                    return Some((last, None));
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn out(pieces: &[&'static str], sha256: String) -> (String, bool) {
        let source = futures_util::stream::iter(pieces.to_vec())
            .map(|p| Ok(Bytes::from_static(p.as_bytes())));
        let all: Vec<_> = checked(source, sha256).collect().await;
        let whole = all.iter().all(Result::is_ok);
        let text = all.into_iter().flatten();
        let text: Vec<u8> = text.flat_map(|b| b.to_vec()).collect();
        (String::from_utf8(text).unwrap(), whole)
    }

    #[tokio::test]
    async fn right_bytes_come_whole_and_wrong_ones_never_do() {
        let sha256 = |text: &str| hex::encode(Sha256::digest(text));
        assert_eq!(
            out(&["ab", "cd"], sha256("abcd")).await,
            ("abcd".into(), true)
        );
        assert_eq!(out(&[], sha256("")).await, (String::new(), true));
        assert_eq!(
            out(&["ab", "cx"], sha256("abcd")).await,
            ("ab".into(), false)
        );
        assert_eq!(out(&["x"], sha256("a")).await, (String::new(), false));
    }
}
