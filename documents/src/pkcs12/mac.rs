//! The MAC over the whole file: a wrong password is told from a file that cannot be read. Its key is made of the password as in
//! the nineties (RFC 7292 appendix B), or by PBKDF2 (PBMAC1, RFC 9879).

use ::der::asn1::{Any, OctetString};
use ::der::{Decode, Encode, Sequence};
use hmac::{Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use pkcs5::pbes2::{Kdf, Pbkdf2Prf};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512, digest::common::BlockSizeUser};
use x509_cert::spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

use super::old::{Purpose, derive};
use super::{Pkcs12Error, modest};
use crate::der::ids;

/// Bytes of a key of PBMAC1; shorter ones are not to be taken (RFC 9879 section 5).
const KEY: std::ops::RangeInclusive<u16> = 20..=64;

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(Sequence)]
struct Pbmac1 {
    derivation: AlgorithmIdentifierOwned,
    mac: AlgorithmIdentifierOwned,
}

/// Checks MacData over the file's content: a wrong password, or a file that was changed.
pub(super) fn check(data: &Any, password: &str, content: &[u8]) -> Result<(), Pkcs12Error> {
    let unreadable = |_| Pkcs12Error::Unreadable;
    let data = data.to_der().map_err(unreadable)?;
    let parts = Vec::<Any>::from_der(&data).map_err(unreadable)?;
    let (mac, salt, rounds) = match parts.as_slice() {
        [mac, salt] => (mac, salt, 1),
        [mac, salt, rounds] => (mac, salt, rounds.decode_as::<u32>().map_err(unreadable)?),
        _ => return Err(Pkcs12Error::Unreadable),
    };
    let mac: DigestInfo = mac.decode_as().map_err(unreadable)?;
    let salt: OctetString = salt.decode_as().map_err(unreadable)?;
    let (algorithm, mac) = (&mac.algorithm, mac.digest.as_bytes());
    let holds = if algorithm.oid == ids::PBMAC1 {
        pbmac1(algorithm, password, content, mac)?
    } else if modest(rounds) {
        old(algorithm, password, salt.as_bytes(), rounds, content, mac)?
    } else {
        return Err(Pkcs12Error::Encryption);
    };
    holds.then_some(()).ok_or(Pkcs12Error::Password)
}

fn old(
    algorithm: &AlgorithmIdentifierOwned,
    password: &str,
    salt: &[u8],
    rounds: u32,
    content: &[u8],
    mac: &[u8],
) -> Result<bool, Pkcs12Error> {
    fn key<D: Digest + BlockSizeUser>(password: &str, salt: &[u8], rounds: u32) -> Vec<u8> {
        let length = <D as Digest>::output_size();
        derive::<D>(password, salt, Purpose::Mac, rounds, length)
    }
    Ok(match algorithm.oid {
        ids::SHA1 => holds::<Hmac<Sha1>>(&key::<Sha1>(password, salt, rounds), content, mac),
        ids::SHA256 => holds::<Hmac<Sha256>>(&key::<Sha256>(password, salt, rounds), content, mac),
        ids::SHA384 => holds::<Hmac<Sha384>>(&key::<Sha384>(password, salt, rounds), content, mac),
        ids::SHA512 => holds::<Hmac<Sha512>>(&key::<Sha512>(password, salt, rounds), content, mac),
        _ => return Err(Pkcs12Error::Encryption),
    })
}

/// Salt and rounds are those of its parameters; what stands beside them in the file means nothing.
fn pbmac1(
    algorithm: &AlgorithmIdentifierOwned,
    password: &str,
    content: &[u8],
    mac: &[u8],
) -> Result<bool, Pkcs12Error> {
    let unreadable = |_| Pkcs12Error::Unreadable;
    let parameters = algorithm.parameters.as_ref();
    let parameters = parameters.ok_or(Pkcs12Error::Unreadable)?;
    let parameters: Pbmac1 = parameters.decode_as().map_err(unreadable)?;
    let derivation = parameters.derivation.to_der().map_err(unreadable)?;
    let derivation = AlgorithmIdentifierRef::from_der(&derivation).map_err(unreadable)?;
    let Ok(Kdf::Pbkdf2(kdf)) = Kdf::try_from(derivation) else {
        return Err(Pkcs12Error::Encryption);
    };
    let length = kdf.key_length.ok_or(Pkcs12Error::Unreadable)?;
    if !modest(kdf.iteration_count) || !KEY.contains(&length) {
        return Err(Pkcs12Error::Encryption);
    }
    let mut key = vec![0; usize::from(length)];
    let (password, salt) = (password.as_bytes(), kdf.salt.as_ref());
    match kdf.prf {
        Pbkdf2Prf::HmacWithSha1 => {
            pbkdf2_hmac::<Sha1>(password, salt, kdf.iteration_count, &mut key)
        }
        Pbkdf2Prf::HmacWithSha256 => {
            pbkdf2_hmac::<Sha256>(password, salt, kdf.iteration_count, &mut key)
        }
        Pbkdf2Prf::HmacWithSha384 => {
            pbkdf2_hmac::<Sha384>(password, salt, kdf.iteration_count, &mut key)
        }
        Pbkdf2Prf::HmacWithSha512 => {
            pbkdf2_hmac::<Sha512>(password, salt, kdf.iteration_count, &mut key)
        }
        _ => return Err(Pkcs12Error::Encryption),
    }
    Ok(match parameters.mac.oid {
        ids::HMAC_SHA256 => holds::<Hmac<Sha256>>(&key, content, mac),
        ids::HMAC_SHA384 => holds::<Hmac<Sha384>>(&key, content, mac),
        ids::HMAC_SHA512 => holds::<Hmac<Sha512>>(&key, content, mac),
        _ => return Err(Pkcs12Error::Encryption),
    })
}

fn holds<M: Mac + KeyInit>(key: &[u8], content: &[u8], mac: &[u8]) -> bool {
    let Ok(mut made) = <M as KeyInit>::new_from_slice(key) else {
        return false;
    };
    made.update(content);
    made.verify_slice(mac).is_ok()
}
