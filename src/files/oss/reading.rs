//! An object on its way out of the bucket. A connection that breaks is taken up where it broke.

use bytes::Bytes;
use reqwest::Response;
use tokio::time::timeout;

use super::call::{Fault, Sent, back_off, spelt};
use super::{Oss, away, facts};
use crate::error::{Error, Result};
use crate::files::missing;

/// A connection may break so often in a row without a byte in between.
const BREAKS: u32 = 3;

/// Bytes of an object, as they come.
pub struct Reading {
    oss: Oss,
    sha256: String,
    answer: Response,
    etag: Option<String>,
    length: u64,
    at: u64,
    breaks: u32,
}

impl Reading {
    /// From a byte of it on.
    pub(super) async fn open(oss: &Oss, sha256: &str, first: u64) -> Result<Reading> {
        let mut asked = oss.asked("GET", sha256);
        if first > 0 {
            asked.headers = vec![range(first)];
        }
        let opened = || async {
            let answer = oss.once(&asked, Sent::Nothing).await?;
            match first == 0 || answer.status() == 206 {
                true => Ok(answer),
                false => Err(Fault::passing("gave the whole instead of a part")),
            }
        };
        let answer = oss.tries(opened).await;
        let answer = answer.map_err(|fault| match fault.is_absent() {
            true => missing(sha256),
            false => Error::from(fault),
        })?;
        let facts = facts(answer.headers())?;
        Ok(Reading {
            oss: oss.clone(),
            sha256: sha256.to_owned(),
            answer,
            etag: facts.etag,
            length: first + facts.length,
            at: first,
            breaks: 0,
        })
    }

    /// Bytes of the whole object.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The next piece; `None` after as many bytes as were promised.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let piece = timeout(self.oss.pause(), self.answer.chunk()).await;
            let why = match piece {
                Ok(Ok(Some(piece))) if self.at + piece.len() as u64 <= self.length => {
                    self.at += piece.len() as u64;
                    self.breaks = 0;
                    return Ok(Some(piece));
                }
                Ok(Ok(Some(_))) => "more bytes than promised".to_owned(),
                _ if self.at == self.length => return Ok(None),
                Ok(Ok(None)) => "ended early".to_owned(),
                Ok(Err(error)) => spelt(&error.without_url()),
                Err(_) => "nothing moved".to_owned(),
            };
            self.breaks += 1;
            if self.breaks >= BREAKS {
                return Err(away(format!("OSS: object {}: {why}", self.sha256)));
            }
            back_off(self.breaks).await;
            self.take_up().await?;
        }
    }

    /// Asks for the rest, of the same object.
    async fn take_up(&mut self) -> Result<()> {
        let mut asked = self.oss.asked("GET", &self.sha256);
        asked.headers = vec![range(self.at)];
        let whole = || async {
            let answer = self.oss.once(&asked, Sent::Nothing).await?;
            let rest = facts(answer.headers())?;
            let same = rest.etag == self.etag && rest.length == self.length - self.at;
            match same && (answer.status() == 206 || self.at == 0) {
                true => Ok(answer),
                false => Err(Fault::passing("gave something else than the rest")),
            }
        };
        let answer = self.oss.tries(whole).await?;
        self.answer = answer;
        Ok(())
    }
}

/// Everything from a byte on (RFC 9110 §14.2).
fn range(first: u64) -> (&'static str, String) {
    ("range", format!("bytes={first}-"))
}
