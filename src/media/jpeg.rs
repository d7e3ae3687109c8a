//! Whether a JPEG is whole. Decoders take one that breaks off, or that has no picture at all, as fine
//! and paint the rest grey.

/// Walks the segments (ITU-T T.81, annex B) to the end-of-image mark. Marks inside metadata — the
/// thumbnail of a camera has its own — do not count, and what cameras append behind the picture does
/// no harm.
pub fn is_whole(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(&[0xFF, 0xD8]) else {
        return false;
    };
    let mut scanned = false;
    loop {
        // any number of fill bytes may stand before a mark
        let Some(mark) = next_mark(&mut rest) else {
            return false;
        };
        match mark {
            0xD9 => return scanned,
            // marks that stand alone
            0x01 | 0xD0..=0xD7 => {}
            _ => {
                let Some(length) = rest.first_chunk::<2>().map(|l| u16::from_be_bytes(*l)) else {
                    return false;
                };
                let Some(after) = rest.get(usize::from(length.max(2))..) else {
                    return false;
                };
                rest = after;
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
