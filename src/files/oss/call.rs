//! One request to OSS, and the same once more when it may help.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::Stream;
use reqwest::{Method, Response};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::{sleep, timeout};

use super::Oss;
use super::answers;
use super::sign::Asked;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::security::random;

/// Every call of ours may be made again: it leaves what it left the first time.
const TRIES: u32 = 3;
/// No further try begins after so long: somebody waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// Before the second try at most; twice that before the third.
const BACK_OFF: Duration = Duration::from_millis(400);
/// Bytes read of a file at a time.
const PIECE: u64 = 64 << 10;
/// A page of a listing has at most a thousand names.
const LONGEST_TEXT: usize = 4 << 20;

/// Why a call did not do what it was made for.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Not reached, cut off, too slow, busy, or damaged on the way.
    #[error("OSS: {0}")]
    Passing(String),
    /// OSS says no.
    #[error("OSS refuses: {status} {code}")]
    Refused { status: u16, code: String },
    /// It failed so often that it is left alone for now.
    #[error("OSS is not asked for now: it has failed several times in a row")]
    Paused,
    /// Not OSS, but the file on its way there.
    #[error(transparent)]
    Ours(#[from] std::io::Error),
}

impl Fault {
    pub fn passing(why: impl std::fmt::Display) -> Fault {
        Fault::Passing(why.to_string())
    }

    /// There is no such object.
    pub fn is_absent(&self) -> bool {
        matches!(self, Fault::Refused { status: 404, code } if code.is_empty() || code == "NoSuchKey")
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        match fault {
            Fault::Ours(error) => error.into(),
            fault => super::away(fault.to_string()),
        }
    }
}

/// What goes with a request.
#[derive(Clone)]
pub enum Sent {
    Nothing,
    Text(String),
    /// Bytes of a file, read while they are sent.
    Part {
        path: PathBuf,
        at: u64,
        length: u64,
    },
}

impl Oss {
    /// Makes a call until it succeeds or another try would not help.
    pub async fn tries<T, R>(&self, mut call: impl FnMut() -> R) -> Result<T, Fault>
    where
        R: Future<Output = Result<T, Fault>>,
    {
        let begun = Instant::now();
        for n in 1.. {
            match call().await {
                Err(Fault::Passing(why)) if n < TRIES && begun.elapsed() < PATIENCE => {
                    tracing::debug!(why, "OSS is asked again");
                    back_off(n).await;
                }
                told => return told,
            }
        }
        Err(Fault::Paused)
    }

    /// One request; its answer when OSS did what was asked. The body of the answer is not read yet.
    pub async fn once(&self, asked: &Asked, sent: Sent) -> Result<Response, Fault> {
        if !self.breaker.admits() {
            return Err(Fault::Paused);
        }
        let told = self.unguarded(asked, sent).await;
        match &told {
            Err(Fault::Passing(_)) => self.breaker.note(false),
            Ok(_) | Err(Fault::Refused { .. }) => self.breaker.note(true),
            Err(_) => {}
        }
        told
    }

    async fn unguarded(&self, asked: &Asked, sent: Sent) -> Result<Response, Fault> {
        let method = Method::from_bytes(asked.method.as_bytes()).map_err(Fault::passing)?;
        let url = self.place.url(&asked.key, &asked.query);
        let mut request = self.client.request(method, url);
        let signature = self.signer.headers(asked, SystemClock.now());
        for (name, value) in asked.headers.iter().chain(&signature) {
            request = request.header(*name, value);
        }
        let progress = Arc::new(AtomicU64::new(0));
        request = match sent {
            Sent::Nothing => request.body(""),
            Sent::Text(text) => request.body(text),
            Sent::Part { path, at, length } => {
                let mut file = tokio::fs::File::open(path).await?;
                file.seek(std::io::SeekFrom::Start(at)).await?;
                let body = reqwest::Body::wrap_stream(pieces(file, length, progress.clone()));
                request.header("content-length", length).body(body)
            }
        };
        let answer = self.watched(request.send(), &progress).await?;
        let answer = answer.map_err(|e| Fault::passing(spelt(&e.without_url())))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        // a code alone, for the log: the text may repeat what was asked
        let text = self.text(answer).await.unwrap_or_default();
        let code = answers::text_of(&text, "Code").unwrap_or_default();
        let may_pass = status.is_server_error()
            || matches!(status.as_u16(), 408 | 429)
            || ["RequestTimeout", "InvalidDigest"].contains(&code.as_str());
        Err(match may_pass {
            true => Fault::Passing(format!("{} {code}", status.as_u16())),
            false => Fault::Refused {
                status: status.as_u16(),
                code,
            },
        })
    }

    /// Waits for an answer as long as something moves.
    async fn watched<T>(
        &self,
        call: impl Future<Output = T>,
        progress: &AtomicU64,
    ) -> Result<T, Fault> {
        let mut call = pin!(call);
        let mut end = pin!(sleep(Duration::from_secs(self.settings.request_seconds)));
        loop {
            let before = progress.load(Ordering::Relaxed);
            tokio::select! {
                told = &mut call => return Ok(told),
                () = &mut end => return Err(Fault::passing("took too long")),
                () = sleep(self.pause()) => {
                    if progress.load(Ordering::Relaxed) == before {
                        return Err(Fault::passing("nothing moved"));
                    }
                }
            }
        }
    }

    /// The whole body of an answer.
    pub async fn text(&self, mut answer: Response) -> Result<String, Fault> {
        let mut bytes = Vec::new();
        loop {
            let piece = timeout(self.pause(), answer.chunk()).await;
            let piece = piece.map_err(|_| Fault::passing("stopped in its answer"))?;
            match piece.map_err(|e| Fault::passing(spelt(&e.without_url())))? {
                Some(piece) if bytes.len() + piece.len() <= LONGEST_TEXT => {
                    bytes.extend_from_slice(&piece);
                }
                Some(_) => return Err(Fault::passing("answers at too great length")),
                None => return String::from_utf8(bytes).map_err(Fault::passing),
            }
        }
    }

    /// Longest wait for the next sign of life.
    pub fn pause(&self) -> Duration {
        Duration::from_millis(self.settings.read_ms)
    }
}

/// Longer each time, and never as long as the others that failed at the same moment.
pub async fn back_off(failures: u32) {
    let longest = BACK_OFF * 2u32.pow(failures.clamp(1, 4) - 1);
    let part = f64::from(u16::from_be_bytes(random())) / f64::from(u16::MAX);
    sleep(longest.mul_f64(0.25 + 0.75 * part)).await;
}

/// An error of the HTTP client with what is behind it.
pub fn spelt(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

fn pieces(
    file: tokio::fs::File,
    length: u64,
    progress: Arc<AtomicU64>,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    let next = move |(mut file, left): (tokio::fs::File, u64)| {
        let progress = progress.clone();
        async move {
            if left == 0 {
                return Ok(None);
            }
            let mut piece = vec![0; usize::try_from(left.min(PIECE)).unwrap_or(0)];
            let read = file.read(&mut piece).await?;
            if read == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            piece.truncate(read);
            progress.fetch_add(1, Ordering::Relaxed);
            Ok(Some((Bytes::from(piece), (file, left - read as u64))))
        }
    };
    futures_util::stream::try_unfold((file, length), next)
}
