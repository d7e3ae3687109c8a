//! The other side of RFC 3161: what an authority answers. For trials and tests; a platform asks an authority of others.

use ::der::asn1::{Any, ObjectIdentifier as Oid};
use ::der::{Decode, Encode, Tag, Tagged};

use super::token::Token;
use crate::algorithm::Suite;
use crate::algorithm::authorities::Hash;
use crate::authority::{KeyError, KeyPair, parse};
use crate::civil;
use crate::der::{ids, integer, octets, oid, sequence, set_of, tlv};
use crate::signed_data::attribute;

/// The policy that tokens name: of the enterprise number for examples (RFC 5612), for they are no more.
const POLICY: Oid = Oid::new_unwrap("1.3.6.1.4.1.32473.1");

/// The answer (TimeStampResp) to a request (TimeStampReq), both DER, by a key for time stamps.
pub fn answer(request: &[u8], key: &KeyPair, at_ms: i64) -> Result<Vec<u8>, KeyError> {
    let unreadable = |e: ::der::Error| KeyError(e.to_string());
    let asked = Vec::<Any>::from_der(request).map_err(unreadable)?;
    let missing = || KeyError("no imprint".into());
    let imprint = asked.get(1).ok_or_else(missing)?.to_der();
    let nonce = asked.iter().skip(2).find(|p| p.tag() == Tag::Integer);
    let nonce = nonce.map(Encode::to_der).transpose().map_err(unreadable)?;
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(|e| KeyError(e.to_string()))?;
    let time = civil::generalized(at_ms).ok_or_else(|| KeyError("instant out of range".into()))?;
    let content = sequence(&[
        &integer(&[1]),
        &oid(POLICY),
        &imprint.map_err(unreadable)?,
        &integer(&serial),
        &tlv(0x18, time.as_bytes()),
        &nonce.unwrap_or_default(),
    ]);
    Ok(sequence(&[
        &sequence(&[&integer(&[0])]),
        &token(key, &content)?,
    ]))
}

/// The answer of an authority that does not grant: a status (2 is rejected) and nothing else.
#[must_use]
pub fn refusal(status: u8) -> Vec<u8> {
    sequence(&[&sequence(&[&integer(&[status])])])
}

fn token(key: &KeyPair, content: &[u8]) -> Result<Vec<u8>, KeyError> {
    let certificate = parse(&key.certificate)?;
    // SHA-256 is the default, and DER forbids writing defaults
    let (hash, told) = match key.algorithm().suite() {
        Suite::International => (Hash::Sha256, Vec::new()),
        Suite::Sm2 => (Hash::Sm3, Hash::Sm3.id()),
    };
    let named = sequence(&[&told, &octets(&hash.digest(&key.certificate))]);
    let attributes = set_of(vec![
        attribute(ids::CONTENT_TYPE, &oid(ids::TST_INFO)),
        attribute(ids::MESSAGE_DIGEST, &octets(&hash.digest(content))),
        attribute(
            ids::SIGNING_CERTIFICATE_V2,
            &sequence(&[&sequence(&[&named])]),
        ),
    ]);
    let chain: Result<Vec<_>, _> = key.chain.iter().map(|c| parse(c)).collect();
    let token = Token::made(
        hash,
        content.to_vec(),
        key.sign(&attributes)?,
        attributes,
        certificate,
        chain?,
    );
    let encoded = token.and_then(|token| token.encoded());
    encoded.ok_or_else(|| KeyError("token cannot be written".into()))
}
