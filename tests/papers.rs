//! Papers beside the JSON: receipt, slip, list of a batch.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;
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

async fn give_back(t: &TestApp, reviewer: &str, id: &str) {
    let seen = json_of(t.get(&format!("{ADMIN}/entries/{id}"), reviewer), 200).await;
    let slip = json!({ "items": [{ "field": "summary", "message": "请补充社会效果" }] });
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
    give_back(&t, &county, &id).await;
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

    give_back(&t, &county, &id).await;
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

    bytes_of(t.get(&path, &county)).await;
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
    let owner_tries = t.get(&path, &owner);
    json_of(owner_tries, 401).await;
}
