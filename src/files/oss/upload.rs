//! A file on its way into the bucket: whole or in parts, and believed only when OSS names the right check value.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Response;

use super::call::{Fault, Sent};
use super::sign::Asked;
use super::{Facts, Oss, answers, away};
use crate::error::Result;
use crate::files::Arrived;

/// OSS tells times in whole seconds.
const ROUNDING: Duration = Duration::from_secs(5);

impl Oss {
    /// Stores a received file under its hash. Answers when OSS has it whole; otherwise nothing of it is left there.
    pub async fn put(&self, arrived: &Arrived) -> Result<()> {
        let begun = Instant::now();
        let sent = match arrived.sums.md5.len() {
            0 | 1 => self.tries(|| self.put_whole(arrived)).await,
            _ => self.put_parts(arrived).await,
        };
        match sent {
            Ok(()) => Ok(()),
            Err(Fault::Passing(why)) => self.look(arrived, begun, why).await,
            Err(fault) => Err(fault.into()),
        }
    }

    /// An answer may have been lost, or was about something else than was sent: what does OSS have now?
    async fn look(&self, arrived: &Arrived, begun: Instant, why: String) -> Result<()> {
        match self.head(&arrived.stored.sha256).await? {
            // An older one is no proof that this one arrived: the sweeper may be about to take it.
            Some(facts) if is_whole(&facts, arrived) => {
                match facts.age <= begun.elapsed() + ROUNDING {
                    true => Ok(()),
                    false => Err(away(why)),
                }
            }
            Some(_) => {
                self.delete(&arrived.stored.sha256).await?;
                Err(away(format!("{why}; what it had instead was removed")))
            }
            None => Err(away(why)),
        }
    }

    async fn put_whole(&self, arrived: &Arrived) -> std::result::Result<(), Fault> {
        let mut asked = self.asked("PUT", &arrived.stored.sha256);
        asked.headers = self.kind();
        if let Some(md5) = arrived.sums.md5.first() {
            asked.headers.push(("content-md5", BASE64.encode(md5)));
        }
        let answer = self
            .once(&asked, part(arrived, 0, arrived.stored.length))
            .await?;
        self.confirmed(&answer, arrived).await
    }

    /// In parts, one after the other: however long a file is, it takes no more memory than a piece.
    async fn put_parts(&self, arrived: &Arrived) -> std::result::Result<(), Fault> {
        let upload = self.tries(|| self.initiate(&arrived.stored.sha256)).await?;
        let unfinished = Unfinished {
            oss: self.clone(),
            abort: Some(Asked {
                query: vec![("uploadId", upload.clone())],
                ..self.asked("DELETE", &arrived.stored.sha256)
            }),
        };
        match self.fill(&upload, arrived).await {
            Ok(()) => {
                unfinished.over();
                Ok(())
            }
            Err(fault) => {
                unfinished.abort().await;
                Err(fault)
            }
        }
    }

    async fn fill(&self, upload: &str, arrived: &Arrived) -> std::result::Result<(), Fault> {
        let mut list = String::from("<CompleteMultipartUpload>");
        let mut at = 0;
        for (n, md5) in (1..).zip(&arrived.sums.md5) {
            let length = arrived.sums.part_bytes.min(arrived.stored.length - at);
            let mut asked = self.asked("PUT", &arrived.stored.sha256);
            asked.query = vec![
                ("partNumber", n.to_string()),
                ("uploadId", upload.to_owned()),
            ];
            asked.headers = vec![("content-md5", BASE64.encode(md5))];
            let stored = || async {
                let answer = self.once(&asked, part(arrived, at, length)).await?;
                let etag = header(&answer, "etag").map(|e| e.trim_matches('"').to_owned());
                let plain = |e: &String| e.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                etag.filter(plain)
                    .ok_or_else(|| Fault::passing("a part without ETag"))
            };
            let etag = self.tries(stored).await?;
            list += &format!("<Part><PartNumber>{n}</PartNumber><ETag>\"{etag}\"</ETag></Part>");
            at += length;
        }
        list += "</CompleteMultipartUpload>";
        let mut asked = self.asked("POST", &arrived.stored.sha256);
        asked.query = vec![("uploadId", upload.to_owned())];
        asked.headers = vec![("content-type", "application/xml".into())];
        let completed = self.tries(|| self.once(&asked, Sent::Text(list.clone())));
        match completed.await {
            Ok(answer) => self.confirmed(&answer, arrived).await,
            // put together before, and that answer was lost
            Err(Fault::Refused { status: 404, code }) => Err(Fault::Passing(code)),
            Err(fault) => Err(fault),
        }
    }

    async fn initiate(&self, sha256: &str) -> std::result::Result<String, Fault> {
        let mut asked = self.asked("POST", sha256);
        asked.query = vec![("uploads", String::new())];
        asked.headers = self.kind();
        let answer = self.once(&asked, Sent::Nothing).await?;
        let text = self.text(answer).await?;
        answers::text_of(&text, "UploadId").ok_or_else(|| Fault::passing("no upload id"))
    }

    /// The check value in the answer, or what OSS says when it is asked.
    async fn confirmed(
        &self,
        answer: &Response,
        arrived: &Arrived,
    ) -> std::result::Result<(), Fault> {
        let crc64 = header(answer, "x-oss-hash-crc64ecma").and_then(|c| c.parse::<u64>().ok());
        let whole = match crc64 {
            Some(crc64) => crc64 == arrived.sums.crc64,
            None => {
                let facts = self.head(&arrived.stored.sha256).await?;
                facts.is_some_and(|f| is_whole(&f, arrived))
            }
        };
        match whole {
            true => Ok(()),
            false => Err(Fault::passing("it stored other bytes than were sent")),
        }
    }

    /// Headers of a new object.
    fn kind(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("content-type", "application/octet-stream".to_owned())];
        if !self.settings.encryption.is_empty() {
            let encryption = self.settings.encryption.clone();
            headers.push(("x-oss-server-side-encryption", encryption));
        }
        headers
    }
}

/// Whether OSS has what was arrived. Where it names no check value, length and Content-MD5 have to do.
pub fn is_whole(facts: &Facts, arrived: &Arrived) -> bool {
    facts.length == arrived.stored.length
        && facts.crc64.is_none_or(|crc64| crc64 == arrived.sums.crc64)
}

fn part(arrived: &Arrived, at: u64, length: u64) -> Sent {
    Sent::Part {
        path: arrived.path.clone(),
        at,
        length,
    }
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

/// Parts that are paid for until somebody puts them together or throws them away, also when the caller goes away.
struct Unfinished {
    oss: Oss,
    abort: Option<Asked>,
}

impl Unfinished {
    fn over(mut self) {
        self.abort = None;
    }

    /// Once: what stays behind is for the bucket's lifecycle rule.
    async fn abort(mut self) {
        if let Some(asked) = self.abort.take() {
            let _done_or_not = self.oss.once(&asked, Sent::Nothing).await;
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let (Some(asked), Ok(runtime)) =
            (self.abort.take(), tokio::runtime::Handle::try_current())
        {
            let oss = self.oss.clone();
            runtime.spawn(async move { oss.once(&asked, Sent::Nothing).await.map(drop) });
        }
    }
}
