//! Judges a stamped form: every signature, what it covers, what changed since. What is not understood is
//! not valid.

use ::cms::cert::CertificateChoices;
use ::cms::content_info::ContentInfo;
use ::cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use ::der::{Decode, Encode};
use lopdf::{Document, Object};
use p256::ecdsa::{Signature, VerifyingKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use signature::Verifier;
use x509_cert::Certificate;

use crate::changes::undue;
use crate::cms;
use crate::der::ids;

/// The verdict on a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// At least one signature, all valid, and the last one covers the whole file.
    pub valid: bool,
    /// In the order in which they were set.
    pub signatures: Vec<SignatureReport>,
    /// Faults of the file as a whole.
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
    /// As the file says: `D:20220603…`.
    pub signed_at: String,
    /// The bytes are those that were signed, and the signature fits the certificate.
    pub intact: bool,
    /// The certificate comes from a known root.
    pub trusted: bool,
    pub covers_whole_file: bool,
    /// What changed since, besides further stamps.
    pub changes: Vec<String>,
    pub valid: bool,
}

/// Each signature costs a reading of the file, so a file may not bring any number of them.
const MOST: usize = 32;

/// Verifies a file against the roots (DER).
#[must_use]
pub fn verify(pdf: &[u8], roots: &[Vec<u8>]) -> Report {
    match look(pdf, roots) {
        Ok(signatures) => {
            let whole = signatures.last().is_some_and(|s| s.covers_whole_file);
            let mut problems = Vec::new();
            if signatures.is_empty() {
                problems.push("no signature".to_owned());
            } else if !whole {
                problems.push("bytes were added after the last signature".to_owned());
            }
            Report {
                valid: whole && signatures.iter().all(|s| s.valid),
                signatures,
                problems,
            }
        }
        Err(problem) => Report {
            valid: false,
            signatures: vec![],
            problems: vec![problem],
        },
    }
}

fn look(pdf: &[u8], roots: &[Vec<u8>]) -> Result<Vec<SignatureReport>, String> {
    let now = Document::load_mem(pdf).map_err(|e| format!("not a readable PDF: {e}"))?;
    if now.trailer.has(b"Encrypt") || now.encryption_state.is_some() {
        return Err("encrypted".into());
    }
    // Written openly, so that one which an increment took off its box is still seen in the bytes before.
    let written = pdf.windows(10).filter(|w| w == b"/ByteRange").count();
    if written > MOST {
        return Err("more signatures than any form has boxes".into());
    }
    let mut found = Vec::new();
    for field in fields(&now)? {
        let Ok(value) = field.get(b"V") else { continue };
        let signature = now
            .dereference(value)
            .map_err(text)?
            .1
            .as_dict()
            .map_err(text)?;
        let name = |key: &[u8], dict: &lopdf::Dictionary| {
            dict.get(key)
                .and_then(Object::as_str)
                .map(|s| String::from_utf8_lossy(s).into_owned())
                .unwrap_or_default()
        };
        let (end, mut report) = one(pdf, signature, roots)?;
        report.slot = name(b"T", field);
        report.signed_at = name(b"M", signature);
        report.covers_whole_file = end == pdf.len();
        if !report.covers_whole_file {
            let old = Document::load_mem(&pdf[..end])
                .map_err(|e| format!("signed revision is not readable: {e}"))?;
            report.changes = undue(&old, &now);
            // A box may not borrow a signature that was made for another one.
            let own = value.as_reference().is_ok_and(|id| old.has_object(id))
                && fields(&old)?.contains(&field);
            if !own {
                report.changes.push("signed for another box".to_owned());
            }
        }
        report.valid = report.intact && report.trusted && report.changes.is_empty();
        found.push((end, report));
    }
    if written != found.len() {
        return Err("a signature was taken off its box".into());
    }
    found.sort_by_key(|(end, _)| *end);
    if found.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err("two boxes share a signature".into());
    }
    Ok(found.into_iter().map(|(_, report)| report).collect())
}

fn text(e: impl std::fmt::Display) -> String {
    e.to_string()
}

fn fields(document: &Document) -> Result<Vec<&lopdf::Dictionary>, String> {
    let Ok(form) = document.catalog().map_err(text)?.get(b"AcroForm") else {
        return Ok(vec![]);
    };
    let form = document
        .dereference(form)
        .map_err(text)?
        .1
        .as_dict()
        .map_err(text)?;
    let list = document
        .dereference(form.get(b"Fields").map_err(text)?)
        .map_err(text)?
        .1
        .as_array()
        .map_err(text)?;
    list.iter()
        .map(|f| {
            document
                .dereference(f)
                .map_err(text)?
                .1
                .as_dict()
                .map_err(text)
        })
        .collect()
}

/// Cuts the signature out of the file and judges it; answers with the end of what it covers.
fn one(
    pdf: &[u8],
    dictionary: &lopdf::Dictionary,
    roots: &[Vec<u8>],
) -> Result<(usize, SignatureReport), String> {
    let sub_filter = dictionary
        .get(b"SubFilter")
        .and_then(Object::as_name)
        .map_err(text)?;
    if sub_filter != b"ETSI.CAdES.detached" {
        return Err("unknown kind of signature".into());
    }
    let range: Vec<usize> = dictionary
        .get(b"ByteRange")
        .and_then(Object::as_array)
        .map_err(text)?
        .iter()
        .filter_map(|n| usize::try_from(n.as_i64().ok()?).ok())
        .collect();
    let [0, start, tail, length] = range[..] else {
        return Err("byte range does not start at the beginning".into());
    };
    let end = tail
        .checked_add(length)
        .filter(|end| *end <= pdf.len())
        .ok_or("byte range is outside the file")?;
    let sound = start < tail && pdf.get(start) == Some(&b'<') && pdf.get(tail - 1) == Some(&b'>');
    if !sound || end < tail {
        return Err("byte range does not enclose the signature".into());
    }
    let digits = &pdf[start + 1..tail - 1];
    let raw = hex::decode(digits).map_err(|_| "signature is not hexadecimal")?;
    let contents = dictionary
        .get(b"Contents")
        .and_then(Object::as_str)
        .map_err(text)?;
    // These bytes are not signed: only one way of writing them is taken.
    if contents != raw || digits.iter().any(u8::is_ascii_uppercase) {
        return Err("signature is not where the dictionary has it".into());
    }
    let signed = [&pdf[..start], &pdf[tail..end]].concat();
    Ok((end, judge(&raw, &Sha256::digest(&signed), roots)?))
}

fn judge(raw: &[u8], digest: &[u8], roots: &[Vec<u8>]) -> Result<SignatureReport, String> {
    let length = der_length(raw).ok_or("signature is not DER")?;
    let (der, padding) = raw.split_at_checked(length).ok_or("signature breaks off")?;
    if padding.iter().any(|b| *b != 0) {
        return Err("bytes hidden behind the signature".into());
    }
    let info = ContentInfo::from_der(der).map_err(text)?;
    let data: SignedData = info.content.decode_as().map_err(text)?;
    let [signer] = data.signer_infos.0.as_slice() else {
        return Err("not exactly one signer".into());
    };
    let certificate = signer_certificate(&data, signer)?;
    let attributes = signer.signed_attrs.as_ref().ok_or("no signed attributes")?;
    let attribute = |id| {
        attributes
            .iter()
            .find(|a| a.oid == id)
            .and_then(|a| a.values.get(0).cloned())
    };
    let told = attribute(ids::MESSAGE_DIGEST).ok_or("no digest")?;
    let bound = attribute(ids::SIGNING_CERTIFICATE_V2)
        .ok_or("no signing certificate")?
        .to_der()
        .map_err(text)?;
    let own = Sha256::digest(certificate.to_der().map_err(text)?);
    let names_certificate = bound.windows(own.len()).any(|w| w == own.as_slice());
    let known =
        signer.digest_alg.oid == ids::SHA256 && signer.signature_algorithm.oid == ids::ECDSA_SHA256;
    let message = attributes.to_der().map_err(text)?;
    let fits = signed_by(certificate, &message, signer.signature.as_bytes());
    let listed = attributes
        .iter()
        .map(Encode::to_der)
        .collect::<Result<Vec<_>, _>>();
    let rewritten = cms::assemble(
        certificate,
        &listed.map_err(text)?.concat(),
        signer.signature.as_bytes(),
    );
    let ours = rewritten.map_err(text)? == der;
    Ok(SignatureReport {
        slot: String::new(),
        agency: common_name(certificate),
        serial: hex::encode(certificate.tbs_certificate().serial_number().as_bytes()),
        signed_at: String::new(),
        intact: ours && known && names_certificate && told.value() == digest && fits,
        trusted: roots.iter().any(|root| issued_by(certificate, root)),
        covers_whole_file: false,
        changes: vec![],
        valid: false,
    })
}

/// Length of the outermost DER value, header included.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let first = usize::from(*bytes.get(1)?);
    if first < 128 {
        return Some(2 + first);
    }
    let count = first & 0x7f;
    let body = bytes
        .get(2..2 + count)
        .filter(|b| b.len() <= 4)?
        .iter()
        .fold(0_usize, |n, b| n << 8 | usize::from(*b));
    Some(2 + count + body)
}

fn signer_certificate<'a>(
    data: &'a SignedData,
    signer: &SignerInfo,
) -> Result<&'a Certificate, String> {
    let SignerIdentifier::IssuerAndSerialNumber(id) = &signer.sid else {
        return Err("signer is not named by issuer and number".into());
    };
    let all: Vec<&Certificate> = data
        .certificates
        .iter()
        .flat_map(|set| set.0.iter())
        .filter_map(|c| match c {
            CertificateChoices::Certificate(c) => Some(c),
            CertificateChoices::Other(_) => None,
        })
        .collect();
    // A file brings its signer's certificate and nothing else; roots are ours to know.
    let [only] = all[..] else {
        return Err("not exactly one certificate".into());
    };
    let tbs = only.tbs_certificate();
    if tbs.serial_number() == &id.serial_number && tbs.issuer() == &id.issuer {
        Ok(only)
    } else {
        Err("signer's certificate is missing".into())
    }
}

fn signed_by(certificate: &Certificate, message: &[u8], signature: &[u8]) -> bool {
    let info = certificate.tbs_certificate().subject_public_key_info();
    let key = (info.algorithm.oid == ids::EC_KEY)
        .then(|| VerifyingKey::from_sec1_bytes(info.subject_public_key.raw_bytes()).ok())
        .flatten();
    let signature = Signature::from_der(signature).ok();
    key.zip(signature)
        .is_some_and(|(key, signature)| key.verify(message, &signature).is_ok())
}

fn issued_by(certificate: &Certificate, root: &[u8]) -> bool {
    let Ok(root) = Certificate::from_der(root) else {
        return false;
    };
    let named = certificate.tbs_certificate().issuer() == root.tbs_certificate().subject()
        && certificate.signature_algorithm().oid == ids::ECDSA_SHA256;
    let body = certificate.tbs_certificate().to_der();
    named && body.is_ok_and(|body| signed_by(&root, &body, certificate.signature().raw_bytes()))
}

fn common_name(certificate: &Certificate) -> String {
    let names = certificate.tbs_certificate().subject();
    let name = names
        .iter_rdn()
        .flat_map(|rdn| rdn.iter())
        .find(|part| part.oid == ids::COMMON_NAME);
    name.map(|part| String::from_utf8_lossy(part.value.value()).into_owned())
        .unwrap_or_default()
}
