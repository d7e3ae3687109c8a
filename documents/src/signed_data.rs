//! The CMS SignedData (RFC 5652) of a stamp, in the CAdES shape that PAdES asks for
//! (ETSI EN 319 142-1): detached, one signer, signing-certificate-v2 (RFC 5035), no signing time.
//!
//! The bytes are a function of certificate, digest and signature alone. Verification builds them again
//! and compares, so that no bit of a signature is left unbound.

use ::der::{Decode, Encode};
use p256::ecdsa::Signature;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;

use crate::der::{ids, integer, octets, oid, sequence, set_of, tlv};

/// What a SignedData repeats of its signer's certificate.
pub(crate) struct Signer<'a> {
    certificate: &'a [u8],
    issuer: Vec<u8>,
    serial: Vec<u8>,
}

impl<'a> Signer<'a> {
    pub(crate) fn new(certificate: &'a [u8]) -> Result<Self, ::der::Error> {
        let parsed = Certificate::from_der(certificate)?;
        let body = parsed.tbs_certificate();
        Ok(Self {
            certificate,
            issuer: body.issuer().to_der()?,
            serial: body.serial_number().to_der()?,
        })
    }

    /// The signed attributes as a DER SET: what the key signs. `digest` is the SHA-256 of the byte ranges.
    pub(crate) fn attributes(&self, digest: &[u8]) -> Vec<u8> {
        let hash = octets(&Sha256::digest(self.certificate));
        let names = sequence(&[&tlv(0xa4, &self.issuer)]);
        // The hash algorithm is left out: SHA-256 is its default, and DER forbids writing defaults.
        let id = sequence(&[&hash, &sequence(&[&names, &self.serial])]);
        set_of(vec![
            attribute(ids::CONTENT_TYPE, &oid(ids::DATA)),
            attribute(ids::MESSAGE_DIGEST, &octets(digest)),
            attribute(ids::SIGNING_CERTIFICATE_V2, &sequence(&[&sequence(&[&id])])),
        ])
    }

    /// The whole ContentInfo around a signature over [`Signer::attributes`].
    pub(crate) fn signed_data(&self, digest: &[u8], signature: &[u8]) -> Vec<u8> {
        let version = integer(&[1]);
        let sha256 = sequence(&[&oid(ids::SHA256), &[0x05, 0x00]]);
        let mut attributes = self.attributes(digest);
        attributes[0] = 0xa0; // signed as a SET, stored under an implicit tag
        let signer_info = sequence(&[
            &version,
            &sequence(&[&self.issuer, &self.serial]),
            &sha256,
            &attributes,
            &sequence(&[&oid(ids::ECDSA_SHA256)]),
            &octets(signature),
        ]);
        let signed = sequence(&[
            &version,
            &set_of(vec![sha256]),
            &sequence(&[&oid(ids::DATA)]),
            &tlv(0xa0, self.certificate),
            &set_of(vec![signer_info]),
        ]);
        sequence(&[&oid(ids::SIGNED_DATA), &tlv(0xa0, &signed)])
    }
}

fn attribute(id: ::der::asn1::ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    sequence(&[&oid(id), &tlv(0x31, value)])
}

/// An ECDSA signature with its s in the lower half: of the two that fit a message, we know only one.
pub(crate) fn low_s(signature: &[u8]) -> Option<Vec<u8>> {
    let signature = Signature::from_der(signature).ok()?;
    Some(signature.normalize_s().to_der().as_bytes().to_vec())
}
