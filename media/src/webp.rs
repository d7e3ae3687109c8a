//! Whether a WebP is whole, and whether it moves.

use crate::picture::Outline;

/// Walks the chunks (RFC 9649, 2.3) as far as the head says. `None`: it ends before.
pub fn outline(bytes: &[u8]) -> Option<Outline> {
    let rest = bytes.strip_prefix(b"RIFF")?;
    let length = usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?;
    let end = length.checked_add(8)?;
    let mut rest = bytes.get(12..end)?;
    let mut frames = 0_u32;
    while let Some((kind, length)) = rest.get(..4).zip(rest.get(4..8)) {
        let length = usize::try_from(u32::from_le_bytes(*length.first_chunk()?)).ok()?;
        frames += u32::from(kind == b"ANMF");
        // padded to an even length, which some leave out at the end
        let padded = length.checked_add(length % 2)?;
        let data = rest.get(8..)?;
        rest = match data.get(padded..) {
            Some(after) => after,
            None if data.len() == length => &[],
            None => return None,
        };
    }
    Some(Outline {
        end,
        animated: frames > 1,
    })
}
