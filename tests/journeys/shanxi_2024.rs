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

#[tokio::test]
async fn a_nominated_account_passes_its_city_first() {
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
    let chain: [(&str, &[&str]); 2] = [
        ("太原市委网信办", &["city"]),
        ("山西省委网信办", &["province"]),
    ];
    carry(&t, "shanxi-2024", &id, &chain).await;
}

#[tokio::test]
async fn a_city_names_an_account_on_its_sealed_list_and_the_account_registers() {
    let t = TestApp::start(morning(2024, 12, 25)).await;
    t.campaign("shanxi-2024").await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    let mine = "/admin/api/v1/campaigns/shanxi-2024/nominations/mine";
    let list = json!({
        "contact": "李某", "phone": "0351-1234567",
        "items": [{ "category": "government", "name": "太原发布", "platform": "douyin", "contact": "张某", "phone": "13800138000" }],
    });
    let saved = json_of(t.put(mine, &city, &list).header("if-match", "0"), 200).await;
    let stamp = json!({ "digest": saved["digest"], "opinion": "同意推荐。" });
    let path = format!(
        "/admin/api/v1/nominations/{}",
        saved["id"].as_str().unwrap()
    );
    json_of(t.post(&format!("{path}/stamps"), &city, &stamp), 200).await;
    let send = t.post(&format!("{mine}/dispatch"), &city, &json!({}));
    json_of(send.header("if-match", "1"), 200).await;

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
