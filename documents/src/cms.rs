//! The signature itself: CMS SignedData (RFC 5652) as PAdES asks for it (ETSI EN 319 142-1):
//! detached, with signingCertificateV2 (RFC 5035) and without signingTime.

use ::der::Encode;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;

use crate::authority::{KeyError, KeyPair, parse};
use crate::der::{ids, integer, octets, oid, sequence, set_of, tlv};

/// Signs the SHA-256 of the bytes outside /Contents.
pub fn sign(signer: &KeyPair, digest: &[u8]) -> Result<Vec<u8>, KeyError> {
    let certificate = parse(&signer.certificate)?;
    let fault = |e: ::der::Error| KeyError(e.to_string());
    let (issuer, serial) = named(&certificate).map_err(fault)?;
    let attribute = |id, value: &[u8]| sequence(&[&oid(id), &tlv(0x31, value)]);
    let certificate_id = {
        let names = sequence(&[&tlv(0xa4, &issuer)]);
        let hash = octets(&Sha256::digest(&signer.certificate));
        // The hash algorithm is left out: SHA-256 is its default, and DER forbids writing defaults.
        sequence(&[&sequence(&[&sequence(&[
            &hash,
            &sequence(&[&names, &serial]),
        ])])])
    };
    let mut attributes = [
        attribute(ids::CONTENT_TYPE, &oid(ids::DATA)),
        attribute(ids::MESSAGE_DIGEST, &octets(digest)),
        attribute(ids::SIGNING_CERTIFICATE_V2, &certificate_id),
    ];
    attributes.sort();
    let attributes = attributes.concat();
    // Signed as a SET, stored under an implicit tag.
    let signature = signer.sign(&tlv(0x31, &attributes));
    assemble(&certificate, &attributes, &signature).map_err(fault)
}

fn named(certificate: &Certificate) -> Result<(Vec<u8>, Vec<u8>), ::der::Error> {
    let body = certificate.tbs_certificate();
    Ok((body.issuer().to_der()?, body.serial_number().to_der()?))
}

/// The one way in which we write a signature; whatever is written otherwise is not ours.
pub fn assemble(
    certificate: &Certificate,
    attributes: &[u8],
    signature: &[u8],
) -> Result<Vec<u8>, ::der::Error> {
    let (issuer, serial) = named(certificate)?;
    let sha256 = sequence(&[&oid(ids::SHA256), &[0x05, 0x00]]);
    let signer_info = sequence(&[
        &integer(&[1]),
        &sequence(&[&issuer, &serial]),
        &sha256,
        &tlv(0xa0, attributes),
        &sequence(&[&oid(ids::ECDSA_SHA256)]),
        &octets(signature),
    ]);
    let signed = sequence(&[
        &integer(&[1]),
        &set_of(vec![sha256]),
        &sequence(&[&oid(ids::DATA)]),
        &tlv(0xa0, &certificate.to_der()?),
        &set_of(vec![signer_info]),
    ]);
    Ok(sequence(&[&oid(ids::SIGNED_DATA), &tlv(0xa0, &signed)]))
}
