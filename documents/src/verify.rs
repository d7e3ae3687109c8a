//! Judges a stamped form: every signature, what it covers, what changed since.
//!
//! What is not understood is not valid. A file is taken only if it is, byte for byte, what this program
//! writes: a rendering, prepared boxes, then one stamp an update. So a change made between two stamps
//! shows even though the later signature covers it, which some readers overlook.

use serde::Serialize;
use sha2::{Digest, Sha256};
use sm3::Sm3;

mod judging;

use crate::algorithm::Suite;
use crate::changes::changes;
use crate::revisions::{Revisions, SignaturePlace};
use crate::signed_data::{self, Found, Signer};
use crate::withdrawal::List;
use judging::Judge;

/// What a verdict leans on besides the file.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Root certificates, DER.
    pub roots: Vec<Vec<u8>>,
    /// Lists of withdrawn certificates (CRL, DER) that hold at `now_ms`. One that cannot be used makes no file valid.
    pub lists: Vec<Vec<u8>>,
    /// Epoch milliseconds.
    pub now_ms: i64,
    /// Roots of authorities that attest the time, DER.
    pub timestamp_roots: Vec<Vec<u8>>,
    /// Certificates that the platform's own register took out of use, whoever issued them. Judged like a list.
    pub register: Vec<Withdrawn>,
    /// What the platform itself wrote down about the stamps on the form that this file is, or says to be: what is not on record is
    /// not valid. `None` for a file of which it knows nothing.
    pub records: Option<Vec<Record>>,
}

/// A certificate out of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// DER.
    pub certificate: Vec<u8>,
    /// Epoch milliseconds.
    pub since_ms: i64,
    /// It may come back (停用).
    pub suspended: bool,
}

/// The platform's own word on a stamp that it set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub slot: String,
    /// The certificate behind it, DER.
    pub certificate: Vec<u8>,
    /// Planned and done, epoch milliseconds.
    pub between: (i64, i64),
    /// SHA-256 (hexadecimal) of the file when this was its last stamp.
    pub sha256: String,
}

/// The verdict on a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// At least one signature, all valid, and the last one covers the whole file.
    pub valid: bool,
    /// In the order in which they were set.
    pub signatures: Vec<SignatureReport>,
    /// Faults of the file as a whole, for people.
    pub problems: Vec<String>,
}

/// The verdict on one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureReport {
    /// Box on the form.
    pub slot: String,
    /// Name in the signer's certificate.
    pub agency: String,
    /// Serial number of the certificate, hexadecimal.
    pub serial: String,
    /// p256, rsa or sm2; empty when it cannot be told.
    pub algorithm: String,
    /// As the signer's office said: `D:20220603093000+08'00'`.
    pub signed_at: String,
    /// The bytes are those that were signed, and the signature fits the certificate.
    pub intact: bool,
    /// The certificate comes from a known root, held when the signature was made, and was not withdrawn before.
    pub trusted: bool,
    /// The token of an authority that attests the time, if there is one.
    pub timestamp: Option<TimestampReport>,
    /// A list of withdrawn certificates of the authority that issued this one was looked at.
    pub withdrawal_checked: bool,
    /// Since when the certificate, or one above it, is withdrawn (RFC 3339), even when the stamp was set before.
    pub withdrawn_at: Option<String>,
    /// What else there is to say, for people.
    pub remarks: Vec<String>,
    pub covers: Covers,
    pub covers_whole_file: bool,
    /// Is what it covers, byte for byte, what the office had looked at when it stamped? Absent where nothing is on record.
    pub reviewed: Option<bool>,
    /// What changed since, besides further stamps.
    pub changes: Vec<String>,
    pub valid: bool,
}

/// What a signature is over: the file as it was when the stamp was set, all but the signature's own value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Covers {
    /// Length of that file.
    pub bytes: usize,
    /// SHA-256 of that file, the signature included, hexadecimal.
    pub sha256: String,
}

/// A time stamp on a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimestampReport {
    /// The attested instant (RFC 3339).
    pub at: String,
    /// Name in the authority's certificate.
    pub authority: String,
    /// The authority stands under a known root. If not, the signature is judged by the time that it claims.
    pub trusted: bool,
}

/// Verifies a file against the roots (DER) as of an instant (epoch milliseconds), with no other list of withdrawn certificates than
/// those in the file. Never fails: what cannot be read is a problem of the file.
#[must_use]
pub fn verify(pdf: &[u8], roots: &[Vec<u8>], now_ms: i64) -> Report {
    let known = Known {
        roots: roots.to_vec(),
        now_ms,
        ..Known::default()
    };
    verify_with(pdf, &known)
}

/// Verifies a file by all that is known.
#[must_use]
pub fn verify_with(pdf: &[u8], known: &Known) -> Report {
    let mut problems = Vec::new();
    let mut lists = Vec::new();
    for list in &known.lists {
        match List::read(list, &known.roots) {
            Ok(list) if list.holds_at(known.now_ms) => lists.push(list),
            Ok(_) => problems.push("吊销列表已过期或尚未生效".to_owned()),
            Err(problem) => problems.push(problem.to_owned()),
        }
    }
    match Revisions::read(pdf) {
        Ok(revisions) => {
            let signatures = judge_all(pdf, &revisions, known, lists);
            if signatures.is_empty() {
                problems.push("没有电子签章".to_owned());
            }
            Report {
                valid: problems.is_empty() && signatures.iter().all(|s| s.valid),
                signatures,
                problems,
            }
        }
        Err(problem) => {
            problems.push(problem.to_owned());
            altered(pdf, known, lists, problems)
        }
    }
}

fn judge_all(
    pdf: &[u8],
    revisions: &Revisions,
    known: &Known,
    lists: Vec<List>,
) -> Vec<SignatureReport> {
    let read: Vec<Read> = revisions
        .stamps
        .iter()
        .map(|s| read(pdf, &s.signature))
        .collect();
    let in_suite = |suite| {
        let mut found = read.iter().flatten();
        found.any(|c| c.signer.algorithm.suite() == suite)
    };
    let of = |suite| match suite {
        _ if !in_suite(suite) => Vec::new(),
        Suite::International => digests::<Sha256>(pdf, revisions),
        Suite::Sm2 => digests::<Sm3>(pdf, revisions),
    };
    let (international, sm2) = (of(Suite::International), of(Suite::Sm2));
    let digest = |index: usize, container: &Container| {
        let digests = match container.signer.algorithm.suite() {
            Suite::International => &international,
            Suite::Sm2 => &sm2,
        };
        digests.get(index).cloned().unwrap_or_default()
    };
    let judge = Judge::new(pdf, revisions, known, lists);
    let pairs = revisions.stamps.iter().zip(&read).enumerate();
    pairs
        .zip(covered(pdf, revisions))
        .map(|((index, (stamped, read)), covers)| {
            let read = read.as_ref().map(|c| (c, digest(index, c)));
            judge.report(index, stamped, covers, read)
        })
        .collect()
}

/// The file as it was with each stamp as its last; read once as well.
fn covered(pdf: &[u8], revisions: &Revisions) -> Vec<Covers> {
    let (mut until, mut read) = (Sha256::new(), 0);
    let ends = revisions.stamps.iter().map(|s| s.signature.end);
    ends.map(|end| {
        until.update(&pdf[read..end]);
        read = end;
        Covers {
            bytes: end,
            sha256: hex::encode(until.clone().finalize()),
        }
    })
    .collect()
}

/// Digests of what each signature covers. Later ones cover the earlier ones, so the file is read once, not
/// once a signature.
fn digests<D: Digest + Clone>(pdf: &[u8], revisions: &Revisions) -> Vec<Vec<u8>> {
    let (mut before, mut read) = (D::new(), 0);
    let places = revisions.stamps.iter().map(|s| &s.signature);
    places
        .map(|place| {
            before.update(&pdf[read..place.contents.start]);
            read = place.contents.start;
            let mut own = before.clone();
            own.update(&pdf[place.contents.end..place.end]);
            own.finalize().to_vec()
        })
        .collect()
}

/// A file that goes on after its last stamp, or that was never ours: never valid, but told as far as it goes.
fn altered(pdf: &[u8], known: &Known, lists: Vec<List>, mut problems: Vec<String>) -> Report {
    let Some((end, revisions)) = longest_prefix(pdf) else {
        return Report {
            valid: false,
            signatures: Vec::new(),
            problems,
        };
    };
    problems.push(format!(
        "最后一次盖章之后，文件又被改动（{}字节）",
        pdf.len() - end
    ));
    let changes = changes(&pdf[..end], pdf);
    let mut signatures = judge_all(pdf, &revisions, known, lists);
    for signature in &mut signatures {
        signature.covers_whole_file = false;
        signature.valid = false;
        signature.changes.clone_from(&changes);
    }
    Report {
        valid: false,
        signatures,
        problems,
    }
}

/// The longest beginning of the file that is a stamped form.
fn longest_prefix(pdf: &[u8]) -> Option<(usize, Revisions)> {
    const END: &[u8] = b"%%EOF\n";
    const MOST: usize = 100;
    let ends = (END.len()..pdf.len())
        .rev()
        .filter(|end| pdf[..*end].ends_with(END));
    ends.take(MOST).find_map(|end| {
        let revisions = Revisions::read(&pdf[..end]).ok()?;
        (!revisions.stamps.is_empty()).then_some((end, revisions))
    })
}

type Read = Result<Container, &'static str>;

/// A signature as it lies in the file.
///
/// It is built anew from its certificates, signature and time stamp and must come out the same, so that nothing can hide in parts of a
/// CMS that no signature covers.
struct Container {
    /// DER, without the padding behind it.
    raw: Vec<u8>,
    signer: Signer,
    found: Found,
}

fn read(pdf: &[u8], place: &SignaturePlace) -> Read {
    let contents = &pdf[place.contents.start + 1..place.contents.end - 1];
    if contents.iter().any(u8::is_ascii_uppercase) {
        return Err("签名编码被改动");
    }
    let mut raw = hex::decode(contents).map_err(|_| "签名编码被改动")?;
    let length = der_length(&raw).ok_or("签名无法读取")?;
    let (container, padding) = raw.split_at_checked(length).ok_or("签名不完整")?;
    if padding.iter().any(|b| *b != 0) {
        return Err("签名之后藏有数据");
    }
    let (signer, found) = signed_data::read(container).ok_or("签名无法读取")?;
    raw.truncate(length);
    Ok(Container { raw, signer, found })
}

/// Length of the outermost DER value, header included.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let first = usize::from(*bytes.get(1)?);
    if first < 128 {
        return Some(2 + first);
    }
    let count = first & 0x7f;
    let body = bytes.get(2..2 + count).filter(|b| b.len() <= 4)?;
    let length = body.iter().fold(0_usize, |n, b| n << 8 | usize::from(*b));
    Some(2 + count + length)
}

/// The suite of the first signature of a form; `None` when it has none that can be read.
pub(crate) fn suite(pdf: &[u8], revisions: &Revisions) -> Option<Suite> {
    let first = revisions.stamps.first()?;
    let container = read(pdf, &first.signature).ok()?;
    Some(container.signer.algorithm.suite())
}
