//! Certificates and lists that stamps keep for later judges: grown stamp by stamp, looked at, accepted by other people's tools.

use documents::authority::{KeyPair, to_pem};
use documents::crl;
use documents::stamp::{LONGEST_LIST, Proofs};
use documents::verify::{Known, verify_with};

use crate::support::{
    Attesting, agency, bozhou, file, proved, pyhanko_python, root, roots, stamped, time_root,
    today, tool, verify,
};

const FIVE: [&str; 5] = [
    "unit",
    "county-cyberspace",
    "county-civilisation",
    "city-cyberspace",
    "city-civilisation",
];
/// Where nobody answers: only what is in the file can be looked at.
const NOWHERE: &str = "http://127.0.0.1:9/root.crl";

fn key(slot: &str) -> KeyPair {
    let key = root().issue_with(agency(slot), today(), Some(NOWHERE));
    key.expect("a key")
}

fn list(withdrawn: &[(String, i64)]) -> Vec<u8> {
    crl::issue(root(), withdrawn, today()).expect("a list")
}

pub fn keeping(pdf: &[u8], slot: &str, key: &KeyPair, list: &[u8]) -> Vec<u8> {
    let proofs = Proofs {
        list: Some(list),
        time: None,
    };
    proved(pdf, slot, key, proofs).expect("a stamp")
}

/// Five stamps that keep, with the time attested.
fn five() -> Vec<u8> {
    let authority = Attesting::now();
    FIVE.iter().fold(bozhou().pdf.clone(), |pdf, slot| {
        let list = list(&[]);
        let proofs = Proofs {
            list: Some(&list),
            time: Some(&authority),
        };
        let after = proved(&pdf, slot, &key(slot), proofs).expect("a stamp");
        assert!(after.starts_with(&pdf), "{slot}");
        // the token of an outside authority may take 8 KiB, written in hexadecimal
        let (grown, bare) = (
            after.len() - pdf.len(),
            keeping(&pdf, slot, &key(slot), &list).len() - pdf.len(),
        );
        assert!(bare <= 40_000, "{slot}: {bare} bytes");
        assert!(grown <= bare + 2 * 8192 + 100, "{slot}: {grown} bytes");
        after
    })
}

#[test]
fn what_stamps_keep_is_looked_at_and_stays_small() {
    let report = verify(&five(), &roots());
    assert!(report.valid, "{report:?}");
    let asked: Vec<bool> = report
        .signatures
        .iter()
        .map(|s| s.withdrawal_checked)
        .collect();
    assert_eq!(asked, [true; 5]);
}

/// Some stamps keep, some do not: agencies that bring their own keys along stamp beside those that have the platform's.
#[test]
fn stamps_with_and_without_may_alternate() {
    let mut pdf = keeping(&bozhou().pdf, "unit", &key("unit"), &list(&[]));
    pdf = stamped(&pdf, "county-cyberspace").expect("a stamp");
    pdf = keeping(&pdf, "city-cyberspace", &key("city-cyberspace"), &list(&[]));
    pdf = stamped(&pdf, "city-civilisation").expect("a stamp");
    let report = verify(&pdf, &roots());
    assert!(report.valid, "{report:?}");
    assert_eq!(report.signatures.len(), 4);
}

/// A later stamp's list tells of a certificate that stamped before: without proof of when, it is believed no more.
#[test]
fn a_later_list_in_the_file_withdraws_an_earlier_certificate() {
    let unit = key("unit");
    let first = keeping(&bozhou().pdf, "unit", &unit, &list(&[]));
    assert!(verify(&first, &roots()).valid);
    let gone = [(unit.serial().expect("a serial"), today())];
    let second = keeping(
        &first,
        "county-cyberspace",
        &key("county-cyberspace"),
        &list(&gone),
    );
    let report = verify(&second, &roots());
    assert!(!report.valid && !report.signatures[0].trusted, "{report:?}");
    assert!(report.signatures[0].withdrawn_at.is_some());
    assert!(report.signatures[1].valid, "{report:?}");
}

#[test]
fn a_kept_list_must_be_of_the_own_authority_and_of_its_time() {
    let other = KeyPair::root("推选平台测试根证书", today()).expect("a root");
    let foreign = crl::issue(&other, &[], today()).expect("a list");
    let old = crl::issue(root(), &[], today() - 7 * 24 * 3_600_000).expect("a list");
    for (what, list) in [
        ("foreign", foreign),
        ("old", old),
        ("none", b"0\x00".to_vec()),
    ] {
        let pdf = keeping(&bozhou().pdf, "unit", &key("unit"), &list);
        let both = [roots(), vec![other.certificate.clone()]].concat();
        let report = verify(&pdf, &both);
        assert!(
            !report.valid && !report.signatures[0].trusted,
            "{what}: {report:?}"
        );
        assert_eq!(report.signatures[0].remarks.len(), 1, "{what}");
    }
}

#[test]
fn a_list_that_would_make_the_form_heavy_is_left_out() {
    let many: Vec<(String, i64)> = (0..1000).map(|n| (format!("40{n:030}"), today())).collect();
    let long = list(&many);
    assert!(long.len() > LONGEST_LIST);
    let pdf = keeping(&bozhou().pdf, "unit", &key("unit"), &long);
    assert!(!pdf.windows(4).any(|w| w == b"/DSS"));
    assert!(verify(&pdf, &roots()).valid);
}

/// Every bit of what is kept is covered by its own stamp.
#[test]
fn no_bit_of_what_is_kept_can_be_changed() {
    let pdf = keeping(&bozhou().pdf, "unit", &key("unit"), &list(&[]));
    let at = |mark: &[u8]| {
        pdf.windows(mark.len())
            .rposition(|w| w == mark)
            .expect("a mark")
    };
    let catalog = pdf
        .windows(5)
        .position(|w| w == b"/DSS ")
        .expect("a catalog");
    let (from, to) = (at(b"<</Type/DSS"), at(b"\nxref\n"));
    for at in (catalog - 100..catalog + 50).chain((from..to).step_by(5)) {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        assert!(!verify(&changed, &roots()).valid, "byte {at}");
    }
}

/// The certificates name an address for lists where nobody answers, so an independent judge that asks for revocation, and may
/// not go out, finds it in the file or fails.
#[test]
fn pyhanko_finds_the_lists_in_the_file_and_pdfsig_stays_content() {
    let pdf = file("five-kept.pdf", &five());
    let path = pdf.to_str().expect("a path");
    if let Some(told) = tool("pdfsig", &[path]) {
        assert_eq!(told.matches("Signature is Valid").count(), 5, "{told}");
    }
    if let Some(told) = tool("qpdf", &["--check", path]) {
        assert!(
            told.contains("No syntax or stream encoding errors found"),
            "{told}"
        );
    }
    let pem = |name: &str, key: &KeyPair| {
        let pem = to_pem(&key.certificate).expect("pem");
        file(name, pem.as_bytes())
            .to_str()
            .expect("a path")
            .to_owned()
    };
    let (ours, time) = (
        pem("kept-root.pem", root()),
        pem("kept-time.pem", time_root()),
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proof/judge_with_dss.py");
    let Some(told) = pyhanko_python(&[script, path, &ours, &time]) else {
        return;
    };
    assert_eq!(told.matches(" True INTACT:TRUSTED").count(), 5, "{told}");
}

#[test]
fn a_list_from_outside_goes_with_those_in_the_file() {
    let unit = key("unit");
    let pdf = keeping(&bozhou().pdf, "unit", &unit, &list(&[]));
    let gone = [(unit.serial().expect("a serial"), today() + 1000)];
    let known = Known {
        roots: roots(),
        lists: vec![crl::issue(root(), &gone, today() + 2000).expect("a list")],
        now_ms: today() + 3000,
        ..Known::default()
    };
    assert!(verify(&pdf, &roots()).valid);
    assert!(!verify_with(&pdf, &known).valid);
}
