//! `document sample`: every pack's form with every seal, judged from what was written and nothing else.

use std::path::{Path, PathBuf};
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

/// Writes a sample and judges it as a stranger would: by its root and its list.
async fn judged(pack: &str, clock: Arc<dyn Clock>) -> Report {
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
    let judge = |file: &str| verify_with(&std::fs::read(folder.0.join(file)).unwrap(), &known);
    if pack == WITH_LIST {
        let list = judge("nomination.pdf");
        assert!(list.valid, "{list:?}");
        assert_eq!(list.signatures.len(), 1);
    }
    judge("form.pdf")
}

async fn boxes(pack: &str) -> Vec<String> {
    let report = judged(pack, Arc::new(SystemClock)).await;
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
        let report = judged("shanxi-2024", Arc::new(clock)).await;
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
