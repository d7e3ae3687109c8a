//! Files as people send them, and as people make them who mean no good: each has the verdict that the table says.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use domain::notice::{Animation, Notice};
use serde_json::{Value, json};
use tuixuan::app::campaigns;
use tuixuan::commands::files::verdict;
use tuixuan::config::Limits;
use tuixuan::db::events::By;
use tuixuan::media::examine;
use tuixuan::packs;

use crate::support::database::Folder;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, upload};

const TABLE: &str = include_str!("fixtures/sample-media.tsv");
const SLUG: &str = "bozhou-2022";
const ENCODED: &str = "# by ffmpeg";

/// What nobody may wait for; the slowest takes a tenth of it on an idle machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Verdict as the table writes it, and the code as evidence where that is another.
type Row = (&'static str, Option<&'static str>);

/// Rows of the files that can be made here; `None` without Python.
fn samples() -> Option<(Folder, BTreeMap<&'static str, Row>)> {
    let folder = Folder::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/sample-media");
    let made = Command::new("python3")
        .arg(script)
        .arg(folder.path("samples"))
        .output();
    let Ok(made) = made else {
        eprintln!("Python is not installed: the sample files were left out");
        return None;
    };
    let told = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{told}");
    eprint!("{told}");
    let (plain, encoded) = TABLE.split_once(ENCODED).unwrap();
    let encoded = match Command::new("ffmpeg").arg("-version").output() {
        Ok(_) => encoded,
        Err(_) => "",
    };
    let lines = plain.lines().chain(encoded.lines());
    let rows = lines.filter(|l| !l.is_empty() && !l.starts_with('#'));
    let rows = rows.map(|line| {
        let mut cells = line.split('\t');
        let (name, verdict) = (cells.next().unwrap(), cells.next().unwrap());
        (name, (verdict, cells.next()))
    });
    Some((folder, rows.collect()))
}

fn written(verdict: &Value) -> String {
    if verdict["verdict"] == "refused" {
        return verdict["code"].as_str().unwrap().to_owned();
    }
    let mut told = verdict["kind"].as_str().unwrap().to_owned();
    if let (Some(width), Some(height)) = (verdict["width"].as_u64(), verdict["height"].as_u64()) {
        told += &format!(" {width}x{height}");
    }
    if verdict["animated"] == true {
        told += " moving";
    }
    if let Some(pages) = verdict["pages"].as_u64() {
        told += &format!(" {pages} pages");
    }
    if let Some(ms) = verdict["duration_ms"].as_u64() {
        let seconds = |ms: u64| format!("{}.{}s", ms / 1000, ms % 1000 / 100);
        let header = seconds(verdict["header_ms"].as_u64().unwrap());
        let sound = match verdict["has_sound"] == true {
            true => "sound",
            false => "silent",
        };
        let codec = verdict["codec"].as_str().unwrap();
        told += &format!(" {} header {header} {codec} {sound}", seconds(ms));
    }
    told
}

#[tokio::test]
async fn every_sample_has_the_verdict_that_the_table_says() {
    let Some((folder, rows)) = samples() else {
        return;
    };
    let there = std::fs::read_dir(folder.path("samples")).unwrap();
    let there: BTreeSet<String> = there
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<String> = rows.keys().map(|n| (*n).to_owned()).collect();
    assert_eq!(there, listed);
    let mut wrong = Vec::new();
    for (name, (expected, _)) in rows {
        let started = Instant::now();
        let path = folder.path("samples").join(name);
        let found = written(&verdict(&Limits::default(), &path).await);
        if found != expected {
            wrong.push(format!("{name}: {found}, not {expected}"));
        }
        assert!(started.elapsed() < PATIENCE, "{name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// An entry that takes videos, whose owner is told.
async fn draft(t: &TestApp) -> (String, String) {
    t.campaign(SLUG).await;
    let owner = t.applicant("owner").await;
    let id = entry(t, &owner).await;
    (owner, id)
}

/// Without any evidence.
async fn entry(t: &TestApp, owner: &str) -> String {
    let mut input = t.bozhou_input("谯城发布").await;
    input["answers"]["operator_kind"] = json!("individual");
    let id = t.ready_draft(owner, &input, SLUG, &[]).await.0;
    for file in evidence(t, owner, &id).await {
        remove(t, owner, &id, &file).await;
    }
    id
}

async fn evidence(t: &TestApp, owner: &str, id: &str) -> Vec<String> {
    let entry = t.get(&format!("/api/v1/entries/{id}"), owner);
    let entry: Value = entry.send().await.unwrap().json().await.unwrap();
    let files = entry["evidence"].as_array().cloned().unwrap_or_default();
    let ids = files.iter().map(|f| f["id"].as_str().unwrap().to_owned());
    ids.collect()
}

async fn remove(t: &TestApp, owner: &str, id: &str, file: &str) {
    let path = format!("{}/api/v1/entries/{id}/evidence/{file}", t.base);
    let answer = t.client.delete(path).bearer_auth(owner).send().await;
    assert!(answer.unwrap().status().is_success());
}

async fn send(t: &TestApp, owner: &str, id: &str, name: &str, bytes: Vec<u8>) -> (u16, Value) {
    let film = [".mp4", ".mov", ".m4a"].iter().any(|e| name.ends_with(e));
    let slot = if film { "video" } else { "pictures" };
    let (kind, body) = upload(slot, name, bytes);
    let sent = t
        .client
        .post(format!("{}/api/v1/entries/{id}/evidence", t.base))
        .bearer_auth(owner)
        .header("content-type", kind)
        .body(body)
        .send()
        .await
        .unwrap();
    let status = sent.status().as_u16();
    (status, sent.json().await.unwrap_or_default())
}

/// What the code of a refused file is: the first violation's, for a rule or the problem's own.
fn code(answer: &Value) -> &str {
    let first = answer["violations"][0]["code"].as_str();
    first.or(answer["code"].as_str()).unwrap_or_default()
}

#[tokio::test]
async fn every_sample_is_answered_over_http_and_what_is_shown_of_it_is_clean() {
    let Some((folder, rows)) = samples() else {
        return;
    };
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, id) = draft(&t).await;
    let mut wrong = Vec::new();
    for (name, (verdict, otherwise)) in rows {
        let bytes = std::fs::read(folder.path("samples").join(name)).unwrap();
        let (status, answer) = send(&t, &owner, &id, name, bytes).await;
        let taken = verdict.contains('/') && otherwise.is_none();
        match taken {
            true if status == 200 => {
                clean(&t, &owner, &id, &answer, name).await;
                remove(&t, &owner, &id, answer["id"].as_str().unwrap()).await;
            }
            false
                if matches!(status, 413 | 415 | 422)
                    && code(&answer) == otherwise.unwrap_or(verdict) => {}
            _ => wrong.push(format!("{name}: {status} {answer}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The original is saved, never shown; a picture's copy is made of pixels alone, upright.
async fn clean(t: &TestApp, owner: &str, id: &str, file: &Value, name: &str) {
    let path = format!(
        "/api/v1/entries/{id}/evidence/{}",
        file["id"].as_str().unwrap()
    );
    let original = t.get(&path, owner).send().await.unwrap();
    let header = |name: &str| original.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-disposition").starts_with("attachment;"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    if !file["media_type"].as_str().unwrap().starts_with("image/") {
        return;
    }
    let copy = crate::support::bytes_of(t.get(&format!("{path}/copies/display"), owner)).await;
    for hidden in [
        b"Exif".as_slice(),
        b"GPS",
        b"<script>",
        b"SEFT",
        b"ftyp",
        b"PK\x05\x06",
    ] {
        assert!(!copy.windows(hidden.len()).any(|w| w == hidden), "{name}");
    }
    let shown = image::load_from_memory(&copy).unwrap().into_rgb8();
    let turned = name.strip_prefix("exif-").and_then(|n| n.chars().next());
    let (width, height) = (shown.width(), shown.height());
    // where red is, of a picture whose left half is stored red
    let red = match turned {
        Some('1' | '4') => (8, height / 2),
        Some('2' | '3') => (width - 8, height / 2),
        Some('5' | '6') => (width / 2, 8),
        Some('7' | '8') => (width / 2, height - 8),
        _ => return,
    };
    let pixel = shown.get_pixel(red.0, red.1);
    assert!(pixel[0] > 180 && pixel[2] < 90, "{name}: {pixel:?}");
    assert_eq!(turned >= Some('5'), height > width, "{name}");
}

#[tokio::test]
async fn a_picture_that_moves_is_kept_still_where_the_notice_says_so() {
    let Some((folder, _)) = samples() else {
        return;
    };
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let pack = packs::find(SLUG).unwrap();
    let mut notice = Notice::parse(pack.notice).unwrap();
    let slot = notice.evidence.iter_mut().find(|s| s.key == "pictures");
    slot.unwrap().animation = Animation::Flatten;
    let by = By::system(t.app.now());
    campaigns::create(&t.app, &by, SLUG, notice, pack.templates())
        .await
        .unwrap();
    let owner = t.applicant("owner").await;
    let id = entry(&t, &owner).await;
    for name in ["moving.png", "moving.webp"] {
        let bytes = std::fs::read(folder.path("samples").join(name)).unwrap();
        let (status, file) = send(&t, &owner, &id, name, bytes.clone()).await;
        assert_eq!((status, &file["media_type"]), (200, &json!("image/png")));
        assert!(file["file_name"].as_str().unwrap().ends_with(".png"));
        let file = file["id"].as_str().unwrap();
        let path = format!("/api/v1/entries/{id}/evidence/{file}");
        let kept = crate::support::bytes_of(t.get(&path, &owner)).await;
        assert_ne!(kept, bytes);
        let (facts, kept) = examine(kept, &Limits::default()).await.unwrap();
        assert!(!facts.animated);
        // the first frame is red where the second is blue
        let first = image::load_from_memory(&kept).unwrap().into_rgb8();
        let pixel = first.get_pixel(8, 8);
        assert!(pixel[0] > 200 && pixel[2] < 50, "{name}: {pixel:?}");
        remove(&t, &owner, &id, file).await;
    }
}

/// A name is for people to read; what is saved under it is what was judged.
#[tokio::test]
async fn a_name_with_a_path_and_tricks_is_kept_as_a_plain_one() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, id) = draft(&t).await;
    for (sent, kept) in [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\\\windows\\\\图.exe", "图.exe.png"),
        ("\u{202e}gpj.exe", "gpj.exe.png"),
    ] {
        let (status, file) = send(&t, &owner, &id, sent, crate::support::picture()).await;
        assert_eq!(
            (status, file["file_name"].as_str()),
            (200, Some(kept)),
            "{sent:?}"
        );
        remove(&t, &owner, &id, file["id"].as_str().unwrap()).await;
    }
    // no header may hold one (RFC 9110, 5.5)
    let bytes = crate::support::picture();
    let (status, _) = send(&t, &owner, &id, "a\u{7}b.png", bytes).await;
    assert_eq!(status, 400);
}
