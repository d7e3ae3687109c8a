//! Archives behind, or inside, something else: programs that unpack look for them from the end of a file, or anywhere in it,
//! and so a picture may be a picture and a parcel at once (图种).

/// Length of the record that ends a ZIP file, without its comment (APPNOTE.TXT, 4.3.16).
const ZIP_END: usize = 22;
const ZIP_MARK: &[u8] = b"PK\x05\x06";
/// RAR of both generations; 7z.
const MARKS: [&[u8]; 2] = [b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c"];

/// Do the bytes end as a ZIP file does? The comment's length must fit, so that chance does not look like it.
pub fn ends_as_zip(bytes: &[u8]) -> bool {
    let from = bytes.len().saturating_sub(ZIP_END + usize::from(u16::MAX));
    let tail = &bytes[from..];
    let mut ends = tail.windows(ZIP_END).enumerate();
    ends.any(|(at, end)| {
        let comment = usize::from(u16::from_le_bytes([end[20], end[21]]));
        end.starts_with(ZIP_MARK) && at + ZIP_END + comment == tail.len()
    })
}

/// Is there the head of another kind of archive?
pub fn holds_other(bytes: &[u8]) -> bool {
    let mut places = (0..bytes.len()).map(|at| &bytes[at..]);
    places.any(|rest| MARKS.iter().any(|mark| rest.starts_with(mark)))
}
