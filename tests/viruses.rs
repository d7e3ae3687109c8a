//! 病毒检查: clamd where it is installed, and small servers that do what a scanner should not.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::FutureExt;
use sea_orm::{EntityTrait, Set};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tuixuan::app::virus_checks;

use crate::support::database::Folder;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, picture, upload};

const SLUG: &str = "bozhou-2022";
const ADMIN: &str = "/admin/api/v1";
const COUNTY: &str = "谯城区委网信办";

/// Another picture than the usual one.
fn harmful() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(31, 17, image::Rgb([9, 8, 7]))
        .write_to(&mut out, image::ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

/// A clamd that knows one harmful file and nothing else.
struct Clamd {
    socket: String,
    _folder: Folder,
    process: Child,
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Clamd {
    /// `None`, and a word about it, where it is not installed.
    async fn start() -> Option<Clamd> {
        let program = ["/usr/sbin/clamd", "/usr/local/sbin/clamd"];
        let Some(program) = program.iter().find(|p| std::path::Path::new(p).exists()) else {
            eprintln!("clamd is not installed: what it finds was left out");
            return None;
        };
        let folder = Folder::new();
        let (known, socket) = (folder.path("known"), folder.path("clamd.ctl"));
        std::fs::create_dir(&known).unwrap();
        let bytes = harmful();
        let sum = hex::encode(Sha256::digest(&bytes));
        let line = format!("{sum}:{}:Tuixuan.Test:73\n", bytes.len());
        std::fs::write(known.join("test.hsb"), line).unwrap();
        let settings = format!(
            "Foreground yes\nDatabaseDirectory {}\nLocalSocket {}\n",
            known.display(),
            socket.display()
        );
        let file = folder.path("clamd.conf");
        std::fs::write(&file, settings).unwrap();
        let clamd = Clamd {
            process: Command::new(program)
                .arg("--config-file")
                .arg(&file)
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
            socket: socket.display().to_string(),
            _folder: folder,
        };
        for _ in 0..300 {
            if tokio::net::UnixStream::connect(&socket).await.is_ok() {
                return Some(clamd);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("clamd did not start");
    }
}

/// A scanner that reads a whole stream and then says these words, or hangs up without any.
pub async fn scanner(says: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            let mut command = [0; 10];
            let _ = caller.read_exact(&mut command).await;
            while let Ok(length @ 1..) = caller.read_u32().await {
                let mut piece = vec![0; length as usize];
                let _ = caller.read_exact(&mut piece).await;
            }
            let _ = caller.write_all(says.as_bytes()).await;
        }
    });
    address
}

/// A service whose files are checked there.
async fn service(address: &str) -> (TestApp, Option<JoinHandle<()>>) {
    let address = address.to_owned();
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| s.virus_scanner.address = address).await;
    t.campaign(SLUG).await;
    let checks = virus_checks::start(&t.app);
    (t, checks)
}

/// Waits until every file of an entry is in one of these states.
async fn settled(t: &TestApp, token: &str, id: &str) -> Vec<Value> {
    for _ in 0..200 {
        let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), token), 200).await;
        let files = entry["evidence"].as_array().unwrap().clone();
        if files.iter().all(|f| f["virus_check"] != "pending") {
            return files;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the scanner was not asked");
}

/// A finished 亳州 entry with other pictures than the usual.
async fn draft(t: &TestApp, owner: &str, pictures: Vec<Vec<u8>>) -> (String, i64) {
    let input = t.bozhou_input("谯城发布").await;
    let (id, _) = t.ready_draft(owner, &input, SLUG, &["qualification"]).await;
    for bytes in pictures {
        t.attach(owner, &id, "pictures", bytes).await;
    }
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), owner), 200).await;
    (id, entry["version"].as_i64().unwrap())
}

async fn evidence(t: &TestApp, token: &str, id: &str, file: &str, status: u16) -> Value {
    let path = format!("{ADMIN}/entries/{id}/evidence/{file}");
    json_of(t.get(&path, token), status).await
}

#[tokio::test]
async fn what_clamd_finds_is_told_replaced_and_never_given_out() {
    let Some(clamd) = Clamd::start().await else {
        return;
    };
    let (t, _checks) = service(&clamd.socket).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner, vec![picture(), picture(), harmful()]).await;
    let files = settled(&t, &owner, &id).await;
    let states: Vec<&str> = files
        .iter()
        .map(|f| f["virus_check"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["clean", "clean", "clean", "infected"]);
    let bad = files[3]["id"].as_str().unwrap();
    let own = format!("/api/v1/entries/{id}/evidence/{bad}");
    let refused = json_of(t.get(&own, &owner), 409).await;
    assert_eq!(refused["code"], "file_infected");
    bytes_of(t.get(&format!("{own}/copies/thumbnail"), &owner)).await;

    let declarations = json!({ "declarations": t.declarations(&owner, &id).await });
    let submit = |version: i64| {
        let path = format!("/api/v1/entries/{id}/submission");
        t.post(&path, &owner, &declarations)
            .header("if-match", version)
            .header("idempotency-key", tuixuan::clock::new_id())
    };
    let refused = json_of(submit(version), 422).await;
    let told = &refused["violations"][0];
    assert_eq!(
        (&told["code"], &told["field"]),
        (&json!("file_infected"), &json!("pictures"))
    );
    let removed = t.client.delete(format!("{}{own}", t.base));
    json_of(removed.bearer_auth(&owner), 200).await;
    t.attach(&owner, &id, "pictures", picture()).await;
    settled(&t, &owner, &id).await;
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    json_of(submit(entry["version"].as_i64().unwrap()), 200).await;

    let county = t.reviewer(SLUG, COUNTY).await;
    let files = json_of(t.get(&format!("{ADMIN}/entries/{id}"), &county), 200).await;
    let good = files["evidence"][3]["id"].as_str().unwrap();
    bytes_of(t.get(&format!("{ADMIN}/entries/{id}/evidence/{good}"), &county)).await;
    let (trail, _) = t.campaign_events(SLUG).await;
    assert!(trail.iter().any(|kind| kind == "virus_found"), "{trail:?}");
}

#[tokio::test]
async fn while_the_scanner_is_away_an_entry_goes_in_and_its_files_stay_in() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap().to_string();
    drop(gone);
    let (t, _checks) = service(&address).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner, vec![picture(); 3]).await;
    t.submit(&owner, &id, version).await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let entry = json_of(t.get(&format!("{ADMIN}/entries/{id}"), &county), 200).await;
    let file = &entry["evidence"][0];
    assert_eq!(file["virus_check"], "pending");
    let file = file["id"].as_str().unwrap();
    let refused = evidence(&t, &county, &id, file, 409).await;
    assert_eq!(refused["code"], "file_unchecked");
    // in the archive a note stands in its place
    let zip = t.get(&format!("{ADMIN}/entries/{id}/dossier.zip"), &county);
    let zip = zip::ZipArchive::new(std::io::Cursor::new(bytes_of(zip).await)).unwrap();
    let names: Vec<String> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .filter(|name| name.contains("evidence/"))
        .collect();
    assert_eq!(names.len(), 4);
    assert!(names.iter().all(|n| n.ends_with(".未附.txt")), "{names:?}");
    // nobody can judge what was not looked at
    let verdict = format!("{ADMIN}/entries/{id}/evidence/{file}/virus-verdict");
    let judged = json!({ "accepted": true, "reason": "看过" });
    let refused = json_of(t.put(&verdict, &county, &judged), 409).await;
    assert_eq!(refused["code"], "virus_check_open");
}

#[tokio::test]
async fn a_person_decides_what_the_scanner_cannot_tell() {
    let address = scanner("INSTREAM size limit exceeded. ERROR\0").await;
    let (t, _checks) = service(&address).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner, vec![picture(); 3]).await;
    settled(&t, &owner, &id).await;
    t.submit(&owner, &id, version).await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let entry = json_of(t.get(&format!("{ADMIN}/entries/{id}"), &county), 200).await;
    let told = entry["findings"].to_string();
    assert!(told.contains("file_undecided"), "{told}");
    // the usual picture is in every slot: one check for all of them
    let file = entry["evidence"][0]["id"].as_str().unwrap();
    let refused = evidence(&t, &county, &id, file, 409).await;
    assert_eq!(refused["code"], "file_undecided");
    let verdict = format!("{ADMIN}/entries/{id}/evidence/{file}/virus-verdict");
    let judge = |accepted: bool, reason: &str| {
        let body = json!({ "accepted": accepted, "reason": reason });
        t.put(&verdict, &county, &body)
    };
    json_of(judge(true, " "), 422).await;
    json_of(judge(true, "与作者核对，来源可靠"), 200).await;
    bytes_of(t.get(&format!("{ADMIN}/entries/{id}/evidence/{file}"), &county)).await;
    let again = json_of(judge(false, "再看"), 409).await;
    assert_eq!(again["code"], "virus_check_settled");
    let trail = t.trail(&county, &id).await;
    assert!(
        trail.iter().any(|e| e.contains("virus_judged")),
        "{trail:?}"
    );
    // another county's officer does not see the entry at all
    let other = t.reviewer(SLUG, "蒙城县委网信办").await;
    let body = json!({ "accepted": true, "reason": "无关" });
    json_of(t.put(&verdict, &other, &body), 404).await;
}

#[tokio::test]
async fn an_answer_cut_short_is_no_verdict_and_the_file_is_asked_about_again() {
    let (t, checks) = service(&scanner("stream: O").await).await;
    let owner = t.applicant("owner").await;
    let (id, _) = draft(&t, &owner, vec![picture()]).await;
    let tries = async || {
        let rows = entity::virus_check::Entity::find();
        let row = rows.one(t.app.db.read()).await.unwrap().unwrap();
        (row.state, row.tries)
    };
    let (mut seen, mut now) = (Vec::new(), IN_BOZHOU_WINDOW);
    for _ in 0..20 {
        for _ in 0..100 {
            let now = tries().await;
            if seen.last() != Some(&now) {
                seen.push(now);
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        now += 600_000;
        t.clock.set(now);
        virus_checks::wake(&t.app);
        if seen.last().is_some_and(|(state, _)| state != "pending") {
            break;
        }
    }
    let (state, _) = seen.last().unwrap();
    assert_eq!(state, "unsure", "{seen:?}");
    let files = settled(&t, &owner, &id).await;
    assert!(files.iter().all(|f| f["virus_check"] == "unsure"));
    assert!(checks.unwrap().now_or_never().is_none());
}

#[tokio::test]
async fn files_from_before_the_scanner_are_checked_too() {
    let (t, _checks) = service(&scanner("stream: OK\0").await).await;
    let owner = t.applicant("owner").await;
    let (id, _) = draft(&t, &owner, vec![picture()]).await;
    settled(&t, &owner, &id).await;
    let forgotten = t.app.db.write(|tx| {
        Box::pin(async move {
            let all = entity::virus_check::Entity::delete_many();
            Ok(all.exec(tx).await?.rows_affected)
        })
    });
    assert_eq!(forgotten.await.unwrap(), 1);
    let _again = virus_checks::start(&t.app);
    let files = settled(&t, &owner, &id).await;
    assert!(files.iter().all(|f| f["virus_check"] == "clean"));
}

#[tokio::test]
async fn without_a_scanner_nothing_is_said_and_everything_leaves() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    assert!(virus_checks::start(&t.app).is_none());
    let owner = t.applicant("owner").await;
    let (id, _) = draft(&t, &owner, vec![]).await;
    let (kind, body) = upload("pictures", "图.png", picture());
    let path = format!("{}/api/v1/entries/{id}/evidence", t.base);
    let file = t.client.post(path).bearer_auth(&owner);
    let file = json_of(file.header("content-type", kind).body(body), 200).await;
    assert!(file.get("virus_check").is_none());
    let path = format!(
        "/api/v1/entries/{id}/evidence/{}",
        file["id"].as_str().unwrap()
    );
    bytes_of(t.get(&path, &owner)).await;
}

/// A return that does not ask for the file would otherwise leave its applicant between two refusals.
#[tokio::test]
async fn harm_found_where_the_slip_asks_for_nothing_is_told_to_the_reviewers_and_blocks_nobody() {
    let (t, _checks) = service(&scanner("stream: OK\0").await).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner, vec![picture(); 3]).await;
    settled(&t, &owner, &id).await;
    t.submit(&owner, &id, version).await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let dossier = format!("{ADMIN}/entries/{id}");
    let seen = json_of(t.get(&dossier, &county), 200).await;
    let slip = json!({ "items": [{ "field": "summary", "message": "请补充社会效果" }] });
    let back = t.post(&format!("{dossier}/return"), &county, &slip);
    json_of(back.header("if-match", seen["version"].to_string()), 200).await;
    let found = t.app.db.write(|tx| {
        Box::pin(async move {
            let state = entity::virus_check::ActiveModel {
                state: Set("infected".into()),
                ..Default::default()
            };
            let all = entity::virus_check::Entity::update_many().set(state);
            Ok(all.exec(tx).await?.rows_affected)
        })
    });
    assert_eq!(found.await.unwrap(), 1);
    let path = format!("/api/v1/entries/{id}");
    let told = json_of(t.get(&format!("{path}/findings"), &owner), 200).await;
    let harm = told["findings"].as_array().unwrap().iter();
    let mut harm = harm.filter(|f| f["violation"]["code"] == "file_infected");
    assert_eq!(harm.next().unwrap()["effect"], "warn");
    let entry = json_of(t.get(&path, &owner), 200).await;
    t.submit(&owner, &id, entry["version"].as_i64().unwrap())
        .await;
    let seen = json_of(t.get(&dossier, &county), 200).await;
    assert!(seen["findings"].to_string().contains("file_infected"));
}
