//! 山西: cities recommend one account a category, in time; the province sees who has not registered.

use serde_json::{Value, json};

use crate::support::{TestApp, json_of};

/// 2024-12-25 10:00 and 2025-01-01 00:00 in Asia/Shanghai.
const IN_WINDOW: i64 = 1_735_092_000_000;
const CLOSES: i64 = 1_735_660_800_000;
const MINE: &str = "/admin/api/v1/campaigns/shanxi-2024/nominations/mine";
const ALL: &str = "/admin/api/v1/campaigns/shanxi-2024/nominations";

async fn started(now: i64) -> (TestApp, String, String) {
    let t = TestApp::start(now).await;
    t.campaign("shanxi-2024").await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    let province = t.reviewer("shanxi-2024", "山西省委网信办").await;
    (t, city, province)
}

fn row(category: &str, name: &str) -> Value {
    json!({ "category": category, "name": name, "platform": "wechat", "contact": "张某", "phone": "13800138000" })
}

fn list(items: &[Value]) -> Value {
    json!({ "contact": "李某", "phone": "0351-1234567", "items": items })
}

async fn save(t: &TestApp, token: &str, version: &str, body: &Value, status: u16) -> Value {
    json_of(t.put(MINE, token, body).header("if-match", version), status).await
}

async fn dispatch(t: &TestApp, token: &str, version: &str, status: u16) -> Value {
    let path = format!("{MINE}/dispatch");
    json_of(
        t.post(&path, token, &json!({})).header("if-match", version),
        status,
    )
    .await
}

#[tokio::test]
async fn a_city_sends_its_list_once_and_the_province_sees_who_is_not_registered() {
    let (t, city, province) = started(IN_WINDOW).await;
    let empty = json_of(t.get(MINE, &city), 200).await;
    assert_eq!((&empty["version"], &empty["count"]), (&json!(0), &json!(0)));

    let body = list(&[row("government", "晋风"), row("media", "并州")]);
    let saved = save(&t, &city, "0", &body, 200).await;
    assert_eq!(saved["count"], 2);
    assert_eq!(saved["not_registered"], 2);
    assert_eq!(saved["items"][0]["contact"], "张某");
    assert_eq!(save(&t, &city, "0", &body, 412).await["code"], "stale");
    assert_eq!(json_of(t.get(ALL, &province), 200).await, json!([]));

    // 晋风 registers; the name is compared as it reads.
    let id = tuixuan::app::campaigns::by_slug(&t.app, "shanxi-2024")
        .await
        .unwrap()
        .head
        .id;
    register(&t, &id, " 晋 风").await;

    let sent = dispatch(&t, &city, "1", 200).await;
    assert_eq!(sent["state"], "sent");
    assert_eq!(
        dispatch(&t, &city, "2", 409).await["code"],
        "nomination_sent"
    );
    assert_eq!(
        save(&t, &city, "2", &body, 409).await["code"],
        "nomination_sent"
    );
    let seen = json_of(t.get(ALL, &province), 200).await;
    assert_eq!(seen[0]["agency"], "太原市委网信办");
    assert_eq!(seen[0]["count"], 2);
    assert_eq!(seen[0]["items"][0]["registered"], true);
    assert_eq!(seen[0]["items"][1]["registered"], false);
    assert_eq!(seen[0]["not_registered"], 1);
    let other = t.reviewer("shanxi-2024", "大同市委网信办").await;
    assert_eq!(json_of(t.get(ALL, &other), 200).await, json!([]));
    assert_eq!(
        json_of(t.get(MINE, &province), 404).await["code"],
        "absent",
        "the notice asks no list of the province"
    );
}

async fn register(t: &TestApp, campaign: &str, name: &str) {
    let row = entity::entry::Model {
        id: tuixuan::clock::new_id(),
        campaign_id: campaign.to_owned(),
        applicant_id: tuixuan::clock::new_id(),
        subject: "account".into(),
        category: "government".into(),
        route: "self".into(),
        agency_id: None,
        unit_id: None,
        region_code: "140100".into(),
        name: name.to_owned(),
        name_fold: tuixuan::db::entries::name_fold(name),
        operator_fold: String::new(),
        platform: None,
        answers: String::new(),
        state: "under_review".into(),
        step: Some("screen".into()),
        round: 1,
        late: false,
        flags: String::new(),
        receipt: None,
        digest: None,
        submitted_at: Some(IN_WINDOW),
        version: 1,
        created_at: IN_WINDOW,
        updated_at: IN_WINDOW,
    };
    t.app
        .db
        .write(move |tx| Box::pin(async move { tuixuan::db::entries::insert(tx, row).await }))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_late_list_is_given_up_by_the_notices_own_words() {
    let (t, city, _) = started(CLOSES - 1000).await;
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    t.clock.set(CLOSES);
    let late = dispatch(&t, &city, "1", 422).await;
    assert_eq!(late["code"], "nomination_given_up");
    assert_eq!(late["violations"][0]["clause"], "逾期视为放弃推荐");
    t.clock.set(CLOSES - 1);
    assert_eq!(dispatch(&t, &city, "1", 200).await["state"], "sent");
}

#[tokio::test]
async fn one_name_a_category_and_nothing_the_list_does_not_ask() {
    let (t, city, _) = started(IN_WINDOW).await;
    let two = list(&[row("media", "并州"), row("media", "汾河")]);
    let refused = save(&t, &city, "0", &two, 422).await;
    assert_eq!(refused["violations"][0]["code"], "quota_used_up");
    assert_eq!(
        refused["violations"][0]["clause"],
        "在5个类别中各推荐1个符合报名条件的优秀新媒体账号（矩阵）"
    );
    let unknown = json!({ "items": [], "count": 9 });
    save(&t, &city, "0", &unknown, 400).await;
    let unfinished = json!({ "items": [{ "category": "media", "name": "并州" }] });
    save(&t, &city, "0", &unfinished, 200).await;
    let missing = dispatch(&t, &city, "1", 422).await;
    let fields: Vec<&str> = missing["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "head.contact",
            "head.phone",
            "items.0.platform",
            "items.0.contact",
            "items.0.phone"
        ]
    );
    assert_eq!(dispatch(&t, &city, "0", 412).await["code"], "stale");
    let put = t.put(MINE, &city, &unfinished);
    assert_eq!(json_of(put, 428).await["code"], "version_missing");
}
