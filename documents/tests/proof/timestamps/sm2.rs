//! Time stamps on SM2 with SM3, for forms that are signed with them.

use ::cms::content_info::ContentInfo;
use ::cms::signed_data::SignedData;
use ::der::{Decode, Encode};
use documents::algorithm::{Algorithm, Suite};
use documents::authority::KeyPair;
use documents::stamp::{Stamping, sha256_hex, stamp_proved};
use documents::timestamp::TimeAuthority;
use documents::verify::{Known, verify_with};

use super::{attested, token};
use crate::suites::openssl_verifies;
use crate::support::{Attesting, agency, bozhou, container, file, stamping, today, tool};

fn root(name: &str) -> KeyPair {
    KeyPair::root_with(Algorithm::Sm2, name, today()).expect("a root")
}

fn authority(root: &KeyPair) -> Attesting {
    Attesting {
        key: root
            .issue_for_time("国密时间戳服务", today())
            .expect("a key"),
        roots: vec![root.certificate.clone()],
        suite: Suite::Sm2,
        ..Attesting::now()
    }
}

fn stamped(by: &KeyPair, time: &dyn TimeAuthority) -> Vec<u8> {
    let sha256 = sha256_hex(&bozhou().pdf);
    let stamping: Stamping<'_> = stamping("unit", &sha256);
    let key = by.issue(agency("unit"), today()).expect("a key");
    let art = documents::seal::SealFace::of(agency("unit")).draw();
    let pdf = stamp_proved(&bozhou().pdf, &stamping, &art, &key, attested(time));
    pdf.expect("a stamp")
}

#[test]
fn an_sm2_stamp_has_an_sm2_time_stamp_of_which_no_bit_can_be_changed() {
    let (offices, times) = (root("国密根"), root("国密时间戳根"));
    let pdf = stamped(&offices, &authority(&times));
    let known = Known {
        roots: vec![offices.certificate.clone()],
        timestamp_roots: vec![times.certificate.clone()],
        now_ms: today(),
        ..Known::default()
    };
    let report = verify_with(&pdf, &known);
    assert!(report.valid, "{report:?}");
    let told = report.signatures[0].timestamp.as_ref();
    let told = told.map(|t| (t.authority.as_str(), t.trusted));
    assert_eq!(told, Some(("国密时间戳服务", true)));
    let stranger = Known {
        timestamp_roots: vec![root("国密时间戳根").certificate],
        ..known.clone()
    };
    let report = verify_with(&pdf, &stranger);
    let told = report.signatures[0].timestamp.as_ref().map(|t| t.trusted);
    assert_eq!(told, Some(false));
    let (from, der) = container(&pdf);
    for at in (from..from + 2 * der.len()).step_by(5) {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        assert!(!verify_with(&changed, &known).valid, "byte {at}");
    }
}

#[test]
fn openssl_agrees_on_the_token_of_sm2() {
    let times = root("国密时间戳根");
    let (stamp, token) = token(&stamped(&root("国密根"), &authority(&times)));
    let info = ContentInfo::from_der(&token).expect("a container");
    let data: SignedData = info.content.decode_as().expect("signed data");
    let signer = data.signer_infos.0.get(0).expect("a signer");
    let certificates = data.certificates.as_ref().expect("certificates");
    let certificate = certificates.0.get(0).expect("one").to_der().expect("DER");
    let attributes = signer.signed_attrs.to_der().expect("attributes");
    let signed = (attributes.as_slice(), signer.signature.as_bytes());
    if openssl_verifies("sm2-time", signed, &certificate, &times.certificate).is_none() {
        return;
    }
    // the imprint is the SM3 of the stamp's own signature
    let stamp = file("sm2-time-imprinted", &stamp);
    let args = ["dgst", "-sm3", "-r", stamp.to_str().expect("a path")];
    let digest = tool("openssl", &args).expect("a digest");
    let digest = hex::decode(digest.split(' ').next().expect("digits")).expect("digits");
    assert!(token.windows(digest.len()).any(|part| part == digest));
}
