//! 时间戳: an authority of others attests when a signature was there (RFC 3161).

pub mod responder;
pub(crate) mod token;

use ::der::asn1::Any;
use ::der::{Decode, Encode, Tag, Tagged};

use crate::algorithm::Suite;
use crate::algorithm::authorities::Hash;
use crate::der::{ids, integer, octets, oid, sequence};
use token::Token;

/// Bytes kept for a token of an authority that was not asked yet, besides what a signature leaves of its own room: with two
/// certificates above its own it takes about 2,500 with keys on curves and 7,000 with RSA of 4096 bits.
pub const ROOM: usize = 3 * 1024;
/// The authority's clock and the platform's may differ by so much, milliseconds.
const MOST_APART: u64 = 10 * 60 * 1000;

/// Whoever attests the time. What it answers is checked before it is used.
pub trait TimeAuthority: Send + Sync {
    /// The answer (TimeStampResp, DER) to a request (TimeStampReq, DER).
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError>;
    /// Roots (DER) under which its tokens are believed.
    fn roots(&self) -> &[Vec<u8>];
    /// The algorithms it knows: a signature is shown to it by its SHA-256, or by its SM3.
    fn suite(&self) -> Suite {
        Suite::International
    }
    /// Bytes to keep for its next token. Whoever remembers a longer answer says so: a stamp without room for its token is set
    /// once more with the new room, for which the sealer is asked again.
    fn room(&self) -> usize {
        ROOM
    }
}

/// Why there is no token. The file is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    #[error("the time stamp took too long")]
    Slow,
    #[error("time-stamp authority is away: {0}")]
    Down(String),
    #[error("time-stamp authority answered wrongly: {0}")]
    Wrong(String),
    #[error("time-stamp authority refused, status {0}")]
    Refused(u8),
    #[error("the time stamp answers another question")]
    OtherNonce,
    #[error("the time stamp is of another signature")]
    OtherImprint,
    #[error("the time stamp's time is off")]
    OtherTime,
    #[error("the time stamp is of an authority that is not trusted, or does not verify")]
    Untrusted,
}

/// A token over a signature's value, asked for now and checked fully.
pub(crate) fn obtain(
    authority: &dyn TimeAuthority,
    signature: &[u8],
    at_ms: i64,
) -> Result<Token, TimestampError> {
    let mut nonce = [0; 16];
    let fault = |e: getrandom::Error| TimestampError::Wrong(e.to_string());
    getrandom::fill(&mut nonce).map_err(fault)?;
    nonce[0] = nonce[0] & 0x7f | 0x40;
    let answer = authority.ask(&request(authority.suite(), signature, &nonce))?;
    let unreadable = || TimestampError::Wrong("no token that can be read".into());
    let token = Token::read(&granted(&answer)?).ok_or_else(unreadable)?;
    if token.nonce.as_deref() != Some(&nonce[..]) {
        return Err(TimestampError::OtherNonce);
    }
    if !token.is_over(signature) {
        return Err(TimestampError::OtherImprint);
    }
    if !token.is_sound() || !token.is_trusted(authority.roots()) {
        return Err(TimestampError::Untrusted);
    }
    if token.at_ms.abs_diff(at_ms) > MOST_APART {
        return Err(TimestampError::OtherTime);
    }
    Ok(token)
}

/// TimeStampReq: version, imprint, nonce, and that the authority's certificates are wanted.
fn request(suite: Suite, signature: &[u8], nonce: &[u8]) -> Vec<u8> {
    sequence(&[
        &integer(&[1]),
        &imprint(suite, signature),
        &integer(nonce),
        &[0x01, 0x01, 0xff],
    ])
}

/// MessageImprint.
fn imprint(suite: Suite, signature: &[u8]) -> Vec<u8> {
    match suite {
        // authorities of old insist on the parameters
        Suite::International => sequence(&[
            &sequence(&[&oid(ids::SHA256), &[0x05, 0x00]]),
            &octets(&Hash::Sha256.digest(signature)),
        ]),
        Suite::Sm2 => sequence(&[&Hash::Sm3.id(), &octets(&Hash::Sm3.digest(signature))]),
    }
}

/// The token of an answer; 0 is granted, 1 is granted with changes, which the checks would find.
fn granted(answer: &[u8]) -> Result<Vec<u8>, TimestampError> {
    let unreadable = |_| TimestampError::Wrong("no answer that can be read".into());
    let parts = Vec::<Any>::from_der(answer).map_err(unreadable)?;
    let status = parts.first().map(Encode::to_der).transpose();
    let status = status.map_err(unreadable)?.unwrap_or_default();
    let status = Vec::<Any>::from_der(&status).map_err(unreadable)?;
    match status.first().filter(|s| s.tag() == Tag::Integer) {
        Some(status) if matches!(status.value(), [0 | 1]) => {}
        Some(status) => {
            let last = status.value().last().copied();
            return Err(TimestampError::Refused(last.unwrap_or(u8::MAX)));
        }
        None => return Err(TimestampError::Wrong("no status".into())),
    }
    let token = parts.get(1).map(Encode::to_der).transpose();
    let missing = || TimestampError::Wrong("no token".into());
    token.map_err(unreadable)?.ok_or_else(missing)
}
