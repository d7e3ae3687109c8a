//! The CMS SignedData (RFC 5652) of a stamp, in the CAdES shape that PAdES asks for
//! (ETSI EN 319 142-1): detached, one signer, signing-certificate-v2 (RFC 5035), no signing time.
//!
//! The bytes are a function of certificates, digest and signature alone. Verification builds them again
//! and compares, so that no bit of a signature is left unbound.

use ::cms::cert::CertificateChoices;
use ::cms::content_info::ContentInfo;
use ::cms::signed_data::{SignedData, SignerIdentifier};
use ::der::{Decode, Encode};
use x509_cert::Certificate;

use crate::algorithm::Algorithm;
use crate::der::{ids, integer, octets, oid, sequence, set_of, tlv};
use crate::trust;

/// What a SignedData repeats of its signer's certificates.
pub(crate) struct Signer {
    pub(crate) algorithm: Algorithm,
    pub(crate) certificate: Certificate,
    /// Certificates between it and its root, in order.
    pub(crate) chain: Vec<Certificate>,
    /// Both, DER, the signer's own first.
    pub(crate) encoded: Vec<Vec<u8>>,
}

impl Signer {
    /// From certificates in DER; `None` when one is none, its key is of a kind that we do not sign with, or `chain` is not
    /// a path that begins at the certificate.
    pub(crate) fn new(certificate: &[u8], chain: &[Vec<u8>]) -> Option<Self> {
        let certificate = Certificate::from_der(certificate).ok()?;
        let chain: Result<Vec<_>, _> = chain.iter().map(|c| Certificate::from_der(c)).collect();
        Signer::of(certificate, chain.ok()?)
    }

    fn of(certificate: Certificate, chain: Vec<Certificate>) -> Option<Self> {
        let chain = trust::in_order(&certificate, chain)?;
        let all = std::iter::once(&certificate).chain(&chain);
        let encoded: Result<Vec<_>, _> = all.map(Encode::to_der).collect();
        Some(Self {
            algorithm: Algorithm::of(&certificate)?,
            encoded: encoded.ok()?,
            certificate,
            chain,
        })
    }

    /// The signed attributes as a DER SET: what the key signs. `digest` is that of the byte ranges. The certificates of the
    /// path are named as well, so that they cannot be exchanged.
    pub(crate) fn attributes(&self, digest: &[u8]) -> Option<Vec<u8>> {
        let path = std::iter::once(&self.certificate).chain(&self.chain);
        let ids: Option<Vec<Vec<u8>>> = path
            .zip(&self.encoded)
            .map(|(certificate, encoded)| self.certificate_id(certificate, encoded))
            .collect();
        let list = tlv(0x30, &ids?.concat());
        Some(set_of(vec![
            attribute(ids::CONTENT_TYPE, &oid(ids::DATA)),
            attribute(ids::MESSAGE_DIGEST, &octets(digest)),
            attribute(ids::SIGNING_CERTIFICATE_V2, &sequence(&[&list])),
        ]))
    }

    fn certificate_id(&self, certificate: &Certificate, encoded: &[u8]) -> Option<Vec<u8>> {
        let body = certificate.tbs_certificate();
        let hash = octets(&self.algorithm.digest(encoded));
        let names = sequence(&[&tlv(0xa4, &body.issuer().to_der().ok()?)]);
        let serial = body.serial_number().to_der().ok()?;
        // SHA-256 is the default, and DER forbids writing defaults
        let algorithm = match self.algorithm {
            Algorithm::Sm2 => self.algorithm.digest_id(),
            Algorithm::P256 | Algorithm::Rsa => Vec::new(),
        };
        Some(sequence(&[
            &algorithm,
            &hash,
            &sequence(&[&names, &serial]),
        ]))
    }

    /// The whole ContentInfo around a signature over [`Signer::attributes`], with a time-stamp token over the signature's value
    /// (RFC 3161 appendix A) where there is one.
    pub(crate) fn signed_data(
        &self,
        digest: &[u8],
        signature: &[u8],
        token: Option<&[u8]>,
    ) -> Option<Vec<u8>> {
        let version = integer(&[1]);
        let body = self.certificate.tbs_certificate();
        let (issuer, serial) = (body.issuer().to_der(), body.serial_number().to_der());
        let mut attributes = self.attributes(digest)?;
        attributes[0] = 0xa0; // signed as a SET, stored under an implicit tag
        let unsigned = token.map(|token| tlv(0xa1, &attribute(ids::TIMESTAMP_TOKEN, token)));
        let signer_info = sequence(&[
            &version,
            &sequence(&[&issuer.ok()?, &serial.ok()?]),
            &self.algorithm.digest_id(),
            &attributes,
            &self.algorithm.signature_id(),
            &octets(signature),
            &unsigned.unwrap_or_default(),
        ]);
        let mut certificates = self.encoded.clone();
        certificates.sort();
        let signed = sequence(&[
            &version,
            &set_of(vec![self.algorithm.digest_id()]),
            &sequence(&[&oid(ids::DATA)]),
            &tlv(0xa0, &certificates.concat()),
            &set_of(vec![signer_info]),
        ]);
        Some(sequence(&[&oid(ids::SIGNED_DATA), &tlv(0xa0, &signed)]))
    }

    /// Is this very container the one around a signature over this digest, and does the signature hold?
    pub(crate) fn stands_behind(&self, digest: &[u8], found: &Found, container: &[u8]) -> bool {
        let (signature, token) = (found.signature.as_slice(), found.token.as_deref());
        let signed = self.attributes(digest).is_some_and(|attributes| {
            self.algorithm
                .verifies(&self.certificate, &attributes, signature)
        });
        signed
            && self.algorithm.canonical(signature).as_deref() == Some(signature)
            && self.signed_data(digest, signature, token).as_deref() == Some(container)
    }
}

/// What a container holds besides certificates.
pub(crate) struct Found {
    pub(crate) signature: Vec<u8>,
    /// A time-stamp token, DER.
    pub(crate) token: Option<Vec<u8>>,
}

/// The signer and the one signature of a container. What else it holds is found by building it anew.
pub(crate) fn read(container: &[u8]) -> Option<(Signer, Found)> {
    let info = ContentInfo::from_der(container).ok()?;
    let data: SignedData = info.content.decode_as().ok()?;
    let [signer_info] = data.signer_infos.0.as_slice() else {
        return None;
    };
    let (own, others) = holders(&data)?;
    let signer = Signer::of(own, others)?;
    let token = match &signer_info.unsigned_attrs {
        None => None,
        Some(unsigned) => {
            let [attribute] = unsigned.as_slice() else {
                return None;
            };
            Some(attribute.values.as_slice().first()?.to_der().ok()?)
        }
    };
    let signature = signer_info.signature.as_bytes().to_vec();
    Some((signer, Found { signature, token }))
}

/// The certificate of the one signer, and the others that are carried along.
pub(crate) fn holders(data: &SignedData) -> Option<(Certificate, Vec<Certificate>)> {
    let [signer_info] = data.signer_infos.0.as_slice() else {
        return None;
    };
    let SignerIdentifier::IssuerAndSerialNumber(id) = &signer_info.sid else {
        return None;
    };
    let (mut own, mut others) = (None, Vec::new());
    for choice in data.certificates.as_ref()?.0.iter() {
        let CertificateChoices::Certificate(certificate) = choice else {
            return None;
        };
        let body = certificate.tbs_certificate();
        if own.is_none() && *body.issuer() == id.issuer && *body.serial_number() == id.serial_number
        {
            own = Some(certificate.clone());
        } else {
            others.push(certificate.clone());
        }
    }
    Some((own?, others))
}

pub(crate) fn attribute(id: ::der::asn1::ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    sequence(&[&oid(id), &tlv(0x31, value)])
}
