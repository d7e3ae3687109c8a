//! Files decided by their bytes, never by name or header; decoded under limits.

mod jpeg;
mod picture;
mod seal;
mod video;

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::PathBuf;

use domain::refusal::Violation;
use tokio::sync::Semaphore;

use crate::config::Limits;
use crate::error::{Error, Result};

pub use picture::{DISPLAY_EDGE, THUMBNAIL_EDGE};
pub use seal::Pixels;
pub use video::Video;

/// A file that may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub media_type: &'static str,
    /// Bytes.
    pub length: u64,
    /// Width and height in pixels: of a picture as stored, of a video as shown.
    pub size: Option<(u32, u32)>,
    pub pages: Option<usize>,
    pub video: Option<Video>,
}

/// Decodes at once; each may take 200 MB.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Looks at a file from its bytes, on a thread of its own.
///
/// Refuses with 415 what is not taken (`file_type`, `heic_unsupported`, a PDF's own codes), with 413
/// what is too long (`picture_too_large`, `pdf_too_large`, `video_too_large`), with 422 what cannot be used
/// (`too_many_pixels`, `picture_truncated`, `picture_broken`, `video_truncated`, `video_broken`). Gives the bytes back.
pub async fn examine(bytes: Vec<u8>, limits: &Limits) -> Result<(Facts, Vec<u8>)> {
    let limits = limits.clone();
    in_turn(move || Ok((look(&bytes, &limits)?, bytes))).await
}

/// The same of a file on disk: of a video only heads and tables are read. The bytes of anything else come along.
pub async fn examine_file(path: PathBuf, limits: &Limits) -> Result<(Facts, Option<Vec<u8>>)> {
    let limits = limits.clone();
    in_turn(move || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = Vec::new();
        Read::take(&mut file, HEAD).read_to_end(&mut head)?;
        if is_video(&head) {
            return Ok((video(&mut BufReader::new(file), length, &limits)?, None));
        }
        // whatever else it is, it may not be longer than that
        check_length(
            "file_too_large",
            "文件",
            length,
            limits.picture_bytes.max(limits.pdf_bytes),
        )?;
        let mut bytes = head;
        file.read_to_end(&mut bytes)?;
        Ok((look(&bytes, &limits)?, Some(bytes)))
    })
    .await
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

/// Bytes by which a file is told.
const HEAD: u64 = 16;

/// Pictures of the HEIF family begin like a video.
fn is_video(head: &[u8]) -> bool {
    video::looks_like(head) && !picture::is_heif(head)
}

fn look(bytes: &[u8], limits: &Limits) -> Result<Facts> {
    let length = bytes.len() as u64;
    if is_video(bytes) {
        return video(&mut Cursor::new(bytes), length, limits);
    }
    if bytes.starts_with(b"%PDF-") {
        check_length("pdf_too_large", "PDF文件", length, limits.pdf_bytes)?;
        let pages = documents::probe::probe(bytes, limits.pdf_pages)
            .map_err(|refusal| unsupported(refusal.code, refusal.message))?;
        return Ok(Facts {
            media_type: "application/pdf",
            length,
            size: None,
            pages: Some(pages),
            video: None,
        });
    }
    let (media_type, size) = picture::examine(bytes, limits)?;
    Ok(Facts {
        media_type,
        length,
        size: Some(size),
        pages: None,
        video: None,
    })
}

fn video(file: &mut (impl Read + Seek), length: u64, limits: &Limits) -> Result<Facts> {
    let video = video::examine(file, length, limits)?;
    Ok(Facts {
        media_type: video.media_type,
        length,
        size: Some(video.size),
        pages: None,
        video: Some(video),
    })
}

fn check_length(code: &str, what: &str, length: u64, limit: u64) -> Result<()> {
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
