//! Private keys in this process.

use ::der::Decode;
use p256::ecdsa;
use sha2::Sha256;
use signature::{SignatureEncoding, Signer};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::algorithm::{Algorithm, SM2_SIGNER, ec_key_info, sm2_to_der};
use crate::authority::KeyError;
use crate::der::ids;

/// A private key of one of the algorithms.
#[derive(Clone)]
pub(crate) enum Key {
    P256(ecdsa::SigningKey),
    Sm2(sm2::dsa::SigningKey),
    Rsa(Box<rsa::pkcs1v15::SigningKey<Sha256>>),
}

fn fault(error: impl std::fmt::Display) -> KeyError {
    KeyError(error.to_string())
}

impl Key {
    /// A new key on a curve. RSA keys are brought along, never made here.
    pub(crate) fn new(algorithm: Algorithm) -> Result<Key, KeyError> {
        // A random number outside the curve's order is as good as impossible; try again all the same.
        for _ in 0..4 {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(fault)?;
            if let Ok(key) = Key::on_curve(algorithm, &bytes) {
                return Ok(key);
            }
        }
        Err(KeyError("no key could be made".into()))
    }

    /// From what [`Key::secret`] gave: 32 bytes on a curve, PKCS#8 for RSA.
    pub(crate) fn from_secret(algorithm: Algorithm, secret: &[u8]) -> Result<Key, KeyError> {
        if algorithm != Algorithm::Rsa {
            return Key::on_curve(algorithm, secret);
        }
        let info = rsa::pkcs8::PrivateKeyInfoRef::from_der(secret).map_err(fault)?;
        let key = rsa::pkcs1v15::SigningKey::try_from(info).map_err(fault)?;
        Ok(Key::Rsa(Box::new(key)))
    }

    /// From a PKCS#8 PrivateKeyInfo.
    pub(crate) fn from_pkcs8(algorithm: Algorithm, info: &[u8]) -> Result<Key, KeyError> {
        use rsa::pkcs8::DecodePrivateKey;
        match algorithm {
            Algorithm::Rsa => Key::from_secret(algorithm, info),
            Algorithm::P256 => {
                let key = p256::SecretKey::from_pkcs8_der(info).map_err(fault)?;
                Key::on_curve(algorithm, &key.to_bytes())
            }
            Algorithm::Sm2 => {
                let key = sm2::SecretKey::from_pkcs8_der(info).map_err(fault)?;
                Key::on_curve(algorithm, &key.to_bytes())
            }
        }
    }

    fn on_curve(algorithm: Algorithm, secret: &[u8]) -> Result<Key, KeyError> {
        match algorithm {
            Algorithm::P256 => ecdsa::SigningKey::from_slice(secret)
                .map(Key::P256)
                .map_err(fault),
            Algorithm::Sm2 => sm2::dsa::SigningKey::from_slice(SM2_SIGNER, secret)
                .map(Key::Sm2)
                .map_err(fault),
            Algorithm::Rsa => Err(KeyError("an RSA key is not on a curve".into())),
        }
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Key::P256(_) => Algorithm::P256,
            Key::Sm2(_) => Algorithm::Sm2,
            Key::Rsa(_) => Algorithm::Rsa,
        }
    }

    /// To be sealed by whoever keeps it.
    pub(crate) fn secret(&self) -> Result<Vec<u8>, KeyError> {
        use rsa::pkcs8::EncodePrivateKey;
        match self {
            Key::P256(key) => Ok(key.to_bytes().to_vec()),
            Key::Sm2(key) => Ok(key.to_bytes().to_vec()),
            Key::Rsa(key) => {
                let document = key.to_pkcs8_der().map_err(fault)?;
                Ok(document.as_bytes().to_vec())
            }
        }
    }

    /// A signature as CMS and X.509 carry it.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Key::P256(key) => {
                let signature: ecdsa::Signature = key.try_sign(message).map_err(fault)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Key::Sm2(key) => {
                let signature = key.try_sign(message).map_err(fault)?;
                Ok(sm2_to_der(&signature))
            }
            Key::Rsa(key) => Ok(key.try_sign(message).map_err(fault)?.to_vec()),
        }
    }

    /// What a certificate's SubjectPublicKeyInfo holds of the key itself.
    pub(crate) fn public_bits(&self) -> Result<Vec<u8>, KeyError> {
        let info = self.public()?;
        let info = SubjectPublicKeyInfoRef::from_der(&info).map_err(fault)?;
        Ok(info.subject_public_key.raw_bytes().to_vec())
    }

    /// SubjectPublicKeyInfo.
    pub(crate) fn public(&self) -> Result<Vec<u8>, KeyError> {
        use rsa::pkcs8::EncodePublicKey;
        use signature::Keypair;
        match self {
            Key::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                Ok(ec_key_info(ids::P256, point.as_bytes()))
            }
            Key::Sm2(key) => Ok(ec_key_info(ids::SM2, &key.verifying_key().to_sec1_bytes())),
            Key::Rsa(key) => {
                let document = key.verifying_key().to_public_key_der().map_err(fault)?;
                Ok(document.as_bytes().to_vec())
            }
        }
    }
}
