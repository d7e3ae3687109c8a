//! The embedded certificate authority: one root, one key and certificate per agency (RFC 5280), on P-256 or on SM2.

use sha2::{Digest, Sha256};
use x509_cert::Certificate;

use crate::algorithm::Algorithm;
use crate::der::{bits, ids, integer, octets, oid, sequence, tlv};
use crate::key::Key;
use crate::signed_data::Signer;
use crate::{civil, trust};

/// A key with its certificate.
#[derive(Clone)]
pub struct KeyPair {
    key: Key,
    /// Certificate, DER.
    pub certificate: Vec<u8>,
    /// Certificates between it and its root, in order, without the root.
    pub chain: Vec<Vec<u8>>,
}

/// A key or certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("key or certificate: {0}")]
pub struct KeyError(pub String);

impl KeyPair {
    /// A root of its own on P-256, valid for ten years.
    pub fn root(name: &str, now_ms: i64) -> Result<KeyPair, KeyError> {
        KeyPair::root_with(Algorithm::P256, name, now_ms)
    }

    /// A root of its own, valid for ten years.
    pub fn root_with(algorithm: Algorithm, name: &str, now_ms: i64) -> Result<KeyPair, KeyError> {
        let key = Key::new(algorithm)?;
        let name = name_of(name);
        let contents = Contents {
            subject: &name,
            issuer: &name,
            valid: (now_ms - CLOCKS, now_ms + 10 * YEAR),
            purpose: Purpose::Root,
            crl: None,
        };
        let certificate = certificate(&key, &key, &contents)?;
        Ok(KeyPair::alone(key, certificate))
    }

    /// A key for an agency, of the root's own algorithm, valid for three years.
    pub fn issue(&self, agency: &str, now_ms: i64) -> Result<KeyPair, KeyError> {
        self.issue_with(agency, now_ms, None)
    }

    /// The same, with the address at which withdrawn certificates are listed.
    pub fn issue_with(
        &self,
        agency: &str,
        now_ms: i64,
        crl: Option<&str>,
    ) -> Result<KeyPair, KeyError> {
        let key = Key::new(self.algorithm())?;
        let contents = Contents {
            subject: &name_of(agency),
            issuer: &subject_der(&self.certificate)?,
            valid: (now_ms - CLOCKS, now_ms + AGENCY_VALID),
            purpose: Purpose::Office,
            crl,
        };
        let certificate = certificate(&key, &self.key, &contents)?;
        Ok(KeyPair::alone(key, certificate))
    }

    /// A key for an authority that stamps the time, of the root's own algorithm.
    pub fn issue_for_time(&self, name: &str, now_ms: i64) -> Result<KeyPair, KeyError> {
        let key = Key::new(self.algorithm())?;
        let contents = Contents {
            subject: &name_of(name),
            issuer: &subject_der(&self.certificate)?,
            valid: (now_ms - CLOCKS, now_ms + AGENCY_VALID),
            purpose: Purpose::Time,
            crl: None,
        };
        let certificate = certificate(&key, &self.key, &contents)?;
        Ok(KeyPair::alone(key, certificate))
    }

    /// How certificates and lists name this key.
    pub(crate) fn key_id(&self) -> Result<Vec<u8>, KeyError> {
        key_id(&self.key)
    }

    fn alone(key: Key, certificate: Vec<u8>) -> KeyPair {
        KeyPair {
            key,
            certificate,
            chain: Vec::new(),
        }
    }

    /// The private key, to be sealed by the caller: 32 bytes on a curve, PKCS#8 for RSA.
    pub fn secret(&self) -> Result<Vec<u8>, KeyError> {
        self.key.secret()
    }

    /// Puts a stored key and certificate together.
    pub fn from_parts(
        secret: &[u8],
        certificate: Vec<u8>,
        chain: Vec<Vec<u8>>,
    ) -> Result<KeyPair, KeyError> {
        let algorithm = Algorithm::of(&parse(&certificate)?);
        let algorithm = algorithm.ok_or_else(|| KeyError("unknown kind of key".into()))?;
        let key = Key::from_secret(algorithm, secret)?;
        Ok(KeyPair {
            key,
            certificate,
            chain,
        })
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// Serial number, hexadecimal.
    pub fn serial(&self) -> Result<String, KeyError> {
        serial(&self.certificate)
    }

    /// A signature as CMS and X.509 carry it.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.sign(message)
    }
}

/// Serial number of a certificate (DER), hexadecimal.
pub fn serial(certificate: &[u8]) -> Result<String, KeyError> {
    let parsed = parse(certificate)?;
    let serial = parsed.tbs_certificate().serial_number();
    Ok(hex::encode(serial.as_bytes()))
}

/// Is this certificate (DER) the agency's, for signing documents, and from one of the roots over the chain, now?
#[must_use]
pub fn is_trusted(
    certificate: &[u8],
    chain: &[Vec<u8>],
    roots: &[Vec<u8>],
    agency: &str,
    at_ms: i64,
) -> bool {
    Signer::new(certificate, chain).is_some_and(|signer| {
        trust::is_of(&signer.certificate, agency)
            && trust::anchor(&signer.certificate, &signer.chain, roots, at_ms).is_some()
    })
}

/// Is the certificate (DER) this agency's, by its name?
pub fn is_of(certificate: &[u8], agency: &str) -> Result<bool, KeyError> {
    Ok(trust::is_of(&parse(certificate)?, agency))
}

/// What the key in a certificate (DER) signs with; `None` for a kind of key that we do not know.
#[must_use]
pub fn algorithm(certificate: &[u8]) -> Option<Algorithm> {
    Algorithm::of(&parse(certificate).ok()?)
}

/// First and last instant of a certificate (DER), epoch milliseconds.
pub fn validity(certificate: &[u8]) -> Result<(i64, i64), KeyError> {
    let parsed = parse(certificate)?;
    let validity = parsed.tbs_certificate().validity();
    let millis = |time: &x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX)
    };
    Ok((millis(&validity.not_before), millis(&validity.not_after)))
}

const YEAR: i64 = 365 * 24 * 3600 * 1000;
/// Certificates hold a little before they were made, milliseconds: the clock of an authority that attests the time of the first
/// stamp may be behind ours.
const CLOCKS: i64 = 10 * 60 * 1000;
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

fn key_id(key: &Key) -> Result<Vec<u8>, KeyError> {
    Ok(Sha256::digest(key.public_bits()?)[..20].to_vec())
}

/// A Time of X.509.
pub(crate) fn time(ms: i64) -> Result<Vec<u8>, KeyError> {
    let out_of_range = || KeyError(format!("instant out of range: {ms}"));
    let (text, generalized) = civil::x509_time(ms).ok_or_else(out_of_range)?;
    Ok(tlv(if generalized { 0x18 } else { 0x17 }, text.as_bytes()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Root,
    /// Signs documents.
    Office,
    /// Stamps the time.
    Time,
}

/// What a certificate says besides its key.
struct Contents<'a> {
    subject: &'a [u8],
    issuer: &'a [u8],
    valid: (i64, i64),
    purpose: Purpose,
    /// Where withdrawn certificates are listed.
    crl: Option<&'a str>,
}

fn certificate(key: &Key, issuer_key: &Key, contents: &Contents<'_>) -> Result<Vec<u8>, KeyError> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(|e| KeyError(e.to_string()))?;
    serial[0] = serial[0] & 0x7f | 0x40;
    let extension = |id, critical: bool, value: &[u8]| {
        let flag: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
        sequence(&[&oid(id), flag, &octets(value)])
    };
    let mut extensions = vec![
        extension(ids::SUBJECT_KEY, false, &octets(&key_id(key)?)),
        extension(
            ids::AUTHORITY_KEY,
            false,
            &sequence(&[&tlv(0x80, &key_id(issuer_key)?)]),
        ),
    ];
    if let Some(address) = contents.crl {
        let point = tlv(0xa0, &tlv(0xa0, &tlv(0x86, address.as_bytes())));
        let points = sequence(&[&sequence(&[&point])]);
        extensions.push(extension(ids::CRL_POINTS, false, &points));
    }
    let constraints: &[&[u8]] = match contents.purpose {
        Purpose::Root => &[&[0x01, 0x01, 0xff]],
        Purpose::Office | Purpose::Time => &[],
    };
    extensions.push(extension(
        ids::BASIC_CONSTRAINTS,
        true,
        &sequence(constraints),
    ));
    // keyCertSign and cRLSign, or digitalSignature and nonRepudiation
    let usage = match contents.purpose {
        Purpose::Root => [0x03, 0x02, 0x01, 0x06],
        Purpose::Office | Purpose::Time => [0x03, 0x02, 0x06, 0xc0],
    };
    extensions.push(extension(ids::KEY_USAGE, true, &usage));
    match contents.purpose {
        Purpose::Root => {}
        Purpose::Office => {
            // Readers built on NSS ask for e-mail protection before they call a signer trusted.
            let uses = sequence(&[&oid(ids::DOCUMENT_SIGNING), &oid(ids::EMAIL_PROTECTION)]);
            extensions.push(extension(ids::EXTENDED_USAGE, false, &uses));
        }
        Purpose::Time => {
            let uses = sequence(&[&oid(ids::TIME_STAMPING)]);
            extensions.push(extension(ids::EXTENDED_USAGE, true, &uses));
        }
    }
    let algorithm = issuer_key.algorithm().signature_id();
    let to_sign = sequence(&[
        &tlv(0xa0, &integer(&[2])),
        &integer(&serial),
        &algorithm,
        contents.issuer,
        &sequence(&[&time(contents.valid.0)?, &time(contents.valid.1)?]),
        contents.subject,
        &key.public()?,
        &tlv(
            0xa3,
            &sequence(&extensions.iter().map(Vec::as_slice).collect::<Vec<_>>()),
        ),
    ]);
    let signature = bits(&issuer_key.sign(&to_sign)?);
    Ok(sequence(&[&to_sign, &algorithm, &signature]))
}
