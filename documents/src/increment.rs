//! Incremental updates (ISO 32000-1 §7.5.6) in one strict shape, written and read by hand.
//!
//! Everything a form gains after its first rendering is such an update. Because reader and writer share
//! the shape, a reader here and a viewer elsewhere cannot disagree about what an update says: objects lie
//! end to end, the cross-reference table names exactly them, and nothing else is there.

use std::fmt::Write;
use std::ops::Range;

const HEAD: &[u8] = b"xref\n";
const TRAILER: &[u8] = b"trailer\n";
const END: &[u8] = b"%%EOF\n";

/// The part of a trailer that never changes from update to update: `/Root … /Info … /ID …`, as bytes.
pub(crate) type Lasting = String;

/// An update as found at the end of a file. Ranges are places in that file.
#[derive(Debug, Clone)]
pub(crate) struct Increment {
    /// Where the first object begins: the file before it is the revision before.
    pub(crate) start: usize,
    /// One behind the last byte.
    pub(crate) end: usize,
    /// Number and body of each object, in ascending order; generations are always 0.
    pub(crate) objects: Vec<(u32, Range<usize>)>,
    /// One above the highest object number of the file.
    pub(crate) size: u32,
    pub(crate) lasting: Lasting,
    /// Where this update's cross-reference table begins, and that of the revision before.
    pub(crate) table: usize,
    pub(crate) previous_table: usize,
}

/// What an update is written after.
#[derive(Debug, Clone)]
pub(crate) struct Anchor {
    pub(crate) size: u32,
    pub(crate) lasting: Lasting,
    pub(crate) table: usize,
}

/// Appends `objects` (ascending numbers, with their bodies) to `file`, and answers where the bodies lie.
pub(crate) fn append(
    file: &mut Vec<u8>,
    anchor: &Anchor,
    objects: &[(u32, Vec<u8>)],
) -> Vec<Range<usize>> {
    if file.last() != Some(&b'\n') {
        file.push(b'\n');
    }
    let mut bodies = Vec::with_capacity(objects.len());
    let mut table = String::from("xref\n");
    let mut size = anchor.size;
    for (number, body) in objects {
        // one subsection an object: longer by a line, and one shape to read
        let _ = write!(table, "{number} 1\n{:010} 00000 n \n", file.len());
        file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        bodies.push(file.len()..file.len() + body.len());
        file.extend_from_slice(body);
        file.extend_from_slice(b"\nendobj\n");
        size = size.max(number + 1);
    }
    let place = file.len();
    let trailer = trailer(size, &anchor.lasting, anchor.table);
    file.extend_from_slice(table.as_bytes());
    file.extend_from_slice(TRAILER);
    file.extend_from_slice(trailer.as_bytes());
    file.extend_from_slice(format!("\nstartxref\n{place}\n").as_bytes());
    file.extend_from_slice(END);
    bodies
}

fn trailer(size: u32, lasting: &str, previous: usize) -> String {
    format!("<</Size {size}/Prev {previous}{lasting}>>")
}

/// Reads the last update of a file; `None` when the file does not end with one of this very shape.
pub(crate) fn last(file: &[u8]) -> Option<Increment> {
    let before_end = file.strip_suffix(END)?.strip_suffix(b"\n")?;
    let digits = before_end.iter().rposition(|b| *b == b'\n')? + 1;
    let table = number(&before_end[digits..])?;
    let rest = before_end[..digits].strip_suffix(b"\nstartxref\n")?;
    let mut lines = Lines {
        bytes: rest.get(table..)?.strip_prefix(HEAD)?,
    };
    let places = places(&mut lines)?;
    let (size, previous_table, lasting) = read_trailer(lines.bytes)?;
    let objects = bodies(file, &places, table)?;
    let start = places.first()?.1;
    let highest = places.last()?.0;
    (size > highest && previous_table < start).then_some(Increment {
        start,
        end: file.len(),
        objects,
        size,
        lasting,
        table,
        previous_table,
    })
}

impl Increment {
    /// What the next update is written after.
    pub(crate) fn anchor(&self) -> Anchor {
        Anchor {
            size: self.size,
            lasting: self.lasting.clone(),
            table: self.table,
        }
    }

    /// The body of an object that this update writes.
    pub(crate) fn body<'a>(&self, file: &'a [u8], number: u32) -> Option<&'a [u8]> {
        let (_, range) = self.objects.iter().find(|(n, _)| *n == number)?;
        file.get(range.clone())
    }
}

/// Object numbers and offsets of the table, up to the word `trailer`.
fn places(lines: &mut Lines<'_>) -> Option<Vec<(u32, usize)>> {
    let mut places: Vec<(u32, usize)> = Vec::new();
    loop {
        let line = lines.next()?;
        if line == &TRAILER[..TRAILER.len() - 1] {
            return Some(places);
        }
        let object = number(line.strip_suffix(b" 1")?)?;
        let entry = lines.next()?.strip_suffix(b" 00000 n ")?;
        let offset = (entry.len() == 10).then(|| padded(entry)).flatten()?;
        let object = u32::try_from(object).ok()?;
        if places
            .last()
            .is_some_and(|(n, at)| *n >= object || *at >= offset)
        {
            return None;
        }
        places.push((object, offset));
    }
}

/// Objects lie end to end, from the first to the table.
fn bodies(file: &[u8], places: &[(u32, usize)], table: usize) -> Option<Vec<(u32, Range<usize>)>> {
    let ends = places.iter().skip(1).map(|(_, at)| *at).chain([table]);
    places
        .iter()
        .zip(ends)
        .map(|((object, at), end)| {
            let whole = file.get(*at..end)?;
            let head = format!("{object} 0 obj\n");
            let body = whole
                .strip_prefix(head.as_bytes())?
                .strip_suffix(b"\nendobj\n")?;
            let from = at + head.len();
            Some((*object, from..from + body.len()))
        })
        .collect()
}

fn read_trailer(bytes: &[u8]) -> Option<(u32, usize, Lasting)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let inner = text.strip_prefix("<</Size ")?.strip_suffix(">>")?;
    let (size, rest) = inner.split_once("/Prev ")?;
    let (previous, lasting) = rest.split_at(rest.find('/')?);
    let size = u32::try_from(number(size.as_bytes())?).ok()?;
    let previous = number(previous.as_bytes())?;
    Some((size, previous, lasting.to_owned()))
}

/// A decimal number without leading zeros, sign or blanks.
fn number(digits: &[u8]) -> Option<usize> {
    let plain = digits == b"0" || digits.first().is_some_and(|b| (b'1'..=b'9').contains(b));
    plain.then(|| padded(digits)).flatten()
}

fn padded(digits: &[u8]) -> Option<usize> {
    let all = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    all.then(|| std::str::from_utf8(digits).ok()?.parse().ok())
        .flatten()
}

/// Lines that end with `\n`; what is not yet read stays in `bytes`.
struct Lines<'a> {
    bytes: &'a [u8],
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let end = self.bytes.iter().position(|b| *b == b'\n')?;
        let (line, rest) = self.bytes.split_at(end);
        self.bytes = &rest[1..];
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> (Vec<u8>, Vec<Range<usize>>) {
        let mut file = b"%PDF-1.7\nbody\n%%EOF".to_vec();
        let anchor = Anchor {
            size: 9,
            lasting: "/Root 1 0 R".into(),
            table: 4,
        };
        let bodies = append(
            &mut file,
            &anchor,
            &[(3, b"<<>>".to_vec()), (9, b"[1 2]".to_vec())],
        );
        (file, bodies)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (file, bodies) = written();
        let read = last(&file).map(|i| {
            (
                i.start,
                i.size,
                i.previous_table,
                i.lasting.clone(),
                i.objects,
            )
        });
        let expected = (
            20,
            10,
            4,
            "/Root 1 0 R".to_owned(),
            vec![(3, bodies[0].clone()), (9, bodies[1].clone())],
        );
        assert_eq!(read, Some(expected));
    }

    #[test]
    fn a_byte_more_is_only_taken_inside_a_body_or_the_lasting_part() {
        let (file, bodies) = written();
        let lasting = file.len() - "/Root 1 0 R>>\nstartxref\n76\n%%EOF\n".len();
        for cut in 20..file.len() {
            let inserted = [&file[..cut], b" ", &file[cut..]].concat();
            let inside = bodies
                .last()
                .is_some_and(|b| cut >= b.start && cut <= b.end);
            let repeated = (lasting..lasting + "/Root 1 0 R".len() + 1).contains(&cut);
            assert!(
                last(&inserted).is_none() || inside || repeated,
                "byte at {cut}"
            );
        }
    }
}
