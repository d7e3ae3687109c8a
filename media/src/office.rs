//! A first look at a document of Word or Excel (ECMA-376): a ZIP file whose parts are what its ending says, without macros.
//! Nothing is unpacked.

use crate::archive;

/// Why it is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Not such a document.
    Other,
    /// Holds a program.
    Macros,
}

/// Most parts of a document.
const PARTS: usize = 10_000;

/// Looks for the parts that begin with `folder`, `word/` or `xl/`.
pub fn probe(bytes: &[u8], folder: &str) -> Result<(), Flaw> {
    if !bytes.starts_with(b"PK\x03\x04") || !archive::ends_as_zip(bytes) {
        return Err(Flaw::Other);
    }
    let parts = parts(bytes).ok_or(Flaw::Other)?;
    let program = |part: &String| {
        let part = part.to_ascii_lowercase();
        part.ends_with("vbaproject.bin")
            || part.contains("activex/")
            || part.contains("macrosheets/")
    };
    if parts.iter().any(program) {
        return Err(Flaw::Macros);
    }
    let is_one = parts.iter().any(|p| p == "[Content_Types].xml")
        && parts.iter().any(|p| p.starts_with(folder));
    is_one.then_some(()).ok_or(Flaw::Other)
}

/// Names in the table at the end (APPNOTE.TXT, 4.3.12); `None` when it is not whole.
fn parts(bytes: &[u8]) -> Option<Vec<String>> {
    let end = bytes.windows(4).rposition(|w| w == b"PK\x05\x06")?;
    let count = usize::from(short(bytes, end + 10)?);
    let mut at = usize::try_from(long(bytes, end + 16)?).ok()?;
    if count > PARTS {
        return None;
    }
    let mut parts = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at.checked_add(4)?)? != b"PK\x01\x02" {
            return None;
        }
        let length = |from: usize| short(bytes, at + from).map(usize::from);
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let from = at + 46;
        let name = bytes.get(from..from + name)?;
        parts.push(String::from_utf8_lossy(name).into_owned());
        at = from + name.len() + extra + comment;
    }
    Some(parts)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}
