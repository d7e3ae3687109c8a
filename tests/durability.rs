//! The real binary, killed without warning: whatever it acknowledged is there when it comes back.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entity::{content_check, outbox, submission};
use reqwest::{Client, RequestBuilder};
use sea_orm::{ColumnTrait, Database, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::database::{Folder, fresh};
use crate::support::film::{Film, SHORT};
use crate::support::{picture, upload};

const SLUG: &str = "bozhou-2022";
const FILES: [&str; 4] = ["pictures", "pictures", "pictures", "qualification"];

/// The binary on a folder and a database of its own.
pub struct Site {
    pub folder: Folder,
    pub database: String,
}

impl Site {
    fn command(&self, port: u16, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tuixuan"));
        command
            .args(arguments)
            .current_dir(self.folder.path(""))
            .env("TUIXUAN_SERVER_LISTEN", format!("127.0.0.1:{port}"))
            .env(
                "TUIXUAN_SERVER_PUBLIC_URL",
                format!("http://127.0.0.1:{port}"),
            )
            .env("TUIXUAN_DATABASE_URL", &self.database)
            .env("TUIXUAN_LIMITS_PERSON_DRAFTS", "1000000")
            .env("TUIXUAN_FILES_FOLDER", self.folder.path("files"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    pub async fn start(&self) -> Running {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut child = self.command(port, &["demo"]).spawn().unwrap();
        let base = format!("http://127.0.0.1:{port}");
        for _ in 0..600 {
            if let Ok(answer) = reqwest::get(format!("{base}/health/ready")).await
                && answer.status() == 200
            {
                return Running { child, base };
            }
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the service ended: {status}");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let _ = child.kill();
        panic!("the service did not become ready");
    }

    pub fn audit_is_whole(&self) -> bool {
        let status = self.command(0, &["audit", "verify"]).status();
        status.unwrap().success()
    }
}

pub struct Running {
    pub child: Child,
    pub base: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What somebody asked for, and the answer, once there was one.
pub struct Asked {
    token: String,
    path: String,
    key: String,
    pub version: Option<String>,
    body: Value,
    pub answer: Option<Value>,
}

impl Asked {
    fn request(&self, client: &Client, base: &str) -> RequestBuilder {
        let mut request = client
            .post(format!("{base}{}", self.path))
            .bearer_auth(&self.token)
            .header("idempotency-key", &self.key)
            .json(&self.body);
        if let Some(version) = &self.version {
            request = request.header("if-match", version);
        }
        request
    }
}

pub type Ledger = Arc<Mutex<Vec<Asked>>>;

/// The JSON of an answer, or nothing where the connection broke.
async fn answer(request: RequestBuilder) -> Option<Value> {
    let answer = request.send().await.ok()?;
    let status = answer.status();
    let text = answer.text().await.ok()?;
    assert_eq!(status, 200, "{text}");
    Some(serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn ask(client: &Client, base: &str, ledger: &Ledger, asked: Asked) -> Option<Value> {
    let request = asked.request(client, base);
    let at = {
        let mut ledger = ledger.lock().unwrap();
        ledger.push(asked);
        ledger.len() - 1
    };
    let told = answer(request).await?;
    ledger.lock().unwrap()[at].answer = Some(told.clone());
    Some(told)
}

fn input(name: &str, agency: &Value) -> Value {
    json!({
        "subject": "account", "category": "government", "route": "county",
        "agency_id": agency["id"], "region": agency["region"],
        "answers": {
            "name": name, "domain_or_id": format!("id-{name}"), "platform": "wechat", "region": agency["region"],
            "operator_kind": "party", "host_unit": format!("{name}主办单位"), "address": "芍花路1号", "postcode": "236800",
            "contact": "张三", "mobile": "13800138000", "email": "a@example.cn", "followers": 386_000, "summary": "账号情况。",
        }
    })
}

pub async fn sign_in(client: &Client, base: &str, name: &str) -> String {
    let code = json!({ "code": format!("login-{name}-{}", new_id()) });
    let request = client.post(format!("{base}/api/v1/sessions/wechat"));
    let told = answer(request.json(&code)).await.unwrap();
    told["token"].as_str().unwrap().to_owned()
}

fn create(token: &str, name: &str, agency: &Value) -> Asked {
    Asked {
        token: token.to_owned(),
        path: format!("/api/v1/campaigns/{SLUG}/entries"),
        key: new_id(),
        version: None,
        body: input(name, agency),
        answer: None,
    }
}

/// One applicant: hands one entry in, then begins drafts until the service is gone, or so many.
pub async fn apply(
    client: Client,
    base: String,
    ledger: Ledger,
    name: String,
    token: String,
    agency: Value,
    drafts: usize,
) -> Option<()> {
    let begun = ask(&client, &base, &ledger, create(&token, &name, &agency)).await?;
    let entry = format!("/api/v1/entries/{}", begun["id"].as_str().unwrap());
    for slot in FILES {
        let (kind, body) = upload(slot, "图.png", picture());
        let request = client
            .post(format!("{base}{entry}/evidence"))
            .bearer_auth(&token)
            .header("content-type", kind)
            .body(body);
        answer(request).await?;
    }
    let now = answer(client.get(format!("{base}{entry}")).bearer_auth(&token)).await?;
    let submission = Asked {
        token: token.clone(),
        path: format!("{entry}/submission"),
        key: new_id(),
        version: Some(now["version"].to_string()),
        body: json!({ "declarations": ["one-route"] }),
        answer: None,
    };
    ask(&client, &base, &ledger, submission).await?;
    for i in 0..drafts {
        let name = format!("{name}又{i}");
        ask(&client, &base, &ledger, create(&token, &name, &agency)).await?;
    }
    Some(())
}

/// The counties' offices of a campaign, of which each has three places.
pub async fn counties(client: &Client, base: &str) -> Vec<Value> {
    let agencies = client.get(format!("{base}/api/v1/campaigns/{SLUG}/agencies"));
    let Some(Value::Array(mut agencies)) = answer(agencies).await else {
        panic!("no agencies");
    };
    agencies.retain(|a| a["tier"] == "county" && a["system"] == "cyberspace");
    assert!(agencies.len() >= 3, "{agencies:?}");
    agencies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_nothing_acknowledged_is_lost() {
    let folder = Folder::new();
    let database = fresh(&folder).await;
    let site = Site { folder, database };
    let mut running = site.start().await;
    let client = Client::new();
    let base = running.base.clone();
    let counties = counties(&client, &base).await;
    let ledger = Ledger::default();
    let mut tokens = Vec::new();
    let mut applicants = Vec::new();
    for i in 0..9 {
        let name = format!("账号{i}");
        let token = sign_in(&client, &base, &format!("applicant{i}")).await;
        tokens.push(token.clone());
        let county = counties[i % 3].clone();
        applicants.push(tokio::spawn(apply(
            client.clone(),
            base.clone(),
            ledger.clone(),
            name,
            token,
            county,
            usize::MAX,
        )));
    }
    let receipts = |ledger: &Ledger| {
        let ledger = ledger.lock().unwrap();
        let done = ledger.iter().filter(|a| a.version.is_some());
        done.filter(|a| a.answer.is_some()).count()
    };
    for _ in 0..6000 {
        if receipts(&ledger) >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    for applicant in applicants {
        assert!(applicant.await.unwrap().is_none(), "cut off by the kill");
    }
    assert!(receipts(&ledger) >= 3);
    assert!(site.audit_is_whole(), "the trail after the kill");

    let running = site.start().await;
    let base = &running.base;
    let mut ids = std::collections::HashSet::new();
    let mut unanswered = 0;
    let asked_for = std::mem::take(&mut *ledger.lock().unwrap());
    for asked in &asked_for {
        if let Some(told) = &asked.answer {
            let entry = format!("{base}/api/v1/entries/{}", told["id"].as_str().unwrap());
            let stored = answer(client.get(&entry).bearer_auth(&asked.token)).await;
            let stored = stored.unwrap();
            assert_eq!(stored["answers"]["name"], told["answers"]["name"]);
            if asked.version.is_some() {
                assert_eq!(stored["receipt"], told["receipt"]);
                assert_eq!(stored["state"], "under_review");
                assert_eq!(stored["digest"], told["digest"]);
                for file in stored["evidence"].as_array().unwrap() {
                    let file = format!("{entry}/evidence/{}", file["id"].as_str().unwrap());
                    answer(client.get(file).bearer_auth(&asked.token))
                        .await
                        .unwrap();
                }
            }
        } else {
            unanswered += 1;
        }
        // The same again gives the same; what was cut off is done once, now at the latest.
        let again = answer(asked.request(&client, base)).await.unwrap();
        if let Some(told) = &asked.answer {
            assert_eq!(again["id"], told["id"]);
            if asked.version.is_some() {
                assert_eq!(&again, told, "the same answer");
            }
        }
        ids.insert(again["id"].as_str().unwrap().to_owned());
    }
    assert!(unanswered > 0, "the kill came in the middle");
    let mut listed = 0;
    for token in &tokens {
        let mut page = format!("{base}/api/v1/entries?limit=100");
        loop {
            let rows = answer(client.get(&page).bearer_auth(token)).await.unwrap();
            let rows = rows.as_array().unwrap();
            listed += rows.len();
            let Some(last) = rows.last() else { break };
            let last = last["id"].as_str().unwrap();
            page = format!("{base}/api/v1/entries?limit=100&before={last}");
        }
    }
    assert_eq!(listed, ids.len(), "nothing was begun twice");
    let db = Database::connect(&site.database).await.unwrap();
    let submissions = submission::Entity::find().count(&db).await.unwrap();
    let of_text = content_check::Entity::find().filter(content_check::Column::Kind.eq("text"));
    assert_eq!(
        of_text.count(&db).await.unwrap(),
        submissions,
        "what a submission leads to outside is planned with it"
    );
    let planned = || outbox::Entity::find().filter(outbox::Column::State.eq("planned"));
    for _ in 0..300 {
        if planned().count(&db).await.unwrap() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(
        planned().count(&db).await.unwrap(),
        0,
        "and gone on with after the kill"
    );
    db.close().await.unwrap();
    drop(running);
    assert!(site.audit_is_whole(), "the trail at the end");
}

const PART: usize = 4 << 20;

/// A film on its way, and which of its parts were acknowledged.
struct Sending {
    client: Client,
    token: String,
    entry: String,
    upload: String,
    film: Vec<u8>,
    acknowledged: Mutex<BTreeSet<usize>>,
    answers: Arc<AtomicUsize>,
}

impl Sending {
    /// Begins it for a draft of its own, with parts that no other film has.
    async fn begin(client: &Client, base: &str, n: u8, answers: &Arc<AtomicUsize>) -> Sending {
        let token = sign_in(client, base, &format!("filmer{n}")).await;
        let agencies = client.get(format!("{base}/api/v1/campaigns/{SLUG}/agencies"));
        let agencies = answer(agencies).await.unwrap();
        let mut counties = agencies.as_array().unwrap().iter();
        let county = counties.find(|a| a["tier"] == "county" && a["system"] == "cyberspace");
        let mut draft = create(&token, &format!("影片{n}"), county.unwrap());
        draft.body["answers"]["operator_kind"] = json!("individual");
        let draft = answer(draft.request(client, base)).await.unwrap();
        let entry = format!("/api/v1/entries/{}", draft["id"].as_str().unwrap());
        let media = 2 * PART + 77;
        let mut film = Film { media, ..SHORT }.bytes();
        for part in film.chunks_mut(PART) {
            *part.last_mut().unwrap() = 100 + n;
        }
        let announced = json!({ "slot": "video", "file_name": "a.mp4", "bytes": film.len() });
        let upload = client
            .post(format!("{base}{entry}/uploads"))
            .bearer_auth(&token)
            .header("idempotency-key", new_id())
            .json(&announced);
        let upload = answer(upload).await.unwrap();
        Sending {
            client: client.clone(),
            upload: format!("{entry}/uploads/{}", upload["id"].as_str().unwrap()),
            token,
            entry,
            film,
            acknowledged: Mutex::default(),
            answers: answers.clone(),
        }
    }

    async fn part(&self, base: &str, number: usize) -> Option<()> {
        let bytes = self.film.chunks(PART).nth(number - 1).unwrap().to_vec();
        let request = self
            .client
            .put(format!("{base}{}/parts/{number}", self.upload))
            .bearer_auth(&self.token)
            .header("content-type", "application/octet-stream");
        answer(request.body(bytes)).await?;
        self.acknowledged.lock().unwrap().insert(number);
        self.answers.fetch_add(1, Ordering::Relaxed);
        Some(())
    }

    /// Round after round until the service is gone: a part that is there changes nothing.
    async fn send(self: Arc<Sending>, base: String) {
        for number in (1..=3).cycle() {
            if self.part(&base, number).await.is_none() {
                return;
            }
        }
    }

    async fn received(&self, base: &str) -> BTreeSet<usize> {
        let request = self.client.get(format!("{base}{}", self.upload));
        let told = answer(request.bearer_auth(&self.token)).await.unwrap();
        let numbers = told["received"].as_array().unwrap().iter();
        numbers.map(|n| n.as_u64().unwrap() as usize).collect()
    }

    /// Ends it; answers with the bytes that the service has then.
    async fn end(&self, base: &str) -> Vec<u8> {
        let request = self.client.post(format!("{base}{}/finish", self.upload));
        let request = request.bearer_auth(&self.token).json(&json!({}));
        let file = answer(request).await.unwrap();
        let path = format!("{}/evidence/{}", self.entry, file["id"].as_str().unwrap());
        let request = self.client.get(format!("{base}{path}"));
        let back = request.bearer_auth(&self.token).send().await.unwrap();
        back.bytes().await.unwrap().to_vec()
    }
}

/// A longer version of this is `bench/run kills`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_parts_that_were_acknowledged_are_there() {
    let folder = Folder::new();
    let database = fresh(&folder).await;
    let site = Site { folder, database };
    let mut running = site.start().await;
    let (client, answers) = (Client::new(), Arc::new(AtomicUsize::new(0)));
    let mut films = Vec::new();
    for n in 0..3 {
        films.push(Arc::new(
            Sending::begin(&client, &running.base, n, &answers).await,
        ));
    }
    for (round, pause_ms) in [0, 30, 170].into_iter().enumerate() {
        let before = answers.load(Ordering::Relaxed);
        let sending = films.iter().cloned();
        let sending: Vec<_> = sending
            .map(|film| tokio::spawn(film.send(running.base.clone())))
            .collect();
        for _ in 0..6000 {
            if answers.load(Ordering::Relaxed) > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        for one in sending {
            one.await.unwrap();
        }
        assert!(answers.load(Ordering::Relaxed) > before, "round {round}");
        running = site.start().await;
        for film in &films {
            let there = film.received(&running.base).await;
            let acknowledged = film.acknowledged.lock().unwrap().clone();
            assert!(there.is_superset(&acknowledged), "round {round}: {there:?}");
        }
    }
    for film in &films {
        for number in 1..=3 {
            if !film.received(&running.base).await.contains(&number) {
                film.part(&running.base, number).await.unwrap();
            }
        }
        assert!(film.end(&running.base).await == film.film, "other bytes");
    }
}
