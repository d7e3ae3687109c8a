//! Lists and entries that come back: what is recommended and what the list says stay one.

use serde_json::{Value, json};

use super::{ALL, CLOSES, IN_WINDOW, MINE, dispatch, list, path_of, row, save, seal, started};
use crate::support::{TestApp, json_of};

/// An account that goes through 太原.
async fn input(t: &TestApp, name: &str) -> Value {
    json!({
        "subject": "account", "category": "government", "route": "nominated", "region": "140100",
        "agency_id": t.agency("shanxi-2024", "太原市委网信办").await,
        "answers": {
            "name": name, "followers": 10_000, "operator": "太原运营单位", "platform": "douyin", "posts": 300, "profile": "简介",
            "contact": "李某", "phone": "0351-1234567", "account_id": "taiyuan", "original_share": 6_000, "operator_kind": "party",
            "origin": "inside", "region": "140100",
        }
    })
}

async fn handed_in(t: &TestApp, name: &str) -> String {
    let owner = t.applicant("owner").await;
    let slots = ["stamped_form"];
    let (id, version) = t
        .ready_draft(&owner, &input(t, name).await, "shanxi-2024", &slots)
        .await;
    t.submit(&owner, &id, version).await;
    id
}

/// What its applicant writes for a slip, handed in.
async fn mended(t: &TestApp, id: &str, name: &str) {
    let owner = t.applicant("owner").await;
    let path = format!("/api/v1/entries/{id}");
    let version = json_of(t.get(&path, &owner), 200).await["version"].to_string();
    let put = t.put(&path, &owner, &input(t, name).await);
    let saved = json_of(put.header("if-match", version), 200).await;
    t.submit(&owner, id, saved["version"].as_i64().unwrap())
        .await;
}

async fn give_back_entry(t: &TestApp, token: &str, id: &str) {
    let path = format!("/admin/api/v1/entries/{id}");
    let version = json_of(t.get(&path, token), 200).await["version"].to_string();
    let slip = json!({ "items": [{ "field": "name", "message": "请核对名称" }] });
    let post = t.post(&format!("{path}/return"), token, &slip);
    json_of(post.header("if-match", version), 200).await;
}

async fn endorse(t: &TestApp, token: &str, id: &str, status: u16) -> Value {
    let path = format!("/admin/api/v1/entries/{id}");
    let version = json_of(t.get(&path, token), 200).await["version"].to_string();
    let post = t.post(
        &format!("{path}/endorsement"),
        token,
        &json!({ "opinion": "同意推荐。" }),
    );
    json_of(post.header("if-match", version), status).await
}

/// Sets the city's seal on the form of an entry.
async fn stamp_entry(t: &TestApp, token: &str, id: &str) {
    let path = format!("/admin/api/v1/entries/{id}");
    let seen = json_of(t.get(&path, token), 200).await;
    let stamp = json!({ "slot": "city", "digest": seen["digest"], "opinion": "同意" });
    json_of(t.post(&format!("{path}/stamps"), token, &stamp), 200).await;
}

/// The province returns the city's list.
async fn give_back(t: &TestApp, list: &str, token: &str, version: &str, status: u16) -> Value {
    let post = t.post(
        &format!("{list}/return"),
        token,
        &json!({ "reason": "名称有误" }),
    );
    json_of(post.header("if-match", version), status).await
}

#[tokio::test]
async fn a_list_that_came_back_stays_in_sight_and_its_seal_does_not_count() {
    let (t, city, province) = started(IN_WINDOW).await;
    save(&t, &city, "0", &list(&[row("government", "太原发布")]), 200).await;
    let code = seal(&t, &city, 200).await["code"]
        .as_str()
        .unwrap()
        .to_owned();
    dispatch(&t, &city, "1", 200).await;
    let path = path_of(&t, &city).await;
    let original = async || json_of(t.get(&format!("/api/v1/documents/{code}"), ""), 200).await;
    assert_eq!(original().await["standing"], "valid");

    let returned = give_back(&t, &path, &province, "2", 200).await;
    // an answer that was lost on its way
    assert_eq!(give_back(&t, &path, &province, "2", 200).await, returned);
    let (kinds, _) = t.campaign_events("shanxi-2024").await;
    let told = kinds.iter().filter(|k| *k == "nomination_returned");
    assert_eq!(told.count(), 1);
    let twice = give_back(&t, &path, &province, "3", 409).await;
    assert_eq!(twice["code"], "nomination_returned");
    let seen = json_of(t.get(ALL, &province), 200).await;
    assert_eq!(seen, json!([returned]));
    assert_eq!(
        (&seen[0]["state"], &seen[0]["return_reason"]),
        (&json!("returned"), &json!("名称有误"))
    );
    // the paper was on its way
    let desk = "/admin/api/v1/paper-receipts";
    json_of(t.post(desk, &province, &json!({ "code": code })), 200).await;
    let void = original().await;
    assert_eq!(
        (&void["standing"], &void["seals"][0]["valid"]),
        (&json!("revoked"), &json!(false))
    );
    let elsewhere = t.reviewer("shanxi-2024", "大同市委网信办").await;
    assert_eq!(json_of(t.get(ALL, &elsewhere), 200).await, json!([]));

    dispatch(&t, &city, "3", 200).await;
    assert_eq!(original().await["standing"], "valid");
}

/// 「请各推荐单位填写《各地市网信办推荐表》」.
#[tokio::test]
async fn whoever_endorses_before_the_list_is_up_is_told_so() {
    let (t, city, province) = started(IN_WINDOW).await;
    let id = handed_in(&t, "太原发布").await;
    stamp_entry(&t, &city, &id).await;
    let told = async |word: &str| {
        let refused = endorse(&t, &city, &id, 422).await;
        assert_eq!(refused["code"], "nomination_not_sent");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{detail}");
    };
    told("请先报送推荐表").await;
    save(&t, &city, "0", &list(&[row("government", "太原发布")]), 200).await;
    told("请先报送推荐表").await;
    seal(&t, &city, 200).await;
    dispatch(&t, &city, "1", 200).await;
    let path = path_of(&t, &city).await;
    give_back(&t, &path, &province, "2", 200).await;
    told("已被退回").await;
    dispatch(&t, &city, "3", 200).await;
    endorse(&t, &city, &id, 200).await;
}

/// 「在5个类别中各推荐1个」: the list and what is recommended name the same.
#[tokio::test]
async fn a_list_goes_up_again_with_what_is_recommended_until_that_is_returned() {
    let (t, city, province) = started(IN_WINDOW).await;
    let id = handed_in(&t, "太原发布").await;
    save(&t, &city, "0", &list(&[row("government", "太原发布")]), 200).await;
    seal(&t, &city, 200).await;
    dispatch(&t, &city, "1", 200).await;
    stamp_entry(&t, &city, &id).await;
    endorse(&t, &city, &id, 200).await;
    let path = path_of(&t, &city).await;
    give_back(&t, &path, &province, "2", 200).await;

    save(&t, &city, "3", &list(&[row("government", "太原新闻")]), 200).await;
    seal(&t, &city, 200).await;
    let refused = dispatch(&t, &city, "4", 422).await;
    let fault = &refused["violations"][0];
    assert_eq!(
        (&refused["code"], &fault["field"], &fault["value"]),
        (
            &json!("nomination_leaves_out"),
            &json!("items"),
            &json!("太原发布")
        )
    );
    let clause = fault["clause"].as_str().unwrap();
    assert!(clause.contains("《各地市网信办推荐表》"), "{clause}");

    give_back_entry(&t, &province, &id).await;
    assert_eq!(dispatch(&t, &city, "4", 200).await["state"], "sent");
    mended(&t, &id, "太原发布").await;
    stamp_entry(&t, &city, &id).await;
    let gone = endorse(&t, &city, &id, 422).await;
    assert_eq!(gone["code"], "not_nominated");
}

/// 「对报名信息有误的账号进行核实」: after the stage in which lists are sent, an entry comes back for its name.
#[tokio::test]
async fn what_was_recommended_stays_so_under_the_name_that_a_slip_had_corrected() {
    let (t, city, province) = started(IN_WINDOW).await;
    let id = handed_in(&t, "太原发部").await;
    save(&t, &city, "0", &list(&[row("government", "太原发部")]), 200).await;
    seal(&t, &city, 200).await;
    dispatch(&t, &city, "1", 200).await;
    stamp_entry(&t, &city, &id).await;
    endorse(&t, &city, &id, 200).await;
    // written anew as it was: it still stands for the entry
    let path = path_of(&t, &city).await;
    give_back(&t, &path, &province, "2", 200).await;
    save(&t, &city, "3", &list(&[row("government", "太原发部")]), 200).await;
    seal(&t, &city, 200).await;
    dispatch(&t, &city, "4", 200).await;

    t.clock.set(CLOSES + 3_600_000);
    let province = t.reviewer("shanxi-2024", "山西省委网信办").await;
    give_back_entry(&t, &province, &id).await;
    mended(&t, &id, "太原发布").await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    stamp_entry(&t, &city, &id).await;
    let passed = endorse(&t, &city, &id, 200).await;
    assert_eq!(passed["step"], "province");
    let mine = json_of(t.get(MINE, &city), 200).await;
    assert_eq!(mine["items"][0]["name"], "太原发部");
}

/// A page of lists asks as often as one list, and tells each its own.
#[tokio::test]
async fn lists_of_a_page_have_each_their_own_rows_and_seal() {
    let (t, city, province) = started(IN_WINDOW).await;
    let other = t.reviewer("shanxi-2024", "大同市委网信办").await;
    for (token, name) in [(&city, "太原发布"), (&other, "大同发布")] {
        save(&t, token, "0", &list(&[row("media", name)]), 200).await;
        seal(&t, token, 200).await;
        dispatch(&t, token, "1", 200).await;
    }
    let seen = json_of(t.get(ALL, &province), 200).await;
    let told: Vec<_> = (seen.as_array().unwrap().iter())
        .map(|l| (&l["agency"], &l["items"][0]["name"], &l["stamped"]))
        .collect();
    let yes = json!(true);
    assert_eq!(
        told,
        [
            (&json!("太原市委网信办"), &json!("太原发布"), &yes),
            (&json!("大同市委网信办"), &json!("大同发布"), &yes)
        ]
    );
}
