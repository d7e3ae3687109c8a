//! 山西: cities recommend one account a category, sealed and in time; the province sees who has not registered.

mod returned;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use documents::authority::{KeyPair, to_pem};
use serde_json::{Value, json};
use tuixuan::app::virus_checks;
use tuixuan::clock::new_id;
use tuixuan::config::{Secret, Settings};
use tuixuan::db::together::Together;
use tuixuan::sealing_service::stand_in::{self, Fault};

use domain::actor::Role;

use crate::papers::followed;
use crate::support::{TestApp, bytes_of, json_of, picture, upload};
use crate::viruses::scanner;

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

/// Path of one's own list.
async fn path_of(t: &TestApp, token: &str) -> String {
    let mine = json_of(t.get(MINE, token), 200).await;
    format!("/admin/api/v1/nominations/{}", mine["id"].as_str().unwrap())
}

/// Sets the city's seal on its list as it is.
async fn seal(t: &TestApp, token: &str, status: u16) -> Value {
    let mine = json_of(t.get(MINE, token), 200).await;
    let path = format!("{}/stamps", path_of(t, token).await);
    let body = json!({ "digest": mine["digest"], "opinion": "同意推荐。" });
    json_of(t.post(&path, token, &body), status).await
}

async fn scan(t: &TestApp, token: &str, version: &str, bytes: Vec<u8>, status: u16) -> Value {
    let (kind, body) = upload("none", "推荐表.pdf", bytes);
    let path = format!("{}{}/scan", t.base, path_of(t, token).await);
    let put = t.client.put(path).bearer_auth(token).body(body);
    json_of(
        put.header("content-type", kind).header("if-match", version),
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

    seal(&t, &city, 200).await;
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
    let mut changes = Together::default();
    changes.insert([row]);
    t.app
        .db
        .write(move |tx| Box::pin(async move { changes.run(tx).await }))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_late_list_is_given_up_by_the_notices_own_words() {
    let (t, city, _) = started(CLOSES - 1000).await;
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    seal(&t, &city, 200).await;
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

#[tokio::test]
async fn a_list_goes_up_with_the_citys_seal_and_the_province_verifies_it() {
    let (t, city, province) = started(IN_WINDOW).await;
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    let unsealed = dispatch(&t, &city, "1", 422).await;
    assert_eq!(unsealed["code"], "seal_missing");
    assert_eq!(
        unsealed["violations"][0]["clause"],
        "请各推荐单位填写《各地市网信办推荐表》（附件2），将扫描件或电子版发送至邮箱"
    );
    let path = path_of(&t, &city).await;
    json_of(t.get(&format!("{path}/form"), &province), 404).await;

    let form = seal(&t, &city, 200).await;
    assert_eq!(seal(&t, &city, 422).await["code"], "slot_filled");
    let sent = dispatch(&t, &city, "1", 200).await;
    assert_eq!(
        (&sent["stamped"], &sent["scanned"]),
        (&json!(true), &json!(false))
    );
    let received = json_of(t.get(ALL, &province), 200).await;
    assert_eq!(received[0]["stamped"], true);
    let pdf = bytes_of(t.get(&format!("{path}/form"), &province)).await;
    assert_eq!(
        tuixuan::security::sha256_hex(&pdf),
        form["sha256"].as_str().unwrap()
    );
    let report = json_of(t.get(&format!("{path}/form/verification"), &province), 200).await;
    assert_eq!(report["valid"], true, "{report}");
    assert_eq!(report["signatures"].as_array().unwrap().len(), 1);

    let code = form["code"].as_str().unwrap();
    let original = json_of(t.get(&format!("/api/v1/documents/{code}"), ""), 200).await;
    assert_eq!(original["form"], "各地市网信办推荐表");
    assert_eq!(original["name"], "太原市委网信办");
    assert_eq!(original["seals"][0]["slot"], "推荐单位（盖章）");
    let (led_to, page) = followed(&t, &pdf).await;
    assert_eq!(led_to, code);
    assert!(
        page.contains("<h1>有效</h1>") && page.contains("太原市委网信办"),
        "{page}"
    );
}

#[tokio::test]
async fn a_change_voids_the_seal_and_only_the_citys_own_keeper_sets_it() {
    let (t, city, province) = started(IN_WINDOW).await;
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    let looked_at = json_of(t.get(MINE, &city), 200).await["digest"].clone();
    seal(&t, &city, 200).await;
    save(&t, &city, "1", &list(&[row("media", "汾河")]), 200).await;
    let mine = json_of(t.get(MINE, &city), 200).await;
    assert_eq!(mine["stamped"], false);
    assert_eq!(dispatch(&t, &city, "2", 422).await["code"], "seal_missing");
    // Written back as it was: still another list, which nobody has sealed.
    save(&t, &city, "2", &list(&[row("media", "并州")]), 200).await;
    assert_eq!(json_of(t.get(MINE, &city), 200).await["stamped"], false);
    let path = format!("{}/stamps", path_of(&t, &city).await);
    let old = json!({ "digest": looked_at, "opinion": "同意推荐。" });
    let refused = json_of(t.post(&path, &city, &old), 422).await;
    assert_eq!(refused["code"], "digest_changed");
    let other = t.reviewer("shanxi-2024", "大同市委网信办").await;
    for stranger in [&other, &province] {
        json_of(t.post(&path, stranger, &old), 404).await;
    }
    let own = t.agency("shanxi-2024", "太原市委网信办").await;
    let clerk = t.officer(&own, &[Role::Clerk]).await;
    assert_eq!(
        json_of(t.post(&path, &clerk, &old), 403).await["code"],
        "role_missing"
    );
    seal(&t, &city, 200).await;
    assert_eq!(dispatch(&t, &city, "3", 200).await["state"], "sent");
    assert_eq!(seal(&t, &city, 422).await["code"], "nomination_sent");
}

#[tokio::test]
async fn a_scan_stamped_with_ink_serves_as_well() {
    let (t, city, province) = started(IN_WINDOW).await;
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    let path = path_of(&t, &city).await;
    let paper = bytes_of(t.get(&format!("{path}/form"), &city)).await;
    json_of(t.get(&format!("{path}/scan"), &city), 404).await;
    let picture = scan(&t, &city, "1", picture(), 415).await;
    assert_eq!(picture["violations"][0]["code"], "not_pdf");
    assert_eq!(
        scan(&t, &city, "0", paper.clone(), 412).await["code"],
        "stale"
    );
    scan(&t, &city, "1", paper.clone(), 200).await;
    assert_eq!(json_of(t.get(MINE, &city), 200).await["scanned"], true);
    save(&t, &city, "2", &list(&[row("media", "汾河")]), 200).await;
    assert_eq!(json_of(t.get(MINE, &city), 200).await["scanned"], false);
    scan(&t, &city, "3", paper.clone(), 200).await;
    json_of(t.get(&format!("{path}/scan"), &province), 404).await;
    assert_eq!(dispatch(&t, &city, "4", 200).await["state"], "sent");
    let received = bytes_of(t.get(&format!("{path}/scan"), &province)).await;
    assert!(received == paper);
    let late = scan(&t, &city, "5", paper, 409).await;
    assert_eq!(late["code"], "nomination_sent");
}

/// A list with a scan that a scanner has spoken of: the service, the city's token, the list's path.
async fn scanned(says: &'static str, settled: &str) -> (TestApp, String, String) {
    let address = scanner(says).await;
    let t = TestApp::start_with(IN_WINDOW, |s| s.virus_scanner.address = address).await;
    t.campaign("shanxi-2024").await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    let path = path_of(&t, &city).await;
    let paper = bytes_of(t.get(&format!("{path}/form"), &city)).await;
    scan(&t, &city, "1", paper, 200).await;
    let open = json_of(t.get(&format!("{path}/scan"), &city), 409).await;
    assert_eq!(open["code"], "file_unchecked");
    let _checks = virus_checks::start(&t.app);
    for _ in 0..200 {
        let answer = t.get(&format!("{path}/scan"), &city).send().await.unwrap();
        let text = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        if text.starts_with(settled) || text.contains(&format!("\"{settled}\"")) {
            return (t, city, path);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the scanner was not asked");
}

#[tokio::test]
async fn a_scan_with_a_virus_is_told_and_neither_leaves_nor_goes_up() {
    let (t, city, _) = scanned("stream: Tuixuan.Test FOUND\0", "file_infected").await;
    let refused = dispatch(&t, &city, "2", 409).await;
    assert_eq!(refused["code"], "file_infected");
    let (kinds, bodies) = t.campaign_events("shanxi-2024").await;
    assert_eq!(kinds.last().unwrap(), "virus_found");
    assert!(bodies.contains("Tuixuan.Test"), "{bodies}");
}

#[tokio::test]
async fn a_scan_of_which_the_scanner_cannot_tell_is_the_officers_business() {
    let says = "INSTREAM size limit exceeded. ERROR\0";
    let (t, city, path) = scanned(says, "%PDF").await;
    assert_eq!(dispatch(&t, &city, "2", 200).await["state"], "sent");
    let province = t.reviewer("shanxi-2024", "山西省委网信办").await;
    let received = bytes_of(t.get(&format!("{path}/scan"), &province)).await;
    assert!(received.starts_with(b"%PDF"));
}

#[tokio::test]
async fn a_list_comes_back_only_while_it_can_be_sent_again() {
    let (t, city, _) = started(IN_WINDOW).await;
    save(&t, &city, "0", &list(&[row("government", "晋风")]), 200).await;
    seal(&t, &city, 200).await;
    dispatch(&t, &city, "1", 200).await;
    let path = format!("{}/return", path_of(&t, &city).await);
    let reason = json!({ "reason": "名称有误" });
    let back = |token: &str| t.post(&path, token, &reason).header("if-match", "2");
    let other = t.reviewer("shanxi-2024", "大同市委网信办").await;
    json_of(back(&other), 404).await;
    t.clock.set(CLOSES);
    let province = t.reviewer("shanxi-2024", "山西省委网信办").await;
    let late = json_of(back(&province), 422).await;
    assert_eq!(late["code"], "window_closed");
    t.clock.set(CLOSES - 1);
    json_of(back(&province), 200).await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    // as it was: its seal is still on it
    assert_eq!(dispatch(&t, &city, "3", 200).await["stamped"], true);
}

/// A service whose city keeps its key in a sealing service; tokens of the city and of the province's organiser.
async fn with_sealing_service() -> (TestApp, Arc<stand_in::Memory>, String, String) {
    let root = KeyPair::root("签章服务", IN_WINDOW).unwrap();
    let key = root.issue("太原市委网信办", IN_WINDOW).unwrap();
    let keys = HashMap::from([("city-seal".to_owned(), key)]);
    let (url, service) = stand_in::start("127.0.0.1:0", keys, "shared")
        .await
        .unwrap();
    let file = std::env::temp_dir().join(format!("tuixuan-root-{}.pem", new_id()));
    std::fs::write(&file, to_pem(&root.certificate).unwrap()).unwrap();
    let settings = |s: &mut Settings| {
        s.seals.roots = vec![file.clone()];
        s.seals.service_url = url;
        s.seals.service_secret = Secret("shared".into());
    };
    let t = TestApp::start_with(IN_WINDOW, settings).await;
    std::fs::remove_file(file).unwrap();
    t.campaign("shanxi-2024").await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    let top = t.agency("shanxi-2024", "山西省委网信办").await;
    let organiser = t.officer(&top, &[Role::Organiser]).await;
    (t, service, city, organiser)
}

#[tokio::test]
async fn a_lists_seal_taken_out_of_use_while_its_service_answers_sets_no_stamp() {
    let (t, service, city, organiser) = with_sealing_service().await;
    let body = json!({
        "agency_id": t.agency("shanxi-2024", "太原市委网信办").await, "kind": "official", "name": "公章",
        "key": { "service": "city-seal" }, "valid_from": IN_WINDOW, "valid_until": IN_WINDOW + 86_400_000,
    });
    let register = t.post("/admin/api/v1/seals", &organiser, &body);
    let kept = json_of(register.header("idempotency-key", new_id()), 200).await;
    let act = async |what: &str, version: &str| {
        let id = kept["id"].as_str().unwrap();
        let path = format!("/admin/api/v1/seals/{id}/{what}");
        let call = t.post(&path, &organiser, &json!({ "reason": "核对" }));
        json_of(call.header("if-match", version), 200).await
    };
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    service.script([Fault::Slow(Duration::from_secs(2))]);
    let asked = service.asked().len();
    let meanwhile = async {
        while service.asked().len() == asked {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        act("suspension", "1").await
    };
    let (refused, _) = tokio::join!(seal(&t, &city, 422), meanwhile);
    assert_eq!(refused["code"], "seal_suspended");
    let mine = json_of(t.get(MINE, &city), 200).await;
    assert_eq!(mine["stamped"], false);
    let (kinds, _) = t.campaign_events("shanxi-2024").await;
    let last = kinds.last_chunk::<2>().unwrap();
    assert_eq!(
        last,
        &["nomination_stamp_planned", "nomination_stamp_given_up"]
    );
    act("resumption", "2").await;
    seal(&t, &city, 200).await;
}

/// Every look at the clock falls into another second.
#[tokio::test]
async fn a_lists_stamp_outlives_its_seal_however_long_it_took_to_set() {
    let (t, city, _) = started(IN_WINDOW).await;
    let own = t.agency("shanxi-2024", "山西省委网信办").await;
    let organiser = t.officer(&own, &[Role::Organiser]).await;
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    let clock = t.clock.clone();
    let ticking = tokio::spawn(async move {
        for second in 1.. {
            clock.set(IN_WINDOW + second * 1000);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    seal(&t, &city, 200).await;
    ticking.abort();
    let _ = ticking.await;
    t.clock.set(t.app.now() + 60_000);
    let seals = json_of(t.get("/admin/api/v1/seals", &organiser), 200).await;
    let revocation = format!(
        "/admin/api/v1/seals/{}/revocation",
        seals[0]["id"].as_str().unwrap()
    );
    let revoke = t.post(&revocation, &organiser, &json!({ "reason": "换章" }));
    json_of(revoke.header("if-match", "1"), 200).await;
    let path = format!("{}/form/verification", path_of(&t, &city).await);
    let report = json_of(t.get(&path, &city), 200).await;
    assert_eq!(report["valid"], true, "{report}");
}

/// Codes of what is told of a list's scan, all of which only warn.
fn told(listed: &Value) -> Vec<&str> {
    let findings = listed["scan"]["findings"].as_array().unwrap();
    assert!(findings.iter().all(|f| f["effect"] == "warn"), "{listed}");
    let codes = findings.iter();
    codes
        .map(|f| f["violation"]["code"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_lists_scan_is_looked_at_and_its_paper_is_received_by_its_code() {
    const DESK: &str = "/admin/api/v1/paper-receipts";
    let (t, city, province) = started(IN_WINDOW).await;
    save(&t, &city, "0", &list(&[row("media", "并州")]), 200).await;
    let path = path_of(&t, &city).await;
    let plain = bytes_of(t.get(&format!("{path}/form"), &city)).await;
    scan(&t, &city, "1", plain, 200).await;
    let mine = json_of(t.get(MINE, &city), 200).await;
    assert_eq!(mine["scan"]["boxes"][0]["slot"], "agency");
    assert_ne!(mine["scan"]["boxes"][0]["sight"], "seen");
    assert_eq!(told(&mine).len(), 1, "{mine}");

    let first = seal(&t, &city, 200).await["code"].clone();
    let sealed = bytes_of(t.get(&format!("{path}/form"), &city)).await;
    scan(&t, &city, "2", sealed.clone(), 200).await;
    let mine = json_of(t.get(MINE, &city), 200).await;
    assert_eq!(mine["scan"]["form_code"], first);
    assert_eq!(mine["scan"]["boxes"][0]["sight"], "seen");
    assert_eq!(told(&mine), Vec::<&str>::new(), "{mine}");

    save(&t, &city, "3", &list(&[row("media", "汾河")]), 200).await;
    assert!(json_of(t.get(MINE, &city), 200).await["scan"].is_null());
    scan(&t, &city, "4", sealed, 200).await;
    let mine = json_of(t.get(MINE, &city), 200).await;
    assert_eq!(told(&mine), ["scan_older_round"]);
    let message = mine["scan"]["findings"][0]["violation"]["message"].as_str();
    assert!(message.unwrap().contains("第1次保存"), "{mine}");

    let second = seal(&t, &city, 200).await["code"].clone();
    let receive = async |code: &Value, status: u16| {
        json_of(t.post(DESK, &province, &json!({ "code": code })), status).await
    };
    receive(&second, 404).await;
    dispatch(&t, &city, "5", 200).await;
    let seen = json_of(t.get(ALL, &province), 200).await;
    assert_eq!(told(&seen[0]), ["scan_older_round"]);
    let arrived = receive(&second, 200).await;
    assert_eq!(arrived["nomination"]["agency"], "太原市委网信办");
    assert!(arrived["warning"].is_null() && arrived["entry"].is_null());
    assert_eq!(receive(&second, 200).await, arrived);
    let older = receive(&first, 200).await;
    assert_eq!(
        (&older["round"], &older["current_round"]),
        (&json!(1), &json!(2))
    );
    assert!(older["warning"].as_str().unwrap().contains("第1次保存"));
    let elsewhere = t.reviewer("shanxi-2024", "大同市委网信办").await;
    json_of(t.post(DESK, &elsewhere, &json!({ "code": second })), 404).await;
    let (kinds, _) = t.campaign_events("shanxi-2024").await;
    let told = kinds.iter().filter(|k| *k == "nomination_paper_received");
    assert_eq!(told.count(), 2);
    t.names_only_what_is_there().await;
}
