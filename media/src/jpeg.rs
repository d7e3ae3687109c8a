//! Whether a JPEG is whole. Decoders take one that breaks off, or that has no picture at all, as fine
//! and paint the rest grey.

use crate::picture::Outline;

/// Walks the segments (ITU-T T.81, annex B) to the end-of-image mark. Marks inside metadata — the
/// thumbnail of a camera has its own — do not count. `None`: it ends before, or holds no picture.
pub fn outline(bytes: &[u8]) -> Option<Outline> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    let mut scanned = false;
    loop {
        // any number of fill bytes may stand before a mark
        match next_mark(&mut rest)? {
            0xD9 => {
                let end = bytes.len() - rest.len();
                return scanned.then_some(Outline {
                    end,
                    animated: false,
                });
            }
            // marks that stand alone
            0x01 | 0xD0..=0xD7 => {}
            mark => {
                let length = u16::from_be_bytes(*rest.first_chunk()?);
                rest = rest.get(usize::from(length.max(2))..)?;
                // the compressed picture follows this one
                scanned |= mark == 0xDA;
            }
        }
    }
}

/// Skips to the next mark; inside the compressed picture `FF 00` is a plain byte.
fn next_mark(rest: &mut &[u8]) -> Option<u8> {
    loop {
        let at = rest.iter().position(|b| *b == 0xFF)?;
        let mark = *rest.get(at + 1)?;
        match mark {
            0x00 => *rest = &rest[at + 2..],
            0xFF => *rest = &rest[at + 1..],
            _ => {
                *rest = &rest[at + 2..];
                return Some(mark);
            }
        }
    }
}
