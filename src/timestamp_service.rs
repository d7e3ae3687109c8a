//! An authority of others that attests the time of a signature: RFC 3161 over HTTP (§3.4).

pub mod stand_in;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use documents::algorithm::Suite;
use documents::timestamp::{ROOM, TimeAuthority, TimestampError};
use tokio::runtime::Handle;

use crate::config;
use crate::error::{Error, Result};

/// More than a token with its certificates never takes.
const LONGEST_ANSWER: usize = 64 * 1024;

type Answer = std::result::Result<Vec<u8>, TimestampError>;

/// The authorities, as the settings name them.
pub struct TimestampServices {
    /// For every form, or for those that are not signed with SM2.
    first: Option<TimestampService>,
    sm2: Option<TimestampService>,
}

impl TimestampServices {
    /// By the settings, with their roots (DER).
    pub fn new(settings: &config::Seals, roots: &[Vec<u8>]) -> Result<TimestampServices> {
        let at = |url: &String, suite| match url.is_empty() {
            true => Ok(None),
            false => TimestampService::new(url, suite, settings.timestamp_ms, roots).map(Some),
        };
        Ok(TimestampServices {
            first: at(&settings.timestamp_url, Suite::International)?,
            sm2: at(&settings.timestamp_sm2_url, Suite::Sm2)?,
        })
    }

    /// Who attests the time of signatures of this suite, to be asked on a thread that may wait; `None` when nobody does.
    #[must_use]
    pub fn of(&self, suite: Suite) -> Option<RemoteTime> {
        let own = self.sm2.as_ref().filter(|_| suite == Suite::Sm2);
        own.or(self.first.as_ref()).map(TimestampService::waiting)
    }
}

/// One authority.
#[derive(Clone)]
struct TimestampService {
    client: reqwest::Client,
    url: String,
    suite: Suite,
    roots: Arc<[Vec<u8>]>,
    /// The longest answer so far, bytes: so much room its next token may need.
    longest: Arc<AtomicUsize>,
}

impl TimestampService {
    fn new(url: &str, suite: Suite, ms: u64, roots: &[Vec<u8>]) -> Result<TimestampService> {
        let client = crate::outside::client()
            .timeout(Duration::from_millis(ms))
            .build()
            .map_err(|e| Error::Bug(e.to_string()))?;
        Ok(TimestampService {
            client,
            url: url.to_owned(),
            suite,
            roots: roots.into(),
            longest: Arc::default(),
        })
    }

    fn waiting(&self) -> RemoteTime {
        RemoteTime {
            service: self.clone(),
            runtime: Handle::current(),
        }
    }

    /// One that was away for a moment is asked once more; a slow one is not, for an officer waits.
    async fn ask(&self, request: &[u8]) -> Answer {
        match self.once(request).await {
            Err(TimestampError::Down(_)) => self.once(request).await,
            first => first,
        }
    }

    async fn once(&self, request: &[u8]) -> Answer {
        let sent = self
            .client
            .post(&self.url)
            .header("content-type", "application/timestamp-query")
            .header("accept", "application/timestamp-reply")
            .body(request.to_owned())
            .send()
            .await;
        let mut answer = sent.map_err(fault)?;
        let status = answer.status();
        if status.is_server_error() {
            return Err(TimestampError::Down(format!("status {status}")));
        }
        if !status.is_success() {
            return Err(TimestampError::Wrong(format!("status {status}")));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(fault)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > LONGEST_ANSWER {
                return Err(TimestampError::Wrong("answer too long".into()));
            }
        }
        self.longest.fetch_max(bytes.len(), Ordering::Relaxed);
        Ok(bytes)
    }
}

fn fault(error: reqwest::Error) -> TimestampError {
    if error.is_timeout() {
        TimestampError::Slow
    } else {
        TimestampError::Down(error.without_url().to_string())
    }
}

/// The authority as it is asked while a form is stamped.
pub struct RemoteTime {
    service: TimestampService,
    runtime: Handle,
}

impl TimeAuthority for RemoteTime {
    fn ask(&self, request: &[u8]) -> Answer {
        self.runtime.block_on(self.service.ask(request))
    }

    fn roots(&self) -> &[Vec<u8>] {
        &self.service.roots
    }

    fn suite(&self) -> Suite {
        self.service.suite
    }

    fn room(&self) -> usize {
        ROOM.max(self.service.longest.load(Ordering::Relaxed))
    }
}
