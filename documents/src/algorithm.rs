//! What keys sign with: ECDSA on P-256 or RSA with SHA-256 (RFC 5754, RFC 5758), or SM2 with SM3 (GM/T 0003,
//! GM/T 0006 for the identifiers). Nothing else is signed with; what authorities of others may have signed with is in
//! [`authorities`].

pub(crate) mod authorities;

use ::der::asn1::ObjectIdentifier as Oid;
use p256::ecdsa;
use sha2::{Digest, Sha256};
use sm3::Sm3;
use x509_cert::Certificate;

use crate::der::{ids, integer, oid, sequence};

/// Who signs under SM2 when nobody says otherwise (GM/T 0009 §10): part of what is hashed.
pub(crate) const SM2_SIGNER: &str = "1234567812345678";
/// RSA moduli of 2048 bits and more, up to what is still quick to check; in bytes.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// An algorithm of signatures with its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    P256,
    Rsa,
    Sm2,
}

/// Algorithms that may stand side by side in one file: some readers fail on a mixture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Suite {
    #[default]
    International,
    /// SM2 and SM3 alone.
    Sm2,
}

impl Suite {
    /// The algorithms that belong to it.
    #[must_use]
    pub fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Suite::International => &[Algorithm::P256, Algorithm::Rsa],
            Suite::Sm2 => &[Algorithm::Sm2],
        }
    }

    /// What the embedded authority makes for it.
    #[must_use]
    pub fn embedded(self) -> Algorithm {
        match self {
            Suite::International => Algorithm::P256,
            Suite::Sm2 => Algorithm::Sm2,
        }
    }
}

impl Algorithm {
    /// The word used in reports and stored with keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::P256 => "p256",
            Algorithm::Rsa => "rsa",
            Algorithm::Sm2 => "sm2",
        }
    }

    /// The suite that it belongs to.
    #[must_use]
    pub fn suite(self) -> Suite {
        match self {
            Algorithm::Sm2 => Suite::Sm2,
            Algorithm::P256 | Algorithm::Rsa => Suite::International,
        }
    }

    /// By the key in a certificate; `None` for any other kind of key.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Option<Algorithm> {
        let info = certificate.tbs_certificate().subject_public_key_info();
        let parameters = info.algorithm.parameters.as_ref();
        let curve = || parameters.and_then(|p| p.decode_as::<Oid>().ok());
        match info.algorithm.oid {
            ids::EC_KEY if curve() == Some(ids::P256) => Some(Algorithm::P256),
            ids::EC_KEY if curve() == Some(ids::SM2) => Some(Algorithm::Sm2),
            ids::RSA_KEY => Some(Algorithm::Rsa),
            _ => None,
        }
    }

    /// The digest that goes with it.
    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self.suite() {
            Suite::International => Sha256::digest(bytes).to_vec(),
            Suite::Sm2 => Sm3::digest(bytes).to_vec(),
        }
    }

    /// AlgorithmIdentifier of the digest.
    pub(crate) fn digest_id(self) -> Vec<u8> {
        match self.suite() {
            Suite::International => sequence(&[&oid(ids::SHA256), &[0x05, 0x00]]),
            Suite::Sm2 => sequence(&[&oid(ids::SM3)]),
        }
    }

    pub(crate) fn signature_oid(self) -> Oid {
        match self {
            Algorithm::P256 => ids::ECDSA_SHA256,
            Algorithm::Rsa => ids::RSA_SHA256,
            Algorithm::Sm2 => ids::SM2_SM3,
        }
    }

    /// AlgorithmIdentifier of the signature.
    pub(crate) fn signature_id(self) -> Vec<u8> {
        match self {
            Algorithm::Rsa => sequence(&[&oid(self.signature_oid()), &[0x05, 0x00]]),
            Algorithm::P256 | Algorithm::Sm2 => sequence(&[&oid(self.signature_oid())]),
        }
    }

    /// The one way in which we write and accept a signature: DER is strict, and of the two values of ECDSA that fit a
    /// message only the one with the lower half is taken. `None` when it is no signature of this kind.
    pub(crate) fn canonical(self, signature: &[u8]) -> Option<Vec<u8>> {
        match self {
            Algorithm::P256 => {
                let signature = ecdsa::Signature::from_der(signature).ok()?;
                Some(signature.normalize_s().to_der().as_bytes().to_vec())
            }
            Algorithm::Rsa => RSA_BYTES
                .contains(&signature.len())
                .then(|| signature.to_vec()),
            Algorithm::Sm2 => Some(sm2_to_der(&sm2_from_der(signature)?)),
        }
    }

    /// Does the key in the certificate stand behind the message?
    pub(crate) fn verifies(
        self,
        certificate: &Certificate,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        authorities::signed_by(certificate, self.signature_oid(), message, signature)
    }
}

/// r and s as DER (GM/T 0009 §7.3); the crate knows them end to end only.
pub(crate) fn sm2_to_der(signature: &sm2::dsa::Signature) -> Vec<u8> {
    let bytes = signature.to_bytes();
    let (r, s) = bytes.split_at(bytes.len() / 2);
    sequence(&[&integer(r), &integer(s)])
}

fn sm2_from_der(signature: &[u8]) -> Option<sm2::dsa::Signature> {
    use ::der::Decode;
    use ::der::asn1::UintRef;
    let parts = Vec::<UintRef<'_>>::from_der(signature).ok()?;
    let [r, s] = parts.as_slice() else {
        return None;
    };
    let mut bytes = [0; 64];
    for (half, part) in bytes.chunks_mut(32).zip([r, s]) {
        let part = part.as_bytes();
        let start = half.len().checked_sub(part.len())?;
        half[start..].copy_from_slice(part);
    }
    sm2::dsa::Signature::from_slice(&bytes).ok()
}

/// SubjectPublicKeyInfo of an elliptic curve's point.
pub(crate) fn ec_key_info(curve: Oid, point: &[u8]) -> Vec<u8> {
    sequence(&[
        &sequence(&[&oid(ids::EC_KEY), &oid(curve)]),
        &crate::der::bits(point),
    ])
}
