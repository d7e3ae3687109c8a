//! What a PDF's pictures unpack to, before anything draws them: a small file may hold gigabytes.

use std::io::Read;

use flate2::read::ZlibDecoder;
use lopdf::{Document, LoadOptions, Object, Stream};

/// Pixels of one picture; an A3 page at 600 dpi has 70 million.
const MOST_PIXELS: u64 = 80_000_000;
/// Bytes that all packed streams together may unpack to.
const MOST_BYTES: u64 = 400 << 20;
const MAX_UNPACKED: usize = 16 << 20;

/// Can the pages be drawn within reason? Unreadable files cannot.
#[must_use]
pub fn bearable(pdf: &[u8]) -> bool {
    let options = LoadOptions {
        max_decompressed_size: Some(MAX_UNPACKED),
        ..LoadOptions::default()
    };
    let Ok(document) = Document::load_mem_with_options(pdf, options) else {
        return false;
    };
    let mut left = MOST_BYTES;
    let streams = document.objects.values().filter_map(|o| o.as_stream().ok());
    streams.into_iter().all(|stream| fits(stream, &mut left))
}

fn fits(stream: &Stream, left: &mut u64) -> bool {
    let side = |key: &[u8]| match stream.dict.get(key) {
        Ok(Object::Integer(n)) => u64::try_from(*n).unwrap_or(u64::MAX),
        _ => 0,
    };
    let pixels = side(b"Width").saturating_mul(side(b"Height"));
    if pixels.max(jpeg_2000_pixels(&stream.content)) > MOST_PIXELS {
        return false;
    }
    let filters = stream.filters().unwrap_or_default();
    let unpacked = match filters.as_slice() {
        [b"FlateDecode" | b"Fl"] => unpacked(&stream.content, *left),
        // at most so many times their length: by their making, LZW and run lengths
        [b"LZWDecode" | b"LZW"] => stream.content.len() as u64 * 1_400,
        [b"RunLengthDecode" | b"RL"] => stream.content.len() as u64 * 64,
        [] | [_] => stream.content.len() as u64,
        // one packing inside another is how bombs are built, and scans are not
        many => {
            let packs = many
                .iter()
                .filter(|f| f.starts_with(b"Fl") || f.starts_with(b"LZW") || f.starts_with(b"R"));
            match packs.count() {
                0 => stream.content.len() as u64,
                1 if many[0].starts_with(b"Fl") => unpacked(&stream.content, *left),
                _ => return false,
            }
        }
    };
    *left = left.saturating_sub(unpacked);
    *left > 0
}

fn unpacked(bytes: &[u8], most: u64) -> u64 {
    let mut decoder = ZlibDecoder::new(bytes).take(most);
    // a stream that breaks off has unpacked to what came until then
    let mut piece = vec![0; 1 << 16];
    let mut sum = 0;
    while let Ok(n @ 1..) = decoder.read(&mut piece) {
        sum += n as u64;
    }
    sum
}

/// Width times height from the SIZ marker of a JPEG 2000 codestream (ISO/IEC 15444-1, A.5.1).
fn jpeg_2000_pixels(bytes: &[u8]) -> u64 {
    let marker = bytes
        .windows(4)
        .take(4_096)
        .position(|w| w == [0xFF, 0x4F, 0xFF, 0x51]);
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_be_bytes(four)))
    };
    let pixels = marker.and_then(|at| Some(number(at + 8)?.saturating_mul(number(at + 12)?)));
    pixels.unwrap_or_default()
}
