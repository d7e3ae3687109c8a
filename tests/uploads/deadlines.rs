//! What was on its way when applications ended.

use serde_json::{Value, json};
use tuixuan::clock::new_id;

use super::{SLUG, begin, begun, finish, part};
use crate::support::film::SHORT;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of, picture, upload};

/// 2022-06-04 00:00 in Asia/Shanghai: 亳州's applications are over.
const CLOSES: i64 = 1_654_272_000_000;

/// A whole draft whose film was begun just before the end; the parts are sent after it.
async fn film_over_the_end(t: &TestApp) -> (String, String, String) {
    t.clock.set(CLOSES - 60_000);
    let owner = t.applicant("owner").await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["answers"]["operator_kind"] = json!("individual");
    let (id, _) = t.ready_draft(&owner, &input, SLUG, &[]).await;
    let film = SHORT.bytes();
    let path = begun(t, &owner, &id, film.len()).await;
    t.clock.set(CLOSES + 60_000);
    json_of(part(t, &owner, &path, 1, film), 200).await;
    (owner, id, path)
}

async fn hand_in(t: &TestApp, owner: &str, id: &str, status: u16) -> Value {
    let path = format!("/api/v1/entries/{id}");
    let entry = json_of(t.get(&path, owner), 200).await;
    let body = json!({ "declarations": t.declarations(owner, id).await });
    let submit = t
        .post(&format!("{path}/submission"), owner, &body)
        .header("if-match", entry["version"].to_string())
        .header("idempotency-key", new_id());
    json_of(submit, status).await
}

#[tokio::test]
async fn what_arrives_after_the_end_is_refused_with_the_servers_time_and_the_draft_stays() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let (owner, id, path) = film_over_the_end(&t).await;
    let refused = json_of(finish(&t, &owner, &path), 422).await;
    assert_eq!(refused["code"], "window_closed");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("6月4日 00:01:00"), "{detail}");
    assert!(detail.contains("草稿仍为您保留"), "{detail}");
    let late = json_of(begin(&t, &owner, &id, "video", 9), 422).await;
    assert_eq!(late["code"], "window_closed");
    let (kind, body) = upload("pictures", "图.png", picture());
    let small = t
        .client
        .post(format!("{}/api/v1/entries/{id}/evidence", t.base));
    let small = small.bearer_auth(&owner).header("content-type", kind);
    assert_eq!(
        json_of(small.body(body), 422).await["code"],
        "window_closed"
    );
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    assert_eq!(entry["state"], "draft");
}

#[tokio::test]
async fn within_the_notices_grace_it_arrives_and_its_entry_is_handed_in_in_time() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign_but(SLUG, |notice| {
        notice.stage[0].upload_grace_minutes = Some(10)
    })
    .await;
    let (owner, id, path) = film_over_the_end(&t).await;
    let campaign = json_of(t.get(&format!("/api/v1/campaigns/{SLUG}"), ""), 200).await;
    assert_eq!(campaign["stages"][0]["grace_until"], CLOSES + 600_000);
    // grace is for what was on its way, and for nothing else
    let late = json_of(begin(&t, &owner, &id, "video", 9), 422).await;
    assert_eq!(late["code"], "window_closed");
    assert_eq!(hand_in(&t, &owner, &id, 422).await["code"], "window_closed");
    json_of(finish(&t, &owner, &path), 200).await;
    let sent = hand_in(&t, &owner, &id, 200).await;
    assert_eq!(
        (&sent["state"], &sent["late"]),
        (&json!("under_review"), &json!(false))
    );
}

#[tokio::test]
async fn grace_ends_too() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign_but(SLUG, |notice| {
        notice.stage[0].upload_grace_minutes = Some(10)
    })
    .await;
    let (owner, id, path) = film_over_the_end(&t).await;
    t.clock.set(CLOSES + 599_999);
    json_of(finish(&t, &owner, &path), 200).await;
    t.clock.set(CLOSES + 600_000);
    assert_eq!(hand_in(&t, &owner, &id, 422).await["code"], "window_closed");
}
