//! 科协 2021: forwarded down to the societies, sent up to the committee.

use domain::actor::Role;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{carry, morning};
use crate::support::{TestApp, json_of};

const SLUG: &str = "cast-2021";
const FILES: [&str; 3] = ["pictures"; 3];

async fn account(t: &TestApp, name: &str) -> Value {
    let society = t.agency(SLUG, "中国针灸学会").await;
    json!({
        "subject": "account", "category": "account", "route": "society", "agency_id": society, "region": "110000",
        "answers": {
            "name": name, "registered_on": "2016-03-01", "followers": 52_000, "operator": "中国针灸学会腧穴分会", "account_id": format!("id-{name}"),
            "staff": 4, "posts": 600, "profile": "简介", "effect": "实效", "reason": "理由", "contact": "李某", "mobile": "13800138000",
            "email": "a@example.cn", "postcode": "100700", "address": "东直门", "platform": "wechat", "operator_kind": "society",
        }
    })
}

/// An entry that waits for the society, and its applicant.
async fn at_the_society(t: &TestApp, name: &str) -> (String, String) {
    let token = t.applicant(name).await;
    let input = account(t, name).await;
    let (id, version) = t.ready_draft(&token, &input, SLUG, &FILES).await;
    assert_eq!(t.submit(&token, &id, version).await["step"], "society");
    (id, token)
}

async fn decision(t: &TestApp, token: &str, id: &str, act: &str, body: &Value) -> RequestBuilder {
    let path = format!("/admin/api/v1/entries/{id}");
    let version = &json_of(t.get(&path, token), 200).await["version"];
    let post = t.post(&format!("{path}/{act}"), token, body);
    post.header("if-match", version.to_string())
}

async fn endorse(t: &TestApp, token: &str, id: &str, status: u16) -> Value {
    let request = decision(t, token, id, "endorsement", &json!({ "opinion": "同意" })).await;
    json_of(request, status).await
}

async fn give_back(t: &TestApp, token: &str, id: &str) {
    let slip = json!({ "items": [{ "field": "reason", "message": "请补充" }] });
    let returned = json_of(decision(t, token, id, "return", &slip).await, 200).await;
    assert_eq!(returned["state"], "returned");
}

/// What was asked for is written anew and handed in.
async fn mend(t: &TestApp, token: &str, id: &str, name: &str) {
    let path = format!("/api/v1/entries/{id}");
    let now = json_of(t.get(&path, token), 200).await;
    let mut input = account(t, name).await;
    input["answers"]["reason"] = json!("补充后的理由");
    let save = t.put(&path, token, &input);
    let saved = json_of(save.header("if-match", now["version"].to_string()), 200).await;
    let version = saved["version"].as_i64().unwrap();
    assert_eq!(t.submit(token, id, version).await["step"], "society");
}

#[tokio::test]
async fn branch_society_association_committee() {
    let t = TestApp::start(morning(2021, 7, 20)).await;
    t.campaign("cast-2021").await;
    let token = t.applicant("针灸科普").await;
    let mut input = account(&t, "针灸科普").await;
    input["unit_id"] = json!(t.agency(SLUG, "中国针灸学会腧穴分会").await);
    let (id, version) = t
        .ready_draft(
            &token,
            &input,
            "cast-2021",
            &["pictures", "pictures", "pictures"],
        )
        .await;
    let submitted = t.submit(&token, &id, version).await;
    assert_eq!(submitted["step"], "branch");
    let chain: [(&str, &[&str]); 4] = [
        ("中国针灸学会腧穴分会", &["branch"]),
        ("中国针灸学会", &["society"]),
        ("中国科协", &["association"]),
        ("“百佳账号”推选活动组委会", &["committee"]),
    ];
    let last = carry(&t, "cast-2021", &id, &chain).await;
    insta::assert_snapshot!(t.trail(&last, &id).await.join("\n"));
}

/// 「请各单位积极推选优秀账号（每单位限1个）」.
#[tokio::test]
async fn a_society_endorses_one_and_gets_its_place_back_when_that_is_undone() {
    let t = TestApp::start(morning(2021, 7, 20)).await;
    t.campaign(SLUG).await;
    let (first, applicant) = at_the_society(&t, "针灸科普").await;
    let (second, _) = at_the_society(&t, "针灸天地").await;
    let society = t.reviewer(SLUG, "中国针灸学会").await;
    let association = t.reviewer(SLUG, "中国科协").await;

    assert_eq!(
        t.stamp_and_endorse(&society, &first, &[]).await["step"],
        "association"
    );
    let full = endorse(&t, &society, &second, 422).await;
    assert_eq!(full["code"], "quota_used_up", "{full}");
    let fault = &full["violations"][0];
    assert_eq!(
        (&fault["limit"], &fault["clause"]),
        (
            &json!("1"),
            &json!("请各单位积极推选优秀账号（每单位限1个）")
        )
    );

    give_back(&t, &association, &first).await;
    t.stamp_and_endorse(&society, &second, &[]).await;
    mend(&t, &applicant, &first, "针灸科普").await;
    assert_eq!(
        endorse(&t, &society, &first, 422).await["code"],
        "quota_used_up"
    );
    let reason = json!({ "reason": "不符" });
    json_of(
        decision(&t, &association, &second, "decline", &reason).await,
        200,
    )
    .await;
    t.stamp_and_endorse(&society, &first, &[]).await;
    let quotas = format!("/admin/api/v1/campaigns/{SLUG}/quotas");
    let quotas = json_of(t.get(&quotas, &society), 200).await;
    assert!(quotas.to_string().contains("society"), "{quotas}");
}

#[tokio::test]
async fn of_two_endorsements_at_once_one_takes_the_place() {
    let t = TestApp::start(morning(2021, 7, 20)).await;
    t.campaign(SLUG).await;
    let other = t.beside(|_| {}).await;
    let (first, _) = at_the_society(&t, "针灸科普").await;
    let (second, _) = at_the_society(&t, "针灸天地").await;
    let society = t.reviewer(SLUG, "中国针灸学会").await;
    let body = json!({ "opinion": "同意" });
    let one = decision(&t, &society, &first, "endorsement", &body).await;
    let two = decision(&other, &society, &second, "endorsement", &body).await;
    let (one, two) = tokio::join!(one.send(), two.send());
    let mut told = [one, two].map(|answer| answer.unwrap().status().as_u16());
    told.sort_unstable();
    assert_eq!(told, [200, 422]);
}

/// 「于8月10日前将推荐表等相关材料发送至宣传处邮箱」.
#[tokio::test]
async fn a_level_keeps_its_own_deadline_unless_it_is_moved_and_not_past_the_level_above() {
    let t = TestApp::start(morning(2021, 7, 20)).await;
    t.campaign(SLUG).await;
    let (id, _) = at_the_society(&t, "针灸科普").await;
    let top = t.agency(SLUG, "“百佳账号”推选活动组委会").await;

    // applications closed on 8月2日, and the society may go on until its own day
    t.clock.set(morning(2021, 8, 11));
    let society = t.reviewer(SLUG, "中国针灸学会").await;
    let late = endorse(&t, &society, &id, 422).await;
    assert_eq!(late["code"], "window_closed", "{late}");
    assert_eq!(
        late["violations"][0]["clause"],
        "于8月10日前将推荐表等相关材料发送至宣传处邮箱"
    );
    let digest =
        &json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &society), 200).await["digest"];
    let stamp = json!({ "slot": "society", "digest": digest, "opinion": "同意" });
    let path = format!("/admin/api/v1/entries/{id}/stamps");
    let late = json_of(t.post(&path, &society, &stamp), 422).await;
    assert_eq!(late["code"], "window_closed");

    let organiser = t.officer(&top, &[Role::Organiser]).await;
    let move_to = async |stage: &str, closes: i64, status: u16| {
        let path = format!("/admin/api/v1/campaigns/{SLUG}/windows/{stage}");
        let body = json!({ "opens": morning(2021, 7, 14), "closes": closes, "reason": "延期" });
        json_of(t.put(&path, &organiser, &body), status).await
    };
    for (stage, closes) in [
        ("association", morning(2021, 9, 12)),
        ("recommend", morning(2021, 8, 5)),
    ] {
        let refused = move_to(stage, closes, 422).await;
        assert_eq!(
            refused["violations"][0]["code"], "child_deadline",
            "{stage}"
        );
    }
    move_to("association", morning(2021, 8, 15), 200).await;
    endorse(&t, &society, &id, 200).await;

    // back from a slip it is dealt with, although that day is over
    t.clock.set(morning(2021, 8, 20));
    let association = t.reviewer(SLUG, "中国科协").await;
    give_back(&t, &association, &id).await;
    let applicant = t.applicant("针灸科普").await;
    mend(&t, &applicant, &id, "针灸科普").await;
    let society = t.reviewer(SLUG, "中国针灸学会").await;
    assert_eq!(endorse(&t, &society, &id, 200).await["step"], "association");
}
