//! The authority's list of withdrawn certificates, as OpenSSL reads it, and what it makes of stamps.

use documents::algorithm::Algorithm;
use documents::authority::{KeyPair, to_pem};
use documents::crl;
use documents::stamp::{Proofs, sha256_hex};
use documents::verify::{Known, Record, Withdrawn, verify_with};

use crate::support::{agency, bozhou, file, proved, root, roots, today, tool, verify};

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
    known.records = Some(vec![record(&pdf, &key, (today() - HOUR, today() + HOUR))]);
    let report = verify_with(&pdf, &known);
    let signature = &report.signatures[0];
    assert!(
        !report.valid && signature.intact && !signature.trusted,
        "{report:?}"
    );
    assert!(signature.withdrawal_checked && signature.remarks[0].contains("签章不早于吊销"));
}

fn record(pdf: &[u8], key: &KeyPair, between: (i64, i64)) -> Record {
    Record {
        slot: "unit".into(),
        certificate: key.certificate.clone(),
        between,
        sha256: sha256_hex(pdf),
    }
}

#[test]
fn a_stamp_before_the_withdrawal_is_valid_when_that_is_on_record() {
    let (pdf, key, known) = stamped_then_withdrawn(today() + HOUR);
    let alone = verify_with(&pdf, &known);
    assert!(!alone.valid, "its own word is not enough: {alone:?}");
    let with = |records| {
        let known = Known {
            records: Some(records),
            ..known.clone()
        };
        verify_with(&pdf, &known)
    };
    let minute = (today() - 60_000, today() + 60_000);
    let on_record = with(vec![record(&pdf, &key, minute)]);
    assert!(on_record.valid, "{on_record:?}");
    let told = &on_record.signatures[0];
    assert!(
        told.withdrawn_at.is_some() && told.remarks[0].contains("仍然有效"),
        "{told:?}"
    );
    assert!(
        !with(vec![record(
            &pdf,
            &key,
            (today() - 2 * HOUR, today() - HOUR)
        )])
        .valid
    );
}

/// A box is for the office that stamped it here, and for what it looked at then: whoever else has a key under a known root has none for it.
#[test]
fn what_is_not_on_record_is_not_valid() {
    let key = root().issue(agency("unit"), today()).expect("a key");
    let pdf = proved(&bozhou().pdf, "unit", &key, Proofs::default()).expect("a stamp");
    let minute = (today() - 60_000, today() + 60_000);
    let judged = |records| {
        let known = Known {
            roots: roots(),
            now_ms: today(),
            records,
            ..Known::default()
        };
        verify_with(&pdf, &known)
    };
    let told = |records| {
        let report = judged(records);
        let signature = &report.signatures[0];
        assert!(signature.intact && signature.trusted, "{report:?}");
        assert_eq!(report.valid, signature.reviewed != Some(false));
        (signature.reviewed, signature.remarks.clone())
    };
    assert_eq!(told(None), (None, vec![]));
    let own = record(&pdf, &key, minute);
    assert_eq!(told(Some(vec![own.clone()])), (Some(true), vec![]));
    let not = |remark: &str| (Some(false), vec![remark.to_owned()]);
    let elsewhere = Record {
        slot: "city-cyberspace".into(),
        ..own.clone()
    };
    let of_nobody = not("平台没有此盖章处的盖章记录");
    assert_eq!(told(Some(vec![elsewhere])), of_nobody);
    assert_eq!(told(Some(vec![])), of_nobody);
    let other = root().issue(agency("unit"), today()).expect("a key");
    let of_another = not("签章所用的证书不是平台记录的证书");
    assert_eq!(told(Some(vec![record(&pdf, &other, minute)])), of_another);
    let over_other = not("签章所盖的内容不是平台记录的内容");
    assert_eq!(told(Some(vec![record(b"other", &key, minute)])), over_other);
}

/// Keys that others certified are on no list that we have, but on the platform's register.
#[test]
fn a_certificate_that_the_register_has_out_of_use_is_judged_like_one_on_a_list() {
    let key = root().issue(agency("unit"), today()).expect("a key");
    let pdf = proved(&bozhou().pdf, "unit", &key, Proofs::default()).expect("a stamp");
    let record = record(&pdf, &key, (today() - 60_000, today() + 60_000));
    let judged = |since_ms, suspended, records| {
        let known = Known {
            roots: roots(),
            now_ms: today() + 2 * HOUR,
            register: vec![Withdrawn {
                certificate: key.certificate.clone(),
                since_ms,
                suspended,
            }],
            records,
            ..Known::default()
        };
        let report = verify_with(&pdf, &known);
        let told = report.signatures[0].clone();
        assert!(!told.withdrawal_checked && told.withdrawn_at.is_some());
        (report.valid, told.remarks.concat())
    };
    for (suspended, word) in [(false, "吊销"), (true, "停用")] {
        let (valid, told) = judged(today() - HOUR, suspended, Some(vec![record.clone()]));
        assert!(
            !valid && told.ends_with(&format!("{word}，签章不早于{word}")),
            "{told}"
        );
        let (valid, told) = judged(today() + HOUR, suspended, None);
        assert!(
            !valid && told.ends_with(&format!("证明签章早于{word}")),
            "{told}"
        );
        let (valid, told) = judged(today() + HOUR, suspended, Some(vec![record.clone()]));
        assert!(valid && told.ends_with("仍然有效"), "{told}");
    }
}

const YEAR: i64 = 366 * 24 * HOUR;

/// Whoever finds the key of old can write any date into a stamp; so can whoever has a new one.
#[test]
fn the_signers_own_word_on_the_time_is_believed_while_the_certificate_holds_and_not_ahead_of_it() {
    let key = root().issue(agency("unit"), today()).expect("a key");
    let pdf = proved(&bozhou().pdf, "unit", &key, Proofs::default()).expect("a stamp");
    let record = record(&pdf, &key, (today() - 60_000, today() + 60_000));
    let judged = |now_ms, records| {
        let known = Known {
            roots: roots(),
            now_ms,
            records,
            ..Known::default()
        };
        let report = verify_with(&pdf, &known);
        (report.valid, report.signatures[0].remarks.concat())
    };
    for now in [today() - 5 * 60_000, today(), today() + 2 * YEAR] {
        assert_eq!(judged(now, None), (true, String::new()));
    }
    let (valid, told) = judged(today() + 4 * YEAR, None);
    assert!(!valid && told.contains("证书已过有效期"), "{told}");
    let on_record = judged(today() + 4 * YEAR, Some(vec![record.clone()]));
    assert_eq!(on_record, (true, String::new()));
    for records in [None, Some(vec![record])] {
        let (valid, told) = judged(today() - HOUR, records);
        assert!(!valid && told == "签章时间晚于现在", "{told}");
    }
}

#[test]
fn each_signature_says_what_it_covers() {
    let key = |slot| root().issue(agency(slot), today()).expect("a key");
    let none = Proofs::default;
    let first = proved(&bozhou().pdf, "unit", &key("unit"), none()).expect("a stamp");
    let city = key("city-cyberspace");
    let second = proved(&first, "city-cyberspace", &city, none()).expect("a stamp");
    let report = verify(&second, &roots());
    let covers = |n: usize| {
        let s = &report.signatures[n];
        (s.covers.bytes, s.covers.sha256.clone(), s.covers_whole_file)
    };
    assert_eq!(covers(0), (first.len(), sha256_hex(&first), false));
    assert_eq!(covers(1), (second.len(), sha256_hex(&second), true));
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
