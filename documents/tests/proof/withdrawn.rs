//! The authority's list of withdrawn certificates, as OpenSSL reads it, and what it makes of stamps.

use documents::algorithm::Algorithm;
use documents::authority::{KeyPair, to_pem};
use documents::crl;
use documents::stamp::Proofs;
use documents::verify::{Known, Record, verify_with};

use crate::support::{agency, bozhou, file, proved, root, roots, today, tool};

fn path(name: &str, bytes: &[u8]) -> String {
    file(name, bytes).to_str().expect("a path").to_owned()
}

#[test]
fn openssl_finds_the_withdrawn_certificate_and_no_other() {
    let root = KeyPair::root("推选平台测试根证书", today()).expect("a root");
    let address = Some("https://tx.example.cn/crl/root.crl");
    let issue = || root.issue_with("某办", today(), address).expect("a key");
    let (kept, gone) = (issue(), issue());
    let withdrawn = [(gone.serial().expect("a serial"), today())];
    let list = crl::issue(&root, &withdrawn, today()).expect("a list");
    let authority = path(
        "crl-root.pem",
        to_pem(&root.certificate).expect("pem").as_bytes(),
    );
    let der = path("crl.der", &list);
    let args = ["crl", "-inform", "DER", "-in", &der, "-CAfile", &authority];
    let Some(told) = tool("openssl", &args) else {
        return;
    };
    assert!(told.contains("verify OK"), "{told}");
    let pem = &told[told.find("-----BEGIN").expect("a list")..];
    let list = path("crl.pem", pem.as_bytes());
    let judged = |name: &str, key: &KeyPair| {
        let office = to_pem(&key.certificate).expect("pem");
        let office = path(name, office.as_bytes());
        let args = [
            "verify",
            "-crl_check",
            "-CAfile",
            &authority,
            "-CRLfile",
            &list,
            &office,
        ];
        tool("openssl", &args).expect("an answer")
    };
    let (kept_told, gone_told) = (judged("crl-kept.pem", &kept), judged("crl-gone.pem", &gone));
    assert!(kept_told.contains(": OK"), "{kept_told}");
    assert!(gone_told.contains("certificate revoked"), "{gone_told}");
    let shown = path(
        "crl-shown.pem",
        to_pem(&kept.certificate).expect("pem").as_bytes(),
    );
    let text = tool("openssl", &["x509", "-in", &shown, "-noout", "-text"]).expect("text");
    assert!(
        text.contains("URI:https://tx.example.cn/crl/root.crl"),
        "{text}"
    );
}

#[test]
fn a_list_on_sm2_may_be_empty() {
    let root = KeyPair::root_with(Algorithm::Sm2, "推选平台国密根证书", today()).expect("a root");
    let list = crl::issue(&root, &[], today()).expect("a list");
    let der = path("crl-sm2.der", &list);
    let args = ["crl", "-inform", "DER", "-in", &der, "-noout", "-text"];
    let Some(told) = tool("openssl", &args) else {
        return;
    };
    assert!(told.contains("No Revoked Certificates"), "{told}");
}

const HOUR: i64 = 3_600_000;

/// A stamp of the unit's, its key, and what is known when this certificate was withdrawn at an instant.
fn stamped_then_withdrawn(at_ms: i64) -> (Vec<u8>, KeyPair, Known) {
    let key = root().issue(agency("unit"), today()).expect("a key");
    let pdf = proved(&bozhou().pdf, "unit", &key, Proofs::default()).expect("a stamp");
    let lines = [(key.serial().expect("a serial"), at_ms)];
    let known = Known {
        roots: roots(),
        lists: vec![crl::issue(root(), &lines, today() + 2 * HOUR).expect("a list")],
        now_ms: today() + 2 * HOUR,
        ..Known::default()
    };
    (pdf, key, known)
}

#[test]
fn a_stamp_at_or_after_the_withdrawal_is_not_trusted() {
    let (pdf, key, mut known) = stamped_then_withdrawn(today() - 60_000);
    // the platform's own record does not help: it says when, and that was too late
    known.records = vec![record(&key, (today() - HOUR, today() + HOUR))];
    let report = verify_with(&pdf, &known);
    let signature = &report.signatures[0];
    assert!(
        !report.valid && signature.intact && !signature.trusted,
        "{report:?}"
    );
    assert!(signature.withdrawal_checked && signature.remarks[0].contains("签章不早于吊销"));
}

fn record(key: &KeyPair, between: (i64, i64)) -> Record {
    Record {
        slot: "unit".into(),
        serial: key.serial().expect("a serial"),
        between,
    }
}

#[test]
fn a_stamp_before_the_withdrawal_is_valid_when_that_is_on_record() {
    let (pdf, key, known) = stamped_then_withdrawn(today() + HOUR);
    let alone = verify_with(&pdf, &known);
    assert!(!alone.valid, "its own word is not enough: {alone:?}");
    let with = |records| {
        let known = Known {
            records,
            ..known.clone()
        };
        verify_with(&pdf, &known)
    };
    let on_record = with(vec![record(&key, (today() - 60_000, today() + 60_000))]);
    assert!(on_record.valid, "{on_record:?}");
    let told = &on_record.signatures[0];
    assert!(
        told.withdrawn_at.is_some() && told.remarks[0].contains("仍然有效"),
        "{told:?}"
    );
    let elsewhere = Record {
        slot: "city-cyberspace".into(),
        ..record(&key, (today() - 60_000, today() + 60_000))
    };
    assert!(!with(vec![elsewhere]).valid);
    assert!(!with(vec![record(&key, (today() - 2 * HOUR, today() - HOUR))]).valid);
    let other = root().issue(agency("unit"), today()).expect("a key");
    assert!(!with(vec![record(&other, (today() - 60_000, today() + 60_000))]).valid);
}

#[test]
fn a_list_that_cannot_be_used_makes_no_file_valid() {
    let (pdf, _, known) = stamped_then_withdrawn(today() + HOUR);
    let stranger = KeyPair::root("推选平台测试根证书", today()).expect("a root");
    let made = |root: &KeyPair, at| crl::issue(root, &[], at).expect("a list");
    let mut forged = made(root(), today());
    let last = forged.len() - 1;
    forged[last] ^= 1;
    for (what, list) in [
        ("of another authority", made(&stranger, today())),
        ("forged", forged),
        ("expired", made(root(), today() - 2 * crl::HOLDS)),
        ("of tomorrow", made(root(), today() + crl::HOLDS)),
        ("no list", b"0\x00".to_vec()),
    ] {
        let known = Known {
            lists: vec![list],
            now_ms: today(),
            ..known.clone()
        };
        let report = verify_with(&pdf, &known);
        assert!(
            !report.valid && report.problems.len() == 1,
            "{what}: {report:?}"
        );
        assert!(
            report.signatures[0].valid,
            "{what}: the signature itself is judged without it"
        );
    }
    let sound = Known {
        lists: vec![made(root(), today())],
        now_ms: today(),
        ..known
    };
    assert!(verify_with(&pdf, &sound).valid);
}
