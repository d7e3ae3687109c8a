//! 科协 2021: forwarded down to the societies, sent up to the committee.

use serde_json::json;

use super::{carry, morning};
use crate::support::TestApp;

#[tokio::test]
async fn branch_society_association_committee() {
    let t = TestApp::start(morning(2021, 7, 20)).await;
    t.campaign("cast-2021").await;
    let token = t.applicant("针灸科普").await;
    let (society, branch) = (
        t.agency("cast-2021", "中国针灸学会").await,
        t.agency("cast-2021", "中国针灸学会腧穴分会").await,
    );
    let input = json!({
        "subject": "account", "category": "account", "route": "society", "agency_id": society, "unit_id": branch, "region": "110000",
        "answers": {
            "name": "针灸科普", "registered_on": "2016-03-01", "followers": 52_000, "operator": "中国针灸学会腧穴分会", "account_id": "zhenjiu",
            "staff": 4, "posts": 600, "profile": "简介", "effect": "实效", "reason": "理由", "contact": "李某", "mobile": "13800138000",
            "email": "a@example.cn", "postcode": "100700", "address": "东直门", "platform": "wechat", "operator_kind": "society",
        }
    });
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
