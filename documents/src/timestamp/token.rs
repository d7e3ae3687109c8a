//! A time-stamp token: a CMS SignedData around a TSTInfo (RFC 3161 §2.4.2).
//!
//! It is kept as we write it: the authority's certificate with the path above it, and nothing that no signature covers.
//! Verification writes it anew and compares.

use ::cms::content_info::ContentInfo;
use ::cms::signed_data::{SignedAttributes, SignedData};
use ::der::asn1::{Any, ObjectIdentifier as Oid, OctetString};
use ::der::{Decode, Encode, Tag, Tagged};
use sha1::{Digest, Sha1};
use x509_cert::Certificate;

use crate::algorithm::authorities::{Hash, KeyKind, signed_by};
use crate::der::{ids, integer, octets, oid, sequence, set_of, tlv};
use crate::{civil, signed_data, trust};

/// A token that could be read; [`Token::is_sound`] says whether it holds.
pub(crate) struct Token {
    /// TSTInfo, DER.
    content: Vec<u8>,
    /// The signed attributes as a DER SET.
    attributes: Vec<u8>,
    hash: Hash,
    signature: Vec<u8>,
    certificate: Certificate,
    chain: Vec<Certificate>,
    imprint: (Hash, Vec<u8>),
    pub(super) nonce: Option<Vec<u8>>,
    /// The attested instant.
    pub(crate) at_ms: i64,
}

/// What a TSTInfo says, as far as we ask.
struct Info {
    imprint: (Hash, Vec<u8>),
    nonce: Option<Vec<u8>>,
    at_ms: i64,
}

impl Token {
    /// From the token of an answer; what it carries besides is left out.
    pub(crate) fn read(der: &[u8]) -> Option<Token> {
        let outer = ContentInfo::from_der(der).ok()?;
        let data: SignedData = outer.content.decode_as().ok()?;
        let inner = &data.encap_content_info;
        let content: OctetString = inner.econtent.as_ref()?.decode_as().ok()?;
        let content = content.as_bytes().to_vec();
        let kinds = outer.content_type == ids::SIGNED_DATA && inner.econtent_type == ids::TST_INFO;
        let (certificate, others) = signed_data::holders(&data)?;
        let signer = data.signer_infos.0.as_slice().first().filter(|_| kinds)?;
        let hash = Hash::of(signer.digest_alg.oid)?;
        let attributes = signer.signed_attrs.as_ref()?;
        bound(attributes, hash, &content, &certificate)?;
        let key = KeyKind::of(&certificate)?;
        let Info {
            imprint,
            nonce,
            at_ms,
        } = info(&content)?;
        Some(Token {
            attributes: attributes.to_der().ok()?,
            signature: key.canonical(signer.signature.as_bytes())?,
            chain: trust::path(&certificate, others),
            certificate,
            content,
            hash,
            imprint,
            nonce,
            at_ms,
        })
    }

    /// One that was just signed.
    pub(super) fn made(
        hash: Hash,
        content: Vec<u8>,
        signature: Vec<u8>,
        attributes: Vec<u8>,
        certificate: Certificate,
        chain: Vec<Certificate>,
    ) -> Option<Token> {
        let Info {
            imprint,
            nonce,
            at_ms,
        } = info(&content)?;
        Some(Token {
            content,
            attributes,
            hash,
            signature,
            certificate,
            chain,
            imprint,
            nonce,
            at_ms,
        })
    }

    /// Is it over the value of this signature?
    pub(crate) fn is_over(&self, signature: &[u8]) -> bool {
        let (hash, digest) = &self.imprint;
        *digest == hash.digest(signature)
    }

    /// Did the holder of a certificate for time stamps, which held then, sign it? Whoever that is.
    pub(crate) fn is_sound(&self) -> bool {
        let scheme = KeyKind::of(&self.certificate).and_then(|key| self.hash.scheme(key));
        let signed = scheme.is_some_and(|scheme| {
            signed_by(&self.certificate, scheme, &self.attributes, &self.signature)
        });
        signed
            && trust::may_stamp_time(&self.certificate)
            && trust::holds_at(&self.certificate, self.at_ms)
            && trust::is_unbroken(&self.certificate, &self.chain, self.at_ms)
    }

    /// Does its authority stand under one of these roots (DER)?
    pub(crate) fn is_trusted(&self, roots: &[Vec<u8>]) -> bool {
        trust::anchor_of_time(&self.certificate, &self.chain, roots, self.at_ms).is_some()
    }

    /// Name of the authority.
    pub(crate) fn authority(&self) -> String {
        trust::common_name(&self.certificate)
    }

    /// The one way in which it is written.
    pub(crate) fn encoded(&self) -> Option<Vec<u8>> {
        let body = self.certificate.tbs_certificate();
        let (issuer, serial) = (body.issuer().to_der(), body.serial_number().to_der());
        let key = KeyKind::of(&self.certificate)?;
        let scheme = oid(self.hash.scheme(key)?);
        let parameters: &[u8] = match key {
            KeyKind::Rsa => &[0x05, 0x00],
            KeyKind::P256 | KeyKind::P384 | KeyKind::Sm2 => &[],
        };
        let mut attributes = self.attributes.clone();
        *attributes.first_mut()? = 0xa0; // signed as a SET, stored under an implicit tag
        let signer = sequence(&[
            &integer(&[1]),
            &sequence(&[&issuer.ok()?, &serial.ok()?]),
            &self.hash.id(),
            &attributes,
            &sequence(&[&scheme, parameters]),
            &octets(&self.signature),
        ]);
        let all = std::iter::once(&self.certificate).chain(&self.chain);
        let certificates: Result<Vec<_>, _> = all.map(Encode::to_der).collect();
        let mut certificates = certificates.ok()?;
        certificates.sort();
        let content = tlv(0xa0, &octets(&self.content));
        let signed = sequence(&[
            &integer(&[3]),
            &set_of(vec![self.hash.id()]),
            &sequence(&[&oid(ids::TST_INFO), &content]),
            &tlv(0xa0, &certificates.concat()),
            &set_of(vec![signer]),
        ]);
        Some(sequence(&[&oid(ids::SIGNED_DATA), &tlv(0xa0, &signed)]))
    }
}

/// Do the signed attributes name this content and this certificate?
fn bound(
    attributes: &SignedAttributes,
    hash: Hash,
    content: &[u8],
    certificate: &Certificate,
) -> Option<()> {
    let one = |id: Oid| {
        let mut found = attributes.iter().filter(|a| a.oid == id);
        let values = found.next().filter(|_| found.next().is_none())?;
        match values.values.as_slice() {
            [value] => Some(value.clone()),
            _ => None,
        }
    };
    let kind: Oid = one(ids::CONTENT_TYPE)?.decode_as().ok()?;
    let digest: OctetString = one(ids::MESSAGE_DIGEST)?.decode_as().ok()?;
    let certificate = certificate.to_der().ok()?;
    let named = match one(ids::SIGNING_CERTIFICATE_V2) {
        Some(second) => names(&second, &certificate, true),
        None => names(&one(ids::SIGNING_CERTIFICATE)?, &certificate, false),
    };
    let fits = kind == ids::TST_INFO && digest.as_bytes() == hash.digest(content);
    (fits && named == Some(true)).then_some(())
}

/// Is the first certificate that SigningCertificate (RFC 2634) or SigningCertificateV2 (RFC 5035) names this one?
fn names(value: &Any, certificate: &[u8], second: bool) -> Option<bool> {
    let list = parts(value)?;
    let id = parts(parts(list.first()?)?.first()?)?;
    let (algorithm, digest) = match id.as_slice() {
        [algorithm, digest, ..] if second && algorithm.tag() == Tag::Sequence => {
            let id: Oid = parts(algorithm)?.first()?.decode_as().ok()?;
            (Some(id), digest)
        }
        [digest, ..] => (None, digest),
        [] => return None,
    };
    let digest: OctetString = digest.decode_as().ok()?;
    let wanted = match (algorithm, second) {
        (Some(id), _) => Hash::of(id)?.digest(certificate),
        (None, true) => Hash::Sha256.digest(certificate),
        // no weakness of SHA-1 lets anybody find another certificate of the same digest
        (None, false) => Sha1::digest(certificate).to_vec(),
    };
    Some(digest.as_bytes() == wanted)
}

fn parts(value: &Any) -> Option<Vec<Any>> {
    Vec::from_der(&value.to_der().ok()?).ok()
}

/// Reads a TSTInfo. An extension that must be understood is not understood.
fn info(content: &[u8]) -> Option<Info> {
    let all = Vec::<Any>::from_der(content).ok()?;
    let [version, _policy, imprint, _serial, time, more @ ..] = all.as_slice() else {
        return None;
    };
    let imprint = parts(imprint)?;
    let [algorithm, digest] = imprint.as_slice() else {
        return None;
    };
    let algorithm: Oid = parts(algorithm)?.first()?.decode_as().ok()?;
    let hash = Hash::of(algorithm).filter(|hash| matches!(hash, Hash::Sha256 | Hash::Sm3))?;
    let digest: OctetString = digest.decode_as().ok()?;
    let nonce = more.iter().find(|p| p.tag() == Tag::Integer);
    let extended = more
        .iter()
        .any(|p| p.to_der().is_ok_and(|der| der.first() == Some(&0xa1)));
    let known = version.value() == [1] && time.tag() == Tag::GeneralizedTime && !extended;
    known.then_some(Info {
        imprint: (hash, digest.as_bytes().to_vec()),
        nonce: nonce.map(|n| n.value().to_vec()),
        at_ms: civil::parse_generalized(time.value())?,
    })
}
