//! Videos: MP4 and MOV, judged by their tables of samples, since a header says what its writer wanted.
//!
//! The standard is ISO/IEC 14496-12; Apple's QuickTime format is its forebear. Our own reader, because those on crates.io
//! take a fragmented film for one of no length, ask for gigabytes, or do not end, on files that were made for it.

mod boxes;
mod movie;

use std::io::{Read, Seek};

use crate::{Bounds, Reason, Refusal, Result, check_length, reason, unsupported, unusable};
use boxes::{Flaw, Kind};
use movie::{Movie, Track, milliseconds};

/// What a video is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// `video/mp4` or `video/quicktime`.
    pub media_type: &'static str,
    /// Length of the longest track by its samples, milliseconds.
    pub duration_ms: u64,
    /// What the header or an edit list says, whichever is more; 0 where neither does.
    pub header_ms: u64,
    /// Width and height in pixels, as shown.
    pub size: (u32, u32),
    /// Four letters, such as `avc1` (H.264) or `hvc1` (HEVC).
    pub codec: String,
    pub has_sound: bool,
}

/// H.264, HEVC and MPEG-4 Part 2: what phones and editing programs write.
const CODECS: [&Kind; 5] = [b"avc1", b"avc3", b"hvc1", b"hev1", b"mp4v"];

/// Boxes that such a file may begin with; old QuickTime files have no `ftyp`.
const FIRST: [&[u8]; 6] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"];

/// Does a file that begins so look like one?
#[must_use]
pub fn looks_like(head: &[u8]) -> bool {
    head.get(4..8).is_some_and(|kind| FIRST.contains(&kind))
}

/// Measures a video; reads heads and tables, never the media. Too large: `video_too_large`; unsupported: `video_codec`,
/// `file_type`; unusable: `video_truncated`, `video_broken`. How long it may last is the notice's affair.
pub fn examine(file: &mut (impl Read + Seek), length: u64, bounds: &Bounds) -> Result<Video> {
    check_length("video_too_large", "视频", length, bounds.video_bytes)?;
    let movie = movie::read(file, length).map_err(refused)?;
    let pictures = movie.tracks.iter().find(|t| &t.handler == b"vide");
    let pictures = pictures.ok_or_else(|| unsupported("file_type", "文件中没有视频画面"))?;
    if !CODECS.contains(&&pictures.codec) {
        let message = format!(
            "不支持此视频编码（{}），请导出为H.264后再上传",
            letters(pictures.codec)
        );
        return Err(unsupported("video_codec", &message));
    }
    // with a clock that stands still no length can be told
    if movie
        .tracks
        .iter()
        .any(|t| is_played(t) && t.timescale == 0)
    {
        return Err(broken("no clock"));
    }
    let media: u64 = movie
        .tracks
        .iter()
        .fold(0, |sum, t| sum.saturating_add(t.bytes));
    if pictures.samples == 0 || movie.media_bytes == 0 || media > movie.media_bytes {
        return Err(broken("no media"));
    }
    Ok(Video {
        media_type: media_type(&movie),
        duration_ms: movie
            .tracks
            .iter()
            .filter(|t| is_played(t))
            .map(Track::milliseconds)
            .max()
            .unwrap_or(0),
        header_ms: milliseconds(movie.header_units.max(movie.edit_units), movie.timescale),
        size: shown(pictures),
        codec: letters(pictures.codec),
        has_sound: movie
            .tracks
            .iter()
            .any(|t| &t.handler == b"soun" && t.samples > 0),
    })
}

fn is_played(track: &Track) -> bool {
    matches!(&track.handler, b"vide" | b"soun")
}

fn shown(track: &Track) -> (u32, u32) {
    let (width, height) = (track.width.into(), track.height.into());
    match track.turned {
        true => (height, width),
        false => (width, height),
    }
}

fn media_type(movie: &Movie) -> &'static str {
    match movie.brand {
        Some(brand) if &brand != b"qt  " => "video/mp4",
        _ => "video/quicktime",
    }
}

fn letters(codec: Kind) -> String {
    let shown = |b: u8| {
        if b.is_ascii_graphic() {
            char::from(b)
        } else {
            '?'
        }
    };
    codec.into_iter().map(shown).collect()
}

fn refused(flaw: Flaw) -> Refusal {
    match flaw {
        Flaw::Io(error) => error.into(),
        Flaw::Truncated => unusable("video_truncated", "视频不完整，请重新上传"),
        Flaw::Malformed(what) => broken(what),
        Flaw::Excessive => broken("too much of it"),
    }
}

fn broken(detail: &'static str) -> Refusal {
    let message = "视频无法读取，请重新导出为MP4后再上传";
    Refusal::Unusable(Reason {
        detail,
        ..reason("video_broken", message)
    })
}
