//! Time stamps on stamps: what they prove, what is refused, and what other people's tools say.

mod of_openssl;
mod sm2;

use std::sync::atomic::{AtomicUsize, Ordering};

use ::cms::content_info::ContentInfo;
use ::cms::signed_data::SignedData;
use ::der::{Decode, Encode};
use documents::authority::{KeyPair, to_pem};
use documents::crl;
use documents::stamp::{Proofs, StampError};
use documents::timestamp::{TimeAuthority, TimestampError};
use documents::verify::{Known, verify_with};

use crate::support::{
    Attesting, agency, bozhou, container, file, proved, root, roots, time_root, today, tool,
};

const FIVE: [&str; 5] = [
    "unit",
    "county-cyberspace",
    "county-civilisation",
    "city-cyberspace",
    "city-civilisation",
];

const HOUR: i64 = 3_600_000;

pub fn known() -> Known {
    Known {
        roots: roots(),
        now_ms: today() + HOUR,
        timestamp_roots: vec![time_root().certificate.clone()],
        ..Known::default()
    }
}

pub fn attested(authority: &dyn TimeAuthority) -> Proofs<'_> {
    Proofs {
        time: Some(authority),
        list: None,
    }
}

fn key(slot: &str) -> KeyPair {
    root().issue(agency(slot), today()).expect("a key")
}

fn one(authority: &dyn TimeAuthority) -> Result<Vec<u8>, StampError> {
    proved(&bozhou().pdf, "unit", &key("unit"), attested(authority))
}

fn five() -> Vec<u8> {
    let authority = Attesting::now();
    FIVE.iter().fold(bozhou().pdf.clone(), |pdf, slot| {
        proved(&pdf, slot, &key(slot), attested(&authority)).expect("a stamp")
    })
}

/// Value of the last signature, and its token.
pub fn token(pdf: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let info = ContentInfo::from_der(&container(pdf).1).expect("a container");
    let data: SignedData = info.content.decode_as().expect("signed data");
    let signer = data.signer_infos.0.get(0).expect("a signer");
    let unsigned = signer.unsigned_attrs.as_ref().expect("attributes");
    let token = unsigned.get(0).and_then(|a| a.values.get(0));
    let token = token.expect("a token").to_der().expect("DER");
    (signer.signature.as_bytes().to_vec(), token)
}

#[test]
fn five_stamps_with_the_time_attested_are_valid() {
    let report = verify_with(&five(), &known());
    assert!(report.valid, "{report:?}");
    for signature in &report.signatures {
        let told = signature.timestamp.as_ref().expect("a time stamp");
        assert_eq!(
            (told.authority.as_str(), told.trusted),
            ("测试时间戳机构", true)
        );
        assert!(told.at.ends_with("+08:00"), "{}", told.at);
        assert_eq!(signature.remarks, Vec::<String>::new());
    }
}

#[test]
fn a_time_stamp_of_unknown_roots_is_told_and_the_claimed_time_holds() {
    let stranger = Known {
        timestamp_roots: vec![],
        ..known()
    };
    let report = verify_with(&five(), &stranger);
    assert!(report.valid, "{report:?}");
    let told = report.signatures[0].timestamp.as_ref();
    assert_eq!(told.map(|t| t.trusted), Some(false));
    assert_eq!(report.signatures[0].remarks.len(), 1);
}

#[test]
fn an_answer_that_is_not_right_sets_no_stamp() {
    let office = Attesting {
        key: time_root().issue("某办", today()).expect("a key"),
        ..Attesting::now()
    };
    let cases = [
        (
            Attesting {
                twist: |r| r.truncate(20),
                ..Attesting::now()
            },
            TimestampError::Wrong(String::new()),
        ),
        (office, TimestampError::Untrusted),
        (
            Attesting {
                roots: roots(),
                ..Attesting::now()
            },
            TimestampError::Untrusted,
        ),
        (
            Attesting {
                at_ms: Some(today() + HOUR),
                ..Attesting::now()
            },
            TimestampError::OtherTime,
        ),
        (
            Attesting {
                twist: |r| {
                    let at = r.len() - 4;
                    r[at] ^= 1;
                },
                ..Attesting::now()
            },
            TimestampError::OtherNonce,
        ),
        (
            Attesting {
                twist: |r| {
                    let at = r.len() - 22;
                    r[at] ^= 1;
                },
                ..Attesting::now()
            },
            TimestampError::OtherImprint,
        ),
    ];
    for (authority, wanted) in cases {
        match one(&authority) {
            Err(StampError::Timestamp(told)) => assert_eq!(
                std::mem::discriminant(&told),
                std::mem::discriminant(&wanted),
                "{told:?}"
            ),
            other => panic!("{wanted:?}: {:?}", other.map(|pdf| pdf.len())),
        }
    }
}

/// An authority whose answers are long, and which remembers that, or not.
struct Wordy {
    authority: Attesting,
    asked: AtomicUsize,
    remembers: bool,
}

impl TimeAuthority for Wordy {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.authority.ask(request)
    }

    fn roots(&self) -> &[Vec<u8>] {
        self.authority.roots()
    }

    fn room(&self) -> usize {
        let known = self.remembers && self.asked.load(Ordering::Relaxed) > 0;
        if known { 16 * 1024 } else { 0 }
    }
}

/// A certificate of the authority's own with so long a name that its token takes more than is kept for the whole signature.
fn wordy(remembers: bool) -> Wordy {
    let root = KeyPair::root("时间戳机构", today()).expect("a root");
    let name = "时间戳服务".repeat(400);
    let authority = Attesting {
        key: root.issue_for_time(&name, today()).expect("a key"),
        roots: vec![root.certificate.clone()],
        ..Attesting::now()
    };
    Wordy {
        authority,
        asked: AtomicUsize::new(0),
        remembers,
    }
}

#[test]
fn a_token_longer_than_expected_is_asked_for_once_more() {
    let (remembering, forgetful) = (wordy(true), wordy(false));
    let pdf = one(&remembering).expect("a stamp");
    assert_eq!(remembering.asked.load(Ordering::Relaxed), 2);
    let known = Known {
        timestamp_roots: remembering.authority.roots.clone(),
        ..known()
    };
    let report = verify_with(&pdf, &known);
    assert!(report.valid, "{report:?}");
    assert!(matches!(one(&forgetful), Err(StampError::NoRoom(_))));
    assert_eq!(forgetful.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_form_with_five_attested_seals_stays_small() {
    let authority = Attesting::now();
    let list = crl::issue(root(), &[], today()).expect("a list");
    let proofs = Proofs {
        list: Some(&list),
        ..attested(&authority)
    };
    let mut sizes = vec![bozhou().pdf.len()];
    FIVE.iter().fold(bozhou().pdf.clone(), |pdf, slot| {
        let pdf = proved(&pdf, slot, &key(slot), proofs).expect("a stamp");
        sizes.push(pdf.len());
        pdf
    });
    assert!(sizes[0] <= 160_000, "{sizes:?}");
    let small = |pair: &[usize]| pair[1] - pair[0] <= 40_000;
    assert!(sizes.windows(2).all(small), "{sizes:?}");
}

/// A list of the root on which this key is withdrawn.
fn withdrawn(key: &KeyPair, at_ms: i64) -> Vec<u8> {
    let lines = [(key.serial().expect("a serial"), at_ms)];
    crl::issue(root(), &lines, today() + 3 * HOUR).expect("a list")
}

#[test]
fn the_certificate_is_judged_at_the_attested_time() {
    let key = key("unit");
    let authority = Attesting {
        at_ms: Some(today() + 5 * 60_000),
        ..Attesting::now()
    };
    let pdf = proved(&bozhou().pdf, "unit", &key, attested(&authority)).expect("a stamp");
    // the stamp claims `today()`, the authority attests five minutes later
    let judged = |withdrawn_at: i64, timestamp_roots: Vec<Vec<u8>>| {
        let known = Known {
            lists: vec![withdrawn(&key, withdrawn_at)],
            now_ms: today() + 3 * HOUR,
            timestamp_roots,
            ..known()
        };
        verify_with(&pdf, &known)
    };
    let time_roots = || vec![time_root().certificate.clone()];
    let later = judged(today() + HOUR, time_roots());
    assert!(later.valid, "{later:?}");
    let signature = &later.signatures[0];
    assert!(signature.withdrawn_at.is_some() && signature.remarks[0].contains("仍然有效"));
    let between = judged(today() + 60_000, time_roots());
    assert!(
        !between.valid && between.signatures[0].intact,
        "{between:?}"
    );
    let unproved = judged(today() + HOUR, vec![]);
    assert!(!unproved.valid, "{unproved:?}");
}

#[test]
fn an_attested_stamp_outlives_its_certificate() {
    let pdf = one(&Attesting::now()).expect("a stamp");
    let in_four_years = |timestamp_roots| {
        let known = Known {
            now_ms: today() + 4 * 366 * 24 * HOUR,
            timestamp_roots,
            ..known()
        };
        verify_with(&pdf, &known).valid
    };
    assert!(in_four_years(known().timestamp_roots));
    assert!(!in_four_years(vec![]));
}

#[test]
fn no_bit_of_a_time_stamped_signature_can_be_changed() {
    let pdf = one(&Attesting::now()).expect("a stamp");
    let (from, der) = container(&pdf);
    for at in (from..from + 2 * der.len() + 200).step_by(3) {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        assert!(!verify_with(&changed, &known()).valid, "byte {at}");
    }
}

#[test]
fn openssl_agrees_on_the_token() {
    let (signature, token) = token(&five());
    let path = |name: &str, bytes: &[u8]| file(name, bytes).to_str().expect("a path").to_owned();
    let (data, token) = (
        path("ts-data.bin", &signature),
        path("ts-token.der", &token),
    );
    let pem = to_pem(&time_root().certificate).expect("pem");
    let pem = path("ts-root.pem", pem.as_bytes());
    let args = [
        "ts",
        "-verify",
        "-data",
        &data,
        "-in",
        &token,
        "-token_in",
        "-CAfile",
        &pem,
    ];
    let Some(told) = tool("openssl", &args) else {
        return;
    };
    assert!(told.contains("Verification: OK"), "{told}");
}

#[test]
fn pdfsig_and_pyhanko_agree_on_time_stamped_seals() {
    let pdf = file("five-timestamped.pdf", &five());
    let pdf = pdf.to_str().expect("a path");
    if let Some(told) = tool("pdfsig", &[pdf]) {
        assert_eq!(told.matches("Signature is Valid").count(), 5, "{told}");
    }
    let pem = |name: &str, key: &KeyPair| {
        let pem = to_pem(&key.certificate).expect("pem");
        file(name, pem.as_bytes())
            .to_str()
            .expect("a path")
            .to_owned()
    };
    let (ours, time) = (
        pem("ts-pyhanko.pem", root()),
        pem("ts-time.pem", time_root()),
    );
    let args = [
        "sign",
        "validate",
        "--no-revocation-check",
        "--trust",
        &ours,
        "--trust",
        &time,
        pdf,
    ];
    let Some(told) = tool("pyhanko", &args) else {
        return;
    };
    assert_eq!(told.matches(":INTACT:TRUSTED").count(), 5, "{told}");
    assert_eq!(
        told.matches("TIMESTAMP_TOKEN<INTACT:TRUSTED>").count(),
        5,
        "{told}"
    );
}
