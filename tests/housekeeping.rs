//! Clearing away what nobody mentions, proving what is kept, moving it to another store: on local files and in a bucket.

use std::collections::HashSet;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use entity::submitted_file;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tuixuan::app::housekeeping::{self, Flaw, FlawKind, Told, Walked};
use tuixuan::app::installation::{self, Use};
use tuixuan::clock::new_id;
use tuixuan::config::StoreKind;
use tuixuan::db::objects;
use tuixuan::error::Error;
use tuixuan::files::{Files, Most};

use crate::support::oss::TestBucket;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, blank_scan, bytes_of, json_of, picture};

const SLUG: &str = "bozhou-2022";
const DAY: i64 = 24 * 3_600_000;

/// A service whose files are old as soon as they are there.
async fn start(bucket: Option<&TestBucket>) -> TestApp {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.files.orphan_hours = 0;
        match bucket {
            Some(bucket) => bucket.apply(s),
            None => s.files.store = StoreKind::Local,
        }
    })
    .await;
    installation::check(&t.app, Use::Serving).await.unwrap();
    t.campaign(SLUG).await;
    t
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A sound picture unlike the others.
fn png(shade: u8) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(16, 16, image::Rgb([shade; 3]))
        .write_to(&mut out, image::ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

async fn detach(t: &TestApp, owner: &str, file: &str) {
    let request = t.client.delete(format!("{}{file}", t.base));
    let answer = request.bearer_auth(owner).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// An entry that was handed in; its owner's token and its id.
async fn handed_in(t: &TestApp) -> (String, String) {
    let owner = t.applicant("谯城发布").await;
    let input = t.bozhou_input("谯城发布").await;
    let slots = ["pictures", "pictures", "pictures"];
    let (id, _) = t.ready_draft(&owner, &input, SLUG, &slots).await;
    t.attach(&owner, &id, "qualification", blank_scan()).await;
    let now = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let version = now["version"].as_i64().unwrap();
    t.submit(&owner, &id, version).await;
    (owner, id)
}

/// What a walk told.
#[derive(Default)]
struct Heard {
    flaws: Vec<Flaw>,
    steps: Vec<String>,
}

impl Told for Heard {
    fn flaw(&mut self, flaw: &Flaw) {
        self.flaws.push(flaw.clone());
    }

    fn progress(&mut self, walked: &Walked) {
        self.steps.push(walked.last.clone());
    }
}

async fn checked(t: &TestApp) -> (Walked, Heard) {
    let mut heard = Heard::default();
    let walked = housekeeping::check(&t.app, "", &mut heard).await.unwrap();
    (walked, heard)
}

/// The text of every table says it: a column of that name that nobody asks would have its files swept away.
#[tokio::test]
async fn every_column_that_names_an_object_is_asked() {
    // the digest of a notice, what a client says that its file will be, what a scanner said of bytes that may be gone
    let others = [
        "campaign.notice_sha256",
        "upload.sha256",
        "virus_check.sha256",
    ];
    let t = start(None).await;
    let mut named = Vec::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("entity/src");
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut table = "";
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.split("table_name = \"").nth(1) {
                table = rest.split('"').next().unwrap();
            }
            let column = line.strip_prefix("pub ").and_then(|l| l.split(':').next());
            if let Some(column) = column.filter(|c| c.ends_with("sha256")) {
                named.push(format!("{table}.{column}"));
            }
        }
    }
    named.retain(|column| !others.contains(&column.as_str()));
    named.sort();
    let mut asked = objects::asked(t.app.db.read()).await.unwrap();
    asked.sort_unstable();
    assert_eq!(named, asked);
}

#[tokio::test]
async fn the_sweeper_leaves_all_that_was_handed_in_or_stamped() {
    sweeping(&start(None).await).await;
}

#[tokio::test]
async fn the_sweeper_leaves_it_in_a_bucket_too() {
    if let Some(bucket) = TestBucket::new() {
        sweeping(&start(Some(&bucket)).await).await;
    }
}

async fn sweeping(t: &TestApp) {
    let (owner, id) = handed_in(t).await;
    let wang = t.reviewer(SLUG, "谯城区委网信办").await;
    t.stamp_and_endorse(&wang, &id, &["county-cyberspace"])
        .await;
    let wen = t.reviewer(SLUG, "谯城区文明办").await;
    let seen = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &wen), 200).await;
    let slip = json!({ "items": [{ "field": "qualification", "message": "请换一份" }] });
    let path = format!("/admin/api/v1/entries/{id}/return");
    let back = t.post(&path, &wen, &slip);
    json_of(back.header("if-match", seen["version"].to_string()), 200).await;
    // what was handed in first goes from the entry, not from the record
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let mut files = entry["evidence"].as_array().unwrap().iter();
    let file = files.find(|f| f["slot"] == "qualification").unwrap();
    let file = format!(
        "/api/v1/entries/{id}/evidence/{}",
        file["id"].as_str().unwrap()
    );
    detach(t, &owner, &file).await;
    t.attach(&owner, &id, "qualification", picture()).await;
    let replaced = sha256(&blank_scan());

    let never_named = t.app.files.put(b"the act failed").await.unwrap();
    // of a draft that was thought better of
    let input = t.bozhou_input("药都发布").await;
    let (draft, _) = t.ready_draft(&owner, &input, SLUG, &[]).await;
    let other = png(9);
    let file = t.attach(&owner, &draft, "pictures", other.clone()).await;
    let file = file["id"].as_str().unwrap();
    detach(
        t,
        &owner,
        &format!("/api/v1/entries/{draft}/evidence/{file}"),
    )
    .await;

    let before = checked(t).await.0;
    let done = housekeeping::sweep(&t.app, Most::Share).await.unwrap();
    assert_eq!((done.swept.removed, done.uploads), (2, 0));
    for orphan in [never_named, sha256(&other)] {
        assert!(!t.app.files.exists(&orphan).await.unwrap());
    }
    assert!(t.app.files.exists(&replaced).await.unwrap());
    let (after, heard) = checked(t).await;
    assert_eq!((&after, heard.flaws), (&before, vec![]));
    assert_eq!(after.objects as usize, heard.steps.len());
    // pictures, first qualification, form with and without the stamp
    assert!(after.objects >= 4);
    let db = t.app.db.read();
    let kept = submitted_file::Entity::find().count(db).await.unwrap();
    assert_eq!(kept, 2, "the same picture thrice is one file");
    let form = format!("/api/v1/entries/{id}/form");
    assert!(bytes_of(t.get(&form, &owner)).await.starts_with(b"%PDF-"));
    let done = housekeeping::sweep(&t.app, Most::Share).await.unwrap();
    assert_eq!(done.swept.removed, 0);
}

#[tokio::test]
async fn parts_of_an_upload_stay_while_it_lasts() {
    let t = start(None).await;
    let owner = t.applicant("谯城发布").await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["answers"]["operator_kind"] = json!("individual");
    let (id, _) = t.ready_draft(&owner, &input, SLUG, &[]).await;
    let announced = json!({ "slot": "video", "file_name": "a.mp4", "bytes": 9 });
    let path = format!("/api/v1/entries/{id}/uploads");
    let upload = t.post(&path, &owner, &announced);
    let upload = json_of(upload.header("idempotency-key", new_id()), 200).await;
    let part = format!("{path}/{}/parts/1", upload["id"].as_str().unwrap());
    let part = t
        .client
        .put(format!("{}{part}", t.base))
        .bearer_auth(&owner);
    let part = part.header("content-type", "application/octet-stream");
    json_of(part.body("nine byte"), 200).await;
    let part = sha256(b"nine byte");
    let done = housekeeping::sweep(&t.app, Most::Share).await.unwrap();
    assert_eq!((done.swept.removed, done.uploads), (0, 0));
    t.clock.set(IN_BOZHOU_WINDOW + 8 * DAY);
    let done = housekeeping::sweep(&t.app, Most::Share).await.unwrap();
    assert_eq!((done.swept.removed, done.uploads), (1, 1));
    assert!(!t.app.files.exists(&part).await.unwrap());
}

#[tokio::test]
async fn it_sweeps_by_itself_or_never() {
    // not `start`: where all is old at once, a sweep takes a file that is just being stored
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.files.orphan_hours = 1;
        s.files.store = StoreKind::Local;
    })
    .await;
    installation::check(&t.app, Use::Serving).await.unwrap();
    let (soon, often) = (Duration::from_millis(20), Duration::from_millis(50));
    let sweeper = housekeeping::sweep_every(&t.app, soon, often);
    // the second goes with a later sweep
    for bytes in [b"orphan", b"later!"] {
        let orphan = t.app.files.put(bytes).await.unwrap();
        grow_old(&t, &orphan);
        let gone = async {
            while t.app.files.exists(&orphan).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let patience = Duration::from_secs(60);
        tokio::time::timeout(patience, gone).await.expect("swept");
    }
    sweeper.abort();
    let daily = housekeeping::start(&t.app).unwrap();
    daily.abort();
    let never = TestApp::start_with(IN_BOZHOU_WINDOW, |s| s.files.sweep_hours = 0).await;
    assert!(housekeeping::start(&never.app).is_none());
}

/// Makes a stored file as old as can be.
fn grow_old(t: &TestApp, sha256: &str) {
    let path = t.app.settings.files.folder.join(&sha256[..2]).join(sha256);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

#[tokio::test]
async fn what_is_missing_or_altered_is_told_with_who_mentions_it() {
    let t = start(None).await;
    handed_in(&t).await;
    let folder = &t.app.settings.files.folder;
    let place = |key: &str| folder.join(&key[..2]).join(key);
    let (seen, scanned) = (sha256(&picture()), sha256(&blank_scan()));
    std::fs::write(place(&seen), b"rotten").unwrap();
    std::fs::remove_file(place(&scanned)).unwrap();
    let (walked, heard) = checked(&t).await;
    assert_eq!(walked.flaws, 2);
    let by = |kind, sha256: &str| Flaw {
        sha256: sha256.to_owned(),
        kind,
        columns: vec!["evidence.sha256", "submitted_file.sha256"],
    };
    let mut expected = vec![
        by(FlawKind::Altered, &seen),
        by(FlawKind::Missing, &scanned),
    ];
    expected.sort_by(|a, b| a.sha256.cmp(&b.sha256));
    assert_eq!(heard.flaws, expected);
    // it may be taken up anywhere
    let mut rest = Heard::default();
    let from = &heard.steps[0];
    housekeeping::check(&t.app, from, &mut rest).await.unwrap();
    assert_eq!(rest.steps, heard.steps[1..]);
}

#[tokio::test]
async fn all_files_move_to_a_bucket_and_back() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        bucket.apply(s);
        s.files.store = StoreKind::Local;
    })
    .await;
    t.campaign(SLUG).await;
    let (owner, id) = handed_in(&t).await;
    let wang = t.reviewer(SLUG, "谯城区委网信办").await;
    t.stamp_and_endorse(&wang, &id, &["county-cyberspace"])
        .await;
    let local = &t.app.files;
    let remote = Files::of(&t.app.settings, StoreKind::Oss).await.unwrap();
    let all = checked(&t).await.1.steps;

    // OSS goes away in the middle
    let half = &all[all.len() / 2];
    let mut heard = Heard::default();
    let walk = housekeeping::bring(&t.app, local, &remote, half, false, &mut heard);
    assert_eq!(
        walk.await.unwrap().objects as usize,
        all.len() / 2 - 1 + all.len() % 2
    );
    bucket.fault("*", "503", -1).await;
    let stopped = housekeeping::bring(&t.app, local, &remote, "", false, &mut heard).await;
    let stopped = stopped.unwrap_err();
    assert!(matches!(stopped.error, Error::Away { .. }));
    assert!(stopped.to_string().contains("go on with --after"));
    assert_eq!(stopped.walked.objects, 0);
    bucket.fault("*", "", 0).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let there = bucket.held().await.0.len() as u64;
    let walk = housekeeping::bring(&t.app, local, &remote, "", false, &mut heard);
    let walked = walk.await.unwrap();
    assert_eq!((walked.objects, walked.skipped), (all.len() as u64, there));
    let walk = housekeeping::bring(&t.app, local, &remote, "", false, &mut heard);
    let walked = walk.await.unwrap();
    assert_eq!((walked.skipped, walked.bytes), (all.len() as u64, 0));
    let held: HashSet<String> = held(&bucket).await;
    assert_eq!(held, all.iter().cloned().collect());

    // rot on one side is healed by the other
    let folder = &t.app.settings.files.folder;
    let rotten = folder.join(&all[0][..2]).join(&all[0]);
    std::fs::write(&rotten, b"rotten").unwrap();
    let walk = housekeeping::bring(&t.app, &remote, local, "", true, &mut heard);
    let walked = walk.await.unwrap();
    assert_eq!(walked.skipped, all.len() as u64 - 1);
    assert_eq!(bucket.held().await, (vec![], 0), "removed where they were");
    assert_eq!(checked(&t).await.0.flaws, 0);
    assert_eq!(heard.flaws, []);
    let form = format!("/api/v1/entries/{id}/form");
    assert!(bytes_of(t.get(&form, &owner)).await.starts_with(b"%PDF-"));
}

/// Every object of a bucket by the hash of what it holds.
async fn held(bucket: &TestBucket) -> HashSet<String> {
    let told = bucket.look().await;
    let objects = told["objects"].as_object().unwrap();
    let of = |o: &Value| o["sha256"].as_str().unwrap().to_owned();
    objects.values().map(of).collect()
}

/// The binary on the data of a service, with other settings.
fn command(t: &TestApp, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tuixuan"));
    command
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .env("TUIXUAN_DATABASE_URL", &t.app.settings.database.url)
        .env("TUIXUAN_FILES_FOLDER", &t.app.settings.files.folder);
    for (name, value) in settings {
        command.env(name, value);
    }
    command.output().unwrap()
}

fn told(output: &Output) -> (bool, String) {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text.into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_say_what_they_found_and_fail_when_it_is_bad() {
    let t = start(None).await;
    handed_in(&t).await;
    let (sound, text) = told(&command(&t, &[], &["files", "check"]));
    assert!(sound, "{text}");
    assert!(text.contains(": 0 missing or altered"), "{text}");
    if let Some(bucket) = TestBucket::new() {
        let oss = bucket.settings();
        let settings = [
            ("TUIXUAN_OSS_ENDPOINT", oss.endpoint.as_str()),
            ("TUIXUAN_OSS_REGION", &oss.region),
            ("TUIXUAN_OSS_BUCKET", &oss.bucket),
            ("TUIXUAN_OSS_PATH_STYLE", "true"),
            ("TUIXUAN_OSS_ACCESS_KEY_ID", &oss.access_key_id),
            ("TUIXUAN_OSS_ACCESS_KEY_SECRET", &oss.access_key_secret.0),
            ("TUIXUAN_FILES_STORE", "oss"),
        ];
        let (sound, text) = told(&command(&t, &settings, &["files", "check"]));
        assert!(
            !sound && text.contains("missing"),
            "nothing is there: {text}"
        );
        let (sound, text) = told(&command(&t, &settings, &["files", "move", "--to", "oss"]));
        assert!(sound && text.contains("0 were there before"), "{text}");
        let (sound, text) = told(&command(&t, &settings, &["files", "check"]));
        assert!(sound, "{text}");
        let (sound, text) = told(&command(
            &t,
            &settings[..6],
            &["files", "move", "--to", "x"],
        ));
        assert!(!sound && text.contains("local or oss"), "{text}");
    }
    let key = sha256(&picture());
    let place = t.app.settings.files.folder.join(&key[..2]).join(&key);
    std::fs::write(place, b"rotten").unwrap();
    let (sound, text) = told(&command(&t, &[], &["files", "check"]));
    assert!(!sound);
    let line = format!("altered {key} evidence.sha256,submitted_file.sha256\n");
    assert!(text.contains(&line), "{text}");
    t.app.files.put(b"orphan").await.unwrap();
    let hours = [("TUIXUAN_FILES_ORPHAN_HOURS", "0")];
    let (sound, text) = told(&command(&t, &hours, &["files", "sweep"]));
    assert!(
        sound && text.contains(" 1 removed that nobody mentions"),
        "{text}"
    );
}

#[tokio::test]
async fn any_file_can_be_judged_before_it_is_sent() {
    let t = start(None).await;
    let folder = &t.app.settings.files.folder;
    let (sound, odd) = (folder.join("图 1.txt"), folder.join("page.png"));
    std::fs::write(&sound, picture()).unwrap();
    std::fs::write(&odd, b"<html>").unwrap();
    let output = command(&t, &[], &["files", "probe", sound.to_str().unwrap()]);
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "path": sound, "verdict": "taken", "kind": "image/png", "bytes": picture().len(), "width": 32, "height": 24,
    });
    assert!(output.status.success());
    assert_eq!(verdict, expected);
    let none = folder.join("none");
    let all = [&sound, &odd, &none].map(|p| p.to_str().unwrap());
    let output = command(&t, &[], &[["files", "probe"].as_slice(), &all].concat());
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let codes: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["code"].take())
        .collect();
    assert!(!output.status.success());
    assert_eq!(
        codes,
        [json!(null), json!("file_type"), json!("unreadable")]
    );
}
