//! What a stamp keeps for whoever judges it later: certificates and the list of withdrawn ones, in the catalog's /DSS
//! (ISO 32000-2 §12.8.4.3), inside the stamp's own update, so that its signature covers them.
//!
//! One shape, written and read by hand as [`crate::increment`] does: the catalog as it was prepared with /DSS before its end; a
//! dictionary that names what all stamps so far keep; then the streams.

use std::ops::Range;

/// Numbers of the objects that a /DSS names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    certificates: Vec<u32>,
    lists: Vec<u32>,
}

/// What one stamp keeps. Ranges are places in the file.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) names: Names,
    /// The signer's first.
    pub(crate) certificates: Vec<Range<usize>>,
    pub(crate) list: Range<usize>,
}

/// The objects of a stamp that keeps these, from number `first` on, after what earlier stamps keep.
pub(crate) fn objects(
    first: u32,
    before: &Names,
    certificates: &[Vec<u8>],
    list: &[u8],
) -> Vec<(u32, Vec<u8>)> {
    let numbers = first + 1..;
    let streams: Vec<(u32, Vec<u8>)> = numbers
        .zip(certificates.iter().map(Vec::as_slice).chain([list]))
        .map(|(number, bytes)| (number, stream(bytes)))
        .collect();
    let names = before.with(streams.iter().map(|(n, _)| *n));
    let mut objects = vec![(first, names.dictionary())];
    objects.extend(streams);
    objects
}

/// The prepared catalog with a /DSS.
pub(crate) fn catalog(prepared: &[u8], dss: u32) -> Option<Vec<u8>> {
    let open = prepared.strip_suffix(b">>")?;
    Some([open, format!("/DSS {dss} 0 R>>").as_bytes()].concat())
}

/// Takes apart what [`objects`] wrote.
pub(crate) fn read(file: &[u8], objects: &[(u32, Range<usize>)], before: &Names) -> Option<Kept> {
    let [(_, dictionary), streams @ ..] = objects else {
        return None;
    };
    let names = before.with(streams.iter().map(|(n, _)| *n));
    if streams.len() < 2 || file.get(dictionary.clone())? != names.dictionary() {
        return None;
    }
    let contents: Option<Vec<_>> = streams.iter().map(|(_, at)| content(file, at)).collect();
    let mut certificates = contents?;
    Some(Kept {
        names,
        list: certificates.pop()?,
        certificates,
    })
}

impl Names {
    /// With further certificates, the last number being that of a list.
    fn with(&self, numbers: impl Iterator<Item = u32>) -> Names {
        let mut names = self.clone();
        names.certificates.extend(numbers);
        names.lists.extend(names.certificates.pop());
        names
    }

    fn dictionary(&self) -> Vec<u8> {
        let list = |numbers: &[u32]| {
            let each: Vec<String> = numbers.iter().map(|n| format!("{n} 0 R")).collect();
            each.join(" ")
        };
        let (certificates, lists) = (list(&self.certificates), list(&self.lists));
        format!("<</Type/DSS/Certs[{certificates}]/CRLs[{lists}]>>").into_bytes()
    }
}

fn head(length: usize) -> String {
    format!("<</Length {length}>>stream\n")
}

const TAIL: &[u8] = b"\nendstream";

fn stream(bytes: &[u8]) -> Vec<u8> {
    [head(bytes.len()).as_bytes(), bytes, TAIL].concat()
}

fn content(file: &[u8], at: &Range<usize>) -> Option<Range<usize>> {
    let body = file.get(at.clone())?;
    // the length says itself how long it is written
    (1..=9).find_map(|digits| {
        let outside = head(0).len() - 1 + digits + TAIL.len();
        let length = body.len().checked_sub(outside)?;
        let head = head(length);
        let from = at.start + head.len();
        let fits = body.starts_with(head.as_bytes()) && body.ends_with(TAIL);
        (fits && head.len() + length + TAIL.len() == body.len()).then_some(from..from + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of these objects' bodies, and where they lie.
    fn laid_out(objects: &[(u32, Vec<u8>)]) -> (Vec<u8>, Vec<(u32, Range<usize>)>) {
        let (mut file, mut places) = (Vec::new(), Vec::new());
        for (number, body) in objects {
            let from = file.len();
            file.extend_from_slice(body);
            places.push((*number, from..file.len()));
        }
        (file, places)
    }

    #[test]
    fn what_is_kept_is_read_back_after_what_others_keep() {
        let before = Names {
            certificates: vec![20, 21],
            lists: vec![22],
        };
        let certificates = [b"own".to_vec(), vec![b'x'; 1000]];
        let (file, places) = laid_out(&objects(30, &before, &certificates, b"list"));
        let kept = read(&file, &places, &before).expect("kept");
        let text = |at: &Range<usize>| file[at.clone()].to_vec();
        assert_eq!(
            kept.certificates.iter().map(text).collect::<Vec<_>>(),
            certificates
        );
        assert_eq!(text(&kept.list), b"list");
        assert_eq!(
            &file[places[0].1.clone()],
            b"<</Type/DSS/Certs[20 0 R 21 0 R 31 0 R 32 0 R]/CRLs[22 0 R 33 0 R]>>"
        );
        assert!(
            read(&file, &places, &Names::default()).is_none(),
            "others' left out"
        );
        assert!(read(&file, &places[..2], &before).is_none(), "no list");
        for at in 0..file.len() {
            let inside = kept
                .certificates
                .iter()
                .chain([&kept.list])
                .any(|r| r.contains(&at));
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(
                inside || read(&changed, &places, &before).is_none(),
                "byte {at}"
            );
        }
    }
}
