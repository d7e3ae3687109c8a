//! What a stamp's proofs are made of, and what a verdict leans on: roots, lists of withdrawn certificates, time stamps, and the
//! platform's own record of when a stamp was set.

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

/// Judges a file, with the platform's record of the stamps in it.
pub async fn judge(app: &Shared, bytes: Vec<u8>, stamps: &[stamp::Model]) -> Result<Report> {
    let known = Known {
        records: records(stamps),
        ..known(app).await?
    };
    tokio::task::spawn_blocking(move || verify_with(&bytes, &known))
        .await
        .map_err(|e| Error::Bug(e.to_string()))
}

/// Everything known about a file from outside: its stamps are on record when it is, byte for byte, one that was stored.
pub async fn known_of(app: &Shared, bytes: &[u8]) -> Result<Known> {
    let sha256 = sha256_hex(bytes);
    let stamps = match rows::with_bytes(app.db.read(), &sha256).await? {
        Some(form) => rows::stamps_of(app.db.read(), &form).await?,
        None => Vec::new(),
    };
    Ok(Known {
        records: records(&stamps),
        ..known(app).await?
    })
}

/// The roots, and the current lists of the embedded authorities that there are.
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
        records: Vec::new(),
    })
}

fn records(stamps: &[stamp::Model]) -> Vec<Record> {
    let record = |s: &stamp::Model| {
        Some(Record {
            slot: s.slot.clone(),
            serial: s.serial.clone(),
            between: (s.planned_at, s.done_at?),
        })
    };
    stamps.iter().filter_map(record).collect()
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
