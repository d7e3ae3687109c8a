//! Keys and certificates that an agency brings along in a PKCS#12 file (RFC 7292).
//!
//! Files encrypted as today's tools do (PBES2 with PBKDF2 and AES, RFC 8018) are opened, and those of old (3DES, RC2), which is
//! what offices have. The file's own MAC is checked where it has one.

mod mac;
mod old;

use ::cms::content_info::ContentInfo;
use ::cms::encrypted_data::EncryptedData;
use ::der::asn1::{Any, ObjectIdentifier as Oid, OctetString};
use ::der::{Decode, Encode, Sequence};
use pkcs5::EncryptionScheme;
use pkcs5::pbes2::Kdf;
use x509_cert::Certificate;
use x509_cert::spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

use crate::algorithm::Algorithm;
use crate::authority::{KeyError, KeyPair};
use crate::der::ids;
use crate::key::Key;
use crate::trust;

/// A key with its chain takes a few kilobytes.
pub const LONGEST: usize = 64 * 1024;
/// Rounds of key derivation; a file that asks for more wants to keep us busy.
const MOST_ROUNDS: u32 = 2_000_000;
/// Certificates and keys in one file.
const MOST_BAGS: usize = 20;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Error {
    #[error("not a PKCS#12 file")]
    Unreadable,
    #[error("encrypted in a way that is not taken")]
    Encryption,
    #[error("wrong password")]
    Password,
    #[error("not exactly one key of P-256, RSA or SM2 with its certificate")]
    NoKey,
}

#[derive(Sequence)]
struct Pfx {
    version: u8,
    safe: ContentInfo,
    #[asn1(optional = "true")]
    mac: Option<Any>,
}

#[derive(Sequence)]
struct Bag {
    kind: Oid,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: Any,
    #[asn1(optional = "true")]
    attributes: Option<Any>,
}

#[derive(Sequence)]
struct CertificateBag {
    kind: Oid,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: OctetString,
}

#[derive(Sequence)]
struct ShroudedKey {
    algorithm: AlgorithmIdentifierOwned,
    text: OctetString,
}

/// What a file holds: keys as PKCS#8, certificates.
#[derive(Default)]
struct Found {
    keys: Vec<Vec<u8>>,
    certificates: Vec<Certificate>,
}

/// The one key of the file with its certificate and the path above it. Other certificates in the file are left out.
pub fn open(file: &[u8], password: &str) -> Result<KeyPair, Pkcs12Error> {
    let found = found(file, password)?;
    let [key] = found.keys.as_slice() else {
        return Err(Pkcs12Error::NoKey);
    };
    let mut others = found.certificates;
    for index in 0..others.len() {
        let Some(algorithm) = Algorithm::of(&others[index]) else {
            continue;
        };
        let Ok(key) = Key::from_pkcs8(algorithm, key) else {
            continue;
        };
        let info = others[index].tbs_certificate().subject_public_key_info();
        if key.public_bits().ok().as_deref() == Some(info.subject_public_key.raw_bytes()) {
            let own = others.swap_remove(index);
            return pair(key, &own, others).map_err(|_| Pkcs12Error::NoKey);
        }
    }
    Err(Pkcs12Error::NoKey)
}

fn pair(key: Key, own: &Certificate, others: Vec<Certificate>) -> Result<KeyPair, KeyError> {
    let fault = |e: ::der::Error| KeyError(e.to_string());
    let chain = trust::path(own, others);
    let chain: Result<Vec<_>, _> = chain.iter().map(Encode::to_der).collect();
    let certificate = own.to_der().map_err(fault)?;
    KeyPair::from_parts(&key.secret()?, certificate, chain.map_err(fault)?)
}

fn found(file: &[u8], password: &str) -> Result<Found, Pkcs12Error> {
    let unreadable = |_| Pkcs12Error::Unreadable;
    if file.len() > LONGEST {
        return Err(Pkcs12Error::Unreadable);
    }
    let pfx = Pfx::from_der(file).map_err(unreadable)?;
    let safe: OctetString = pfx.safe.content.decode_as().map_err(unreadable)?;
    if let Some(mac) = &pfx.mac {
        mac::check(mac, password, safe.as_bytes())?;
    }
    let parts = Vec::<ContentInfo>::from_der(safe.as_bytes()).map_err(unreadable)?;
    let mut found = Found::default();
    if pfx.version != 3 || parts.len() > MOST_BAGS {
        return Err(Pkcs12Error::Unreadable);
    }
    for part in parts {
        let bags = match part.content_type {
            ids::DATA => {
                let plain: OctetString = part.content.decode_as().map_err(unreadable)?;
                plain.as_bytes().to_vec()
            }
            ids::ENCRYPTED_DATA => {
                let sealed: EncryptedData = part.content.decode_as().map_err(unreadable)?;
                let info = sealed.enc_content_info;
                let text = info.encrypted_content.ok_or(Pkcs12Error::Unreadable)?;
                decrypt(&info.content_enc_alg, password, text.as_bytes())?
            }
            _ => return Err(Pkcs12Error::Unreadable),
        };
        let bags = Vec::<Bag>::from_der(&bags).map_err(|_| Pkcs12Error::Password)?;
        for bag in bags {
            take(&mut found, &bag, password)?;
        }
    }
    if found.certificates.len() > MOST_BAGS {
        return Err(Pkcs12Error::Unreadable);
    }
    Ok(found)
}

fn take(found: &mut Found, bag: &Bag, password: &str) -> Result<(), Pkcs12Error> {
    let unreadable = |_| Pkcs12Error::Unreadable;
    match bag.kind {
        ids::KEY_BAG => found.keys.push(bag.value.to_der().map_err(unreadable)?),
        ids::SHROUDED_KEY_BAG => {
            let sealed: ShroudedKey = bag.value.decode_as().map_err(unreadable)?;
            let key = decrypt(&sealed.algorithm, password, sealed.text.as_bytes())?;
            found.keys.push(key);
        }
        ids::CERTIFICATE_BAG => {
            let inner: CertificateBag = bag.value.decode_as().map_err(unreadable)?;
            let read = Certificate::from_der(inner.value.as_bytes());
            if inner.kind == ids::X509_CERTIFICATE {
                found.certificates.push(read.map_err(unreadable)?);
            }
        }
        // withdrawn certificates, secrets and the like are not ours
        _ => {}
    }
    Ok(())
}

fn modest(rounds: u32) -> bool {
    (1..=MOST_ROUNDS).contains(&rounds)
}

fn scheme(algorithm: &[u8]) -> Result<EncryptionScheme, Pkcs12Error> {
    let algorithm =
        AlgorithmIdentifierRef::from_der(algorithm).map_err(|_| Pkcs12Error::Unreadable)?;
    let scheme = EncryptionScheme::try_from(algorithm).map_err(|_| Pkcs12Error::Encryption)?;
    let modest = scheme.pbes2().is_some_and(
        |parameters| matches!(&parameters.kdf, Kdf::Pbkdf2(k) if modest(k.iteration_count)),
    );
    modest.then_some(scheme).ok_or(Pkcs12Error::Encryption)
}

fn decrypt(
    algorithm: &AlgorithmIdentifierOwned,
    password: &str,
    text: &[u8],
) -> Result<Vec<u8>, Pkcs12Error> {
    if let Some(scheme) = old::Scheme::of(algorithm) {
        return scheme?.decrypt(password, text);
    }
    let algorithm = algorithm.to_der().map_err(|_| Pkcs12Error::Unreadable)?;
    let plain = scheme(&algorithm)?.decrypt(password, text);
    plain.map_err(|_| Pkcs12Error::Password)
}
