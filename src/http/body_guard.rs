//! Judges request bodies by the bytes that really come and by their pace, whatever the head says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use poem::http::{StatusCode, header};
use poem::{Body, Request};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::problem::Problem;
use crate::error::Error;

/// How much, and how slowly at most.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Longest pause between two pieces.
    pub stall: Duration,
    /// Slowest average, bytes per second, asked of bodies that last longer than `stall`.
    pub slowest: u64,
}

/// Memory for bodies that are read as a whole before they are handled: pieces of 1 KiB.
#[derive(Debug, Clone)]
pub struct BodyMemory(Arc<Semaphore>);

const PIECE: u64 = 1024;

impl BodyMemory {
    /// So many bytes for all requests together.
    #[must_use]
    pub fn new(bytes: u64) -> BodyMemory {
        let pieces = usize::try_from(bytes / PIECE).unwrap_or(usize::MAX);
        BodyMemory(Arc::new(Semaphore::new(pieces.min(Semaphore::MAX_PERMITS))))
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let pieces = u32::try_from((bytes as u64).div_ceil(PIECE)).unwrap_or(u32::MAX);
        let room = self.0.clone().try_acquire_many_owned(pieces);
        room.map_err(|_| Error::Busy.into())
    }
}

/// Why a streamed body was cut; read after the handler has failed over it.
pub type Cut = Arc<Mutex<Option<Problem>>>;

/// Refuses by the head alone: encodings that could unfold, and lengths beyond the limit.
pub fn check_head(request: &Request, limit: u64) -> Result<(), Problem> {
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported",
            "不接受压缩的请求内容",
        ));
    }
    let declared = request
        .header(header::CONTENT_LENGTH)
        .and_then(|v| v.parse::<u64>().ok());
    if declared.is_some_and(|n| n > limit) {
        return Err(too_large(limit));
    }
    Ok(())
}

/// Reads a whole small body, and puts it back. The memory is held as long as the answer.
pub async fn read_whole(
    request: &mut Request,
    limit: u64,
    pace: Pace,
    memory: &BodyMemory,
) -> Result<(Bytes, Vec<OwnedSemaphorePermit>), Problem> {
    let mut source = request.take_body().into_bytes_stream();
    let mut meter = Meter::new(limit, pace);
    let (mut whole, mut held) = (Vec::new(), Vec::new());
    while let Some(piece) = meter.next(&mut source).await? {
        held.push(memory.take(piece.len())?);
        whole.extend_from_slice(&piece);
    }
    let whole = Bytes::from(whole);
    request.set_body(whole.clone());
    Ok((whole, held))
}

/// Lets a large body through piece by piece; a fault ends it and is remembered in `Cut`.
pub fn watch(request: &mut Request, limit: u64, pace: Pace) -> Cut {
    let cut = Cut::default();
    let source = request.take_body().into_bytes_stream();
    let state = (source, Meter::new(limit, pace), cut.clone());
    let watched = futures_util::stream::unfold(Some(state), |state| async {
        let (mut source, mut meter, cut) = state?;
        match meter.next(&mut source).await {
            Ok(piece) => Some((Ok(piece?), Some((source, meter, cut)))),
            Err(problem) => {
                let error = std::io::Error::other(problem.to_string());
                if let Ok(mut cut) = cut.lock() {
                    *cut = Some(problem);
                }
                Some((Err(error), None))
            }
        }
    });
    request.set_body(Body::from_bytes_stream(Box::pin(watched)));
    cut
}

/// Counts bytes and time of one body.
struct Meter {
    limit: u64,
    pace: Pace,
    seen: u64,
    since: Instant,
}

impl Meter {
    fn new(limit: u64, pace: Pace) -> Meter {
        Meter {
            limit,
            pace,
            seen: 0,
            since: Instant::now(),
        }
    }

    async fn next<S>(&mut self, source: &mut S) -> Result<Option<Bytes>, Problem>
    where
        S: futures_util::Stream<Item = std::io::Result<Bytes>> + Unpin,
    {
        let piece = match timeout(self.pace.stall, source.next()).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => {
                return Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    "malformed",
                    "请求内容不完整",
                ));
            }
            Ok(Some(Ok(piece))) => piece,
        };
        self.seen += piece.len() as u64;
        if self.seen > self.limit {
            return Err(too_large(self.limit));
        }
        let elapsed = self.since.elapsed();
        if elapsed > self.pace.stall && self.seen < self.pace.slowest * elapsed.as_secs() {
            return Err(too_slow());
        }
        Ok(Some(piece))
    }
}

fn too_large(limit: u64) -> Problem {
    let detail = format!("请求内容超过{limit}字节");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &detail)
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "timed_out",
        "传输中断或过慢，请检查网络后重试",
    )
}
