//! Files from people nobody knows, judged by their bytes alone: pictures, PDF files, videos.
//!
//! A leaf: bytes in, verdict out, no network, no clock, nothing of the service. So it is also what the targets in `fuzz/`
//! are built of. Calls may take a second of CPU and 400 MB; whoever makes them bounds how many run at once.
//!
//! | 中文 | here |
//! |---|---|
//! | 材料的判定 | [`look`], [`Facts`], [`Refusal`] |
//! | 图片 | [`picture`] |
//! | 印章图样 | [`seal`] |
//! | PDF文件初检 | [`pdf`] |
//! | Word、Excel文件初检 | [`office`], [`attachment`] |
//! | 视频 | [`video`] |

mod archive;
pub mod guard;
mod jpeg;
pub mod office;
pub mod pdf;
pub mod picture;
mod png;
pub mod seal;
pub mod video;
mod webp;

use std::io::{Cursor, Read, Seek};

pub use video::Video;

/// Largest files; the numbers are included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of a picture.
    pub picture_bytes: u64,
    /// Pixels of a picture.
    pub picture_pixels: u64,
    /// Bytes of a PDF.
    pub pdf_bytes: u64,
    /// Pages of a PDF.
    pub pdf_pages: usize,
    /// Bytes of a video.
    pub video_bytes: u64,
}

/// A file that may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub media_type: &'static str,
    /// Bytes.
    pub length: u64,
    /// Width and height in pixels: of a picture as stored, of a video as shown.
    pub size: Option<(u32, u32)>,
    /// A picture of several frames.
    pub animated: bool,
    pub pages: Option<usize>,
    pub video: Option<Video>,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Of a kind that is not taken.
    #[error("unsupported: {0}")]
    Unsupported(Reason),
    #[error("too large: {0}")]
    TooLarge(Reason),
    /// Of a kind that is taken, and no good.
    #[error("unusable: {0}")]
    Unusable(Reason),
    /// It could not be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Too many are being judged; another try may do.
    #[error("busy")]
    Busy,
    /// A fault of ours.
    #[error("{0}")]
    Bug(String),
}

/// Result of judging.
pub type Result<T> = std::result::Result<T, Refusal>;

/// A stable code and a sentence for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{code} {detail}")]
pub struct Reason {
    pub code: &'static str,
    pub message: String,
    pub limit: Option<u64>,
    pub value: Option<u64>,
    /// In a word for the log: what in the file is wrong.
    pub detail: &'static str,
}

/// Bytes by which a file is told.
pub const HEAD: u64 = 16;

/// Does a file that begins so look like a video? Pictures of the HEIF family begin like one.
#[must_use]
pub fn is_video(head: &[u8]) -> bool {
    video::looks_like(head) && !picture::is_heif(head)
}

/// Judges a file by its content; of a video, by heads and tables.
///
/// Unsupported: `file_type`, `heic_unsupported`, `video_codec`, a PDF's own codes (see [`pdf`]). Too large:
/// `picture_too_large`, `pdf_too_large`, `video_too_large`. Unusable: `too_many_pixels`, `picture_truncated`,
/// `picture_broken`, `picture_disguised`, `video_truncated`, `video_broken`.
pub fn look(bytes: &[u8], bounds: &Bounds) -> Result<Facts> {
    let length = bytes.len() as u64;
    if is_video(bytes) {
        return film(&mut Cursor::new(bytes), length, bounds);
    }
    if bytes.starts_with(b"%PDF-") {
        check_length("pdf_too_large", "PDF文件", length, bounds.pdf_bytes)?;
        let pages = pdf::probe(bytes, bounds.pdf_pages).map_err(|refusal| match refusal {
            pdf::BUSY => Refusal::Busy,
            other => unsupported(other.code, other.message),
        })?;
        return Ok(Facts {
            media_type: "application/pdf",
            length,
            size: None,
            animated: false,
            pages: Some(pages),
            video: None,
        });
    }
    let found = picture::examine(bytes, bounds)?;
    Ok(Facts {
        media_type: found.media_type,
        length,
        size: Some(found.size),
        animated: found.animated,
        pages: None,
        video: None,
    })
}

/// What an attachment of a notice has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    Pdf,
    Word,
    Excel,
}

/// Judges an attachment of a notice, which anybody may then save. Unsupported: `attachment_type`, `attachment_macros`, a PDF's own
/// codes. Too large: `attachment_too_large`.
pub fn attachment(bytes: &[u8], paper: Paper, bounds: &Bounds) -> Result<()> {
    let length = bytes.len() as u64;
    check_length("attachment_too_large", "附件", length, bounds.pdf_bytes)?;
    let folder = match paper {
        Paper::Pdf if bytes.starts_with(b"%PDF-") => return look(bytes, bounds).map(|_| ()),
        Paper::Pdf => {
            return Err(unsupported(
                "attachment_type",
                "附件的内容不是PDF文件，请重新导出",
            ));
        }
        Paper::Word => "word/",
        Paper::Excel => "xl/",
    };
    office::probe(bytes, folder).map_err(|flaw| match flaw {
        office::Flaw::Macros => {
            unsupported("attachment_macros", "附件含有宏，请另存为不含宏的文件")
        }
        office::Flaw::Other => unsupported(
            "attachment_type",
            "附件的内容与文件名的后缀不符，或者文件不完整，请用Word、Excel重新另存",
        ),
    })
}

/// The same of a video that need not be in memory.
pub fn film(file: &mut (impl Read + Seek), length: u64, bounds: &Bounds) -> Result<Facts> {
    let video = video::examine(file, length, bounds)?;
    Ok(Facts {
        media_type: video.media_type,
        length,
        size: Some(video.size),
        animated: false,
        pages: None,
        video: Some(video),
    })
}

/// Refuses what is longer than a limit, in bytes.
pub fn check_length(code: &'static str, what: &str, length: u64, limit: u64) -> Result<()> {
    if length <= limit {
        return Ok(());
    }
    // rounded away from each other, so that the two never read the same
    let (most, found) = (limit >> 20, length.div_ceil(1 << 20));
    Err(Refusal::TooLarge(Reason {
        code,
        message: format!("{what}不能超过{most}MB，现为{found}MB，请压缩后再上传"),
        limit: Some(limit),
        value: Some(length),
        detail: "",
    }))
}

fn reason(code: &'static str, message: &str) -> Reason {
    Reason {
        code,
        message: message.into(),
        ..Reason::default()
    }
}

fn unsupported(code: &'static str, message: &str) -> Refusal {
    Refusal::Unsupported(reason(code, message))
}

fn unusable(code: &'static str, message: &str) -> Refusal {
    Refusal::Unusable(reason(code, message))
}
