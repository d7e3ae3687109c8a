//! Files decided by their bytes, never by name or header; decoded under limits.

mod jpeg;
mod picture;
mod seal;

use domain::refusal::Violation;
use tokio::sync::Semaphore;

use crate::config::Limits;
use crate::error::{Error, Result};

pub use picture::{DISPLAY_EDGE, THUMBNAIL_EDGE};
pub use seal::Pixels;

/// A file that may be stored.
#[derive(Debug)]
pub struct Facts {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
    /// Width and height in pixels, as stored.
    pub size: Option<(u32, u32)>,
    pub pages: Option<usize>,
}

/// Decodes at once; each may take 200 MB.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Looks at a file from its bytes, on a thread of its own.
///
/// Refuses with 415 what is not taken (`file_type`, `heic_unsupported`, a PDF's own codes), with 413
/// what is too long (`picture_too_large`, `pdf_too_large`), with 422 what cannot be used
/// (`too_many_pixels`, `picture_truncated`, `picture_broken`).
pub async fn examine(bytes: Vec<u8>, limits: &Limits) -> Result<Facts> {
    let limits = limits.clone();
    in_turn(move || look(bytes, &limits)).await
}

/// A copy of a stored picture for the eyes of others: upright, at most `edge` pixels on its longer
/// side, JPEG, without metadata (no place, no camera, no trailing bytes).
pub async fn display_copy(bytes: Vec<u8>, edge: u32, limits: &Limits) -> Result<Vec<u8>> {
    let limits = limits.clone();
    in_turn(move || picture::display_copy(&bytes, edge, &limits)).await
}

/// A seal's picture as it may be stored; see [`seal`] for what is refused.
pub async fn seal_picture(bytes: Vec<u8>) -> Result<Vec<u8>> {
    in_turn(move || seal::clean(&bytes)).await
}

/// The pixels of a stored seal's picture.
pub async fn open_seal_picture(bytes: Vec<u8>) -> Result<Pixels> {
    in_turn(move || seal::open(&bytes)).await
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let turn = AT_ONCE
        .acquire()
        .await
        .map_err(|e| Error::Bug(e.to_string()))?;
    let work = move || {
        // kept by the thread: a caller who goes away does not end the decoding
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::Bug(e.to_string()))?
}

fn look(bytes: Vec<u8>, limits: &Limits) -> Result<Facts> {
    if bytes.starts_with(b"%PDF-") {
        return pdf(bytes, limits);
    }
    let (media_type, size) = picture::examine(&bytes, limits)?;
    Ok(Facts {
        bytes,
        media_type,
        size: Some(size),
        pages: None,
    })
}

fn pdf(bytes: Vec<u8>, limits: &Limits) -> Result<Facts> {
    check_length("pdf_too_large", "PDF文件", &bytes, limits.pdf_bytes)?;
    let pages = documents::probe::probe(&bytes, limits.pdf_pages)
        .map_err(|refusal| unsupported(refusal.code, refusal.message))?;
    Ok(Facts {
        bytes,
        media_type: "application/pdf",
        size: None,
        pages: Some(pages),
    })
}

fn check_length(code: &str, what: &str, bytes: &[u8], limit: u64) -> Result<()> {
    let length = bytes.len() as u64;
    if length <= limit {
        return Ok(());
    }
    let message = format!("{what}不能超过{limit}字节，现为{length}字节");
    Err(Error::TooLarge(Violation {
        limit: Some(limit.to_string()),
        value: Some(length.to_string()),
        ..violation(code, &message)
    }))
}

fn unsupported(code: &str, message: &str) -> Error {
    Error::Unsupported(violation(code, message))
}

fn violation(code: &str, message: &str) -> Violation {
    Violation {
        field: "file".into(),
        code: code.into(),
        message: message.into(),
        ..Violation::default()
    }
}
