//! What operations take besides plain values: versions, keys, pages, files.

use poem::http::StatusCode;
use poem_openapi::payload::{Json, Response};
use poem_openapi::types::multipart::Upload;
use poem_openapi::types::{ParseFromJSON, ToJSON};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;
use crate::db::idempotency::Call;
use crate::error::{Error, invalid};
use crate::security::sha256_hex;

/// A JSON answer that carries the version as its ETag.
pub type Versioned<T> = Response<Json<T>>;

/// Answers with a version.
pub fn versioned<T: ToJSON + ParseFromJSON>(value: T, version: i64) -> Versioned<T> {
    Response::new(Json(value)).header("etag", format!("\"{version}\""))
}

/// The version in If-Match, quoted or not.
pub fn version(if_match: Option<&str>) -> Result<i64, Problem> {
    let text = if_match.ok_or(Error::VersionMissing)?;
    let bare = text.trim().trim_start_matches("W/").trim_matches('"');
    bare.parse()
        .map_err(|_| invalid("If-Match", "field_format", "If-Match 应为所见版本号").into())
}

/// The repeated-call guard of an operation: the key is the caller's, the request is hashed.
pub fn call(
    caller: &str,
    key: Option<String>,
    operation: &'static str,
    request: &str,
) -> Result<Call, Problem> {
    let key = key.ok_or_else(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "idempotency_key_missing",
            "请用 Idempotency-Key 给出本次操作的唯一编号，重试时不变",
        )
    })?;
    let sound = (8..=80).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if !sound {
        return Err(invalid(
            "Idempotency-Key",
            "field_format",
            "Idempotency-Key 应为8至80个可见字符",
        )
        .into());
    }
    Ok(Call {
        caller: caller.to_owned(),
        key,
        operation,
        request: sha256_hex(request.as_bytes()),
    })
}

/// Memory for files that are read as a whole, of all requests together, in pieces of 1 KiB.
static FILE_MEMORY: Semaphore = Semaphore::const_new(256 << 10);

/// Reads a file that came with a request, once there is memory for it; until then it lies on the disk. The memory is given back
/// when what is held goes: at the end of the operation.
pub async fn whole(file: Upload) -> Result<(Vec<u8>, SemaphorePermit<'static>), Problem> {
    let pieces = u32::try_from(file.size() / 1024 + 1).unwrap_or(u32::MAX);
    let room = FILE_MEMORY.acquire_many(pieces.min(256 << 10)).await;
    let room = room.map_err(|e| Error::Bug(e.to_string()))?;
    let bytes = file.into_vec().await.map_err(Error::from)?;
    Ok((bytes, room))
}

/// Rows of a page: 1 to 100, 50 when not said.
pub fn limit(asked: Option<u64>) -> Result<u64, Problem> {
    match asked.unwrap_or(50) {
        n @ 1..=100 => Ok(n),
        _ => Err(invalid("limit", "field_format", "每页条数为1至100").into()),
    }
}
