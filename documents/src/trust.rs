//! Whether a certificate may stand behind a stamp: issued by a root we know, for signing, in time (RFC 5280).

use ::der::asn1::ObjectIdentifier as Oid;
use ::der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use crate::algorithm::authorities::signed_by;
use crate::der::ids;

/// More authorities between an office and its root are nobody's.
const LONGEST_CHAIN: usize = 4;

/// The root (one of `roots`, DER) of an office's certificate over the given chain, when all held at `at_ms`.
///
/// What was withdrawn is asked of [`crate::withdrawal`].
pub(crate) fn anchor(
    certificate: &Certificate,
    chain: &[Certificate],
    roots: &[Vec<u8>],
    at_ms: i64,
) -> Option<Certificate> {
    may_sign(certificate)
        .then(|| root_above(certificate, chain, roots, at_ms))
        .flatten()
}

/// The same for the certificate of an authority that stamps the time (RFC 3161 §2.3).
pub(crate) fn anchor_of_time(
    certificate: &Certificate,
    chain: &[Certificate],
    roots: &[Vec<u8>],
    at_ms: i64,
) -> Option<Certificate> {
    may_stamp_time(certificate)
        .then(|| root_above(certificate, chain, roots, at_ms))
        .flatten()
}

fn root_above(
    certificate: &Certificate,
    chain: &[Certificate],
    roots: &[Vec<u8>],
    at_ms: i64,
) -> Option<Certificate> {
    let roots: Vec<Certificate> = roots
        .iter()
        .filter_map(|root| Certificate::from_der(root).ok())
        .collect();
    let mut below = certificate;
    if !holds_at(certificate, at_ms) {
        return None;
    }
    for depth in 0..=chain.len() {
        let is_issuer = |authority: &&Certificate| issued_by(below, authority, depth, at_ms);
        if let Some(root) = roots.iter().find(is_issuer) {
            return Some(root.clone());
        }
        below = chain.get(depth).filter(is_issuer)?;
    }
    None
}

/// Did each certificate of the path issue the one below it, whoever stands above?
pub(crate) fn is_unbroken(certificate: &Certificate, chain: &[Certificate], at_ms: i64) -> bool {
    let below = std::iter::once(certificate).chain(chain);
    let mut pairs = below.zip(chain).enumerate();
    pairs.all(|(depth, (below, above))| issued_by(below, above, depth, at_ms))
}

/// Did this authority, with `depth` others below it, issue the certificate?
fn issued_by(certificate: &Certificate, authority: &Certificate, depth: usize, at_ms: i64) -> bool {
    let body = certificate.tbs_certificate();
    let scheme = certificate.signature_algorithm().oid;
    let named =
        body.issuer() == authority.tbs_certificate().subject() && scheme == body.signature().oid;
    let Ok(signed) = body.to_der() else {
        return false;
    };
    named
        && may_certify(authority, depth)
        && holds_at(authority, at_ms)
        && signed_by(
            authority,
            scheme,
            &signed,
            certificate.signature().raw_bytes(),
        )
}

/// The certificates as a path up from the first; `None` unless each has its place. A root that names itself has none.
pub(crate) fn in_order(first: &Certificate, rest: Vec<Certificate>) -> Option<Vec<Certificate>> {
    let count = rest.len();
    let path = path(first, rest);
    (path.len() == count).then_some(path)
}

/// As much of a path up from the first as the certificates make, without a root that names itself.
pub(crate) fn path(first: &Certificate, mut rest: Vec<Certificate>) -> Vec<Certificate> {
    let mut path: Vec<Certificate> = Vec::new();
    while path.len() < LONGEST_CHAIN {
        let below = path.last().unwrap_or(first).tbs_certificate();
        let above = rest.iter().position(|c| {
            let body = c.tbs_certificate();
            body.subject() == below.issuer() && body.subject() != body.issuer()
        });
        let Some(above) = above else { break };
        path.push(rest.swap_remove(above));
    }
    path
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

fn may_certify(certificate: &Certificate, depth: usize) -> bool {
    let body = certificate.tbs_certificate();
    let longest = match body.get_extension::<BasicConstraints>() {
        Ok(Some((_, constraints))) => constraints.path_len_constraint,
        _ => None,
    };
    let certifies = match body.get_extension::<KeyUsage>() {
        Ok(None) => true,
        Ok(Some((_, usage))) => usage.key_cert_sign(),
        Err(_) => false,
    };
    is_authority(certificate)
        && certifies
        && is_understood(certificate)
        && longest.is_none_or(|n| depth <= usize::from(n))
}

/// Is every extension that must be understood one that we look at (RFC 5280 §4.2)?
fn is_understood(certificate: &Certificate) -> bool {
    const KNOWN: [Oid; 3] = [ids::BASIC_CONSTRAINTS, ids::KEY_USAGE, ids::EXTENDED_USAGE];
    let extensions = certificate.tbs_certificate().extensions();
    let mut extensions = extensions.into_iter().flatten();
    extensions.all(|e| !e.critical || KNOWN.contains(&e.extn_id))
}

/// Purposes under which documents are signed; a certificate of other purposes alone, say of a web server, is none of an office.
fn is_for_documents(certificate: &Certificate) -> bool {
    const PURPOSES: [Oid; 5] = [
        ids::DOCUMENT_SIGNING,
        ids::EMAIL_PROTECTION,
        ids::CLIENT_AUTHENTICATION,
        ids::ANY_USAGE,
        ids::ADOBE_DOCUMENTS,
    ];
    match certificate
        .tbs_certificate()
        .get_extension::<ExtendedKeyUsage>()
    {
        Ok(None) => true,
        Ok(Some((_, uses))) => uses.0.iter().any(|purpose| PURPOSES.contains(purpose)),
        Err(_) => false,
    }
}

/// Offices sign and certify nobody.
fn may_sign(certificate: &Certificate) -> bool {
    let usage = certificate.tbs_certificate().get_extension::<KeyUsage>();
    matches!(usage, Ok(Some((_, usage))) if usage.digital_signature())
        && !is_authority(certificate)
        && is_understood(certificate)
        && is_for_documents(certificate)
}

/// Such a certificate is for time stamps and nothing else, and says so in an extension that must be understood.
pub(crate) fn may_stamp_time(certificate: &Certificate) -> bool {
    let body = certificate.tbs_certificate();
    let usage = match body.get_extension::<KeyUsage>() {
        Ok(None) => true,
        Ok(Some((_, usage))) => usage.digital_signature() || usage.non_repudiation(),
        Err(_) => false,
    };
    let uses = body.get_extension::<ExtendedKeyUsage>();
    let for_time =
        matches!(uses, Ok(Some((true, uses))) if uses.0.as_slice() == [ids::TIME_STAMPING]);
    usage && for_time && !is_authority(certificate) && is_understood(certificate)
}

/// May this authority list what it withdrew?
pub(crate) fn may_list(certificate: &Certificate) -> bool {
    let usage = certificate.tbs_certificate().get_extension::<KeyUsage>();
    is_authority(certificate)
        && match usage {
            Ok(None) => true,
            Ok(Some((_, usage))) => usage.crl_sign(),
            Err(_) => false,
        }
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

/// Is the certificate this agency's, by its name (CN) or its organisation (O)?
pub(crate) fn is_of(certificate: &Certificate, agency: &str) -> bool {
    let subject = certificate.tbs_certificate().subject();
    let mut parts = subject.iter_rdn().flat_map(|rdn| rdn.iter());
    parts.any(|part| {
        [ids::COMMON_NAME, ids::ORGANISATION].contains(&part.oid)
            && part.value.value() == agency.as_bytes()
    })
}

/// The name (CN) of a certificate's holder; empty when it has none.
pub(crate) fn common_name(certificate: &Certificate) -> String {
    let subject = certificate.tbs_certificate().subject();
    let mut parts = subject.iter_rdn().flat_map(|rdn| rdn.iter());
    let name = parts.find(|part| part.oid == ids::COMMON_NAME);
    name.map(|part| String::from_utf8_lossy(part.value.value()).into_owned())
        .unwrap_or_default()
}
