//! What authorities of others sign their certificates, lists and time stamps with: ECDSA on P-256 or P-384 or RSA, with SHA-256,
//! SHA-384 or SHA-512 (RFC 5754, RFC 5758), and SM2 with SM3. Nothing else is believed. Our own signatures are among them.

use ::der::asn1::ObjectIdentifier as Oid;
use sha2::{Digest, Sha256, Sha384, Sha512};
use signature::Verifier;
use signature::hazmat::PrehashVerifier;
use sm3::Sm3;
use x509_cert::Certificate;

use super::{Algorithm, RSA_BYTES, SM2_SIGNER, sm2_from_der};
use crate::der::{ids, oid, sequence};

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    P256,
    P384,
    Rsa,
    Sm2,
}

impl KeyKind {
    /// Of the key in a certificate; `None` for any other kind.
    pub(crate) fn of(certificate: &Certificate) -> Option<KeyKind> {
        let info = certificate.tbs_certificate().subject_public_key_info();
        let parameters = info.algorithm.parameters.as_ref();
        let curve = || parameters.and_then(|p| p.decode_as::<Oid>().ok());
        match (Algorithm::of(certificate), info.algorithm.oid) {
            (Some(Algorithm::P256), _) => Some(KeyKind::P256),
            (Some(Algorithm::Rsa), _) => Some(KeyKind::Rsa),
            (Some(Algorithm::Sm2), _) => Some(KeyKind::Sm2),
            (None, ids::EC_KEY) if curve() == Some(ids::P384) => Some(KeyKind::P384),
            (None, _) => None,
        }
    }

    /// As [`Algorithm::canonical`].
    pub(crate) fn canonical(self, signature: &[u8]) -> Option<Vec<u8>> {
        match self {
            KeyKind::P256 => Algorithm::P256.canonical(signature),
            KeyKind::Rsa => Algorithm::Rsa.canonical(signature),
            KeyKind::Sm2 => Algorithm::Sm2.canonical(signature),
            KeyKind::P384 => {
                let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
                Some(signature.normalize_s().to_der().as_bytes().to_vec())
            }
        }
    }
}

/// A digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
    Sm3,
}

impl Hash {
    const ALL: [Hash; 4] = [Hash::Sha256, Hash::Sha384, Hash::Sha512, Hash::Sm3];

    pub(crate) fn of(id: Oid) -> Option<Hash> {
        Hash::ALL.into_iter().find(|hash| hash.oid() == id)
    }

    pub(crate) fn oid(self) -> Oid {
        match self {
            Hash::Sha256 => ids::SHA256,
            Hash::Sha384 => ids::SHA384,
            Hash::Sha512 => ids::SHA512,
            Hash::Sm3 => ids::SM3,
        }
    }

    /// AlgorithmIdentifier, without parameters as RFC 5754 §2 asks for.
    pub(crate) fn id(self) -> Vec<u8> {
        sequence(&[&oid(self.oid())])
    }

    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
            Hash::Sha512 => Sha512::digest(bytes).to_vec(),
            Hash::Sm3 => Sm3::digest(bytes).to_vec(),
        }
    }

    /// The algorithm of signatures over it by such a key; `None` where the two do not belong together.
    pub(crate) fn scheme(self, key: KeyKind) -> Option<Oid> {
        match (key, self) {
            (KeyKind::P256 | KeyKind::P384, Hash::Sha256) => Some(ids::ECDSA_SHA256),
            (KeyKind::P256 | KeyKind::P384, Hash::Sha384) => Some(ids::ECDSA_SHA384),
            (KeyKind::P256 | KeyKind::P384, Hash::Sha512) => Some(ids::ECDSA_SHA512),
            (KeyKind::Rsa, Hash::Sha256) => Some(ids::RSA_SHA256),
            (KeyKind::Rsa, Hash::Sha384) => Some(ids::RSA_SHA384),
            (KeyKind::Rsa, Hash::Sha512) => Some(ids::RSA_SHA512),
            (KeyKind::Sm2, Hash::Sm3) => Some(ids::SM2_SM3),
            (KeyKind::Sm2, _) | (_, Hash::Sm3) => None,
        }
    }
}

/// Does the holder of `certificate` stand behind `message` by this algorithm (`scheme`), one that we believe?
pub(crate) fn signed_by(
    certificate: &Certificate,
    scheme: Oid,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Some(key) = KeyKind::of(certificate) else {
        return false;
    };
    let fits = |hash: &Hash| hash.scheme(key) == Some(scheme);
    let Some(hash) = Hash::ALL.into_iter().find(fits) else {
        return false;
    };
    let info = certificate.tbs_certificate().subject_public_key_info();
    let bits = info.subject_public_key.raw_bytes();
    let checked = match (key, hash) {
        (KeyKind::P256, hash) => verify_p256(bits, &hash.digest(message), signature),
        (KeyKind::P384, hash) => verify_p384(bits, &hash.digest(message), signature),
        (KeyKind::Rsa, Hash::Sha256) => verify_rsa::<Sha256>(bits, message, signature),
        (KeyKind::Rsa, Hash::Sha384) => verify_rsa::<Sha384>(bits, message, signature),
        (KeyKind::Rsa, Hash::Sha512) => verify_rsa::<Sha512>(bits, message, signature),
        (KeyKind::Sm2, Hash::Sm3) => verify_sm2(bits, message, signature),
        (KeyKind::Rsa | KeyKind::Sm2, _) => None,
    };
    checked.is_some()
}

fn verify_p256(point: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

fn verify_p384(point: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

fn verify_sm2(point: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_SIGNER, point).ok()?;
    key.verify(message, &sm2_from_der(signature)?).ok()
}

fn verify_rsa<D>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()>
where
    D: Digest + rsa::pkcs8::AssociatedOid,
{
    use rsa::pkcs1::DecodeRsaPublicKey;
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    use rsa::traits::PublicKeyParts;
    let key = rsa::PublicKey::from_pkcs1_der(key).ok()?;
    if !RSA_BYTES.contains(&key.size()) || signature.len() != key.size() {
        return None;
    }
    let signature = Signature::try_from(signature).ok()?;
    VerifyingKey::<D>::new(key).verify(message, &signature).ok()
}
