//! Judges a stamped form: every signature, what it covers, what changed since.
//!
//! What is not understood is not valid. A file is taken only if it is, byte for byte, what this program
//! writes: a rendering, prepared boxes, then one stamp an update. So a change made between two stamps
//! shows even though the later signature covers it, which some readers overlook.

use serde::Serialize;
use sha2::{Digest, Sha256};
use sm3::Sm3;

use crate::algorithm::Suite;
use crate::changes::changes;
use crate::revisions::{Revisions, SignaturePlace, Stamped};
use crate::signed_data::{self, Signer};
use crate::{civil, trust};

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
    /// The certificate comes from a known root and held when the signature was made.
    pub trusted: bool,
    pub covers_whole_file: bool,
    /// What changed since, besides further stamps.
    pub changes: Vec<String>,
    pub valid: bool,
}

/// Verifies a file against the roots (DER). Never fails: what cannot be read is a problem of the file.
#[must_use]
pub fn verify(pdf: &[u8], roots: &[Vec<u8>]) -> Report {
    match Revisions::read(pdf) {
        Ok(revisions) => {
            let signatures = judge_all(pdf, &revisions, roots);
            let mut problems = Vec::new();
            if signatures.is_empty() {
                problems.push("没有电子签章".to_owned());
            }
            let valid = !signatures.is_empty() && signatures.iter().all(|s| s.valid);
            Report {
                valid,
                signatures,
                problems,
            }
        }
        Err(problem) => altered(pdf, roots, problem),
    }
}

fn judge_all(pdf: &[u8], revisions: &Revisions, roots: &[Vec<u8>]) -> Vec<SignatureReport> {
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
    let pairs = revisions.stamps.iter().zip(&read).enumerate();
    pairs
        .map(|(index, (stamped, read))| {
            let read = read.as_ref().map(|c| (c, digest(index, c)));
            judge(pdf, stamped, read, roots)
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
fn altered(pdf: &[u8], roots: &[Vec<u8>], problem: &str) -> Report {
    let mut problems = vec![problem.to_owned()];
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
    let mut signatures = judge_all(pdf, &revisions, roots);
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

fn judge(
    pdf: &[u8],
    stamped: &Stamped,
    read: Result<(&Container, Vec<u8>), &&'static str>,
    roots: &[Vec<u8>],
) -> SignatureReport {
    let place = &stamped.signature;
    let mut report = SignatureReport {
        slot: stamped.slot.clone(),
        agency: String::new(),
        serial: String::new(),
        algorithm: String::new(),
        signed_at: String::from_utf8_lossy(&place.date).into_owned(),
        intact: false,
        trusted: false,
        covers_whole_file: place.end == pdf.len(),
        changes: Vec::new(),
        valid: false,
    };
    match read {
        Ok((container, digest)) => {
            let signer = &container.signer;
            let body = signer.certificate.tbs_certificate();
            report.agency = trust::common_name(&signer.certificate);
            report.serial = hex::encode(body.serial_number().as_bytes());
            report.algorithm = signer.algorithm.as_str().to_owned();
            report.intact = signer.stands_behind(&digest, &container.signature, &container.raw);
            let at = civil::parse_pdf_date(&place.date);
            report.trusted =
                at.is_some_and(|at| trust::trusted(&signer.certificate, &signer.chain, roots, at));
            report.valid = report.intact && report.trusted;
        }
        Err(problem) => report.changes.push((*problem).to_owned()),
    }
    report
}

type Read = Result<Container, &'static str>;

/// A signature as it lies in the file.
///
/// It is built anew from its certificates and signature and must come out the same, so that nothing can hide in parts of a
/// CMS that no signature covers.
struct Container {
    /// DER, without the padding behind it.
    raw: Vec<u8>,
    signer: Signer,
    signature: Vec<u8>,
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
    let (signer, signature) = signed_data::read(container).ok_or("签名无法读取")?;
    raw.truncate(length);
    Ok(Container {
        raw,
        signer,
        signature,
    })
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
