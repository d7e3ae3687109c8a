//! PKCS#12 as of the nineties (RFC 7292 appendices B and C): keys from passwords, and the weak ciphers in which old exports of
//! offices still come.
//!
//! The weakness is the file's: whoever has it may guess its password. A key that was taken in is sealed anew.

use ::der::Sequence;
use ::der::asn1::OctetString;
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use sha1::Sha1;
use sha2::{Digest, digest::common::BlockSizeUser};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::{Pkcs12Error, modest};
use crate::der::ids;

/// What a derived key is for (RFC 7292 §B.3).
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// What keys are made of besides the password.
#[derive(Sequence)]
struct Parameters {
    salt: OctetString,
    rounds: u32,
}

/// A cipher of the nineties.
#[derive(Clone, Copy)]
enum Cipher {
    TripleDes,
    TwoKeyTripleDes,
    Rc2 { bytes: usize },
}

/// A cipher with what its key is made of.
pub(super) struct Scheme {
    cipher: Cipher,
    parameters: Parameters,
}

impl Scheme {
    /// `None` for an algorithm that is none of these.
    pub(super) fn of(algorithm: &AlgorithmIdentifierOwned) -> Option<Result<Scheme, Pkcs12Error>> {
        let cipher = match algorithm.oid {
            ids::SHA1_TRIPLE_DES => Cipher::TripleDes,
            ids::SHA1_TWO_KEY_TRIPLE_DES => Cipher::TwoKeyTripleDes,
            ids::SHA1_RC2_128 => Cipher::Rc2 { bytes: 16 },
            ids::SHA1_RC2_40 => Cipher::Rc2 { bytes: 5 },
            _ => return None,
        };
        let parameters = algorithm.parameters.as_ref();
        let parameters = parameters.and_then(|p| p.decode_as::<Parameters>().ok());
        Some(match parameters {
            None => Err(Pkcs12Error::Unreadable),
            Some(p) if !modest(p.rounds) => Err(Pkcs12Error::Encryption),
            Some(parameters) => Ok(Scheme { cipher, parameters }),
        })
    }

    pub(super) fn decrypt(&self, password: &str, text: &[u8]) -> Result<Vec<u8>, Pkcs12Error> {
        let made = |purpose, length| {
            let Parameters { salt, rounds } = &self.parameters;
            derive::<Sha1>(password, salt.as_bytes(), purpose, *rounds, length)
        };
        let iv = made(Purpose::Iv, 8);
        match self.cipher {
            Cipher::TripleDes => plain::<des::TdesEde3>(&made(Purpose::Key, 24), &iv, text),
            Cipher::TwoKeyTripleDes => plain::<des::TdesEde2>(&made(Purpose::Key, 16), &iv, text),
            Cipher::Rc2 { bytes } => plain_rc2(&made(Purpose::Key, bytes), &iv, text),
        }
    }
}

fn plain<C>(key: &[u8], iv: &[u8], text: &[u8]) -> Result<Vec<u8>, Pkcs12Error>
where
    C: cbc::cipher::BlockCipherDecrypt + cbc::cipher::KeyInit,
{
    let decryptor = Decryptor::<C>::new_from_slices(key, iv);
    let decryptor = decryptor.map_err(|_| Pkcs12Error::Unreadable)?;
    let plain = decryptor.decrypt_padded_vec::<Pkcs7>(text);
    plain.map_err(|_| Pkcs12Error::Password)
}

/// RC2 knows the strength of a key apart from its length; here both are the same.
fn plain_rc2(key: &[u8], iv: &[u8], text: &[u8]) -> Result<Vec<u8>, Pkcs12Error> {
    use cbc::cipher::InnerIvInit;
    let cipher = rc2::Rc2::new_with_eff_key_len(key, key.len() * 8);
    let decryptor = Decryptor::inner_iv_slice_init(cipher, iv);
    let decryptor = decryptor.map_err(|_| Pkcs12Error::Unreadable)?;
    let plain = decryptor.decrypt_padded_vec::<Pkcs7>(text);
    plain.map_err(|_| Pkcs12Error::Password)
}

/// A key of `length` bytes (RFC 7292 §B.2). The password is UTF-16 with a zero behind it.
pub(super) fn derive<D: Digest + BlockSizeUser>(
    password: &str,
    salt: &[u8],
    purpose: Purpose,
    rounds: u32,
    length: usize,
) -> Vec<u8> {
    let block = D::block_size();
    let units = password.encode_utf16().chain([0]);
    let password: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
    let filled = |bytes: &[u8]| -> Vec<u8> {
        let whole = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(whole).collect()
    };
    let diversifier = vec![purpose as u8; block];
    let mut input = [filled(salt), filled(&password)].concat();
    let mut key = Vec::new();
    loop {
        let mut digest = D::new()
            .chain_update(&diversifier)
            .chain_update(&input)
            .finalize();
        for _ in 1..rounds {
            digest = D::digest(&digest);
        }
        key.extend_from_slice(&digest);
        if key.len() >= length {
            key.truncate(length);
            return key;
        }
        let addend = filled(&digest);
        for part in input.chunks_mut(block) {
            add(part, &addend[..block]);
        }
    }
}

/// `to` plus `addend` plus one, as big-endian numbers of one length, without what overflows.
fn add(to: &mut [u8], addend: &[u8]) {
    let mut carry = 1;
    for (byte, more) in to.iter_mut().zip(addend).rev() {
        let sum = u16::from(*byte) + u16::from(*more) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
}

#[cfg(test)]
mod tests {
    use sha2::Sha256;

    use super::*;

    /// Made with the functions of OpenSSL 3.0 (`PKCS12KDF`, passwords in UTF-16).
    #[test]
    fn keys_are_derived_as_openssl_does() {
        let hexed = |key: Vec<u8>| hex::encode(key);
        let salt = hex::decode("0102030405060708").expect("hexadecimal");
        assert_eq!(
            hexed(derive::<Sha1>("smeg", &salt, Purpose::Key, 1, 24)),
            "b0e8ac2bfcdf1130f29602e179eef70378e7179ff3d00ea4"
        );
        assert_eq!(
            hexed(derive::<Sha256>("秘密 1", &salt, Purpose::Mac, 2048, 32)),
            "4eb2c11f8291c88e30606a773c7a0cab4e913bbcc35fe4252b3c49fc78432860"
        );
    }
}
