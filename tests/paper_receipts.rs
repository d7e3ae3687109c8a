//! 纸质原件签收: by the number of the form, once for each agency.

use domain::actor::Role;
use serde_json::{Value, json};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, picture};

const SLUG: &str = "bozhou-2022";
const FILES: [&str; 4] = ["pictures", "pictures", "pictures", "qualification"];
const PATH: &str = "/admin/api/v1/paper-receipts";

/// An entry that was handed in, and the number of its form.
async fn printed(t: &TestApp) -> (String, String) {
    t.campaign(SLUG).await;
    let owner = t.applicant("owner").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
    t.attach(&owner, &id, "stamped_form", picture()).await;
    t.submit(&owner, &id, version + 1).await;
    bytes_of(t.get(&format!("/api/v1/entries/{id}/form"), &owner)).await;
    let officer = t.reviewer(SLUG, "谯城区委网信办").await;
    let seen = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &officer), 200).await;
    (id, seen["form_code"].as_str().unwrap().to_owned())
}

async fn received(t: &TestApp, token: &str, code: &str, status: u16) -> Value {
    json_of(t.post(PATH, token, &json!({ "code": code })), status).await
}

#[tokio::test]
async fn a_form_is_received_once_by_its_number_or_its_address() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (id, code) = printed(&t).await;
    let desk = t.reviewer(SLUG, "谯城区委网信办").await;
    let first = received(&t, &desk, &format!("https://tx.example.cn/v/{code}"), 200).await;
    assert_eq!(
        (&first["code"], &first["entry"]["id"]),
        (&json!(code), &json!(id))
    );
    assert!(first["warning"].is_null());
    t.clock.set(IN_BOZHOU_WINDOW + 60_000);
    let again = received(&t, &desk, &code.to_lowercase(), 200).await;
    assert_eq!(again, first);
    let seen = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &desk), 200).await;
    let paper = seen["paper"].as_array().unwrap();
    assert_eq!(paper.len(), 1);
    assert_eq!(
        (&paper[0]["code"], &paper[0]["round"]),
        (&json!(code), &json!(1))
    );
    let trail = t.trail(&desk, &id).await;
    let told = trail.iter().filter(|line| line.contains("paper_received"));
    assert_eq!(told.collect::<Vec<_>>(), ["officer paper_received round=1"]);
}

#[tokio::test]
async fn the_agency_above_receives_the_same_paper_itself() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (id, code) = printed(&t).await;
    let (county, city) = (
        t.reviewer(SLUG, "谯城区委网信办").await,
        t.reviewer(SLUG, "亳州市委网信办").await,
    );
    let (first, second) = (
        received(&t, &county, &code, 200).await,
        received(&t, &city, &code, 200).await,
    );
    assert_ne!(first["id"], second["id"]);
    let seen = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &city), 200).await;
    assert_eq!(seen["paper"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_returned_form_is_received_with_a_warning() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (id, code) = printed(&t).await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let path = format!("/admin/api/v1/entries/{id}");
    let version = json_of(t.get(&path, &county), 200).await["version"].clone();
    let slip = |message: &str| {
        let body = json!({ "items": [{ "field": "summary", "message": message }] });
        let request = t.post(&format!("{path}/return"), &county, &body);
        request.header("if-match", version.to_string())
    };
    json_of(slip(" "), 422).await;
    json_of(slip("请补充"), 200).await;
    let arrived = received(&t, &county, &code, 200).await;
    let warning = arrived["warning"].as_str().unwrap();
    assert!(warning.contains("表上印章不再有效"), "{warning}");
}

#[tokio::test]
async fn others_strangers_and_nonsense_are_refused() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (_, code) = printed(&t).await;
    let desk = t.reviewer(SLUG, "谯城区委网信办").await;
    let elsewhere = t.reviewer(SLUG, "涡阳县委网信办").await;
    received(&t, &elsewhere, &code, 404).await;
    received(&t, &desk, "34-ZZZZZZZZZZ", 404).await;
    assert_eq!(
        received(&t, &desk, "不是编号", 422).await["code"],
        "form_code_format"
    );
    let agency = t.agency(SLUG, "谯城区委网信办").await;
    let organiser = t.officer(&agency, &[Role::Organiser]).await;
    received(&t, &organiser, &code, 403).await;
    let unknown = json!({ "code": code, "paper": true });
    json_of(t.post(PATH, &desk, &unknown), 400).await;
}
