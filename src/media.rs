//! Files decided by their bytes, never by name or header, on threads of their own and a few at once. The judging itself is
//! the crate of the same name's.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;

use bytes::Bytes;
use domain::notice::AttachmentKind;
use domain::refusal::Violation;
use tokio::sync::Semaphore;

use crate::config::Limits;
use crate::error::{Error, Result};

pub use ::media::picture::{DISPLAY_EDGE, THUMBNAIL_EDGE};
pub use ::media::seal::Pixels;
pub use ::media::{Facts, Video};
use ::media::{HEAD, Reason, Refusal, check_length, film, is_video, look, picture, seal};

/// Decodes at once; each may take 400 MB.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Looks at a file from its bytes, see [`look`]: 415 what is of no kind that is taken, 413 what is too long, 422 what cannot
/// be used. Gives the bytes back.
pub async fn examine(bytes: Vec<u8>, limits: &Limits) -> Result<(Facts, Vec<u8>)> {
    let bounds = limits.into();
    in_turn(move || Ok((look(&bytes, &bounds)?, bytes))).await
}

/// The same of a file on disk: of a video only heads and tables are read. The bytes of anything else come along.
pub async fn examine_file(path: PathBuf, limits: &Limits) -> Result<(Facts, Option<Vec<u8>>)> {
    let bounds: ::media::Bounds = limits.into();
    in_turn(move || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = Vec::new();
        Read::take(&mut file, HEAD).read_to_end(&mut head)?;
        if is_video(&head) {
            return Ok((film(&mut BufReader::new(file), length, &bounds)?, None));
        }
        // whatever else it is, it may not be longer than that
        check_length(
            "file_too_large",
            "文件",
            length,
            bounds.picture_bytes.max(bounds.pdf_bytes),
        )?;
        let mut bytes = head;
        file.read_to_end(&mut bytes)?;
        Ok((look(&bytes, &bounds)?, Some(bytes)))
    })
    .await
}

/// A copy of a stored picture for the eyes of others, see [`picture::display_copy`].
pub async fn display_copy(bytes: Vec<u8>, edge: u32, limits: &Limits) -> Result<Vec<u8>> {
    let bounds = limits.into();
    in_turn(move || picture::display_copy(&bytes, edge, &bounds)).await
}

/// An animation's first frame, judged like anything that came from outside.
pub async fn still(bytes: Vec<u8>, limits: &Limits) -> Result<(Facts, Vec<u8>)> {
    let bounds = limits.into();
    in_turn(move || {
        let still = picture::still(&bytes, &bounds)?;
        Ok((look(&still, &bounds)?, still))
    })
    .await
}

/// Looks at an attachment of a notice, see [`::media::attachment`].
pub async fn attachment(bytes: Bytes, kind: AttachmentKind, limits: &Limits) -> Result<()> {
    let bounds = limits.into();
    in_turn(move || ::media::attachment(&bytes, paper(kind), &bounds)).await
}

fn paper(kind: AttachmentKind) -> ::media::Paper {
    match kind {
        AttachmentKind::Pdf => ::media::Paper::Pdf,
        AttachmentKind::Docx => ::media::Paper::Word,
        AttachmentKind::Xlsx => ::media::Paper::Excel,
    }
}

/// A seal's picture as it may be stored; see [`seal::clean`] for what is refused.
pub async fn seal_picture(bytes: Vec<u8>) -> Result<Vec<u8>> {
    in_turn(move || seal::clean(&bytes)).await
}

/// The pixels of a stored seal's picture.
pub async fn open_seal_picture(bytes: Vec<u8>) -> Result<Pixels> {
    in_turn(move || seal::open(&bytes)).await
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> ::media::Result<T> + Send + 'static,
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
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|e| Error::Bug(e.to_string()))??)
}

impl From<&Limits> for ::media::Bounds {
    fn from(limits: &Limits) -> ::media::Bounds {
        ::media::Bounds {
            picture_bytes: limits.picture_bytes,
            picture_pixels: limits.picture_pixels,
            pdf_bytes: limits.pdf_bytes,
            pdf_pages: limits.pdf_pages,
            video_bytes: limits.video_bytes,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        tracing::debug!(%refusal, "file not taken");
        match refusal {
            Refusal::Unsupported(reason) => Error::Unsupported(violation(reason)),
            Refusal::TooLarge(reason) => Error::TooLarge(violation(reason)),
            Refusal::Unusable(reason) => Error::Invalid(vec![violation(reason)]),
            Refusal::Io(error) => error.into(),
            Refusal::Busy => Error::Busy,
            Refusal::Bug(what) => Error::Bug(what),
        }
    }
}

fn violation(reason: Reason) -> Violation {
    Violation {
        field: "file".into(),
        code: reason.code.into(),
        message: reason.message,
        limit: reason.limit.map(|n| n.to_string()),
        value: reason.value.map(|n| n.to_string()),
        ..Violation::default()
    }
}
