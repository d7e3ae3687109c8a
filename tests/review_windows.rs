//! Decisions and stamps keep to the stages that the notice opens for reviews.

use domain::actor::Role;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
/// 2022-06-14 00:00 in Asia/Shanghai: the first review is over.
const OVER: i64 = 1_655_136_000_000;

#[tokio::test]
async fn after_the_last_stage_for_reviews_nobody_endorses_returns_or_stamps_unless_it_is_moved() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let applicant = t.applicant("谯城发布").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t.ready_draft(&applicant, &input, SLUG, &FILES).await;
    t.submit(&applicant, &id, version).await;

    t.clock.set(OVER);
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let entry = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &county), 200).await;
    let post = |act: &str, body: Value| -> RequestBuilder {
        let path = format!("/admin/api/v1/entries/{id}/{act}");
        let version = entry["version"].to_string();
        t.post(&path, &county, &body).header("if-match", version)
    };
    let slip = json!({ "items": [{ "field": "summary", "message": "请补充" }] });
    let stamp =
        json!({ "slot": "county-cyberspace", "digest": entry["digest"], "opinion": "同意" });
    for (act, body) in [
        ("endorsement", json!({ "opinion": "同意" })),
        ("return", slip.clone()),
        ("stamps", stamp),
    ] {
        let refused = json_of(post(act, body), 422).await;
        assert_eq!(refused["code"], "window_closed", "{act}");
        let told = refused["violations"].as_array().unwrap().iter();
        let told: Vec<_> = told.map(|v| (&v["message"], &v["clause"])).collect();
        assert_eq!(
            told,
            [
                (
                    &json!("申报时间为2022年5月23日 00:00:00至2022年6月3日 23:59:59"),
                    &json!("1.5月23日至6月3日。")
                ),
                (
                    &json!("初评与展播点赞时间为2022年6月3日 00:00:00至2022年6月13日 23:59:59"),
                    &json!("2.6月3日至6月13日。")
                ),
            ]
        );
    }

    let city = t.agency(SLUG, "亳州市委网信办").await;
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    let longer = json!({ "opens": IN_BOZHOU_WINDOW, "closes": OVER + 1, "reason": "审核延期" });
    let path = format!("/admin/api/v1/campaigns/{SLUG}/windows/first-review");
    // seconds for milliseconds, and what no calendar holds
    for (opens, closes, field) in [
        (IN_BOZHOU_WINDOW / 1000, OVER / 1000, "closes"),
        (i64::MIN, OVER, "opens"),
        (IN_BOZHOU_WINDOW, i64::MAX, "closes"),
    ] {
        let wild = json!({ "opens": opens, "closes": closes, "reason": "审核延期" });
        let told = json_of(t.put(&path, &organiser, &wild), 422).await;
        assert_eq!(told["violations"][0]["field"], field, "{told}");
    }
    json_of(t.put(&path, &organiser, &longer), 200).await;
    let returned = json_of(post("return", slip), 200).await;
    assert_eq!(returned["state"], "returned");
}
