//! Objects in a bucket of Alibaba Cloud OSS. One shared client streams the bytes; nothing is held whole in memory.

mod answers;
mod breaker;
mod call;
mod path;
mod reading;
mod sign;
mod upload;
#[cfg(feature = "oss-v1")]
mod v1;

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use domain::refusal::Refusal;
use reqwest::header::HeaderMap;

use crate::clock::{Clock, SystemClock};
use crate::config;
use crate::error::{Error, Result};
use breaker::Breaker;
use call::{Fault, Sent};
use path::Place;
use sign::{Asked, Signer};

pub use reading::Reading;

/// Names in a page of a listing.
const PAGE: u32 = 1000;

/// A bucket.
#[derive(Clone)]
pub struct Oss {
    client: reqwest::Client,
    settings: Arc<config::Oss>,
    signer: Arc<Signer>,
    place: Arc<Place>,
    breaker: Arc<Breaker>,
}

/// What OSS tells of an object without its bytes.
#[derive(Debug)]
pub struct Facts {
    pub length: u64,
    /// Not every service that speaks the protocol has it.
    pub crc64: Option<u64>,
    pub etag: Option<String>,
    /// By the clock of OSS.
    pub age: Duration,
}

/// A page of what we put into the bucket.
#[derive(Debug, Default)]
pub struct Page {
    /// SHA-256 and age by the clock of OSS.
    pub objects: Vec<(String, Duration)>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl Oss {
    /// The bucket of the settings.
    pub fn new(settings: config::Oss) -> Result<Oss> {
        Oss::with_client(settings, crate::outside::client())
    }

    /// The same with a client of one's own making.
    pub fn with_client(settings: config::Oss, client: reqwest::ClientBuilder) -> Result<Oss> {
        settings.check().map_err(|e| Error::Bug(e.to_string()))?;
        let client = client
            .connect_timeout(Duration::from_millis(settings.connect_ms))
            .http1_only()
            .build()
            .map_err(|e| Error::Bug(e.to_string()))?;
        Ok(Oss {
            client,
            signer: Arc::new(Signer::new(settings.clone())),
            place: Arc::new(Place::new(&settings)),
            breaker: Arc::new(Breaker::new(Duration::from_millis(settings.pause_ms))),
            settings: Arc::new(settings),
        })
    }

    /// Longer objects are sent in parts of so many bytes.
    pub fn part_bytes(&self) -> u64 {
        self.settings.part_bytes
    }

    /// Asks whether the bucket is there and takes our signature.
    pub async fn check(&self) -> std::result::Result<(), String> {
        let asked = self.listing(None, 1);
        match self.tries(|| self.once(&asked, Sent::Nothing)).await {
            Err(fault @ Fault::Refused { .. }) => Err(fault.to_string()),
            Err(fault) => {
                tracing::warn!(%fault, "OSS cannot be reached; files are not available until it is back");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// What OSS knows of an object; `None` when it has none.
    pub async fn facts(&self, sha256: &str) -> Result<Option<Facts>> {
        Ok(self.head(sha256).await?)
    }

    async fn head(&self, sha256: &str) -> std::result::Result<Option<Facts>, Fault> {
        let asked = self.asked("HEAD", sha256);
        match self.tries(|| self.once(&asked, Sent::Nothing)).await {
            Err(fault) if fault.is_absent() => Ok(None),
            Err(fault) => Err(fault),
            Ok(answer) => Ok(Some(facts(answer.headers())?)),
        }
    }

    /// Removes an object; one that is not there is as good as removed.
    pub async fn delete(&self, sha256: &str) -> Result<()> {
        let asked = self.asked("DELETE", sha256);
        match self.tries(|| self.once(&asked, Sent::Nothing)).await {
            Err(fault) if !fault.is_absent() => Err(fault.into()),
            _ => Ok(()),
        }
    }

    /// Opens an object for reading, at a byte of it.
    pub async fn open(&self, sha256: &str, first: u64) -> Result<Reading> {
        Reading::open(self, sha256, first).await
    }

    /// A page of what we put there, in the order of its keys. What others put under our prefix is passed over.
    pub async fn page(&self, after: Option<&str>) -> Result<Page> {
        let asked = self.listing(after, PAGE);
        let read = || async {
            let answer = self.once(&asked, Sent::Nothing).await?;
            let now = date(answer.headers(), "date").unwrap_or_else(|| SystemClock.now());
            let text = self.text(answer).await?;
            let listing = answers::listing(&text);
            Ok((listing.ok_or_else(|| Fault::passing("no listing"))?, now))
        };
        let (listing, now) = self.tries(read).await?;
        let next = listing.objects.last().map(|last| last.key.clone());
        let ours = |object: &answers::Listed| {
            let sha256 = self.place.sha256(&object.key)?;
            Some((sha256.to_owned(), age(now, object.modified_at)))
        };
        Ok(Page {
            objects: listing.objects.iter().filter_map(ours).collect(),
            next: next.filter(|_| listing.more),
        })
    }

    /// A link that anybody may follow for so many seconds, and that saves what it leads to.
    #[must_use]
    pub fn link(&self, sha256: &str, disposition: &str, seconds: u32) -> String {
        let mut asked = self.asked("GET", sha256);
        asked.query = vec![("response-content-disposition", disposition.to_owned())];
        let query = self.signer.link(&asked, seconds, SystemClock.now());
        self.place.url(&asked.key, &query)
    }

    fn asked(&self, method: &'static str, sha256: &str) -> Asked {
        Asked {
            method,
            key: self.place.key(sha256),
            ..Asked::default()
        }
    }

    fn listing(&self, after: Option<&str>, names: u32) -> Asked {
        let mut query = vec![
            ("list-type", "2".to_owned()),
            ("max-keys", names.to_string()),
        ];
        if !self.place.prefix().is_empty() {
            query.push(("prefix", self.place.prefix().to_owned()));
        }
        query.extend(after.map(|key| ("start-after", key.to_owned())));
        Asked {
            method: "GET",
            query,
            ..Asked::default()
        }
    }
}

/// The storage is away; nothing was stored or read.
fn away(hidden: String) -> Error {
    let message = "文件存储暂时不可用，请稍后再试";
    Error::Away {
        refusal: Refusal::new("storage_away", message),
        hidden,
    }
}

fn facts(headers: &HeaderMap) -> std::result::Result<Facts, Fault> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let length = text("content-length").and_then(|l| l.parse().ok());
    let modified_at = date(headers, "last-modified");
    let now = date(headers, "date").unwrap_or_else(|| SystemClock.now());
    Ok(Facts {
        length: length.ok_or_else(|| Fault::passing("no length"))?,
        crc64: text("x-oss-hash-crc64ecma").and_then(|c| c.parse().ok()),
        etag: text("etag").map(str::to_owned),
        age: age(now, modified_at.unwrap_or(now)),
    })
}

fn date(headers: &HeaderMap, name: &str) -> Option<i64> {
    let date = DateTime::parse_from_rfc2822(headers.get(name)?.to_str().ok()?).ok()?;
    Some(date.timestamp_millis())
}

/// A date in the future is young, one that is not known too.
fn age(now: i64, then: i64) -> Duration {
    match then {
        0 => Duration::ZERO,
        then => Duration::from_millis(u64::try_from(now - then).unwrap_or(0)),
    }
}
