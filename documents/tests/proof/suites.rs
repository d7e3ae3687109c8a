//! SM2 beside the international algorithms: signed, verified, tampered with; what OpenSSL says.

use ::cms::content_info::ContentInfo;
use ::cms::signed_data::SignedData;
use ::der::{Decode, Encode};
use documents::algorithm::Algorithm;
use documents::authority::{KeyPair, to_pem};
use documents::stamp::{Sealer, SealerError, StampError, sha256_hex, stamp};

use crate::support::{agency, bozhou, container, file, stamped, stamping, today, tool, verify};

const SIGNER: &str = "distid:1234567812345678";

fn sm2_root() -> KeyPair {
    KeyPair::root_with(Algorithm::Sm2, "推选平台国密根证书", today()).expect("a root")
}

/// Stamps with a key of this root.
fn stamped_by(root: &KeyPair, pdf: &[u8], slot: &str) -> Result<Vec<u8>, StampError> {
    let key = root.issue(agency(slot), today()).expect("a key");
    stamp(pdf, &stamping(slot, &sha256_hex(pdf)), &key)
}

#[test]
fn three_sm2_stamps_are_valid() {
    let root = sm2_root();
    let roots = vec![root.certificate.clone()];
    let mut pdf = bozhou().pdf.clone();
    for slot in ["unit", "county-cyberspace", "city-cyberspace"] {
        pdf = stamped_by(&root, &pdf, slot).expect("a stamp");
    }
    let report = verify(&pdf, &roots);
    assert!(report.valid, "{report:?}");
    let told: Vec<&str> = report
        .signatures
        .iter()
        .map(|s| s.algorithm.as_str())
        .collect();
    assert_eq!(told, ["sm2"; 3]);
    let stranger = verify(&pdf, &[sm2_root().certificate]);
    assert!(stranger.signatures.iter().all(|s| s.intact && !s.trusted));
}

#[test]
fn no_bit_of_an_sm2_stamp_can_be_changed() {
    let root = sm2_root();
    let roots = vec![root.certificate.clone()];
    let pdf = stamped_by(&root, &bozhou().pdf, "unit").expect("a stamp");
    let (from, der) = container(&pdf);
    let whole = (0..pdf.len()).step_by(1999);
    let signature = (from..from + 2 * der.len()).step_by(7);
    for at in whole.chain(signature) {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        assert!(!verify(&changed, &roots).valid, "byte {at}");
    }
}

#[test]
fn a_form_is_of_one_suite() {
    let root = sm2_root();
    let international = stamped(&bozhou().pdf, "unit").expect("a stamp");
    let mixed = stamped_by(&root, &international, "county-cyberspace");
    assert!(matches!(mixed, Err(StampError::OtherSuite)), "{mixed:?}");
    let sm2 = stamped_by(&root, &bozhou().pdf, "unit").expect("a stamp");
    let mixed = stamped(&sm2, "county-cyberspace");
    assert!(matches!(mixed, Err(StampError::OtherSuite)), "{mixed:?}");
}

#[test]
fn openssl_agrees_on_sm2() {
    let root = sm2_root();
    let pdf = stamped_by(&root, &bozhou().pdf, "unit").expect("a stamp");
    let info = ContentInfo::from_der(&container(&pdf).1).expect("a container");
    let data: SignedData = info.content.decode_as().expect("signed data");
    let signer = data.signer_infos.0.get(0).expect("a signer");
    let attributes = signer.signed_attrs.to_der().expect("attributes");
    let certificates = data.certificates.as_ref().expect("certificates");
    let certificate = certificates.0.get(0).expect("one").to_der().expect("DER");
    let signed = (attributes.as_slice(), signer.signature.as_bytes());
    openssl_verifies("sm2", signed, &certificate, &root.certificate);
}

/// OpenSSL takes the certificate (DER) for one under the root, and a signature for its key's over this message; `None` where it
/// is not installed. Its `cms` and `ts` have no way to be told SM2's signer id, so parts are shown to it one by one.
pub fn openssl_verifies(
    name: &str,
    (message, signature): (&[u8], &[u8]),
    certificate: &[u8],
    root: &[u8],
) -> Option<()> {
    let path = |part: &str, bytes: &[u8]| {
        let path = file(&format!("{name}-{part}"), bytes);
        path.to_str().expect("a path").to_owned()
    };
    let pem = |part: &str, der: &[u8]| path(part, to_pem(der).expect("pem").as_bytes());
    let (own, above) = (pem("own.pem", certificate), pem("root.pem", root));
    let chain = ["verify", "-vfyopt", SIGNER, "-CAfile", &above, &own];
    let told = tool("openssl", &chain)?;
    assert!(told.contains(": OK"), "{told}");
    let key = tool("openssl", &["x509", "-in", &own, "-noout", "-pubkey"])?;
    let key = path("public.pem", key.as_bytes());
    let (message, signature) = (path("message", message), path("signature", signature));
    let told = tool(
        "openssl",
        &[
            "pkeyutl", "-verify", "-pubin", "-inkey", &key, "-rawin", "-digest", "sm3", "-pkeyopt",
            SIGNER, "-in", &message, "-sigfile", &signature,
        ],
    )?;
    assert!(told.contains("Signature Verified Successfully"), "{told}");
    Some(())
}

/// A sealer that signs with another key than its certificate's.
struct Impostor {
    shown: KeyPair,
    used: KeyPair,
}

impl Sealer for Impostor {
    fn certificate(&self) -> &[u8] {
        &self.shown.certificate
    }

    fn sign(&self, attributes: &[u8]) -> Result<Vec<u8>, SealerError> {
        Ok(self.used.sign(attributes)?)
    }
}

#[test]
fn a_signature_that_does_not_verify_sets_no_stamp() {
    for algorithm in [Algorithm::P256, Algorithm::Sm2] {
        let root = KeyPair::root_with(algorithm, "根", today()).expect("a root");
        let issue = || root.issue(agency("unit"), today()).expect("a key");
        let impostor = Impostor {
            shown: issue(),
            used: issue(),
        };
        let pdf = &bozhou().pdf;
        let refused = stamp(pdf, &stamping("unit", &sha256_hex(pdf)), &impostor);
        assert!(
            matches!(&refused, Err(StampError::Sealer(SealerError::Wrong(_)))),
            "{refused:?}"
        );
    }
}
