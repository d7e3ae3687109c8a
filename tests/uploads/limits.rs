//! How much one person may keep, and what is told before a byte is sent.

use serde_json::json;
use tuixuan::app::housekeeping;
use tuixuan::app::installation::{self, Use};
use tuixuan::clock::new_id;
use tuixuan::config::{Limits, StoreKind};
use tuixuan::files::Most;

use super::{SLUG, begin, begun, draft};
use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of, picture, upload};

#[tokio::test]
async fn what_could_not_be_kept_is_refused_before_a_byte_is_sent() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.limits = Limits {
            video_bytes: 9_000_000,
            ..Limits::default()
        };
    })
    .await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let code = async |slot: &str, bytes: usize| {
        let told = json_of(begin(&t, &owner, &id, slot, bytes), 422).await;
        told["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code("video", 9_000_001).await, "file_too_large");
    assert_eq!(code("pictures", (10 << 20) + 1).await, "file_too_large");
    assert_eq!(code("video", 0).await, "file_empty");
    assert_eq!(code("no-such", 9).await, "slot_unknown");
    for _ in 0..10 {
        begun(&t, &owner, &id, 9).await;
    }
    assert_eq!(code("video", 9).await, "uploads_open");
    let open = json_of(t.get(&format!("/api/v1/entries/{id}/uploads"), &owner), 200).await;
    let first = open[0]["id"].as_str().unwrap();
    let path = format!("{}/api/v1/entries/{id}/uploads/{first}", t.base);
    let cancelled = t
        .client
        .delete(&path)
        .bearer_auth(&owner)
        .send()
        .await
        .unwrap();
    assert_eq!(cancelled.status(), 200);
    begun(&t, &owner, &id, 9).await;
}

#[tokio::test]
async fn a_person_keeps_so_much_and_begins_so_often() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.limits.person_bytes = 1_000_000;
        s.throttle.person_uploads = 3;
        s.throttle.address_uploads = 5;
    })
    .await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    begun(&t, &owner, &id, 600_000).await;
    let full = json_of(begin(&t, &owner, &id, "video", 400_001), 422).await;
    let told = &full["violations"][0];
    assert_eq!(
        (&full["code"], &told["limit"], &told["value"]),
        (
            &json!("storage_quota"),
            &json!("1000000"),
            &json!("1000001")
        )
    );
    let small = async |token: &str, id: &str, status: u16| {
        let (kind, body) = upload("pictures", "图.png", picture());
        let sent = t
            .client
            .post(format!("{}/api/v1/entries/{id}/evidence", t.base));
        let sent = sent.bearer_auth(token).header("content-type", kind);
        json_of(sent.body(body), status).await
    };
    for _ in 0..2 {
        small(&owner, &id, 200).await;
    }
    small(&owner, &id, 429).await;
    // another person at the same address, until the address is known as well
    let other = t.applicant("other").await;
    let mut input = t.bozhou_input("另一家").await;
    input["answers"]["operator_kind"] = json!("individual");
    let (theirs, _) = t.ready_draft(&other, &input, SLUG, &[]).await;
    for _ in 0..2 {
        small(&other, &theirs, 200).await;
    }
    small(&other, &theirs, 429).await;
    t.clock.set(IN_BOZHOU_WINDOW + 15 * 60_000);
    small(&other, &theirs, 200).await;
}

/// Drafts that are thought better of cost nobody anything: their files go, their bytes count no more, and they are not without end.
#[tokio::test]
async fn drafts_that_were_withdrawn_keep_no_files() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.limits.person_bytes = picture().len() as u64 + 10;
        s.limits.person_drafts = 2;
        s.files.orphan_hours = 0;
        s.files.store = StoreKind::Local;
    })
    .await;
    let owner = t.applicant("owner").await;
    installation::check(&t.app, Use::Serving).await.unwrap();
    t.campaign(SLUG).await;
    let input = t.bozhou_input("谯城发布").await;
    let begun = async || t.ready_draft(&owner, &input, SLUG, &[]).await.0;
    let (one, two) = (begun().await, begun().await);
    let file = t.attach(&owner, &one, "pictures", picture()).await;
    let (kind, body) = upload("pictures", "图.png", picture());
    let sent = (t.client).post(format!("{}/api/v1/entries/{two}/evidence", t.base));
    let sent = sent.bearer_auth(&owner).header("content-type", kind);
    assert_eq!(json_of(sent.body(body), 422).await["code"], "storage_quota");
    let third = t.post(&format!("/api/v1/campaigns/{SLUG}/entries"), &owner, &input);
    let third = json_of(third.header("idempotency-key", new_id()), 422).await;
    assert_eq!(third["code"], "too_many_drafts");

    let now = json_of(t.get(&format!("/api/v1/entries/{one}"), &owner), 200).await;
    let back = t.post(
        &format!("/api/v1/entries/{one}/withdrawal"),
        &owner,
        &json!({ "reason": "另行申报" }),
    );
    let version = now["version"].to_string();
    let gone = json_of(back.header("if-match", version), 200).await;
    assert_eq!(gone["evidence"], json!([]));
    let swept = housekeeping::sweep(&t.app, Most::Share).await.unwrap();
    assert_eq!(swept.swept.removed, 1);
    let sha256 = file["sha256"].as_str().unwrap();
    assert!(!t.app.files.exists(sha256).await.unwrap());
    t.attach(&owner, &two, "pictures", picture()).await;
    begun().await;
}
