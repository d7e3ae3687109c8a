//! Whether a certificate may stand behind a stamp: issued by a root we know, for signing, in time (RFC 5280).

use ::der::{Decode, Encode};
use p256::ecdsa::{Signature, VerifyingKey};
use signature::Verifier;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use crate::der::ids;

/// Does `key`'s owner stand behind `message`? P-256 with SHA-256 and nothing else.
pub(crate) fn signed_by(certificate: &Certificate, message: &[u8], signature: &[u8]) -> bool {
    let info = certificate.tbs_certificate().subject_public_key_info();
    if info.algorithm.oid != ids::EC_KEY {
        return false;
    }
    let key = VerifyingKey::from_sec1_bytes(info.subject_public_key.raw_bytes());
    match (key, Signature::from_der(signature)) {
        (Ok(key), Ok(signature)) => key.verify(message, &signature).is_ok(),
        _ => false,
    }
}

/// Is it an office's certificate of one of the roots (DER), and did it hold at `at_ms`?
///
/// The time is the one that the signature claims; nobody attests it yet (no RFC 3161 token), and
/// withdrawn certificates are the caller's to know (no CRL).
pub(crate) fn trusted(certificate: &Certificate, roots: &[Vec<u8>], at_ms: i64) -> bool {
    may_sign(certificate)
        && holds_at(certificate, at_ms)
        && roots.iter().any(|root| issued_by(certificate, root, at_ms))
}

fn issued_by(certificate: &Certificate, root: &[u8], at_ms: i64) -> bool {
    let Ok(root) = Certificate::from_der(root) else {
        return false;
    };
    let body = certificate.tbs_certificate();
    let named = body.issuer() == root.tbs_certificate().subject()
        && certificate.signature_algorithm().oid == ids::ECDSA_SHA256
        && body.signature().oid == ids::ECDSA_SHA256;
    let Ok(signed) = body.to_der() else {
        return false;
    };
    named
        && is_authority(&root)
        && holds_at(&root, at_ms)
        && signed_by(&root, &signed, certificate.signature().raw_bytes())
}

fn is_authority(certificate: &Certificate) -> bool {
    let constraints = certificate
        .tbs_certificate()
        .get_extension::<BasicConstraints>();
    matches!(
        constraints,
        Ok(Some((_, BasicConstraints { ca: true, .. })))
    )
}

/// Offices sign and certify nobody.
fn may_sign(certificate: &Certificate) -> bool {
    let usage = certificate.tbs_certificate().get_extension::<KeyUsage>();
    matches!(usage, Ok(Some((_, usage))) if usage.digital_signature()) && !is_authority(certificate)
}

/// Is the instant within the certificate's validity?
pub(crate) fn holds_at(certificate: &Certificate, at_ms: i64) -> bool {
    let validity = certificate.tbs_certificate().validity();
    let millis = |time: &x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX)
    };
    // certificates count whole seconds
    (millis(&validity.not_before)..=millis(&validity.not_after).saturating_add(999))
        .contains(&at_ms)
}

/// The name (CN) of a certificate's holder; empty when it has none.
pub(crate) fn common_name(certificate: &Certificate) -> String {
    let subject = certificate.tbs_certificate().subject();
    let mut parts = subject.iter_rdn().flat_map(|rdn| rdn.iter());
    let name = parts.find(|part| part.oid == ids::COMMON_NAME);
    name.map(|part| String::from_utf8_lossy(part.value.value()).into_owned())
        .unwrap_or_default()
}
