//! The order of the files of a slot: the applicant's to give, the reviewers' to see.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of, picture};

const SLUG: &str = "bozhou-2022";
const ADMIN: &str = "/admin/api/v1/entries";

/// A picture unlike the others.
fn shade(n: u8) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(32, 24, image::Rgb([n, 90, 40]))
        .write_to(&mut out, image::ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

/// Three pictures with what else is asked between them.
async fn draft(t: &TestApp, token: &str) -> String {
    let input = t.bozhou_input("谯城发布").await;
    let (id, _) = t.ready_draft(token, &input, SLUG, &[]).await;
    t.attach(token, &id, "pictures", shade(1)).await;
    t.attach(token, &id, "qualification", picture()).await;
    t.attach(token, &id, "pictures", shade(2)).await;
    t.attach(token, &id, "stamped_form", picture()).await;
    t.attach(token, &id, "pictures", shade(3)).await;
    id
}

async fn own(t: &TestApp, token: &str, id: &str) -> Value {
    json_of(t.get(&format!("/api/v1/entries/{id}"), token), 200).await
}

async fn version(t: &TestApp, token: &str, id: &str) -> i64 {
    own(t, token, id).await["version"].as_i64().unwrap()
}

/// Ids of the files of a slot as an entry shows them.
fn files(entry: &Value, slot: &str) -> Vec<String> {
    let all = entry["evidence"].as_array().unwrap().iter();
    all.filter(|f| f["slot"] == slot)
        .map(|f| f["id"].as_str().unwrap().to_owned())
        .collect()
}

fn slots(entry: &Value) -> Vec<&str> {
    let all = entry["evidence"].as_array().unwrap().iter();
    all.map(|f| f["slot"].as_str().unwrap()).collect()
}

fn order(t: &TestApp, token: &str, id: &str, slot: &str, files: &[&str]) -> RequestBuilder {
    let path = format!("/api/v1/entries/{id}/evidence-order/{slot}");
    t.put(&path, token, &json!({ "files": files }))
}

async fn give_back(t: &TestApp, reviewer: &str, id: &str, field: &str) {
    let seen = json_of(t.get(&format!("{ADMIN}/{id}"), reviewer), 200).await;
    let slip = json!({ "items": [{ "field": field, "message": "请调整" }] });
    let request = t.post(&format!("{ADMIN}/{id}/return"), reviewer, &slip);
    let request = request.header("if-match", seen["version"].to_string());
    json_of(request, 200).await;
}

#[tokio::test]
async fn reviewers_see_the_order_in_which_files_were_handed_in() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let owner = t.applicant("a").await;
    let id = draft(&t, &owner).await;
    let before = own(&t, &owner, &id).await;
    let came = files(&before, "pictures");
    let [a, b, c] = [&*came[0], &*came[1], &*came[2]];
    let given = json_of(order(&t, &owner, &id, "pictures", &[c, a, b]), 200).await;
    assert_eq!(files(&given, "pictures"), [c, a, b]);
    assert_eq!(slots(&given), slots(&before), "other slots stay");
    let read = own(&t, &owner, &id).await;
    assert_eq!(read["evidence"], given["evidence"]);
    assert_eq!(read["version"], given["version"]);

    t.submit(&owner, &id, version(&t, &owner, &id).await).await;
    let reviewer = t.reviewer(SLUG, "谯城区委网信办").await;
    let seen = json_of(t.get(&format!("{ADMIN}/{id}"), &reviewer), 200).await;
    assert_eq!(files(&seen, "pictures"), [c, a, b]);
    let trail = json_of(t.get(&format!("{ADMIN}/{id}/trail"), &reviewer), 200).await;
    let ordered: Vec<&Value> = (trail.as_array().unwrap().iter())
        .filter(|e| e["kind"] == "evidence_ordered")
        .collect();
    assert_eq!(ordered.len(), 1);
    let sums: Vec<&Value> = (given["evidence"].as_array().unwrap().iter())
        .filter(|f| f["slot"] == "pictures")
        .map(|f| &f["sha256"])
        .collect();
    assert_eq!(
        ordered[0]["body"],
        json!({ "slot": "pictures", "files": sums })
    );

    // what a returned applicant orders shows once it is handed in
    give_back(&t, &reviewer, &id, "pictures").await;
    json_of(order(&t, &owner, &id, "pictures", &[a, b, c]), 200).await;
    let seen = json_of(t.get(&format!("{ADMIN}/{id}"), &reviewer), 200).await;
    assert_eq!(files(&seen, "pictures"), [c, a, b]);
    t.submit(&owner, &id, version(&t, &owner, &id).await).await;
    let seen = json_of(t.get(&format!("{ADMIN}/{id}"), &reviewer), 200).await;
    assert_eq!(files(&seen, "pictures"), [a, b, c]);
}

#[tokio::test]
async fn the_same_order_again_changes_nothing_and_a_new_file_stands_last() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let owner = t.applicant("a").await;
    let id = draft(&t, &owner).await;
    let came = files(&own(&t, &owner, &id).await, "pictures");
    let [a, b, c] = [&*came[0], &*came[1], &*came[2]];
    let events = async || {
        let timeline = t.get(&format!("/api/v1/entries/{id}/timeline"), &owner);
        json_of(timeline, 200).await.as_array().unwrap().len()
    };
    let given = json_of(order(&t, &owner, &id, "pictures", &[b, c, a]), 200).await;
    let happened = events().await;
    let again = json_of(order(&t, &owner, &id, "pictures", &[b, c, a]), 200).await;
    assert_eq!(again, given);
    assert_eq!(events().await, happened);

    let gone = format!("{}/api/v1/entries/{id}/evidence/{c}", t.base);
    let gone = t.client.delete(gone).bearer_auth(&owner);
    assert_eq!(gone.send().await.unwrap().status(), 200);
    let new = t.attach(&owner, &id, "pictures", shade(4)).await;
    let now = files(&own(&t, &owner, &id).await, "pictures");
    assert_eq!(now, [b, a, new["id"].as_str().unwrap()]);
}

#[tokio::test]
async fn a_list_that_is_not_the_slots_files_is_refused() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let (owner, other) = (t.applicant("a").await, t.applicant("b").await);
    let id = draft(&t, &owner).await;
    let before = own(&t, &owner, &id).await;
    let came = files(&before, "pictures");
    let [a, b, c] = [&*came[0], &*came[1], &*came[2]];
    let paper = files(&before, "qualification")[0].clone();
    for (slot, asked) in [
        ("pictures", &[a, b][..]),
        ("pictures", &[a, b, b]),
        ("pictures", &[c, b, a, &paper]),
        ("pictures", &[]),
        ("none", &[a]),
    ] {
        let refused = json_of(order(&t, &owner, &id, slot, asked), 409).await;
        assert_eq!(refused["code"], "evidence_changed", "{slot} {asked:?}");
        let said = refused["detail"].as_str().unwrap();
        assert!(said.contains("请刷新后再调整"), "{said}");
    }
    let request = t.put(
        &format!("/api/v1/entries/{id}/evidence-order/pictures"),
        &owner,
        &json!({ "files": [c, b, a], "sorted": true }),
    );
    json_of(request, 400).await;
    json_of(order(&t, &other, &id, "pictures", &[c, b, a]), 404).await;
    json_of(order(&t, "", &id, "pictures", &[c, b, a]), 401).await;
    assert_eq!(own(&t, &owner, &id).await, before);
}

#[tokio::test]
async fn what_was_handed_in_keeps_its_order_but_where_a_slip_reopened_it() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let owner = t.applicant("a").await;
    let id = draft(&t, &owner).await;
    let came = files(&own(&t, &owner, &id).await, "pictures");
    let turned = [&*came[2], &*came[1], &*came[0]];
    t.submit(&owner, &id, version(&t, &owner, &id).await).await;
    let refused = json_of(order(&t, &owner, &id, "pictures", &turned), 422).await;
    assert_eq!(refused["code"], "entry_state");
    let reviewer = t.reviewer(SLUG, "谯城区委网信办").await;
    give_back(&t, &reviewer, &id, "summary").await;
    let refused = json_of(order(&t, &owner, &id, "pictures", &turned), 422).await;
    assert_eq!(refused["code"], "field_closed");
    assert_eq!(files(&own(&t, &owner, &id).await, "pictures"), came);
}
