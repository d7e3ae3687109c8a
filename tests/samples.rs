//! `document sample`: every pack's form with every seal, judged from what was written and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use documents::verify::{Known, Report, verify_with};
use tuixuan::clock::{Clock, SystemClock, new_id};
use tuixuan::commands::read_certificate;
use tuixuan::config::{Program, Settings};
use tuixuan::sample;

/// The notice that asks each city for a list.
const WITH_LIST: &str = "shanxi-2024";

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        Folder(std::env::temp_dir().join(format!("tuixuan-sample-{}", new_id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn settings() -> Settings {
    Settings {
        program: Program(env!("CARGO_BIN_EXE_tuixuan").into()),
        ..Settings::default()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A second goes by, nearly, between one look at it and the next.
struct Hurried(AtomicI64);

impl Clock for Hurried {
    fn now(&self) -> i64 {
        self.0.fetch_add(997, Ordering::SeqCst)
    }
}

/// Writes a sample and judges it as a stranger would: by its root and its list; with the tools of others, which know no time but
/// their own, if asked.
async fn judged(pack: &str, clock: Arc<dyn Clock>, others: bool) -> Report {
    let folder = Folder::new();
    sample::write(settings(), clock.clone(), pack, &folder.0)
        .await
        .unwrap();
    let mut written = vec!["README.txt", "form.pdf"];
    if pack == WITH_LIST {
        written.extend(["nomination-report.json", "nomination.pdf"]);
    }
    written.extend(["report.json", "root.crl", "root.pem"]);
    assert_eq!(names(&folder.0), written);
    let known = Known {
        roots: vec![read_certificate(&folder.0.join("root.pem")).unwrap()],
        lists: vec![std::fs::read(folder.0.join("root.crl")).unwrap()],
        now_ms: clock.now(),
        ..Known::default()
    };
    let trusting = others && store_with_root(&folder.0);
    let judge = |file: &str| {
        let report = verify_with(&std::fs::read(folder.0.join(file)).unwrap(), &known);
        assert!(report.valid, "{file}: {report:?}");
        if others {
            others_agree(&folder.0, trusting, file, report.signatures.len());
        }
        report
    };
    if pack == WITH_LIST {
        assert_eq!(judge("nomination.pdf").signatures.len(), 1);
    }
    judge("form.pdf")
}

/// What a tool of other people's says; `None` where it is not installed.
fn tool(folder: &Path, name: &str, args: &[&str]) -> Option<String> {
    let Ok(done) = Command::new(name).args(args).current_dir(folder).output() else {
        eprintln!("left out: {name} is not installed");
        return None;
    };
    let told = [done.stdout, done.stderr].concat();
    Some(String::from_utf8_lossy(&told).into_owned())
}

/// A certificate store of NSS that trusts the sample's root; false where it cannot be made.
fn store_with_root(folder: &Path) -> bool {
    std::fs::create_dir(folder.join("nss")).unwrap();
    let new = ["-d", "sql:nss", "-N", "--empty-password"];
    let add = "-d sql:nss -A -n root -t CT,C,C -i root.pem".split(' ');
    let add: Vec<&str> = add.collect();
    let made = tool(folder, "certutil", &new).and_then(|_| tool(folder, "certutil", &add));
    made.is_some()
}

/// Judges a file as its README tells strangers to.
fn others_agree(folder: &Path, trusting: bool, file: &str, seals: usize) {
    if let Some(told) = tool(folder, "qpdf", &["--check", file]) {
        assert!(
            told.contains("No syntax or stream encoding errors"),
            "{told}"
        );
    }
    if let Some(told) = tool(folder, "pdfsig", &["-nssdir", "sql:nss", file]) {
        assert_eq!(told.matches("Signature is Valid").count(), seals, "{told}");
        let whole = told.matches("Total document signed").count();
        assert_eq!(whole, 1, "{told}");
        if trusting {
            let trusted = told.matches("Certificate is Trusted").count();
            assert_eq!(trusted, seals, "{told}");
        }
    }
}

async fn boxes(pack: &str) -> Vec<String> {
    let report = judged(pack, Arc::new(SystemClock), true).await;
    assert!(report.valid, "{report:?}");
    report.signatures.into_iter().map(|s| s.slot).collect()
}

#[tokio::test]
async fn of_bozhou_with_its_five_seals() {
    let all = boxes("bozhou-2022").await;
    assert_eq!(all[0], "unit");
    assert_eq!(all.len(), 5);
}

#[tokio::test]
async fn of_every_other_pack_with_all_that_its_chain_asks_for() {
    assert_eq!(boxes("shanxi-2024").await, ["unit", "city", "province"]);
    assert_eq!(boxes("shaanxi-universities-2024").await.len(), 3);
    assert_eq!(boxes("cast-2021").await.len(), 4);
    assert_eq!(boxes("three-tier").await, ["county", "city", "province"]);
}

#[tokio::test]
async fn made_by_a_machine_so_slow_that_every_act_falls_into_another_second() {
    for first in [0, 250, 500, 750] {
        let clock = Hurried(AtomicI64::new(1_717_200_000_000 + first));
        let report = judged("shanxi-2024", Arc::new(clock), false).await;
        assert!(report.valid, "{report:?}");
    }
}

#[tokio::test]
async fn a_campaign_without_a_form_says_so_and_leaves_nothing() {
    let folder = Folder::new();
    let refused = sample::write(settings(), Arc::new(SystemClock), "chengdu-2022", &folder.0).await;
    let told = refused.unwrap_err().to_string();
    assert_eq!(
        told,
        "chengdu-2022: nobody fills in a form in this campaign"
    );
    assert_eq!(names(&folder.0), Vec::<String>::new());
}
