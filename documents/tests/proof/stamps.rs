//! Five agencies stamp one form, in two orders; what is refused; what other people's tools say.

use documents::authority::{KeyPair, to_pem};
use documents::stamp::{StampError, Stamping, sha256_hex, stamp};

use crate::support::{agency, bozhou, file, root, roots, stamped, stamping, today, tool, verify};

const ORDERS: [[&str; 5]; 2] = [
    [
        "unit",
        "county-cyberspace",
        "county-civilisation",
        "city-cyberspace",
        "city-civilisation",
    ],
    [
        "city-civilisation",
        "county-civilisation",
        "unit",
        "city-cyberspace",
        "county-cyberspace",
    ],
];

fn all_five(order: &[&str]) -> Vec<u8> {
    order.iter().fold(bozhou().pdf.clone(), |pdf, slot| {
        stamped(&pdf, slot).expect("a stamp")
    })
}

#[test]
fn every_stamp_leaves_what_was_before() {
    for order in ORDERS {
        let mut pdf = bozhou().pdf.clone();
        for (n, slot) in order.iter().enumerate() {
            let after = stamped(&pdf, slot).expect("a stamp");
            assert!(after.starts_with(&pdf), "{slot}");
            let report = verify(&after, &roots());
            assert!(report.valid, "{slot}: {report:?}");
            let told: Vec<(&str, &str)> = report
                .signatures
                .iter()
                .map(|s| (s.slot.as_str(), s.agency.as_str()))
                .collect();
            let wanted: Vec<(&str, &str)> = order[..=n].iter().map(|s| (*s, agency(s))).collect();
            assert_eq!(told, wanted);
            pdf = after;
        }
    }
}

#[test]
fn pdfsig_agrees() {
    let store = store_with_root();
    for (n, order) in ORDERS.iter().enumerate() {
        let path = file(&format!("five-{n}-pdfsig.pdf"), &all_five(order));
        let path = path.to_str().expect("a path");
        let args = store
            .as_ref()
            .map_or(vec![path], |store| vec!["-nssdir", store, path]);
        let Some(told) = tool("pdfsig", &args) else {
            return;
        };
        assert_eq!(told.matches("Signature is Valid").count(), 5, "{told}");
        assert_eq!(told.matches("Total document signed").count(), 1, "{told}");
        if store.is_some() {
            assert_eq!(told.matches("Certificate is Trusted").count(), 5, "{told}");
        }
    }
}

/// A certificate store of NSS that trusts our root.
fn store_with_root() -> Option<String> {
    let pem = to_pem(&root().certificate).expect("pem");
    let pem = file("root-nss.pem", pem.as_bytes());
    let store = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("nss");
    std::fs::remove_dir_all(&store).ok();
    std::fs::create_dir_all(&store).expect("a directory");
    let (pem, store) = (pem.to_str()?, format!("sql:{}", store.to_str()?));
    tool("certutil", &["-N", "-d", &store, "--empty-password"])?;
    tool(
        "certutil",
        &["-A", "-d", &store, "-n", "root", "-t", "CT,C,C", "-i", pem],
    )?;
    Some(store)
}

#[test]
fn pyhanko_agrees() {
    let pem = file(
        "root.pem",
        to_pem(&root().certificate).expect("pem").as_bytes(),
    );
    for (n, order) in ORDERS.iter().enumerate() {
        let path = file(&format!("five-{n}-pyhanko.pdf"), &all_five(order));
        let (pem, path) = (
            pem.to_str().expect("a path"),
            path.to_str().expect("a path"),
        );
        let args = [
            "sign",
            "validate",
            "--no-revocation-check",
            "--trust",
            pem,
            path,
        ];
        let Some(told) = tool("pyhanko", &args) else {
            return;
        };
        assert_eq!(told.matches("INTACT:TRUSTED").count(), 5, "{told}");
        assert_eq!(told.matches("UNTOUCHED").count(), 1, "{told}");
        assert_eq!(
            told.matches("ACCEPTABLE_MODIFICATIONS").count(),
            4,
            "{told}"
        );
    }
}

#[test]
fn a_file_that_changed_since_it_was_looked_at_is_not_stamped() {
    let looked_at = sha256_hex(&bozhou().pdf);
    let after = stamped(&bozhou().pdf, "unit").expect("a stamp");
    let key = root().issue("亳州市文明办", today()).expect("a key");
    let refused = stamp(&after, &stamping("city-civilisation", &looked_at), &key);
    assert!(
        matches!(refused, Err(StampError::DigestChanged)),
        "{refused:?}"
    );
}

#[test]
fn a_box_that_is_not_there_is_refused() {
    let refused = stamped(&bozhou().pdf, "village");
    assert!(
        matches!(&refused, Err(StampError::UnknownSlot(slot)) if slot == "village"),
        "{refused:?}"
    );
}

#[test]
fn a_box_is_filled_once() {
    let once = stamped(&bozhou().pdf, "unit").expect("a stamp");
    let refused = stamped(&once, "unit");
    assert!(
        matches!(&refused, Err(StampError::Filled(slot)) if slot == "unit"),
        "{refused:?}"
    );
}

#[test]
fn characters_of_an_opinion_without_a_glyph_are_named() {
    let sha256 = sha256_hex(&bozhou().pdf);
    let mut stamping = stamping("unit", &sha256);
    stamping.opinion = "同意👍推荐";
    let refused = stamp(&bozhou().pdf, &stamping, root());
    assert!(
        matches!(&refused, Err(StampError::MissingGlyphs(named)) if named == &['👍']),
        "{refused:?}"
    );
}

#[test]
fn a_long_opinion_stays_in_its_box() {
    for (slot, chars) in [("unit", 400), ("county-cyberspace", 250)] {
        let after = with_opinion(slot, &crate::support::prose(chars)).expect("a stamp");
        assert!(verify(&after, &roots()).valid);
        file(&format!("opinion-{chars}.pdf"), &after);
    }
}

/// Nothing is cut off: an opinion that cannot be read in its box is not stamped.
#[test]
fn an_opinion_longer_than_its_box_is_refused() {
    let refused = with_opinion("city-cyberspace", &crate::support::prose(2000));
    assert!(
        matches!(refused, Err(StampError::OpinionTooLong)),
        "{refused:?}"
    );
}

fn with_opinion(slot: &str, opinion: &str) -> Result<Vec<u8>, StampError> {
    let key = root().issue(agency(slot), today()).expect("a key");
    let sha256 = sha256_hex(&bozhou().pdf);
    let stamping = Stamping {
        opinion,
        ..stamping(slot, &sha256)
    };
    stamp(&bozhou().pdf, &stamping, &key)
}

#[test]
fn a_certificate_of_another_agency_or_time_is_refused() {
    let key = root().issue(agency("unit"), today()).expect("a key");
    let sha256 = sha256_hex(&bozhou().pdf);
    let other = stamp(&bozhou().pdf, &stamping("city-cyberspace", &sha256), &key);
    assert!(
        matches!(other, Err(StampError::OtherAgency(_))),
        "{other:?}"
    );
    let early = Stamping {
        at_ms: today() - 86_400_000,
        ..stamping("unit", &sha256)
    };
    let early = stamp(&bozhou().pdf, &early, &key);
    assert!(matches!(early, Err(StampError::OutOfValidity)), "{early:?}");
}

#[test]
fn a_date_of_another_shape_is_refused() {
    let key = root().issue(agency("unit"), today()).expect("a key");
    let sha256 = sha256_hex(&bozhou().pdf);
    let stamping = Stamping {
        date: "2024-12-20",
        ..stamping("unit", &sha256)
    };
    let refused = stamp(&bozhou().pdf, &stamping, &key);
    assert!(matches!(refused, Err(StampError::Date(_))), "{refused:?}");
}

#[test]
fn a_key_of_another_root_is_not_trusted() {
    let other = KeyPair::root("推选平台测试根证书", today()).expect("a root");
    let key = other.issue(agency("unit"), today()).expect("a key");
    let sha256 = sha256_hex(&bozhou().pdf);
    let after = stamp(&bozhou().pdf, &stamping("unit", &sha256), &key).expect("a stamp");
    let report = verify(&after, &roots());
    assert!(!report.valid && report.signatures[0].intact && !report.signatures[0].trusted);
    assert!(verify(&after, &[other.certificate]).valid);
}

#[test]
fn a_form_without_stamps_is_not_valid() {
    let report = verify(&bozhou().pdf, &roots());
    assert!(!report.valid);
    assert_eq!(report.problems, ["没有电子签章"]);
}
