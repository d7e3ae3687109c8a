//! What a stamp's proofs are made of, and what a verdict leans on: roots, withdrawn certificates, time stamps, and the platform's own
//! record of whose stamp was set when, and on what.

use documents::algorithm::Suite;
use documents::timestamp::TimestampError;
use documents::verify::{Known, Record, Report, verify_with};
use domain::refusal::Refusal;
use entity::stamp;

use super::keys;
use crate::db::documents as rows;
use crate::error::{Error, Result};
use crate::security::sha256_hex;
use crate::state::Shared;

/// Judges a file that is, or says to be, the form with these stamps on record.
pub async fn judge(app: &Shared, bytes: Vec<u8>, stamps: &[stamp::Model]) -> Result<Report> {
    let known = Known {
        records: Some(records(app, stamps).await?),
        ..known(app).await?
    };
    tokio::task::spawn_blocking(move || verify_with(&bytes, &known))
        .await
        .map_err(|e| Error::Bug(e.to_string()))
}

/// Everything known about a file from outside: its stamps are on record when it is, byte for byte, one that was stored.
pub async fn known_of(app: &Shared, bytes: &[u8]) -> Result<Known> {
    let records = match stamps_of(app, &sha256_hex(bytes)).await? {
        Some(stamps) => Some(records(app, &stamps).await?),
        None => None,
    };
    Ok(Known {
        records,
        ..known(app).await?
    })
}

/// The stamps of the form that had these bytes after one of them.
pub async fn stamps_of(app: &Shared, sha256: &str) -> Result<Option<Vec<stamp::Model>>> {
    match rows::with_bytes(app.db.read(), sha256).await? {
        Some(form) => Ok(Some(rows::stamps_of(app.db.read(), &form).await?)),
        None => Ok(None),
    }
}

/// The roots, the current lists of the embedded authorities that there are, and what the register has out of use.
async fn known(app: &Shared) -> Result<Known> {
    let mut lists = Vec::new();
    for suite in [Suite::International, Suite::Sm2] {
        match keys::withdrawn(app, suite).await {
            Ok(list) => lists.push(list),
            Err(Error::Absent) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(Known {
        roots: keys::roots(app).await?,
        lists,
        now_ms: app.now(),
        timestamp_roots: app.timestamp_roots.clone(),
        register: keys::out_of_use(app).await?,
        records: None,
    })
}

async fn records(app: &Shared, stamps: &[stamp::Model]) -> Result<Vec<Record>> {
    let set = || stamps.iter().filter(|s| s.done_at.is_some());
    let mut serials: Vec<String> = set().map(|s| s.serial.clone()).collect();
    serials.dedup();
    let certificates = keys::certificates(app, serials).await?;
    let record = |s: &stamp::Model| {
        Some(Record {
            slot: s.slot.clone(),
            certificate: certificates.get(&s.serial)?.clone(),
            between: (s.planned_at, s.done_at?),
            sha256: s.after_sha256.clone()?,
        })
    };
    Ok(set().filter_map(record).collect())
}

/// What an officer is told when the time of a stamp was not attested.
pub fn not_attested(error: &TimestampError) -> Error {
    let (code, message) = match error {
        TimestampError::Slow => (
            "timestamp_slow",
            "时间戳机构没有按时答复，未盖章，请稍后再试",
        ),
        TimestampError::Down(_) => ("timestamp_down", "时间戳机构暂时不可用，未盖章，请稍后再试"),
        TimestampError::Wrong(_) => (
            "timestamp_wrong",
            "时间戳机构的答复不正确，未盖章，请联系管理员",
        ),
        TimestampError::Refused(_) => (
            "timestamp_refused",
            "时间戳机构拒绝签发时间戳，未盖章，请联系管理员",
        ),
        TimestampError::OtherNonce => (
            "timestamp_other_nonce",
            "时间戳不是对本次请求的答复，未盖章，请联系管理员",
        ),
        TimestampError::OtherImprint => (
            "timestamp_other_imprint",
            "时间戳不是对本次签章的，未盖章，请联系管理员",
        ),
        TimestampError::OtherTime => (
            "timestamp_other_time",
            "时间戳的时间与本平台的时间相差过大，或不在证书有效期内，未盖章，请联系管理员",
        ),
        TimestampError::Untrusted => (
            "timestamp_untrusted",
            "时间戳不是由受信任的机构签发，未盖章，请联系管理员",
        ),
    };
    Error::Away {
        refusal: Refusal::new(code, message),
        hidden: error.to_string(),
    }
}
