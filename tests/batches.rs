//! 亳州: a county sends its entries up together; the city ticks the paper and the files off.

mod returned;

use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

const BATCHES: &str = "/admin/api/v1/campaigns/bozhou-2022/batches";
/// 2022-06-04 00:00 in Asia/Shanghai.
const CLOSES: i64 = 1_654_272_000_000;

async fn submitted(t: &TestApp) -> (String, String) {
    t.campaign("bozhou-2022").await;
    let applicant = t.applicant("谯城发布").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t
        .ready_draft(&applicant, &input, "bozhou-2022", &FILES)
        .await;
    t.submit(&applicant, &id, version).await;
    (id, applicant)
}

fn create(t: &TestApp, token: &str, body: &Value) -> reqwest::RequestBuilder {
    t.post(BATCHES, token, body)
        .header("idempotency-key", new_id())
}

async fn act(
    t: &TestApp,
    token: &str,
    path: &str,
    version: i64,
    body: &Value,
    status: u16,
) -> Value {
    let path = format!("/admin/api/v1/batches/{path}");
    json_of(
        t.post(&path, token, body)
            .header("if-match", version.to_string()),
        status,
    )
    .await
}

#[tokio::test]
async fn a_county_sends_a_batch_up_and_the_city_ticks_it_off() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (entry, _) = submitted(&t).await;
    let county = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let city = t.reviewer("bozhou-2022", "亳州市委网信办").await;
    let elsewhere = t.reviewer("bozhou-2022", "涡阳县委网信办").await;
    let body = json!({ "entries": [entry] });

    json_of(create(&t, &elsewhere, &body), 404).await;
    let early = json_of(create(&t, &county, &body), 422).await;
    assert_eq!(early["violations"][0]["code"], "entry_undecided");
    t.stamp_and_endorse(&county, &entry, &["county-cyberspace"])
        .await;

    let batch = json_of(create(&t, &county, &body), 200).await;
    let id = batch["id"].as_str().unwrap();
    assert_eq!(batch["state"], "draft");
    let again = json_of(create(&t, &county, &body), 422).await;
    assert_eq!(again["violations"][0]["code"], "entry_in_batch");
    assert_eq!(json_of(t.get(BATCHES, &city), 200).await, json!([]));

    let (dispatch, receipt) = (format!("{id}/dispatch"), format!("{id}/receipt"));
    let both = json!({ "paper": true, "electronic": true });
    act(&t, &city, &receipt, 1, &both, 404).await;
    act(&t, &city, &dispatch, 1, &json!({}), 404).await;
    let sent = act(&t, &county, &dispatch, 1, &json!({}), 200).await;
    assert_eq!(sent["state"], "sent");
    assert_eq!(
        act(&t, &county, &dispatch, 1, &json!({}), 412).await["code"],
        "stale"
    );
    assert_eq!(
        act(&t, &county, &dispatch, 2, &json!({}), 409).await["code"],
        "batch_sent"
    );

    let seen = json_of(t.get(BATCHES, &city), 200).await;
    assert_eq!(seen[0]["entries"][0]["id"], entry.as_str());
    assert_eq!(json_of(t.get(BATCHES, &elsewhere), 200).await, json!([]));
    let dossiers = format!("/admin/api/v1/batches/{id}/dossiers.zip");
    json_of(t.get(&dossiers, &elsewhere), 404).await;
    for party in [&county, &city] {
        let all = t.get(&dossiers, party).send().await.unwrap();
        assert_eq!(all.headers()["x-entries"], "1");
        let all = std::io::Cursor::new(all.bytes().await.unwrap());
        let all = zip::ZipArchive::new(all).unwrap();
        let names: Vec<_> = all.file_names().map(|name| name.unwrap()).collect();
        assert!(names.iter().any(|name| name.ends_with("/form.pdf")));
    }
    act(&t, &county, &receipt, 2, &both, 404).await;
    let paper = json!({ "paper": true, "electronic": false });
    let half = act(&t, &city, &receipt, 2, &paper, 200).await;
    assert_eq!(half["state"], "sent");
    assert!(half["paper_received_at"].is_i64());
    assert_eq!(
        act(&t, &city, &receipt, 3, &paper, 422).await["code"],
        "receipt_known"
    );
    let whole = act(&t, &city, &receipt, 3, &both, 200).await;
    assert_eq!(whole["state"], "received");
    assert_eq!(whole["paper_received_at"], half["paper_received_at"]);
    let once = json_of(create(&t, &county, &body), 422).await;
    assert_eq!(once["violations"][0]["code"], "entry_in_batch");
}

#[tokio::test]
async fn late_or_without_a_live_entry_nothing_is_sent() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (entry, applicant) = submitted(&t).await;
    let county = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    t.stamp_and_endorse(&county, &entry, &["county-cyberspace"])
        .await;
    let body = json!({ "entries": [entry] });
    let batch = json_of(create(&t, &county, &body), 200).await;
    let dispatch = format!("{}/dispatch", batch["id"].as_str().unwrap());

    t.clock.set(CLOSES);
    let county_later = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let late = act(&t, &county_later, &dispatch, 1, &json!({}), 422).await;
    assert_eq!(late["code"], "window_closed");
    assert!(late["violations"][0]["clause"].is_string());

    t.clock.set(IN_BOZHOU_WINDOW);
    let mine = json_of(t.get(&format!("/api/v1/entries/{entry}"), &applicant), 200).await;
    json_of(
        t.post(
            &format!("/api/v1/entries/{entry}/withdrawal"),
            &applicant,
            &json!({ "reason": "不再参加" }),
        )
        .header("if-match", mine["version"].to_string()),
        200,
    )
    .await;
    let gone = act(&t, &county, &dispatch, 1, &json!({}), 422).await;
    assert_eq!(gone["code"], "batch_empty");
    let refused = json_of(create(&t, &county, &body), 422).await;
    assert_eq!(refused["violations"][0]["code"], "entry_not_in");
}

#[tokio::test]
async fn a_batch_may_be_changed_or_cancelled_until_it_is_sent_and_is_made_once_a_key() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (first, _) = submitted(&t).await;
    let applicant = t.applicant("古井发布").await;
    let input = t.bozhou_input("古井发布").await;
    let (second, version) = t
        .ready_draft(&applicant, &input, "bozhou-2022", &FILES)
        .await;
    t.submit(&applicant, &second, version).await;
    let county = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    for entry in [&first, &second] {
        t.stamp_and_endorse(&county, entry, &["county-cyberspace"])
            .await;
    }
    let put = |id: &str, version: i64, entries: &[&String]| {
        let path = format!("/admin/api/v1/batches/{id}/entries");
        let request = t.put(&path, &county, &json!({ "entries": entries }));
        request.header("if-match", version.to_string())
    };
    let ids = |batch: &Value| -> Vec<String> {
        let entries = batch["entries"].as_array().unwrap().iter();
        entries
            .map(|e| e["id"].as_str().unwrap().to_owned())
            .collect()
    };

    let (key, body) = (new_id(), json!({ "entries": [first] }));
    let call = |body: &Value| {
        t.post(BATCHES, &county, body)
            .header("idempotency-key", &key)
    };
    json_of(t.post(BATCHES, &county, &body), 400).await;
    let batch = json_of(call(&body), 200).await;
    assert_eq!(json_of(call(&body), 200).await, batch);
    let other = json_of(call(&json!({ "entries": [second] })), 422).await;
    assert_eq!(other["code"], "idempotency_key_reused");
    let id = batch["id"].as_str().unwrap();
    assert_eq!(
        json_of(t.get(BATCHES, &county), 200)
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );

    json_of(put(id, 0, &[&second]), 412).await;
    let both = json_of(put(id, 1, &[&first, &second]), 200).await;
    assert_eq!(ids(&both), [first.clone(), second.clone()]);
    let one = json_of(put(id, 2, &[&second]), 200).await;
    assert_eq!(
        (ids(&one), one["version"].clone()),
        (vec![second.clone()], json!(3))
    );
    let beside = json_of(
        create(&t, &county, &json!({ "entries": [first, second] })),
        422,
    )
    .await;
    let taken = beside["violations"].as_array().unwrap().iter();
    let taken: Vec<&Value> = taken.map(|v| &v["field"]).collect();
    assert_eq!(taken, [&json!(format!("entries.{second}"))]);

    let cancel = format!("{id}/cancellation");
    let city = t.reviewer("bozhou-2022", "亳州市委网信办").await;
    act(&t, &city, &cancel, 3, &json!({}), 404).await;
    act(&t, &county, &cancel, 2, &json!({}), 412).await;
    let cancelled = act(&t, &county, &cancel, 3, &json!({}), 200).await;
    assert_eq!(
        (&cancelled["state"], &cancelled["entries"]),
        (&json!("cancelled"), &json!([]))
    );
    for path in [cancel, format!("{id}/dispatch")] {
        let refused = act(&t, &county, &path, 4, &json!({}), 409).await;
        assert_eq!(refused["code"], "batch_cancelled");
    }
    assert_eq!(
        json_of(put(id, 4, &[&first]), 409).await["code"],
        "batch_cancelled"
    );

    let next = json_of(
        create(&t, &county, &json!({ "entries": [first, second] })),
        200,
    )
    .await;
    let id = next["id"].as_str().unwrap();
    act(&t, &county, &format!("{id}/dispatch"), 1, &json!({}), 200).await;
    assert_eq!(
        json_of(put(id, 2, &[&first]), 409).await["code"],
        "batch_sent"
    );
    let late = act(
        &t,
        &county,
        &format!("{id}/cancellation"),
        2,
        &json!({}),
        409,
    )
    .await;
    assert_eq!(late["code"], "batch_sent");
}

/// The entries of the only batch that an officer sees.
async fn inside(t: &TestApp, token: &str) -> usize {
    let seen = json_of(t.get(BATCHES, token), 200).await;
    seen[0]["entries"].as_array().unwrap().len()
}

/// 「材料须同时报送纸质版和电子版」: what was returned and mended goes up again, also after the stage in which others went.
#[tokio::test]
async fn a_returned_entry_leaves_its_batch_and_goes_up_in_another() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (entry, _) = submitted(&t).await;
    let county = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let partner = t.reviewer("bozhou-2022", "谯城区文明办").await;
    t.stamp_and_endorse(&county, &entry, &["county-cyberspace"])
        .await;
    t.stamp_and_endorse(&partner, &entry, &["county-civilisation"])
        .await;
    let body = json!({ "entries": [entry] });
    let batch = json_of(create(&t, &county, &body), 200).await;
    let dispatch = format!("{}/dispatch", batch["id"].as_str().unwrap());
    act(&t, &county, &dispatch, 1, &json!({}), 200).await;

    t.clock.set(CLOSES + 3_600_000);
    let city = t.reviewer("bozhou-2022", "亳州市委网信办").await;
    assert_eq!(inside(&t, &city).await, 1);
    let path = format!("/admin/api/v1/entries/{entry}");
    let seen = json_of(t.get(&path, &city), 200).await;
    let slip = json!({ "items": [{ "field": "summary", "message": "请补充" }] });
    let give_back = t.post(&format!("{path}/return"), &city, &slip);
    json_of(
        give_back.header("if-match", seen["version"].to_string()),
        200,
    )
    .await;
    assert_eq!(inside(&t, &city).await, 0);
    let trail = t.trail(&city, &entry).await;
    assert_eq!(trail.last().unwrap(), "officer left_batches");

    let applicant = t.applicant("谯城发布").await;
    let own = format!("/api/v1/entries/{entry}");
    let mine = json_of(t.get(&own, &applicant), 200).await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["answers"]["summary"] = json!("补充后的情况。");
    let save = t.put(&own, &applicant, &input);
    let saved = json_of(save.header("if-match", mine["version"].to_string()), 200).await;
    let version = saved["version"].as_i64().unwrap();
    t.submit(&applicant, &entry, version).await;
    let county = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    t.stamp_and_endorse(&county, &entry, &["county-cyberspace"])
        .await;
    let next = json_of(create(&t, &county, &body), 200).await;
    let dispatch = format!("{}/dispatch", next["id"].as_str().unwrap());
    act(&t, &county, &dispatch, 1, &json!({}), 200).await;
}

#[tokio::test]
async fn a_batch_comes_back_with_a_reason_and_is_sent_again_until_its_stage_ends() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (entry, _) = submitted(&t).await;
    let county = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let city = t.reviewer("bozhou-2022", "亳州市委网信办").await;
    t.stamp_and_endorse(&county, &entry, &["county-cyberspace"])
        .await;
    let body = json!({ "entries": [entry] });
    let batch = json_of(create(&t, &county, &body), 200).await;
    let id = batch["id"].as_str().unwrap();
    let (dispatch, receipt) = (format!("{id}/dispatch"), format!("{id}/receipt"));
    let (back, why) = (format!("{id}/return"), json!({ "reason": "少一份材料" }));
    act(&t, &city, &back, 1, &why, 404).await;
    act(&t, &county, &dispatch, 1, &json!({}), 200).await;
    let both = json!({ "paper": true, "electronic": true });
    act(&t, &city, &receipt, 2, &both, 200).await;

    act(&t, &county, &back, 3, &why, 404).await;
    act(&t, &city, &back, 2, &why, 412).await;
    act(&t, &city, &back, 3, &json!({ "reason": " " }), 422).await;
    let returned = act(&t, &city, &back, 3, &why, 200).await;
    assert_eq!(
        (&returned["state"], &returned["return_reason"]),
        (&json!("returned"), &json!("少一份材料"))
    );
    assert_eq!(returned["paper_received_at"], Value::Null);
    for party in [&city, &county] {
        let seen = json_of(t.get(BATCHES, party), 200).await;
        assert_eq!(seen[0]["return_reason"], "少一份材料");
    }

    let put = t.put(
        &format!("/admin/api/v1/batches/{id}/entries"),
        &county,
        &body,
    );
    json_of(put.header("if-match", "4"), 200).await;
    let sent = act(&t, &county, &dispatch, 5, &json!({}), 200).await;
    assert_eq!(
        (&sent["state"], &sent["return_reason"]),
        (&json!("sent"), &Value::Null)
    );

    t.clock.set(CLOSES);
    let city = t.reviewer("bozhou-2022", "亳州市委网信办").await;
    let late = act(&t, &city, &back, 6, &why, 422).await;
    assert_eq!(late["code"], "window_closed");
    assert!(late["violations"][0]["clause"].is_string());
}
