//! 盖章: fills one prepared signature field by an incremental update (ISO 32000-1 §12.8, §7.5.6) with the
//! opinion, the date and the seal, signed as PAdES B-B (ETSI EN 319 142-1); with a time stamp as B-T, and keeping certificates
//! and the list of withdrawn ones with it.
//!
//! Every byte that was there stays where it was, so earlier stamps stay valid.

use sha2::{Digest, Sha256};

use crate::authority::{self, KeyError, KeyPair};
use crate::increment;
use crate::opinion::{Opinion, Unwritable};
use crate::revisions::{self, Field, Revisions, Said};
use crate::seal::{DIAMETER, SealArt, SealFace, deflate};
use crate::signed_data::Signer;
use crate::timestamp::{self, TimeAuthority, TimestampError};
use crate::{civil, trust, verify};

/// Bytes kept for the signature at least; one on a curve takes about 1,000.
const RESERVED: usize = 4096;
/// Bytes of a signature besides its certificates, RSA with 4096 bits included.
const BESIDES: usize = 1536;

/// Who holds an agency's key: this process, or a sealing service that only ever sees what it signs.
pub trait Sealer: Send + Sync {
    /// The agency's certificate, DER; its key tells the algorithm.
    fn certificate(&self) -> &[u8];
    /// Certificates between it and its root, in order, without the root.
    fn chain(&self) -> &[Vec<u8>] {
        &[]
    }
    /// A signature over `attributes` (the DER of the CMS signed attributes) by the certificate's key: ECDSA with SHA-256 or
    /// SM2 with SM3 as DER, RSASSA-PKCS1-v1_5 with SHA-256 as it is. What it answers is verified before it is used.
    fn sign(&self, attributes: &[u8]) -> Result<Vec<u8>, SealerError>;
}

/// Why a sealer did not sign. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SealerError {
    #[error("sealing took too long")]
    Slow,
    #[error("sealing service is away: {0}")]
    Down(String),
    #[error("sealing service answered wrongly: {0}")]
    Wrong(String),
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Sealer for KeyPair {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn sign(&self, attributes: &[u8]) -> Result<Vec<u8>, SealerError> {
        Ok(KeyPair::sign(self, attributes)?)
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

/// The longest list of withdrawn certificates that a stamp keeps: some four hundred; a longer one is left out.
pub const LONGEST_LIST: usize = 16 * 1024;

/// What proves a stamp when its certificate holds no more.
#[derive(Clone, Copy, Default)]
pub struct Proofs<'a> {
    /// The current list of withdrawn certificates (CRL, DER) of the authority that issued the sealer's. It is kept in the file
    /// with the certificates.
    pub list: Option<&'a [u8]>,
    /// Attests the time of the signature.
    pub time: Option<&'a dyn TimeAuthority>,
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
    #[error("this form is signed with other algorithms already")]
    OtherSuite,
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Sealer(#[from] SealerError),
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
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
    stamp_proved(pdf, stamping, art, sealer, Proofs::default())
}

/// The same with proofs. Without a token that holds, no stamp is set.
pub fn stamp_proved(
    pdf: &[u8],
    stamping: &Stamping<'_>,
    art: &SealArt,
    sealer: &dyn Sealer,
    proofs: Proofs<'_>,
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
    let content = written(field, stamping)?;
    let signer = check_certificate(stamping, sealer)?;
    if verify::suite(pdf, &revisions).is_some_and(|s| s != signer.algorithm.suite()) {
        return Err(StampError::OtherSuite);
    }
    let update = Update {
        pdf,
        revisions: &revisions,
        field,
        content: &content,
        art,
        signer: &signer,
    };
    let room = || proofs.time.map_or(0, TimeAuthority::room);
    let first = room();
    match update.sealed(stamping, sealer, proofs, first) {
        Err(StampError::NoRoom(_)) if room() > first => {
            update.sealed(stamping, sealer, proofs, room())
        }
        done => done,
    }
}

/// Certificates are carried along; each is named a second time by its issuer.
fn reserved(sealer: &dyn Sealer) -> usize {
    let chain: usize = sealer.chain().iter().map(Vec::len).sum();
    RESERVED.max(BESIDES + 2 * (sealer.certificate().len() + chain))
}

/// A seal's art and its certificate must name the same agency, and the certificate must hold now.
fn check_certificate(stamping: &Stamping<'_>, sealer: &dyn Sealer) -> Result<Signer, StampError> {
    let certificate = authority::parse(sealer.certificate())?;
    if !trust::is_of(&certificate, stamping.agency) {
        return Err(StampError::OtherAgency(stamping.agency.to_owned()));
    }
    if !trust::holds_at(&certificate, stamping.at_ms) {
        return Err(StampError::OutOfValidity);
    }
    let unusable = || KeyError("certificates are no path, or of an unknown kind of key".into());
    Ok(Signer::new(sealer.certificate(), sealer.chain()).ok_or_else(unusable)?)
}

/// The box's content stream: opinion, date, who signed.
fn written(field: &Field, stamping: &Stamping<'_>) -> Result<String, StampError> {
    let opinion = Opinion {
        text: stamping.opinion,
        signer: stamping.signer,
        date: stamping.date,
    };
    let content = opinion.content(field.width, field.height);
    content.map_err(|e| match e {
        Unwritable::TooLong => StampError::OpinionTooLong,
        Unwritable::Date => StampError::Date(stamping.date.to_owned()),
        Unwritable::Missing(missing) => StampError::MissingGlyphs(missing),
    })
}

/// What a stamp's update is made of.
struct Update<'a> {
    pdf: &'a [u8],
    revisions: &'a Revisions,
    field: &'a Field,
    content: &'a str,
    art: &'a SealArt,
    signer: &'a Signer,
}

impl Update<'_> {
    /// The whole file, with so many bytes kept for a token.
    fn sealed(
        &self,
        stamping: &Stamping<'_>,
        sealer: &dyn Sealer,
        proofs: Proofs<'_>,
        token: usize,
    ) -> Result<Vec<u8>, StampError> {
        let reserved = reserved(sealer) + token;
        let (mut out, contents) = self.write(stamping, proofs, reserved)?;
        let covered = [&out[..contents.start], &out[contents.end..]].concat();
        let digest = self.signer.algorithm.digest(&covered);
        let cms = sign(sealer, self.signer, &digest, proofs.time, stamping.at_ms)?;
        if cms.len() > reserved {
            return Err(StampError::NoRoom(cms.len()));
        }
        let text = hex::encode(cms);
        out[contents.start + 1..][..text.len()].copy_from_slice(text.as_bytes());
        Ok(out)
    }

    /// The file with everything but the signature itself, and where that goes.
    fn write(
        &self,
        stamping: &Stamping<'_>,
        proofs: Proofs<'_>,
        reserved: usize,
    ) -> Result<(Vec<u8>, std::ops::Range<usize>), StampError> {
        let date = civil::pdf_date(stamping.at_ms).ok_or(StampError::OutOfValidity)?;
        let field = self.field;
        let anchor = self.revisions.latest();
        let (signature, appearance, seal) = (anchor.size, anchor.size + 1, anchor.size + 2);
        let said = Said {
            date: &date,
            name: stamping.agency,
            reason: stamping.opinion,
            timestamped: proofs.time.is_some(),
        };
        let (dictionary, inner) = revisions::signature_body(&"0".repeat(reserved * 2), &said);
        let deflated = deflate(self.content.as_bytes());
        let mut objects = vec![
            (field.number, field.body(appearance, Some(signature))),
            (signature, dictionary),
            (appearance, appearance_body(field, seal, &deflated)),
        ];
        objects.extend(seal_objects(self.art, seal));
        self.keep(&mut objects, proofs.list);
        let mut out = Vec::with_capacity(self.pdf.len() + 2 * reserved + 64 * 1024);
        out.extend_from_slice(self.pdf);
        let bodies = increment::append(&mut out, &anchor, &objects);
        let of_signature = objects.iter().zip(&bodies).find(|(o, _)| o.0 == signature);
        let from = of_signature.map_or(0, |(_, body)| body.start);
        let contents = from + inner.start..from + inner.end;
        revisions::close(&mut out, &contents);
        Ok((out, contents))
    }

    /// Certificates and list go into the same update; the catalog, which names them, has the lowest number.
    fn keep(&self, objects: &mut Vec<(u32, Vec<u8>)>, list: Option<&[u8]>) {
        let Some(list) = list.filter(|list| list.len() <= LONGEST_LIST) else {
            return;
        };
        let first = objects.last().map_or(0, |(number, _)| number + 1);
        let kept = self.revisions.keep(first, &self.signer.encoded, list);
        let mut kept = kept.into_iter().flatten();
        if let Some(catalog) = kept.next() {
            objects.insert(0, catalog);
            objects.extend(kept);
        }
    }
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

/// The seal, from object `number` on; a picture and its opacity are objects of their own.
fn seal_objects(art: &SealArt, number: u32) -> Vec<(u32, Vec<u8>)> {
    let bounds = format!("/BBox[0 0 {DIAMETER} {DIAMETER}]");
    let Some(picture) = &art.picture else {
        return vec![(number, form_object(&bounds, &art.deflated))];
    };
    let (colours, opacity) = (number + 1, number + 2);
    let resources = format!("{bounds}/Resources<</XObject<</Picture {colours} 0 R>>>>");
    let size = format!("/Width {}/Height {}", picture.width, picture.height);
    let colour_entries = format!("{size}/ColorSpace/DeviceRGB/SMask {opacity} 0 R");
    vec![
        (number, form_object(&resources, &art.deflated)),
        (colours, image_object(&colour_entries, &picture.colours)),
        (
            opacity,
            image_object(&format!("{size}/ColorSpace/DeviceGray"), &picture.opacity),
        ),
    ]
}

fn image_object(entries: &str, deflated: &[u8]) -> Vec<u8> {
    let entries = format!("/Subtype/Image{entries}/BitsPerComponent 8");
    stream(&entries, deflated)
}

fn form_object(entries: &str, deflated: &[u8]) -> Vec<u8> {
    stream(&format!("/Subtype/Form{entries}"), deflated)
}

fn stream(entries: &str, deflated: &[u8]) -> Vec<u8> {
    let length = deflated.len();
    let head = format!("<</Type/XObject{entries}/Filter/FlateDecode/Length {length}>>stream\n");
    [head.as_bytes(), deflated, b"\nendstream"].concat()
}

/// The container around the sealer's signature, which is not taken on trust: one that does not verify sets no stamp. Nor does
/// one whose time an authority was to attest and did not, or at which the certificate does not hold.
fn sign(
    sealer: &dyn Sealer,
    signer: &Signer,
    digest: &[u8],
    time: Option<&dyn TimeAuthority>,
    at_ms: i64,
) -> Result<Vec<u8>, StampError> {
    let built = || KeyError("certificate cannot be written".into());
    let attributes = signer.attributes(digest).ok_or_else(built)?;
    let signature = sealer.sign(&attributes)?;
    let signature = signer.algorithm.canonical(&signature);
    let fits = |s: &Vec<u8>| {
        signer
            .algorithm
            .verifies(&signer.certificate, &attributes, s)
    };
    let wrong = || SealerError::Wrong("the signature does not verify".into());
    let signature = signature.filter(fits).ok_or_else(wrong)?;
    let token = match time {
        None => None,
        Some(authority) => {
            let token = timestamp::obtain(authority, &signature, at_ms)?;
            if !trust::holds_at(&signer.certificate, token.at_ms) {
                return Err(TimestampError::OtherTime.into());
            }
            Some(token.encoded().ok_or_else(built)?)
        }
    };
    let container = signer.signed_data(digest, &signature, token.as_deref());
    Ok(container.ok_or_else(built)?)
}
