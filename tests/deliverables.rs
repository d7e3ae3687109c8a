//! 后续材料 of 陕西高校 2024: 「按要求开展不少于1期…互动实践活动」「于9月20日前报送活动总结」「总结材料格式要求可在系统下载」.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::journeys::morning;
use crate::papers::assert_told;
use crate::support::{TestApp, bytes_of, json_of};

const SLUG: &str = "shaanxi-universities-2024";
/// 2024-09-21 00:00:00 in Shanghai: the first instant after the last day.
const AFTER: i64 = 1_726_848_000_000;

/// An entry of the owner that was handed in.
async fn submitted(t: &TestApp, owner: &str) -> String {
    t.campaign(SLUG).await;
    let agency = t.agency(SLUG, "西安交通大学").await;
    let input = json!({
        "subject": "account", "category": "government", "route": "university", "agency_id": agency, "region": "610103",
        "answers": {
            "name": "交大之声", "platform": "wechat", "account_id": "xjtu", "operator": "党委宣传部", "level": "province",
            "followers": 20_000, "profile": "简介", "contact": "李某", "phone": "029-1234567",
        }
    });
    let files = ["followers_proof", "stamped_form"];
    let (id, version) = t.ready_draft(owner, &input, SLUG, &files).await;
    t.submit(owner, &id, version).await;
    id
}

fn summary(situation: &str) -> Value {
    json!({ "answers": { "situation": situation, "effect": "收到提问三百余条", "publicity": "阅读量二十万" } })
}

fn handing_in(t: &TestApp, owner: &str, id: &str, key: &str, body: &Value) -> RequestBuilder {
    let path = format!("/api/v1/entries/{id}/deliverables/{key}");
    t.post(&path, owner, body)
        .header("idempotency-key", new_id())
}

fn owed<'a>(all: &'a Value, key: &str) -> &'a Value {
    let mut found = all.as_array().unwrap().iter();
    found.find(|d| d["key"] == key).unwrap()
}

#[tokio::test]
async fn a_summary_and_an_activity_are_handed_in_and_seen_by_the_offices() {
    let t = TestApp::start(morning(2024, 8, 20)).await;
    let owner = t.applicant("owner").await;
    let id = submitted(&t, &owner).await;
    let path = format!("/api/v1/entries/{id}/deliverables");
    let before = json_of(t.get(&path, &owner), 200).await;
    let asked = owed(&before, "summary");
    assert_eq!(
        (&asked["missing"], &asked["open_now"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(asked["closes"], AFTER);
    let labels = asked["fields"].as_array().unwrap().iter();
    let labels: Vec<_> = labels.map(|f| f["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["活动开展情况", "活动效果", "宣传效果"]);

    let blank = t.get(&format!("{path}/summary/form"), &owner);
    assert_told(
        &bytes_of(blank).await,
        &["活动总结", "交大之声", "宣传效果"],
    );

    let first = handing_in(&t, &owner, &id, "summary", &summary("直播答疑一场"));
    let first = json_of(first, 200).await;
    assert_eq!(first["number"], 1);
    let activity = json!({ "answers": { "topic": "网上答疑", "date": "２０２４-09-02", "address": "https://example.edu.cn/live/1" } });
    let activity = json_of(handing_in(&t, &owner, &id, "activity", &activity), 200).await;
    assert_eq!(activity["answers"]["date"], "2024-09-02");
    let again = handing_in(&t, &owner, &id, "summary", &summary("直播答疑两场"));
    assert_eq!(json_of(again, 200).await["number"], 2);

    let university = t.reviewer(SLUG, "西安交通大学").await;
    let admin = format!("/admin/api/v1/entries/{id}/deliverables");
    let seen = json_of(t.get(&admin, &university), 200).await;
    assert_eq!(seen, json_of(t.get(&path, &owner), 200).await);
    let handed_in = owed(&seen, "summary");
    assert_eq!(handed_in["missing"], 0);
    let said: Vec<_> = (handed_in["pieces"].as_array().unwrap().iter())
        .map(|p| p["answers"]["situation"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["直播答疑一场", "直播答疑两场"]);
    let paper = t.get(&format!("{admin}/summary/form?number=2"), &university);
    assert_told(
        &bytes_of(paper).await,
        &["第2次报送", "直播答疑两场", "收到提问三百余条"],
    );
    let paper = t.get(&format!("{admin}/activity/form?number=1"), &university);
    assert_told(
        &bytes_of(paper).await,
        &["第1期", "网上答疑", "2024年9月2日"],
    );
    let archive = t.get(
        &format!("/admin/api/v1/entries/{id}/dossier.zip"),
        &university,
    );
    let files = zip::ZipArchive::new(std::io::Cursor::new(bytes_of(archive).await)).unwrap();
    let files = files.file_names().map(|n| n.unwrap().into_owned());
    let files: Vec<String> = files.filter(|n| n.starts_with("deliverables/")).collect();
    assert_eq!(
        files,
        ["activity-01", "summary-01", "summary-02"].map(|n| format!("deliverables/{n}.pdf"))
    );
    let trail = t.trail(&university, &id).await;
    assert_eq!(
        trail
            .iter()
            .filter(|l| l.contains("deliverable_handed_in"))
            .count(),
        3
    );
}

#[tokio::test]
async fn the_same_key_again_gives_the_same_piece_even_after_closing() {
    let t = TestApp::start(morning(2024, 8, 25)).await;
    let owner = t.applicant("owner").await;
    let id = submitted(&t, &owner).await;
    let path = format!("/api/v1/entries/{id}/deliverables/summary");
    let send = |owner: &str, body: Value| {
        t.post(&path, owner, &body)
            .header("idempotency-key", "summary-0001")
    };
    let first = json_of(send(&owner, summary("一")), 200).await;
    assert_eq!(json_of(send(&owner, summary("一")), 200).await, first);
    assert_eq!(
        json_of(send(&owner, summary("二")), 422).await["code"],
        "idempotency_key_reused"
    );
    t.clock.set(AFTER);
    let owner = t.applicant("owner").await;
    assert_eq!(json_of(send(&owner, summary("一")), 200).await, first);
    let all = json_of(
        t.get(&format!("/api/v1/entries/{id}/deliverables"), &owner),
        200,
    )
    .await;
    assert_eq!(owed(&all, "summary")["pieces"].as_array().unwrap().len(), 1);
}

/// 「于9月20日前报送」: the last second of that day is in time.
#[tokio::test]
async fn one_millisecond_late_is_refused_with_its_clause_unless_the_window_was_moved() {
    let t = TestApp::start(morning(2024, 8, 25)).await;
    let owner = t.applicant("owner").await;
    let id = submitted(&t, &owner).await;
    t.clock.set(AFTER - 1);
    // a sign-in does not last that long
    let owner = t.applicant("owner").await;
    json_of(handing_in(&t, &owner, &id, "summary", &summary("一")), 200).await;
    t.clock.set(AFTER);
    let late = json_of(handing_in(&t, &owner, &id, "summary", &summary("二")), 422).await;
    assert_eq!(late["code"], "deliverable_late");
    let told = late["detail"].as_str().unwrap();
    assert!(told.contains("2024年9月20日 23:59:59"), "{told}");
    let clause = late["violations"][0]["clause"].as_str().unwrap();
    assert!(clause.contains("于9月20日前报送活动总结"), "{clause}");
    let stage = format!("/admin/api/v1/campaigns/{SLUG}/windows/practice");
    let host = t.agency(SLUG, "陕西省委网信办").await;
    let organiser = t.officer(&host, &[domain::actor::Role::Organiser]).await;
    let moved = json!({ "opens": AFTER - 3_000_000_000_i64, "closes": AFTER + 86_400_000, "reason": "延期一天" });
    json_of(t.put(&stage, &organiser, &moved), 200).await;
    json_of(handing_in(&t, &owner, &id, "summary", &summary("二")), 200).await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_by_name() {
    let t = TestApp::start(morning(2024, 8, 20)).await;
    let (owner, other) = (t.applicant("owner").await, t.applicant("other").await);
    let id = submitted(&t, &owner).await;
    let post = |key: &str, body: Value| handing_in(&t, &owner, &id, key, &body);
    let empty = json_of(post("summary", json!({ "answers": {} })), 422).await;
    assert_eq!(empty["code"], "deliverable_faulty");
    let fields: Vec<_> = (empty["violations"].as_array().unwrap().iter())
        .map(|v| v["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        ["answers.situation", "answers.effect", "answers.publicity"]
    );
    let long = json_of(post("summary", summary(&"长".repeat(3_001))), 422).await;
    let fault = &long["violations"][0];
    assert_eq!(
        (&fault["code"], &fault["limit"], &fault["value"]),
        (&json!("text_too_long"), &json!("3000"), &json!("3001"))
    );
    let rare = json_of(post("summary", summary("讲师\u{1F600}")), 422).await;
    assert_eq!(rare["code"], "glyph_missing");
    json_of(post("summary", json!({ "answers": [] })), 422).await;
    json_of(post("summary", json!({ "answers": {}, "more": 1 })), 400).await;
    json_of(post("photo", summary("一")), 404).await;
    let stranger = handing_in(&t, &other, &id, "summary", &summary("一"));
    json_of(stranger, 404).await;
    let path = format!("/api/v1/entries/{id}/deliverables");
    let bare = t.post(&format!("{path}/summary"), &owner, &summary("一"));
    assert_eq!(json_of(bare, 400).await["code"], "idempotency_key_missing");
    json_of(t.get(&format!("{path}/summary/form?number=1"), &owner), 404).await;
    json_of(t.get(&format!("{path}/summary/form"), &other), 404).await;
    let none = json_of(t.get(&path, &owner), 200).await;
    assert_eq!(owed(&none, "summary")["missing"], 1);
}

#[tokio::test]
async fn nothing_is_handed_in_for_a_draft_or_an_entry_that_was_taken_back() {
    let t = TestApp::start(morning(2024, 8, 20)).await;
    let owner = t.applicant("owner").await;
    let id = submitted(&t, &owner).await;
    let now = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let reason = json!({ "reason": "不报了" });
    let taken_back = t.post(&format!("/api/v1/entries/{id}/withdrawal"), &owner, &reason);
    json_of(
        taken_back.header("if-match", now["version"].to_string()),
        200,
    )
    .await;
    let refused = json_of(handing_in(&t, &owner, &id, "summary", &summary("一")), 422).await;
    assert_eq!(refused["code"], "entry_state");
}

/// What was written is personal data at rest: no table holds it in the clear.
#[tokio::test]
async fn the_table_holds_no_plain_text() {
    let t = TestApp::start(morning(2024, 8, 20)).await;
    let owner = t.applicant("owner").await;
    let id = submitted(&t, &owner).await;
    json_of(
        handing_in(&t, &owner, &id, "summary", &summary("直播答疑一场")),
        200,
    )
    .await;
    let rows = tuixuan::db::deliverables::of_entry(t.app.db.read(), &id)
        .await
        .unwrap();
    assert!(!rows[0].content.contains("直播") && rows[0].content.len() > 60);
}
