//! Papers beside the JSON: receipt, slip, list of a batch.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{
    BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, picture, upload,
};

const SLUG: &str = "bozhou-2022";
const ADMIN: &str = "/admin/api/v1";

/// The text of a PDF without its line breaks, where poppler is installed.
fn words(pdf: &[u8]) -> Option<String> {
    assert!(pdf.starts_with(b"%PDF-"));
    let mut tool = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    tool.stdin.take().unwrap().write_all(pdf).unwrap();
    let told = tool.wait_with_output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    Some(told.split_whitespace().collect())
}

pub fn assert_told(pdf: &[u8], parts: &[&str]) {
    if let Some(told) = words(pdf) {
        for part in parts {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }
}

#[tokio::test]
async fn a_form_names_the_place_and_not_its_code() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("anna").await;
    let (id, _) = draft(&t, &owner).await;
    let form = bytes_of(t.get(&format!("/api/v1/entries/{id}/form"), &owner)).await;
    assert_told(&form, &["安徽省亳州市谯城区"]);
}

/// A draft with its files, one of which has a name that no font draws.
async fn draft(t: &TestApp, owner: &str) -> (String, i64) {
    t.campaign(SLUG).await;
    let input = t.bozhou_input("谯城㛃发布").await;
    let (id, _) = t.ready_draft(owner, &input, SLUG, &FILES[1..]).await;
    let (kind, body) = upload("pictures", "截图😀.png", picture());
    let request = t
        .client
        .post(format!("{}/api/v1/entries/{id}/evidence", t.base));
    let request = request.bearer_auth(owner).header("content-type", kind);
    json_of(request.body(body), 200).await;
    let now = json_of(t.get(&format!("/api/v1/entries/{id}"), owner), 200).await;
    (id, now["version"].as_i64().unwrap())
}

/// The page that the QR code on a sheet leads to, found as its holder finds it; with the number.
pub async fn followed(t: &TestApp, pdf: &[u8]) -> (String, String) {
    let seen = documents::scan::read(pdf).unwrap();
    let address = seen.code().unwrap().to_owned();
    let code = address.rsplit_once("/v/").unwrap().1.to_owned();
    assert_eq!(address, tuixuan::app::verification::address(&t.app, &code));
    let page = t.get(&format!("/v/{code}"), "").send().await.unwrap();
    assert_eq!(page.status(), 200, "{code}");
    (code, page.text().await.unwrap())
}

fn assert_says(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

/// The number as the client asks for it.
async fn paper(t: &TestApp, code: &str) -> Value {
    json_of(t.get(&format!("/api/v1/papers/{code}"), ""), 200).await
}

/// Nothing that tells of the person who filled the form in.
async fn assert_impersonal(t: &TestApp, reviewer: &str, id: &str, page: &str) {
    let seen = json_of(t.get(&format!("{ADMIN}/entries/{id}"), reviewer), 200).await;
    for private in ["contact", "mobile", "email", "address", "telephone"] {
        if let Some(text) = seen["answers"][private].as_str().filter(|t| !t.is_empty()) {
            assert!(!page.contains(text), "{private} is on the page");
        }
    }
}

async fn give_back(t: &TestApp, reviewer: &str, id: &str, fields: &[&str]) {
    let seen = json_of(t.get(&format!("{ADMIN}/entries/{id}"), reviewer), 200).await;
    let items = fields.iter();
    let items: Vec<Value> = items
        .map(|field| json!({ "field": field, "message": "请补充社会效果" }))
        .collect();
    let slip = json!({ "items": items });
    let call = t.post(&format!("{ADMIN}/entries/{id}/return"), reviewer, &slip);
    json_of(call.header("if-match", seen["version"].to_string()), 200).await;
}

#[tokio::test]
async fn a_receipt_is_there_once_handed_in_and_the_same_for_all_who_may_see_it() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, other) = (t.applicant("owner").await, t.applicant("other").await);
    let (id, version) = draft(&t, &owner).await;
    let path = format!("/api/v1/entries/{id}/receipt");
    json_of(t.get(&path, &owner), 404).await;

    let sent = t.submit(&owner, &id, version).await;
    let answer = t.get(&path, &owner).send().await.unwrap();
    let headers = answer.headers().clone();
    let pdf = answer.bytes().await.unwrap().to_vec();
    assert_eq!(
        headers["content-disposition"],
        "attachment; filename=\"receipt.pdf\"; filename*=UTF-8''%E7%94%B3%E6%8A%A5%E5%9B%9E%E6%89%A7.pdf"
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cache-control"], "no-store");
    let receipt = sent["receipt"].as_str().unwrap();
    assert_told(
        &pdf,
        &["申报回执", receipt, "谯城㛃发布", "〔U+1F600〕", "第1次"],
    );

    t.clock.set(IN_BOZHOU_WINDOW + 60_000);
    assert_eq!(bytes_of(t.get(&path, &owner)).await, pdf);
    json_of(t.get(&path, &other), 404).await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let seen = format!("{ADMIN}/entries/{id}/receipt");
    assert_eq!(bytes_of(t.get(&seen, &county)).await, pdf);
    let elsewhere = t.reviewer(SLUG, "涡阳县委网信办").await;
    json_of(t.get(&seen, &elsewhere), 404).await;

    // what is written after a return is not handed in
    give_back(&t, &county, &id, &["summary"]).await;
    assert_eq!(bytes_of(t.get(&path, &owner)).await, pdf);
}

#[tokio::test]
async fn a_slip_is_printed_for_whom_it_is_for_and_for_the_office() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, other) = (t.applicant("owner").await, t.applicant("other").await);
    let (id, version) = draft(&t, &owner).await;
    t.submit(&owner, &id, version).await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let (path, seen) = (
        format!("/api/v1/entries/{id}/slip.pdf"),
        format!("{ADMIN}/entries/{id}/slip.pdf"),
    );
    json_of(t.get(&path, &owner), 404).await;
    json_of(t.get(&seen, &county), 404).await;

    give_back(&t, &county, &id, &["summary"]).await;
    let pdf = bytes_of(t.get(&path, &owner)).await;
    assert_told(&pdf, &["补正通知", "请补充社会效果", "谯城区委网信办"]);
    t.clock.set(IN_BOZHOU_WINDOW + 60_000);
    assert_eq!(bytes_of(t.get(&path, &owner)).await, pdf);
    assert_eq!(bytes_of(t.get(&seen, &county)).await, pdf);
    json_of(t.get(&path, &other), 404).await;
    let elsewhere = t.reviewer(SLUG, "涡阳县委网信办").await;
    json_of(t.get(&seen, &elsewhere), 404).await;
}

#[tokio::test]
async fn a_batch_has_a_list_for_both_sides_once_it_is_theirs() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner).await;
    t.submit(&owner, &id, version).await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let city = t.reviewer(SLUG, "亳州市委网信办").await;
    let elsewhere = t.reviewer(SLUG, "涡阳县委网信办").await;
    t.stamp_and_endorse(&county, &id, &["county-cyberspace"])
        .await;
    let body = json!({ "entries": [id] });
    let create = t.post(&format!("{ADMIN}/campaigns/{SLUG}/batches"), &county, &body);
    let batch = json_of(create.header("idempotency-key", new_id()), 200).await;
    let batch = batch["id"].as_str().unwrap().to_owned();
    let path = format!("{ADMIN}/batches/{batch}/cover");

    let early = bytes_of(t.get(&path, &county)).await;
    assert_says(&followed(&t, &early).await.1, &["<h1>尚未报送</h1>"]);
    json_of(t.get(&path, &city), 404).await;
    let send = t.post(
        &format!("{ADMIN}/batches/{batch}/dispatch"),
        &county,
        &json!({}),
    );
    json_of(send.header("if-match", "1"), 200).await;
    let pdf = bytes_of(t.get(&path, &county)).await;
    assert_eq!(bytes_of(t.get(&path, &city)).await, pdf);
    assert_told(&pdf, &["报送清单", "亳州市委网信办", "谯城㛃发布"]);
    json_of(t.get(&path, &elsewhere), 404).await;
    let (code, page) = followed(&t, &pdf).await;
    assert_told(&pdf, &[&format!("编号{code}")]);
    let receipt = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let receipt = receipt["receipt"].as_str().unwrap();
    assert_says(
        &page,
        &[
            "<h1>有效</h1>",
            "报送清单",
            "谯城区委网信办",
            "亳州市委网信办",
            receipt,
            "报送日期",
        ],
    );
    assert_impersonal(&t, &county, &id, &page).await;
    // of another province there is no such list
    let elsewhere = t.get(&format!("/v/35{}", &code[2..]), "").send().await;
    assert_eq!(elsewhere.unwrap().status(), 404);
    let returned = json!({ "reason": "份数不符" });
    let give_back = t.post(&format!("{ADMIN}/batches/{batch}/return"), &city, &returned);
    json_of(give_back.header("if-match", "2"), 200).await;
    let (_, page) = followed(&t, &pdf).await;
    assert_says(&page, &["<h1>已失效</h1>", "已退回"]);
    assert!(!page.contains("份数不符"), "{page}");
    let owner_tries = t.get(&path, &owner);
    json_of(owner_tries, 401).await;
}

#[tokio::test]
async fn the_code_on_a_receipt_leads_to_every_round_that_was_handed_in() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner).await;
    let sent = t.submit(&owner, &id, version).await;
    let path = format!("/api/v1/entries/{id}/receipt");
    let pdf = bytes_of(t.get(&path, &owner)).await;
    let (code, page) = followed(&t, &pdf).await;
    assert_eq!(sent["receipt"], code);
    assert_told(&pdf, &[&format!("编号{code}")]);
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let seen = format!("{ADMIN}/entries/{id}");
    let digest = json_of(t.get(&seen, &county), 200).await["digest"].clone();
    let digest = digest.as_str().unwrap();
    assert_says(
        &page,
        &[
            "<h1>有效</h1>",
            "申报回执",
            "谯城㛃发布",
            "第1次提交",
            digest,
        ],
    );
    assert!(!page.contains("替代"), "{page}");
    assert_impersonal(&t, &county, &id, &page).await;

    let form = bytes_of(t.get(&format!("/api/v1/entries/{id}/form"), &owner)).await;

    // a decision is nothing for the public: what was handed in was handed in
    give_back(&t, &county, &id, &["summary", "name"]).await;
    assert_eq!(followed(&t, &pdf).await.1, page);
    let mut input = t.bozhou_input("谯城㛃发布").await;
    input["answers"]["name"] = json!("谯城在线");
    input["answers"]["summary"] = json!("补充后的主要情况。");
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let save = t.client.put(format!("{}/api/v1/entries/{id}", t.base));
    let save = save.bearer_auth(&owner).json(&input);
    let saved = json_of(save.header("if-match", entry["version"].to_string()), 200).await;
    // nor is what somebody is still writing
    assert_eq!(followed(&t, &pdf).await.1, page);
    assert_says(&followed(&t, &form).await.1, &["谯城㛃发布"]);
    let again = t.submit(&owner, &id, saved["version"].as_i64().unwrap());
    let version = again.await["version"].to_string();
    let (_, page) = followed(&t, &pdf).await;
    assert_says(
        &page,
        &[
            "<h1>有效</h1>",
            "谯城在线",
            digest,
            "（已被后一次提交替代）",
            "第2次提交",
        ],
    );
    assert_eq!(page.matches("替代").count(), 1);
    let newest = bytes_of(t.get(&path, &owner)).await;
    assert_ne!(newest, pdf);
    assert_eq!(followed(&t, &newest).await, (code.clone(), page));

    let why = json!({ "reason": "不再申报" });
    let withdraw = t.post(&format!("/api/v1/entries/{id}/withdrawal"), &owner, &why);
    json_of(withdraw.header("if-match", version), 200).await;
    let (_, page) = followed(&t, &pdf).await;
    assert_says(&page, &["<h1>已失效</h1>", "已撤回"]);
    assert_eq!(paper(&t, &code).await["worth"], "revoked");
}

#[tokio::test]
async fn the_code_on_a_slip_says_whether_it_still_waits_for_an_answer() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner).await;
    t.submit(&owner, &id, version).await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    give_back(&t, &county, &id, &["summary"]).await;
    let path = format!("/api/v1/entries/{id}/slip.pdf");
    let pdf = bytes_of(t.get(&path, &owner)).await;
    let (code, page) = followed(&t, &pdf).await;
    assert_told(&pdf, &[&format!("编号{code}")]);
    assert_says(
        &page,
        &[
            "<h1>有效</h1>",
            "补正通知",
            "谯城区委网信办",
            "<dd>1项</dd>",
            "以本页为准",
        ],
    );
    // what is to be mended is between the two of them
    assert!(!page.contains("请补充社会效果"), "{page}");
    assert_impersonal(&t, &county, &id, &page).await;
    let told = paper(&t, &code).await;
    assert_eq!(
        (&told["kind"], &told["worth"]),
        (&json!("slip"), &json!("valid"))
    );

    let slip = json_of(t.get(&format!("/api/v1/entries/{id}/slip"), &owner), 200).await;
    let due = slip["due_at"].as_i64().unwrap();
    t.clock.set(due + 1);
    assert_says(&followed(&t, &pdf).await.1, &["<h1>有效</h1>", "期限已过"]);
    t.clock.set(IN_BOZHOU_WINDOW + 60_000);
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    t.submit(&owner, &id, entry["version"].as_i64().unwrap())
        .await;
    assert_says(&followed(&t, &pdf).await.1, &["<h1>已办结</h1>"]);
    assert_eq!(paper(&t, &code).await["worth"], "superseded");

    // its number, and nothing that only looks like it
    let receipt = code.strip_suffix("-1").unwrap();
    for other in ["2", "01", "+1", "0", "1-1"] {
        let page = t.get(&format!("/v/{receipt}-{other}"), "").send().await;
        assert_eq!(page.unwrap().status(), 404, "{other}");
    }
}

#[tokio::test]
async fn a_slip_of_an_entry_that_ended_is_void() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner).await;
    t.submit(&owner, &id, version).await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    give_back(&t, &county, &id, &["summary"]).await;
    let pdf = bytes_of(t.get(&format!("/api/v1/entries/{id}/slip.pdf"), &owner)).await;
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let why = json!({ "reason": "不再申报" });
    let withdraw = t.post(&format!("/api/v1/entries/{id}/withdrawal"), &owner, &why);
    let version = entry["version"].to_string();
    json_of(withdraw.header("if-match", version), 200).await;
    assert_says(&followed(&t, &pdf).await.1, &["<h1>已失效</h1>"]);
}
