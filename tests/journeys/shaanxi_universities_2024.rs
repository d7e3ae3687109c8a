//! 陕西高校 2024: recommended by a university only; thresholds by platform and level.

use serde_json::{Value, json};
use tuixuan::clock::new_id;

use super::{blocked, carry, finding, morning};
use crate::support::{TestApp, json_of};

const SLUG: &str = "shaanxi-universities-2024";

fn account(name: &str, category: &str, agency: &str) -> Value {
    let mut input = json!({
        "subject": "account", "category": category, "route": "university", "agency_id": agency, "region": "610103",
        "answers": {
            "name": name, "platform": "wechat", "account_id": format!("id-{name}"), "operator": format!("{name}运营主体"), "level": "province",
            "followers": 20_000, "profile": "简介", "contact": "李某", "phone": "029-1234567",
        }
    });
    if category == "personal" {
        input["answers"]["position"] = json!("党委宣传部干部");
    }
    input
}

#[tokio::test]
async fn university_centre_province() {
    let t = TestApp::start(morning(2024, 8, 20)).await;
    t.campaign(SLUG).await;
    let token = t.applicant("a").await;
    let agency = t.agency(SLUG, "西安交通大学").await;
    let (id, version) = t
        .ready_draft(
            &token,
            &account("交大之声", "government", &agency),
            SLUG,
            &["followers_proof", "stamped_form"],
        )
        .await;
    t.submit(&token, &id, version).await;
    let chain: [(&str, &[&str]); 3] = [
        ("西安交通大学", &["university"]),
        ("陕西高校网络思想政治工作中心", &["centre"]),
        ("陕西省委网信办", &["province"]),
    ];
    let last = carry(&t, SLUG, &id, &chain).await;
    insta::assert_snapshot!(t.trail(&last, &id).await.join("\n"));
}

#[tokio::test]
async fn followers_are_judged_by_platform_and_level() {
    let t = TestApp::start(morning(2024, 8, 20)).await;
    t.campaign(SLUG).await;
    let token = t.applicant("a").await;
    let agency = t.agency(SLUG, "西安交通大学").await;
    for (platform, level, followers, passes) in [
        ("wechat", "province", 20_000, true),
        ("wechat", "province", 19_999, false),
        ("wechat", "city", 10_000, true),
        ("douyin", "province", 100_000, true),
        ("douyin", "province", 99_999, false),
        ("weibo", "city", 50_000, true),
        ("weibo", "city", 49_999, false),
        ("bilibili", "province", 10_000, true),
        ("bilibili", "city", 9_999, false),
    ] {
        let mut input = account("交大之声", "government", &agency);
        input["answers"]["platform"] = json!(platform);
        input["answers"]["level"] = json!(level);
        input["answers"]["followers"] = json!(followers);
        let faults = blocked(&t, SLUG, &token, &input).await;
        assert_eq!(
            !faults.contains(&"followers".to_owned()),
            passes,
            "{platform} {level} {followers}: {faults:?}"
        );
    }
    let mut input = account("交大之声", "government", &agency);
    input["answers"]["followers"] = json!(18_200);
    let told = finding(&t, SLUG, &token, &input, "followers").await;
    assert!(
        told["violation"]["clause"]
            .as_str()
            .unwrap()
            .contains("省级账号2万及以上")
    );
}

#[tokio::test]
async fn a_university_has_two_places_and_one_for_persons() {
    let t = TestApp::start(morning(2024, 8, 20)).await;
    t.campaign(SLUG).await;
    let agency = t.agency(SLUG, "西安交通大学").await;
    let mut codes = Vec::new();
    for (name, category) in [
        ("甲", "personal"),
        ("乙", "personal"),
        ("丙", "government"),
        ("丁", "government"),
    ] {
        let token = t.applicant(name).await;
        let (id, version) = t
            .ready_draft(
                &token,
                &account(name, category, &agency),
                SLUG,
                &["stamped_form"],
            )
            .await;
        let body = json!({ "declarations": t.declarations(&token, &id).await });
        let answer = t
            .post(&format!("/api/v1/entries/{id}/submission"), &token, &body)
            .header("if-match", version.to_string())
            .header("idempotency-key", new_id())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let text: Value = answer.json().await.unwrap();
        let fields: Vec<String> = text["violations"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|v| v["field"].as_str().unwrap().to_owned())
            .collect();
        codes.push((status, fields));
    }
    assert_eq!(codes[0].0, 200);
    assert_eq!(codes[1], (422, vec!["personal".to_owned()]));
    assert_eq!(codes[2].0, 200);
    assert_eq!(codes[3], (422, vec!["university".to_owned()]));
    // The university's places belong to it alone.
    let other = t.applicant("戊").await;
    let check = json_of(
        t.post(
            &format!("/api/v1/campaigns/{SLUG}/check"),
            &other,
            &account("戊", "personal", &t.agency(SLUG, "延安大学").await),
        ),
        200,
    )
    .await;
    assert!(
        check["quotas"]
            .as_array()
            .unwrap()
            .iter()
            .all(|q| q["left"].as_u64().unwrap() > 0),
        "{check}"
    );
}
