//! 盖章: fills one prepared signature field by an incremental update (ISO 32000-1 §12.8, §7.5.6) with the
//! opinion, the date and the seal, signed as PAdES B-B (ETSI EN 319 142-1).
//!
//! Every byte that was there stays where it was, so earlier stamps stay valid.

use sha2::{Digest, Sha256};

use crate::authority::{self, KeyError, KeyPair};
use crate::increment;
use crate::opinion::{Opinion, Unwritable};
use crate::revisions::{self, Field, Revisions};
use crate::seal::{DIAMETER, SealArt, SealFace, deflate};
use crate::signed_data::{Signer, low_s};
use crate::{civil, trust};

/// Bytes kept for the signature; a P-256 one takes about 1,000, with a time stamp 2,500.
const RESERVED: usize = 4096;

/// Who holds an agency's key: this process, or a sealing service that only ever sees what it signs.
pub trait Sealer {
    /// The agency's certificate, DER.
    fn certificate(&self) -> &[u8];
    /// ECDSA on P-256 with SHA-256 over `attributes` (the DER of the CMS signed attributes), as DER.
    fn sign(&self, attributes: &[u8]) -> Result<Vec<u8>, KeyError>;
}

impl Sealer for KeyPair {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn sign(&self, attributes: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(KeyPair::sign(self, attributes))
    }
}

/// One stamp to be set.
#[derive(Debug, Clone)]
pub struct Stamping<'a> {
    /// Box on the form.
    pub slot: &'a str,
    /// As in the agency's certificate; also the name around its seal.
    pub agency: &'a str,
    pub opinion: &'a str,
    /// Who stamps, as shown.
    pub signer: &'a str,
    /// As shown: 2022年6月3日. Empty on a paper that has its date printed; opinion and signer may be, too.
    pub date: &'a str,
    /// Epoch milliseconds; the certificate must hold then.
    pub at_ms: i64,
    /// SHA-256 (hexadecimal) of the file the officer looked at.
    pub expect_sha256: &'a str,
}

/// Why a stamp is not set. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    #[error("the file changed since it was looked at")]
    DigestChanged,
    #[error("not a form of this platform: {0}")]
    NotOurForm(&'static str),
    #[error("no box {0} on this form")]
    UnknownSlot(String),
    #[error("box {0} is filled")]
    Filled(String),
    #[error("the opinion does not fit into its box")]
    OpinionTooLong,
    #[error("{0:?} is no date like 2022年6月3日")]
    Date(String),
    #[error("no font draws {0:?}")]
    MissingGlyphs(Vec<char>),
    #[error("the certificate is not {0}'s")]
    OtherAgency(String),
    #[error("the certificate does not hold at the time of the stamp")]
    OutOfValidity,
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("signature needs {0} bytes")]
    NoRoom(usize),
}

/// SHA-256 of a file, lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Sets a stamp with the agency's usual seal: its name around a star.
pub fn stamp(
    pdf: &[u8],
    stamping: &Stamping<'_>,
    sealer: &dyn Sealer,
) -> Result<Vec<u8>, StampError> {
    stamp_with(pdf, stamping, &SealFace::of(stamping.agency).draw(), sealer)
}

/// Sets a stamp. The input is a prefix of the output; at a refusal nothing was signed.
pub fn stamp_with(
    pdf: &[u8],
    stamping: &Stamping<'_>,
    art: &SealArt,
    sealer: &dyn Sealer,
) -> Result<Vec<u8>, StampError> {
    if !sha256_hex(pdf).eq_ignore_ascii_case(stamping.expect_sha256) {
        return Err(StampError::DigestChanged);
    }
    let revisions = Revisions::read(pdf).map_err(StampError::NotOurForm)?;
    let unknown = || StampError::UnknownSlot(stamping.slot.to_owned());
    let field = revisions.field(stamping.slot).ok_or_else(unknown)?;
    if revisions.is_filled(stamping.slot) {
        return Err(StampError::Filled(stamping.slot.to_owned()));
    }
    let (mut out, contents) = write_update(pdf, &revisions, field, stamping, art)?;
    check_certificate(stamping, sealer.certificate())?;
    let mut digest = Sha256::new();
    digest.update(&out[..contents.start]);
    digest.update(&out[contents.end..]);
    let cms = sign(sealer, &digest.finalize())?;
    if cms.len() > RESERVED {
        return Err(StampError::NoRoom(cms.len()));
    }
    let text = hex::encode(cms);
    out[contents.start + 1..][..text.len()].copy_from_slice(text.as_bytes());
    Ok(out)
}

/// A seal's art and its certificate must name the same agency.
fn check_certificate(stamping: &Stamping<'_>, certificate: &[u8]) -> Result<(), StampError> {
    let certificate = authority::parse(certificate)?;
    if trust::common_name(&certificate) != stamping.agency {
        return Err(StampError::OtherAgency(stamping.agency.to_owned()));
    }
    if trust::holds_at(&certificate, stamping.at_ms) {
        Ok(())
    } else {
        Err(StampError::OutOfValidity)
    }
}

/// The file with everything but the signature itself, and where that goes.
fn write_update(
    pdf: &[u8],
    revisions: &Revisions,
    field: &Field,
    stamping: &Stamping<'_>,
    art: &SealArt,
) -> Result<(Vec<u8>, std::ops::Range<usize>), StampError> {
    let date = civil::pdf_date(stamping.at_ms).ok_or(StampError::OutOfValidity)?;
    let opinion = Opinion {
        text: stamping.opinion,
        signer: stamping.signer,
        date: stamping.date,
    };
    let content = opinion
        .content(field.width, field.height)
        .map_err(|e| match e {
            Unwritable::TooLong => StampError::OpinionTooLong,
            Unwritable::Date => StampError::Date(stamping.date.to_owned()),
            Unwritable::Missing(missing) => StampError::MissingGlyphs(missing),
        })?;
    let anchor = revisions.latest();
    let (signature, appearance, seal) = (anchor.size, anchor.size + 1, anchor.size + 2);
    let zeros = "0".repeat(RESERVED * 2);
    let (dictionary, inner) =
        revisions::signature_body(&zeros, &date, stamping.agency, stamping.opinion);
    let objects = [
        (field.number, field.body(appearance, Some(signature))),
        (signature, dictionary),
        (
            appearance,
            appearance_body(field, seal, &deflate(content.as_bytes())),
        ),
        (seal, seal_body(art)),
    ];
    let mut out = Vec::with_capacity(pdf.len() + 2 * RESERVED + 64 * 1024);
    out.extend_from_slice(pdf);
    let bodies = increment::append(&mut out, &anchor, &objects);
    let contents = bodies[1].start + inner.start..bodies[1].start + inner.end;
    revisions::close(&mut out, &contents);
    Ok((out, contents))
}

/// The box's appearance: a transparency group, so that the seal's ink multiplies with what lies under it.
fn appearance_body(field: &Field, seal: u32, deflated: &[u8]) -> Vec<u8> {
    let (width, height) = (field.width, field.height);
    let resources = format!(
        "/Resources<</XObject<</Seal {seal} 0 R>>/ExtGState<</Ink<</Type/ExtGState/BM/Multiply/ca 0.92/CA 0.92>>>>>>"
    );
    form_object(
        &format!("/BBox[0 0 {width} {height}]{resources}/Group<</S/Transparency/CS/DeviceRGB>>"),
        deflated,
    )
}

fn seal_body(art: &SealArt) -> Vec<u8> {
    form_object(&format!("/BBox[0 0 {DIAMETER} {DIAMETER}]"), &art.deflated)
}

fn form_object(entries: &str, deflated: &[u8]) -> Vec<u8> {
    let length = deflated.len();
    let head = format!(
        "<</Type/XObject/Subtype/Form{entries}/Filter/FlateDecode/Length {length}>>stream\n"
    );
    [head.as_bytes(), deflated, b"\nendstream"].concat()
}

fn sign(sealer: &dyn Sealer, digest: &[u8]) -> Result<Vec<u8>, StampError> {
    let certificate = sealer.certificate();
    let fault = |e: ::der::Error| KeyError(e.to_string());
    let signer = Signer::new(certificate).map_err(fault)?;
    let signature = sealer.sign(&signer.attributes(digest))?;
    let signature =
        low_s(&signature).ok_or_else(|| KeyError("sealer gave no P-256 signature".into()))?;
    Ok(signer.signed_data(digest, &signature))
}
