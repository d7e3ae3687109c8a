//! 山西 2024: own registration, nomination by a city, matrices.

use serde_json::{Value, json};
use tuixuan::clock::new_id;

use super::{blocked, carry, finding, morning};
use crate::support::{TestApp, json_of};

fn account(name: &str) -> Value {
    json!({
        "subject": "account", "category": "government", "route": "self", "region": "140100",
        "answers": {
            "name": name, "followers": 10_000, "operator": format!("{name}运营单位"), "platform": "douyin", "posts": 300, "profile": "简介",
            "contact": "李某", "phone": "0351-1234567", "account_id": format!("id-{name}"), "original_share": 6_000, "operator_kind": "party",
            "origin": "inside", "region": "140100",
        }
    })
}

fn matrix(name: &str, children: usize) -> Value {
    let child = |i: usize| json!({ "name": format!("晋阳{i}号"), "platform": "douyin", "account_id": format!("jinyang{i}"), "followers": 4_000 });
    json!({
        "subject": "matrix", "category": "matrix", "route": "self", "region": "140100",
        "answers": {
            "name": name, "operator": "晋阳集团", "posts": 300, "profile": "简介", "children": (0..children).map(child).collect::<Vec<_>>(),
            "contact": "李某", "phone": "0351-1234567", "original_share": 7_000, "operator_kind": "party", "origin": "inside", "region": "140100",
        }
    })
}

#[tokio::test]
async fn thresholds_include_their_number_and_quote_their_clause() {
    let t = TestApp::start(morning(2024, 12, 25)).await;
    t.campaign("shanxi-2024").await;
    let token = t.applicant("a").await;
    assert_eq!(
        blocked(&t, "shanxi-2024", &token, &account("太原发布")).await,
        Vec::<String>::new()
    );
    let mut short = account("太原发布");
    short["answers"]["followers"] = json!(9_999);
    short["answers"]["original_share"] = json!(5_999);
    assert_eq!(
        blocked(&t, "shanxi-2024", &token, &short).await,
        ["followers", "original"]
    );
    let followers = finding(&t, "shanxi-2024", &token, &short, "followers").await;
    assert_eq!(followers["violation"]["limit"], "10000");
    assert_eq!(followers["violation"]["value"], "9999");
    assert!(
        followers["violation"]["clause"]
            .as_str()
            .unwrap()
            .contains("粉丝量达到1万以上")
    );
}

#[tokio::test]
async fn an_account_registers_itself_and_goes_to_the_province() {
    let t = TestApp::start(morning(2024, 12, 25)).await;
    t.campaign("shanxi-2024").await;
    let token = t.applicant("a").await;
    let (id, version) = t
        .ready_draft(
            &token,
            &account("太原发布"),
            "shanxi-2024",
            &["stamped_form"],
        )
        .await;
    let submitted = t.submit(&token, &id, version).await;
    assert_eq!(submitted["step"], "province");
    let chain: [(&str, &[&str]); 1] = [("山西省委网信办", &["province"])];
    let last = carry(&t, "shanxi-2024", &id, &chain).await;
    insta::assert_snapshot!(t.trail(&last, &id).await.join("\n"));
}

const MINE: &str = "/admin/api/v1/campaigns/shanxi-2024/nominations/mine";

/// Fills the city's list in over the version seen, seals and sends it.
async fn recommend(t: &TestApp, city: &str, version: i64, name: &str) -> Value {
    let list = json!({
        "contact": "李某", "phone": "0351-1234567",
        "items": [{ "category": "government", "name": name, "platform": "douyin", "contact": "张某", "phone": "13800138000" }],
    });
    let save = t.put(MINE, city, &list);
    let saved = json_of(save.header("if-match", version.to_string()), 200).await;
    let stamp = json!({ "digest": saved["digest"], "opinion": "同意推荐。" });
    let path = format!(
        "/admin/api/v1/nominations/{}/stamps",
        saved["id"].as_str().unwrap()
    );
    json_of(t.post(&path, city, &stamp), 200).await;
    let send = t.post(&format!("{MINE}/dispatch"), city, &json!({}));
    json_of(send.header("if-match", saved["version"].to_string()), 200).await
}

/// 「在5个类别中各推荐1个」, 「逾期视为放弃推荐」: what is not on the list as it was sent is not recommended.
#[tokio::test]
async fn a_city_endorses_what_its_list_names_and_a_list_with_a_slip_comes_back() {
    let t = TestApp::start(morning(2024, 12, 25)).await;
    t.campaign("shanxi-2024").await;
    let token = t.applicant("a").await;
    let mut input = account("太原发布");
    input["route"] = json!("nominated");
    input["agency_id"] = json!(t.agency("shanxi-2024", "太原市委网信办").await);
    let (id, version) = t
        .ready_draft(&token, &input, "shanxi-2024", &["stamped_form"])
        .await;
    t.submit(&token, &id, version).await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    let province = t.reviewer("shanxi-2024", "山西省委网信办").await;
    let path = format!("/admin/api/v1/entries/{id}");
    let seen = json_of(t.get(&path, &city), 200).await;
    let stamp = json!({ "slot": "city", "digest": seen["digest"], "opinion": "同意" });
    json_of(t.post(&format!("{path}/stamps"), &city, &stamp), 200).await;
    let refused = async |code: &str| {
        let body = json!({ "opinion": "同意" });
        let post = t.post(&format!("{path}/endorsement"), &city, &body);
        let refused = json_of(post.header("if-match", seen["version"].to_string()), 422).await;
        assert_eq!(refused["code"], code, "{refused}");
        let clause = refused["violations"][0]["clause"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(clause.contains("《各地市网信办推荐表》"), "{clause}");
    };
    refused("nomination_not_sent").await;

    let sent = recommend(&t, &city, 0, "太原发部").await;
    refused("not_nominated").await;
    let list = format!("/admin/api/v1/nominations/{}", sent["id"].as_str().unwrap());
    let give_back = |token: &str, version: i64| {
        let body = json!({ "reason": "名称有误" });
        let post = t.post(&format!("{list}/return"), token, &body);
        post.header("if-match", version.to_string())
    };
    let version = sent["version"].as_i64().unwrap();
    assert_eq!(
        json_of(give_back(&city, version), 422).await["code"],
        "own_nomination"
    );
    assert_eq!(
        json_of(give_back(&province, version - 1), 412).await["code"],
        "stale"
    );
    let returned = json_of(give_back(&province, version), 200).await;
    assert_eq!(returned["state"], "returned");
    json_of(give_back(&province, version + 1), 409).await;
    let mine = json_of(t.get(MINE, &city), 200).await;
    assert_eq!(
        (&mine["state"], &mine["return_reason"]),
        (&json!("returned"), &json!("名称有误"))
    );

    let sent = recommend(&t, &city, version + 1, "太原发布").await;
    assert_eq!(
        (&sent["state"], &sent["return_reason"]),
        (&json!("sent"), &Value::Null)
    );
    t.stamp_and_endorse(&city, &id, &[]).await;
    t.stamp_and_endorse(&province, &id, &["province"]).await;
    t.names_only_what_is_there().await;
}

#[tokio::test]
async fn a_city_names_an_account_on_its_sealed_list_and_the_account_registers() {
    let t = TestApp::start(morning(2024, 12, 25)).await;
    t.campaign("shanxi-2024").await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    let sent = recommend(&t, &city, 0, "太原发布").await;
    let path = format!("/admin/api/v1/nominations/{}", sent["id"].as_str().unwrap());

    let token = t.applicant("a").await;
    let mut input = account("太原发布");
    input["route"] = json!("nominated");
    input["agency_id"] = json!(t.agency("shanxi-2024", "太原市委网信办").await);
    let (id, version) = t
        .ready_draft(&token, &input, "shanxi-2024", &["stamped_form"])
        .await;
    t.submit(&token, &id, version).await;
    let chain: [(&str, &[&str]); 2] = [
        ("太原市委网信办", &["city"]),
        ("山西省委网信办", &["province"]),
    ];
    let province = carry(&t, "shanxi-2024", &id, &chain).await;
    let all = "/admin/api/v1/campaigns/shanxi-2024/nominations";
    let received = json_of(t.get(all, &province), 200).await;
    assert_eq!(received[0]["count"], 1);
    assert_eq!(received[0]["items"][0]["registered"], true);
    let report = json_of(t.get(&format!("{path}/form/verification"), &province), 200).await;
    assert_eq!(report["valid"], true, "{report}");
}

#[tokio::test]
async fn a_matrix_has_five_accounts_a_computed_sum_and_its_name() {
    let t = TestApp::start(morning(2024, 12, 25)).await;
    t.campaign("shanxi-2024").await;
    let token = t.applicant("a").await;
    assert_eq!(
        blocked(&t, "shanxi-2024", &token, &matrix("晋阳新媒体传播矩阵", 5)).await,
        Vec::<String>::new()
    );
    assert!(
        blocked(&t, "shanxi-2024", &token, &matrix("晋阳新媒体传播矩阵", 4))
            .await
            .contains(&"matrix-size".to_owned())
    );
    assert_eq!(
        blocked(&t, "shanxi-2024", &token, &matrix("晋阳矩阵", 5)).await,
        ["matrix-name"]
    );
    let mut typed = matrix("晋阳新媒体传播矩阵", 5);
    typed["answers"]["matrix_followers"] = json!(99_999_999);
    let (id, _) = t.ready_draft(&token, &typed, "shanxi-2024", &[]).await;
    let stored = json_of(t.get(&format!("/api/v1/entries/{id}"), &token), 200).await;
    assert_eq!(stored["answers"]["matrix_followers"], 20_000);
}

#[tokio::test]
async fn a_matrix_and_its_accounts_enter_once_in_either_order() {
    for matrix_first in [true, false] {
        let t = TestApp::start(morning(2024, 12, 25)).await;
        t.campaign("shanxi-2024").await;
        let (one, two) = (t.applicant("a").await, t.applicant("b").await);
        let mut child = account("晋阳3号");
        child["answers"]["account_id"] = json!("jinyang3");
        let whole = matrix("晋阳新媒体传播矩阵", 5);
        let (first, second) = if matrix_first {
            (whole, child)
        } else {
            (child, whole)
        };
        let (id, version) = t
            .ready_draft(&one, &first, "shanxi-2024", &["stamped_form"])
            .await;
        t.submit(&one, &id, version).await;
        let (id, version) = t
            .ready_draft(&two, &second, "shanxi-2024", &["stamped_form"])
            .await;
        let body = json!({ "declarations": t.declarations(&two, &id).await });
        let request = t
            .post(&format!("/api/v1/entries/{id}/submission"), &two, &body)
            .header("if-match", version.to_string());
        let refused = json_of(request.header("idempotency-key", new_id()), 422).await;
        assert_eq!(
            refused["violations"][0]["code"], "matrix-exclusive",
            "{refused}"
        );
    }
}

/// 粉丝量总和 is counted here, so a slip on the list of accounts opens it too.
#[tokio::test]
async fn a_returned_matrix_corrects_an_account_and_the_sum_follows() {
    let t = TestApp::start(morning(2024, 12, 25)).await;
    t.campaign("shanxi-2024").await;
    let token = t.applicant("m").await;
    let mut input = matrix("晋阳新媒体传播矩阵", 5);
    let (id, version) = t
        .ready_draft(&token, &input, "shanxi-2024", &["stamped_form"])
        .await;
    let version = t.submit(&token, &id, version).await["version"].to_string();
    let province = t.reviewer("shanxi-2024", "山西省委网信办").await;
    let seen = format!("/admin/api/v1/entries/{id}");
    let slip = json!({ "items": [{ "field": "children", "message": "第1个账号粉丝数有误" }] });
    let give_back = t.post(&format!("{seen}/return"), &province, &slip);
    json_of(give_back.header("if-match", version), 200).await;

    let path = format!("/api/v1/entries/{id}");
    let own = json_of(t.get(&path, &token), 200).await;
    assert_eq!(own["reopened"], json!(["children", "matrix_followers"]));
    input["answers"]["children"][0]["followers"] = json!(9_000);
    let save = t.put(&path, &token, &input);
    let save = save.header("if-match", own["version"].to_string());
    let saved = json_of(save, 200).await;
    assert_eq!(saved["answers"]["matrix_followers"], 25_000);
    t.submit(&token, &id, saved["version"].as_i64().unwrap())
        .await;
    let seen = json_of(t.get(&seen, &province), 200).await;
    let changed = seen["changed"].as_array().unwrap().iter();
    let changed: Vec<_> = changed.map(|c| c["field"].as_str().unwrap()).collect();
    assert_eq!(changed, ["children", "matrix_followers"]);
}
