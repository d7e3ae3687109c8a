//! The list of withdrawn certificates of the embedded authority (CRL, RFC 5280 §5).

use ::der::Encode;

use crate::authority::{self, KeyError, KeyPair, time};
use crate::der::{bits, ids, integer, octets, oid, sequence, tlv};

/// How long a list holds, milliseconds: whoever kept one asks again after a day.
pub const HOLDS: i64 = 24 * 3600 * 1000;

/// A list as of `now_ms`: serial numbers (hexadecimal) of certificates of this authority with the instants of their
/// withdrawal. Later lists have higher numbers.
pub fn issue(
    root: &KeyPair,
    withdrawn: &[(String, i64)],
    now_ms: i64,
) -> Result<Vec<u8>, KeyError> {
    let own = authority::parse(&root.certificate)?;
    let mut lines = Vec::new();
    for (serial, at_ms) in withdrawn {
        let serial = hex::decode(serial).map_err(|e| KeyError(e.to_string()))?;
        lines.extend(sequence(&[&integer(&serial), &time(*at_ms)?]));
    }
    // an empty list is left out altogether
    let lines = if lines.is_empty() {
        lines
    } else {
        tlv(0x30, &lines)
    };
    let number = u64::try_from(now_ms / 1000).unwrap_or_default();
    let number = integer(&number.to_be_bytes());
    let identifier = sequence(&[&tlv(0x80, &root.key_id()?)]);
    let extensions = sequence(&[
        &sequence(&[&oid(ids::AUTHORITY_KEY), &octets(&identifier)]),
        &sequence(&[&oid(ids::CRL_NUMBER), &octets(&number)]),
    ]);
    let algorithm = root.algorithm().signature_id();
    let subject = own.tbs_certificate().subject().to_der();
    let subject = subject.map_err(|e| KeyError(e.to_string()))?;
    let to_sign = sequence(&[
        &integer(&[1]),
        &algorithm,
        &subject,
        &time(now_ms)?,
        &time(now_ms + HOLDS)?,
        &lines,
        &tlv(0xa0, &extensions),
    ]);
    let signature = bits(&root.sign(&to_sign)?);
    Ok(sequence(&[&to_sign, &algorithm, &signature]))
}
