//! Films of any length that the service takes: real tables of samples, and filler for media. No two have a part in common,
//! since the store keeps the same bytes once.

use std::sync::LazyLock;

use bytes::Bytes;
use reqwest::Body;
use sha2::{Digest, Sha256};

/// What the service tells callers to send at a time.
pub const PART: u64 = 4 << 20;

/// Bytes handed to the socket at a time.
const PIECE: usize = 256 << 10;

/// Noise, as a film's media is to whoever stores it.
static FILLER: LazyLock<Bytes> = LazyLock::new(|| {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let words = (0..PART / 8).flat_map(|_| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    });
    words.collect()
});

/// A film of so many bytes; each number another one.
#[derive(Clone, Copy)]
pub struct Film {
    pub number: u64,
    pub bytes: u64,
}

impl Film {
    /// How many parts it has.
    pub fn parts(self) -> u64 {
        self.bytes.div_ceil(PART)
    }

    /// A part, numbered from 1, in pieces.
    fn pieces(self, part: u64) -> Vec<Bytes> {
        let from = (part - 1) * PART;
        let length = PART.min(self.bytes - from);
        let mut first = if part == 1 { self.head() } else { Vec::new() };
        first.extend(self.number.to_be_bytes());
        first.extend(part.to_be_bytes());
        let (mut at, length) = (first.len(), length as usize);
        let mut pieces = vec![Bytes::from(first)];
        while at < length {
            let end = length.min(at + PIECE);
            pieces.push(FILLER.slice(at..end));
            at = end;
        }
        pieces
    }

    /// A part as a request's body, and its length.
    pub fn part(self, part: u64) -> (Body, u64) {
        let pieces = self.pieces(part);
        let length = pieces.iter().map(|p| p.len() as u64).sum();
        (body(pieces.into_iter()), length)
    }

    /// All of it as a request's body.
    pub fn whole(self) -> Body {
        body((1..=self.parts()).flat_map(move |part| self.pieces(part)))
    }

    pub fn sha256(self) -> String {
        let mut sum = Sha256::new();
        for piece in (1..=self.parts()).flat_map(|part| self.pieces(part)) {
            sum.update(&piece);
        }
        hex::encode(sum.finalize())
    }

    /// Twelve seconds of ten pictures each; every sample has one byte, so that the media is more than enough.
    fn head(self) -> Vec<u8> {
        let mut head = boxed(b"ftyp", &[&b"isom\0\0\0\0isom"[..]]);
        let header = [&be(0)[..], &[0; 8], &be(1000), &be(12_000), &[0; 80]].concat();
        head.extend(boxed(b"moov", &[&boxed(b"mvhd", &[&header]), &track()]));
        let media = u32::try_from(self.bytes - head.len() as u64).unwrap_or(u32::MAX);
        head.extend(be(media));
        head.extend(b"mdat");
        head
    }
}

fn body(pieces: impl Iterator<Item = Bytes> + Send + 'static) -> Body {
    Body::wrap_stream(futures_util::stream::iter(
        pieces.map(Ok::<_, std::io::Error>),
    ))
}

fn be(n: u32) -> [u8; 4] {
    n.to_be_bytes()
}

/// A box of ISO/IEC 14496-12.
fn boxed(kind: &[u8; 4], inside: &[&[u8]]) -> Vec<u8> {
    let inside = inside.concat();
    let length = u32::try_from(inside.len() + 8).unwrap_or(u32::MAX);
    [&be(length)[..], kind, &inside].concat()
}

fn track() -> Vec<u8> {
    let one = be(0x1_0000);
    let matrix = [&one[..], &[0; 12], &one, &[0; 16]].concat();
    let head = [
        &be(7)[..],
        &[0; 8],
        &be(1),
        &be(0),
        &be(12_000),
        &[0; 16],
        &matrix,
        &[0; 12],
    ];
    let clock = [&[0; 12][..], &be(1000), &be(12_000), &be(0)];
    let size = [&[0; 24][..], &[2, 128, 1, 224], &[0; 50]].concat();
    let samples = [
        &boxed(b"stsd", &[&be(0), &be(1), &boxed(b"avc1", &[&size])])[..],
        &boxed(b"stts", &[&be(0), &be(1), &be(120), &be(100)]),
        &boxed(b"stsz", &[&be(0), &be(1), &be(120)]),
    ];
    let media = [
        &boxed(b"mdhd", &clock)[..],
        &boxed(b"hdlr", &[&[0; 8], b"vide", &[0; 13]]),
        &boxed(b"minf", &[&boxed(b"stbl", &samples)]),
    ];
    boxed(b"trak", &[&boxed(b"tkhd", &head), &boxed(b"mdia", &media)])
}
