//! The general template: county approves and stamps, city follows, the province makes the final review.

use serde_json::json;

use super::{carry, morning};
use crate::support::{TestApp, json_of, picture, upload};

#[tokio::test]
async fn county_city_province() {
    let t = TestApp::start(morning(2027, 3, 5)).await;
    t.campaign("three-tier").await;
    let token = t.applicant("武昌发布").await;
    let agency = t.agency("three-tier", "武昌区委网信办").await;
    let input = json!({
        "subject": "account", "category": "government", "route": "county", "agency_id": agency, "region": "420106",
        "answers": {
            "name": "武昌发布", "platform": "wechat", "account_id": "wuchang", "operator": "武昌区融媒体中心", "region": "420106",
            "followers": 120_000, "contact": "李某", "mobile": "13800138000", "summary": "账号情况。",
        }
    });
    let (id, version) = t
        .ready_draft(
            &token,
            &input,
            "three-tier",
            &["pictures", "pictures", "pictures"],
        )
        .await;
    let (kind, body) = upload("pictures", "四.png", picture());
    let fourth = t
        .client
        .post(format!("{}/api/v1/entries/{id}/evidence", t.base))
        .bearer_auth(&token)
        .header("content-type", kind)
        .body(body);
    let refused = json_of(fourth, 422).await;
    assert_eq!(refused["code"], "evidence_full");

    t.submit(&token, &id, version).await;
    let chain: [(&str, &[&str]); 3] = [
        ("武昌区委网信办", &["county"]),
        ("武汉市委网信办", &["city"]),
        ("湖北省委网信办", &["province"]),
    ];
    let last = carry(&t, "three-tier", &id, &chain).await;
    insta::assert_snapshot!(t.trail(&last, &id).await.join("\n"));
}
