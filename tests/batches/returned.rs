//! Batches that come back, and entries that leave them after they were sent.

use serde_json::{Value, json};

use super::{BATCHES, act, create, submitted};
use crate::papers::assert_told;
use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

/// Two entries that the county and its partner have endorsed; tokens of the county and of the city.
async fn endorsed(t: &TestApp) -> ([String; 2], String, String) {
    let (first, _) = submitted(t).await;
    let applicant = t.applicant("古井发布").await;
    let input = t.bozhou_input("古井发布").await;
    let (second, version) = t
        .ready_draft(&applicant, &input, "bozhou-2022", &FILES)
        .await;
    t.submit(&applicant, &second, version).await;
    let county = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let partner = t.reviewer("bozhou-2022", "谯城区文明办").await;
    for id in [&first, &second] {
        t.stamp_and_endorse(&county, id, &["county-cyberspace"])
            .await;
        t.stamp_and_endorse(&partner, id, &["county-civilisation"])
            .await;
    }
    let city = t.reviewer("bozhou-2022", "亳州市委网信办").await;
    ([first, second], county, city)
}

#[tokio::test]
async fn whoever_returned_a_batch_sees_it_and_its_call_again_changes_nothing() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (ids, county, city) = endorsed(&t).await;
    let batch = json_of(create(&t, &county, &json!({ "entries": ids })), 200).await;
    let id = batch["id"].as_str().unwrap();
    let (dispatch, back) = (format!("{id}/dispatch"), format!("{id}/return"));
    act(&t, &county, &dispatch, 1, &json!({}), 200).await;
    let why = json!({ "reason": "纸质版缺页" });
    let returned = act(&t, &city, &back, 2, &why, 200).await;
    // an answer that was lost on its way
    assert_eq!(act(&t, &city, &back, 2, &why, 200).await, returned);
    let (kinds, _) = t.campaign_events("bozhou-2022").await;
    let told = kinds.iter().filter(|k| *k == "batch_returned").count();
    assert_eq!(told, 1);
    assert_eq!(json_of(t.get(BATCHES, &city), 200).await, json!([returned]));
    let both = json!({ "paper": true, "electronic": true });
    for (path, body) in [(&back, &why), (&format!("{id}/receipt"), &both)] {
        let refused = act(&t, &city, path, 3, body, 409).await;
        assert_eq!(refused["code"], "batch_returned");
    }
    act(&t, &city, &dispatch, 3, &json!({}), 404).await;
    let sent = act(&t, &county, &dispatch, 3, &json!({}), 200).await;
    assert_eq!(json_of(t.get(BATCHES, &city), 200).await, json!([sent]));
}

/// The sealed list of a batch says how many there were.
#[tokio::test]
async fn an_entry_that_leaves_a_sent_batch_is_marked_on_its_list_and_moves_its_version() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (ids, county, city) = endorsed(&t).await;
    let batch = json_of(create(&t, &county, &json!({ "entries": ids })), 200).await;
    let id = batch["id"].as_str().unwrap();
    act(&t, &county, &format!("{id}/dispatch"), 1, &json!({}), 200).await;
    let both = json!({ "paper": true, "electronic": true });
    let receipt = format!("{id}/receipt");
    assert_eq!(
        act(&t, &city, &receipt, 2, &both, 200).await["state"],
        "received"
    );
    let path = format!("/admin/api/v1/entries/{}", ids[0]);
    let version = json_of(t.get(&path, &city), 200).await["version"].to_string();
    let slip = json!({ "items": [{ "field": "summary", "message": "请补充" }] });
    let give_back = t.post(&format!("{path}/return"), &city, &slip);
    json_of(give_back.header("if-match", version), 200).await;

    let seen = json_of(t.get(BATCHES, &city), 200).await;
    let inside: Vec<&Value> = (seen[0]["entries"].as_array().unwrap().iter())
        .map(|e| &e["id"])
        .collect();
    assert_eq!(
        (inside, &seen[0]["version"]),
        (vec![&json!(ids[1])], &json!(4))
    );
    act(&t, &city, &receipt, 3, &both, 412).await;
    let cover = format!("/admin/api/v1/batches/{id}/cover");
    let pdf = bytes_of(t.get(&cover, &city)).await;
    assert_told(&pdf, &["2份", "谯城发布", "已退回", "古井发布"]);
}
