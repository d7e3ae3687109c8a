//! Whether a PNG is whole, and whether it moves. Decoders are content once they have the last pixel, and show the first frame.

use crate::picture::Outline;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Walks the chunks (PNG, third edition, 5.3) to the last one. `None`: it ends before.
pub fn outline(bytes: &[u8]) -> Option<Outline> {
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut animated = false;
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk()?);
        let (kind, data) = (rest.get(4..8)?, rest.get(8..)?);
        let length = usize::try_from(length).ok()?;
        // and the check sum behind
        let after = data.get(length.checked_add(4)?..)?;
        animated |= match kind {
            // of one frame it is a picture like any other
            b"acTL" => data.first_chunk().map(|n| u32::from_be_bytes(*n)) != Some(1),
            b"fdAT" => true,
            _ => false,
        };
        rest = after;
        if kind == b"IEND" {
            return Some(Outline {
                end: bytes.len() - rest.len(),
                animated,
            });
        }
    }
}
