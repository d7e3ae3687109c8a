//! The embedded certificate authority: one root, one P-256 key and certificate per agency (RFC 5280).

use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};
use signature::Signer;
use x509_cert::Certificate;

use crate::civil;
use crate::der::{bits, ids, integer, octets, oid, sequence, tlv};

/// A key with its certificate.
#[derive(Clone)]
pub struct KeyPair {
    key: SigningKey,
    /// Certificate, DER.
    pub certificate: Vec<u8>,
}

/// A key or certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("key or certificate: {0}")]
pub struct KeyError(pub String);

impl KeyPair {
    /// A root of its own, valid for ten years.
    pub fn root(name: &str, now_ms: i64) -> Result<KeyPair, KeyError> {
        let key = new_key()?;
        let subject = name_of(name);
        let certificate = certificate(
            &key,
            &subject,
            &key,
            &subject,
            now_ms,
            now_ms + 10 * YEAR,
            true,
        )?;
        Ok(KeyPair { key, certificate })
    }

    /// A key for an agency, valid for three years.
    pub fn issue(&self, agency: &str, now_ms: i64) -> Result<KeyPair, KeyError> {
        let key = new_key()?;
        let issuer = subject_der(&self.certificate)?;
        let certificate = certificate(
            &key,
            &name_of(agency),
            &self.key,
            &issuer,
            now_ms,
            now_ms + AGENCY_VALID,
            false,
        )?;
        Ok(KeyPair { key, certificate })
    }

    /// The private key's 32 bytes, to be sealed by the caller.
    #[must_use]
    pub fn secret(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }

    /// Puts a stored key and certificate together.
    pub fn from_parts(secret: &[u8], certificate: Vec<u8>) -> Result<KeyPair, KeyError> {
        let key = SigningKey::from_slice(secret).map_err(|e| KeyError(e.to_string()))?;
        Ok(KeyPair { key, certificate })
    }

    /// Serial number, hexadecimal.
    pub fn serial(&self) -> Result<String, KeyError> {
        let parsed = parse(&self.certificate)?;
        Ok(hex::encode(
            parsed.tbs_certificate().serial_number().as_bytes(),
        ))
    }

    /// ECDSA with SHA-256, as DER.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key.sign(message);
        signature.to_der().as_bytes().to_vec()
    }
}

const YEAR: i64 = 365 * 24 * 3600 * 1000;
/// How long an agency's certificate holds, milliseconds.
pub const AGENCY_VALID: i64 = 3 * YEAR;

/// Reads a certificate.
pub fn parse(der: &[u8]) -> Result<Certificate, KeyError> {
    use ::der::Decode;
    Certificate::from_der(der).map_err(|e| KeyError(e.to_string()))
}

/// PEM text of a certificate.
pub fn to_pem(der: &[u8]) -> Result<String, KeyError> {
    ::der::pem::encode_string("CERTIFICATE", ::der::pem::LineEnding::LF, der)
        .map_err(|e| KeyError(e.to_string()))
}

fn new_key() -> Result<SigningKey, KeyError> {
    // A random number outside the curve's order is as good as impossible; try again all the same.
    for _ in 0..4 {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|e| KeyError(e.to_string()))?;
        if let Ok(key) = SigningKey::from_slice(&bytes) {
            return Ok(key);
        }
    }
    Err(KeyError("no key could be made".into()))
}

fn subject_der(certificate: &[u8]) -> Result<Vec<u8>, KeyError> {
    use ::der::Encode;
    parse(certificate)?
        .tbs_certificate()
        .subject()
        .to_der()
        .map_err(|e| KeyError(e.to_string()))
}

/// C=CN, O=name, CN=name.
fn name_of(name: &str) -> Vec<u8> {
    let part = |id, value: Vec<u8>| tlv(0x31, &sequence(&[&oid(id), &value]));
    let utf8 = |text: &str| tlv(0x0c, text.as_bytes());
    sequence(&[
        &part(ids::COUNTRY, tlv(0x13, b"CN")),
        &part(ids::ORGANISATION, utf8(name)),
        &part(ids::COMMON_NAME, utf8(name)),
    ])
}

fn public_key(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

fn key_id(key: &SigningKey) -> Vec<u8> {
    Sha256::digest(public_key(key))[..20].to_vec()
}

fn time(ms: i64) -> Result<Vec<u8>, KeyError> {
    let out_of_range = || KeyError(format!("instant out of range: {ms}"));
    let (text, generalized) = civil::x509_time(ms).ok_or_else(out_of_range)?;
    Ok(tlv(if generalized { 0x18 } else { 0x17 }, text.as_bytes()))
}

fn certificate(
    key: &SigningKey,
    subject: &[u8],
    issuer_key: &SigningKey,
    issuer: &[u8],
    from: i64,
    to: i64,
    is_root: bool,
) -> Result<Vec<u8>, KeyError> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(|e| KeyError(e.to_string()))?;
    serial[0] = serial[0] & 0x7f | 0x40;
    let extension = |id, critical: bool, value: &[u8]| {
        let flag: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
        sequence(&[&oid(id), flag, &octets(value)])
    };
    let mut extensions = vec![
        extension(ids::SUBJECT_KEY, false, &octets(&key_id(key))),
        extension(
            ids::AUTHORITY_KEY,
            false,
            &sequence(&[&tlv(0x80, &key_id(issuer_key))]),
        ),
    ];
    if is_root {
        extensions.push(extension(
            ids::BASIC_CONSTRAINTS,
            true,
            &sequence(&[&[0x01, 0x01, 0xff]]),
        ));
        // keyCertSign, cRLSign
        extensions.push(extension(ids::KEY_USAGE, true, &[0x03, 0x02, 0x01, 0x06]));
    } else {
        extensions.push(extension(ids::BASIC_CONSTRAINTS, true, &sequence(&[])));
        // digitalSignature, nonRepudiation
        extensions.push(extension(ids::KEY_USAGE, true, &[0x03, 0x02, 0x06, 0xc0]));
        // Readers built on NSS ask for e-mail protection before they call a signer trusted.
        let uses = sequence(&[&oid(ids::DOCUMENT_SIGNING), &oid(ids::EMAIL_PROTECTION)]);
        extensions.push(extension(ids::EXTENDED_USAGE, false, &uses));
    }
    let algorithm = sequence(&[&oid(ids::ECDSA_SHA256)]);
    let key_info = sequence(&[
        &sequence(&[&oid(ids::EC_KEY), &oid(ids::P256)]),
        &bits(&public_key(key)),
    ]);
    let to_sign = sequence(&[
        &tlv(0xa0, &integer(&[2])),
        &integer(&serial),
        &algorithm,
        issuer,
        &sequence(&[&time(from)?, &time(to)?]),
        subject,
        &key_info,
        &tlv(
            0xa3,
            &sequence(&extensions.iter().map(Vec::as_slice).collect::<Vec<_>>()),
        ),
    ]);
    let signature: Signature = issuer_key.sign(&to_sign);
    Ok(sequence(&[
        &to_sign,
        &algorithm,
        &bits(signature.to_der().as_bytes()),
    ]))
}
