//! An authority of others that attests the time of a signature: RFC 3161 over HTTP (§3.4).

pub mod stand_in;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use documents::timestamp::{ROOM, TimeAuthority, TimestampError};
use tokio::runtime::Handle;

use crate::config;
use crate::error::{Error, Result};

/// More than a token with its certificates never takes.
const LONGEST_ANSWER: usize = 64 * 1024;

type Answer = std::result::Result<Vec<u8>, TimestampError>;

/// The authority, as the settings name it.
#[derive(Clone)]
pub struct TimestampService {
    client: reqwest::Client,
    url: String,
    roots: Arc<[Vec<u8>]>,
    /// The longest answer so far, bytes: so much room its next token may need.
    longest: Arc<AtomicUsize>,
}

impl TimestampService {
    /// By the settings, with its roots (DER); `None` when there is no such authority.
    pub fn new(settings: &config::Seals, roots: &[Vec<u8>]) -> Result<Option<TimestampService>> {
        if settings.timestamp_url.is_empty() {
            return Ok(None);
        }
        let client = crate::outside::client()
            .timeout(Duration::from_millis(settings.timestamp_ms))
            .build()
            .map_err(|e| Error::Bug(e.to_string()))?;
        Ok(Some(TimestampService {
            client,
            url: settings.timestamp_url.clone(),
            roots: roots.into(),
            longest: Arc::default(),
        }))
    }

    /// To be asked on a thread that may wait.
    #[must_use]
    pub fn waiting(&self) -> RemoteTime {
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

    fn room(&self) -> usize {
        ROOM.max(self.service.longest.load(Ordering::Relaxed))
    }
}
