//! A form found by its number: what it is worth at each moment, and how a copy compares.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tuixuan::config::{Settings, StoreKind};

use crate::papers::followed;
use crate::support::oss::TestBucket;
use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";

struct Scene {
    t: TestApp,
    applicant: String,
    officer: String,
    id: String,
}

impl Scene {
    /// An entry that was handed in, its form rendered.
    async fn set() -> Scene {
        Scene::with(|_| {}).await
    }

    async fn with(settings: impl FnOnce(&mut Settings)) -> Scene {
        let t = TestApp::start_with(IN_BOZHOU_WINDOW, settings).await;
        t.campaign(SLUG).await;
        let applicant = t.applicant("a").await;
        let input = t.bozhou_input("谯城发布").await;
        let (id, version) = t.ready_draft(&applicant, &input, SLUG, &FILES).await;
        t.submit(&applicant, &id, version).await;
        let officer = t.reviewer(SLUG, "谯城区委网信办").await;
        let scene = Scene {
            t,
            applicant,
            officer,
            id,
        };
        scene.form().await;
        scene
    }

    async fn form(&self) -> Vec<u8> {
        let path = format!("/admin/api/v1/entries/{}/form", self.id);
        bytes_of(self.t.get(&path, &self.officer)).await
    }

    async fn seen(&self) -> Value {
        let path = format!("/admin/api/v1/entries/{}", self.id);
        json_of(self.t.get(&path, &self.officer), 200).await
    }

    async fn code(&self) -> String {
        self.seen().await["form_code"].as_str().unwrap().to_owned()
    }

    async fn original(&self, code: &str) -> Value {
        json_of(self.t.get(&format!("/api/v1/documents/{code}"), ""), 200).await
    }

    async fn page(&self, code: &str) -> (StatusCode, String) {
        let page = self.t.get(&format!("/v/{code}"), "").send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        (page.status(), page.text().await.unwrap())
    }

    async fn likeness(&self, code: &str, copy: Vec<u8>) -> Value {
        let (kind, body) = crate::support::upload("none", "表.pdf", copy);
        let path = format!("{}/api/v1/documents/{code}/comparison", self.t.base);
        let sent = self.t.client.post(path).header("content-type", kind);
        json_of(sent.body(body), 200).await
    }

    async fn stamp(&self, slot: &str) {
        self.stamp_by(&self.officer, slot).await;
    }

    async fn stamp_by(&self, officer: &str, slot: &str) {
        let digest = self.seen().await["digest"].clone();
        let body = json!({ "slot": slot, "digest": digest, "opinion": "同意推荐" });
        let path = format!("/admin/api/v1/entries/{}/stamps", self.id);
        json_of(self.t.post(&path, officer, &body), 200).await;
    }

    async fn give_back(&self) {
        let version = self.seen().await["version"].to_string();
        let body = json!({ "items": [{ "field": "summary", "message": "请补充" }] });
        let path = format!("/admin/api/v1/entries/{}/return", self.id);
        let sent = self.t.post(&path, &self.officer, &body);
        json_of(sent.header("if-match", version), 200).await;
    }
}

#[tokio::test]
async fn a_number_tells_what_its_form_is_worth_at_every_moment() {
    let s = Scene::set().await;
    let code = s.code().await;
    assert_eq!(s.original(&code).await["standing"], "unsealed");

    s.stamp("county-cyberspace").await;
    let sealed = s.original(&code).await;
    assert_eq!(sealed["standing"], "valid");
    assert_eq!(sealed["name"], "谯城发布");
    assert_eq!(sealed["seals"].as_array().unwrap().len(), 1);
    assert_eq!(sealed["seals"][0]["agency"], "谯城区委网信办");
    assert_eq!(
        sealed["seals"][0],
        json!({
            "slot": sealed["seals"][0]["slot"], "agency": "谯城区委网信办", "at": IN_BOZHOU_WINDOW,
            "valid": true, "covers_whole_file": true, "reviewed": true, "remarks": [],
        })
    );
    assert_eq!(sealed["problems"], json!([]));

    s.give_back().await;
    let void = s.original(&code).await;
    assert_eq!(void["standing"], "revoked");
    assert_eq!(void["seals"][0]["valid"], false);
    let said = void["seals"][0]["remarks"].to_string();
    assert!(said.contains("不再有效"), "{said}");

    let path = format!("/api/v1/entries/{}", s.id);
    let entry = json_of(s.t.get(&path, &s.applicant), 200).await;
    s.t.submit(&s.applicant, &s.id, entry["version"].as_i64().unwrap())
        .await;
    s.form().await;
    assert_eq!(s.original(&code).await["standing"], "superseded");
    let new = s.code().await;
    assert_ne!(new, code);
    assert_eq!(s.original(&new).await["standing"], "unsealed");
}

#[tokio::test]
async fn the_page_behind_the_qr_code_says_it_in_words_and_tells_nothing_personal() {
    let s = Scene::set().await;
    s.stamp("county-cyberspace").await;
    let code = s.code().await;
    let (status, page) = s.page(&code).await;
    assert_eq!(status, StatusCode::OK);
    let sheet = s.form().await;
    assert_eq!(followed(&s.t, &sheet).await, (code.clone(), page.clone()));
    assert!(page.contains("<h1>有效</h1>"), "{page}");
    assert!(page.contains("谯城区委网信办"), "{page}");
    assert!(page.contains("签章覆盖整份文件"), "{page}");
    assert!(page.contains("所盖内容与该单位审核时所看一致"), "{page}");
    assert!(page.contains("处尚未盖章："), "{page}");
    let typed = format!(" {}%20", code.to_lowercase().replace('-', "－"));
    assert_eq!(s.page(&typed).await, (StatusCode::OK, page));
    let partner = s.t.reviewer(SLUG, "谯城区文明办").await;
    s.stamp_by(&partner, "county-civilisation").await;
    let (_, page) = s.page(&code).await;
    for said in ["其后只加盖了其他印章", "签章覆盖整份文件"] {
        assert_eq!(page.matches(said).count(), 1, "{page}");
    }
    let answers = &s.seen().await["answers"];
    for private in ["contact", "mobile", "email", "address", "telephone"] {
        if let Some(text) = answers[private].as_str().filter(|t| !t.is_empty()) {
            assert!(!page.contains(text), "{private} is on the page");
        }
    }
    let (status, page) = s.page("34-%3Cscript%3E").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("34-&lt;script&gt;"), "{page}");
}

#[tokio::test]
async fn a_copy_is_the_same_earlier_or_different() {
    let s = Scene::set().await;
    let code = s.code().await;
    let blank = s.form().await;
    s.stamp("county-cyberspace").await;
    let sealed = s.form().await;

    let same = s.likeness(&code, sealed.clone()).await;
    assert_eq!(same["likeness"], "same");
    assert_eq!(same["report"]["valid"], true);
    assert_eq!(same["standing"], "valid");
    let told = &same["report"]["signatures"][0];
    assert_eq!(
        [&told["covers"], &told["reviewed"]],
        [
            &json!({ "bytes": sealed.len(), "sha256": documents::stamp::sha256_hex(&sealed) }),
            &json!(true)
        ]
    );
    assert_eq!(s.likeness(&code, blank).await["likeness"], "earlier");

    s.give_back().await;
    let void = s.likeness(&code, sealed.clone()).await;
    assert_eq!([&void["likeness"], &void["standing"]], ["same", "revoked"]);
    let file = s.t.app.settings.files.folder.join("sent.pdf");
    std::fs::create_dir_all(&s.t.app.settings.files.folder).unwrap();
    std::fs::write(&file, &sealed).unwrap();
    let judged = std::process::Command::new(env!("CARGO_BIN_EXE_tuixuan"))
        .args(["document", "verify"])
        .arg(&file)
        .current_dir(std::env::temp_dir())
        .env("TUIXUAN_DATABASE_URL", &s.t.app.settings.database.url)
        .output()
        .unwrap();
    assert!(!judged.status.success());
    let told: Value = serde_json::from_slice(&judged.stdout).unwrap();
    assert_eq!(
        told["original"],
        json!({ "code": code, "standing": "revoked" })
    );

    let mut touched = sealed;
    let middle = touched.len() / 2;
    touched[middle] ^= 1;
    let different = s.likeness(&code, touched).await;
    assert_eq!(different["likeness"], "different");
    assert_eq!(different["report"]["valid"], false);
    let nonsense = s.likeness(&code, b"not a form".to_vec()).await;
    assert_eq!(nonsense["likeness"], "different");
    assert_eq!(nonsense["report"]["valid"], false);
}

#[tokio::test]
async fn a_form_altered_on_disk_is_not_called_valid() {
    let s = Scene::with(|s| s.files.store = StoreKind::Local).await;
    s.stamp("county-cyberspace").await;
    let code = s.code().await;
    let sha256 = s.original(&code).await["sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    let file =
        s.t.app
            .settings
            .files
            .folder
            .join(&sha256[..2])
            .join(&sha256);
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(s.original(&code).await["standing"], "altered");
    let (_, page) = s.page(&code).await;
    assert!(page.contains("核验不通过"), "{page}");
    assert!(page.contains("文件无法读取"), "{page}");
}

#[tokio::test]
async fn a_store_that_is_away_says_nothing_about_a_form() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let s = Scene::with(|settings| {
        bucket.apply(settings);
        // a form goes there as a whole, however long it is
        settings.oss.part_bytes = 1 << 20;
    })
    .await;
    let code = s.code().await;
    // signed, and nowhere to keep it: as if nothing had been
    bucket.fault("PutObject", "503", -1).await;
    let digest = s.seen().await["digest"].clone();
    let body = json!({ "slot": "county-cyberspace", "digest": digest, "opinion": "同意推荐" });
    let path = format!("/admin/api/v1/entries/{}/stamps", s.id);
    let told = json_of(s.t.post(&path, &s.officer, &body), 503).await;
    assert_eq!(told["code"], "storage_away");
    bucket.fault("*", "", 0).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(s.original(&code).await["standing"], "unsealed");
    s.t.clock.set(IN_BOZHOU_WINDOW + 61_000);
    s.stamp("county-cyberspace").await;
    assert_eq!(s.original(&code).await["standing"], "valid");

    bucket.fault("*", "503", -1).await;
    let path = format!("/api/v1/documents/{code}");
    assert_eq!(
        json_of(s.t.get(&path, ""), 503).await["code"],
        "storage_away"
    );
    assert_eq!(s.page(&code).await.0, 503);
    bucket.fault("GetObject", "wrong-bytes", -1).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(s.original(&code).await["standing"], "altered");
    let path = format!("/admin/api/v1/entries/{}/form", s.id);
    let told = json_of(s.t.get(&path, &s.officer), 503).await;
    assert_eq!(told["code"], "file_damaged");
}
