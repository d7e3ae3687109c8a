//! The time of stamps attested by an authority of others; what happens when it fails; a seal that is revoked afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use documents::algorithm::Algorithm;
use documents::authority::{KeyPair, to_pem};
use domain::actor::Role;
use domain::notice::Signatures;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tuixuan::clock::{Clock, SetClock, new_id};
use tuixuan::config::Settings;
use tuixuan::timestamp_service::stand_in::{self, Fault, Keys, Memory};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, upload};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";
const MINUTE: i64 = 60_000;
/// 2024-12-25 10:00 in Asia/Shanghai.
const IN_SHANXI_WINDOW: i64 = 1_735_092_000_000;
const MINE: &str = "/admin/api/v1/campaigns/shanxi-2024/nominations/mine";

/// A service that gets its time stamps from an authority of ours, whose clock can be moved.
async fn started(now: i64) -> (TestApp, Arc<Memory>, SetClock) {
    started_waiting(now, 700).await
}

/// The same, which waits so many milliseconds for the authority.
async fn started_waiting(now: i64, wait_ms: u64) -> (TestApp, Arc<Memory>, SetClock) {
    let clock = SetClock::at(now);
    let (url, memory, root) = authority(Algorithm::P256, &clock).await;
    let settings = |s: &mut Settings| {
        s.seals.timestamp_url = url;
        s.seals.timestamp_roots = vec![root.clone()];
        s.seals.timestamp_ms = wait_ms;
    };
    let t = TestApp::start_with(now, settings).await;
    std::fs::remove_file(root).unwrap();
    (t, memory, clock)
}

/// An authority by this clock: its address, what it is told to do wrong, the file of its root.
async fn authority(algorithm: Algorithm, clock: &SetClock) -> (String, Arc<Memory>, PathBuf) {
    let now = clock.now();
    let root = KeyPair::root_with(algorithm, "时间戳机构", now).unwrap();
    let unknown = KeyPair::root_with(algorithm, "时间戳机构", now).unwrap();
    let keys = Keys {
        own: root.issue_for_time("时间戳服务", now).unwrap(),
        stranger: unknown.issue_for_time("时间戳服务", now).unwrap(),
        office: root.issue("某办", now).unwrap(),
    };
    let (url, memory) = stand_in::start("127.0.0.1:0", keys, Arc::new(clock.clone()))
        .await
        .unwrap();
    let file = std::env::temp_dir().join(format!("tuixuan-time-{}.pem", new_id()));
    std::fs::write(&file, to_pem(&root.certificate).unwrap()).unwrap();
    (url, memory, file)
}

async fn handed_in(t: &TestApp, name: &str) -> String {
    let token = t.applicant(name).await;
    let input = t.bozhou_input(name).await;
    let files = [
        "pictures",
        "pictures",
        "pictures",
        "qualification",
        "stamped_form",
    ];
    let (id, version) = t.ready_draft(&token, &input, SLUG, &files).await;
    t.submit(&token, &id, version).await;
    id
}

async fn stamp(t: &TestApp, token: &str, entry: &str, status: u16) -> Value {
    let path = format!("/admin/api/v1/entries/{entry}");
    let seen = json_of(t.get(&path, token), 200).await;
    let body =
        json!({ "slot": "county-cyberspace", "digest": seen["digest"], "opinion": "同意推荐" });
    json_of(t.post(&format!("{path}/stamps"), token, &body), status).await
}

async fn live_stamps(t: &TestApp) -> u64 {
    use entity::stamp;
    let live = stamp::Entity::find().filter(stamp::Column::Live.eq(1));
    live.count(t.app.db.read()).await.unwrap()
}

async fn verified(t: &TestApp, token: &str, entry: &str) -> Value {
    let path = format!("/admin/api/v1/entries/{entry}/form/verification");
    json_of(t.get(&path, token), 200).await
}

/// What an authority may do wrong, and what the officer is told.
fn faults() -> Vec<(Vec<Fault>, &'static str)> {
    vec![
        (vec![Fault::Slow(Duration::from_secs(5))], "timestamp_slow"),
        (
            vec![Fault::Status(503), Fault::Status(502)],
            "timestamp_down",
        ),
        (vec![Fault::Status(403)], "timestamp_wrong"),
        (vec![Fault::Malformed], "timestamp_wrong"),
        (vec![Fault::Oversize], "timestamp_wrong"),
        (vec![Fault::Refused(2)], "timestamp_refused"),
        (vec![Fault::OtherNonce], "timestamp_other_nonce"),
        (vec![Fault::OtherImprint], "timestamp_other_imprint"),
        (vec![Fault::Stranger], "timestamp_untrusted"),
        (vec![Fault::NotForTime], "timestamp_untrusted"),
        (vec![Fault::Yesterday], "timestamp_untrusted"),
    ]
}

#[tokio::test]
async fn an_authority_that_fails_leaves_nothing_half_stamped() {
    let (t, authority, clock) = started(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let path = format!("/admin/api/v1/entries/{entry}/form");
    let before = bytes_of(t.get(&path, &county)).await;
    for (script, code) in faults() {
        authority.script(script);
        let refused = stamp(&t, &county, &entry, 503).await;
        assert_eq!(refused["code"], code);
        assert_eq!(live_stamps(&t).await, 0);
    }
    clock.set(IN_BOZHOU_WINDOW + 20 * MINUTE);
    let refused = stamp(&t, &county, &entry, 503).await;
    assert_eq!(refused["code"], "timestamp_other_time");
    assert!(before == bytes_of(t.get(&path, &county)).await);

    // away for a moment is forgiven
    clock.set(IN_BOZHOU_WINDOW + 1000);
    authority.script([Fault::Status(503)]);
    stamp(&t, &county, &entry, 200).await;
    let report = verified(&t, &county, &entry).await;
    assert_eq!(report["valid"], true, "{report}");
    let told = &report["signatures"][0];
    assert_eq!(
        told["timestamp"],
        json!({ "at": "2022-05-25T10:00:01+08:00", "authority": "时间戳服务", "trusted": true })
    );
    assert_eq!(told["withdrawal_checked"], true);
}

#[tokio::test]
async fn a_form_on_sm2_is_attested_by_the_authority_on_sm2() {
    let clock = SetClock::at(IN_BOZHOU_WINDOW);
    let (first_url, first, first_root) = authority(Algorithm::P256, &clock).await;
    let (sm2_url, sm2, sm2_root) = authority(Algorithm::Sm2, &clock).await;
    let settings = |s: &mut Settings| {
        s.seals.timestamp_url = first_url;
        s.seals.timestamp_sm2_url = sm2_url;
        s.seals.timestamp_roots = vec![first_root.clone(), sm2_root.clone()];
    };
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, settings).await;
    for root in [first_root, sm2_root] {
        std::fs::remove_file(root).unwrap();
    }
    t.campaign_but(SLUG, |n| n.form.signatures = Signatures::Sm2)
        .await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    // whoever asks the other one is found out
    first.script([Fault::Refused(2)]);
    for (script, code) in faults() {
        if code == "timestamp_slow" {
            continue;
        }
        sm2.script(script);
        let refused = stamp(&t, &county, &entry, 503).await;
        assert_eq!(
            (refused["code"].as_str(), live_stamps(&t).await),
            (Some(code), 0)
        );
    }
    stamp(&t, &county, &entry, 200).await;
    let report = verified(&t, &county, &entry).await;
    assert_eq!(report["valid"], true, "{report}");
    let told = &report["signatures"][0];
    assert_eq!(
        [&told["algorithm"], &told["timestamp"]["trusted"]],
        [&json!("sm2"), &json!(true)]
    );
}

/// A list that is saved: its address, and what is sent to stamp it.
async fn list_of_nominations(t: &TestApp, city: &str) -> (String, Value) {
    let row = json!({ "category": "media", "name": "并州", "platform": "wechat", "contact": "张某", "phone": "13800138000" });
    let list = json!({ "contact": "李某", "phone": "0351-1234567", "items": [row] });
    json_of(t.put(MINE, city, &list).header("if-match", "0"), 200).await;
    let mine = json_of(t.get(MINE, city), 200).await;
    let path = format!("/admin/api/v1/nominations/{}", mine["id"].as_str().unwrap());
    let body = json!({ "digest": mine["digest"], "opinion": "同意推荐。" });
    (path, body)
}

#[tokio::test]
async fn a_list_of_nominations_is_stamped_with_its_time_attested_or_not_at_all() {
    let (t, authority, _) = started(IN_SHANXI_WINDOW).await;
    t.campaign("shanxi-2024").await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    let (path, body) = list_of_nominations(&t, &city).await;
    let stamps = format!("{path}/stamps");
    for (script, code) in faults() {
        authority.script(script);
        let refused = json_of(t.post(&stamps, &city, &body), 503).await;
        assert_eq!(
            (refused["code"].as_str().unwrap(), live_stamps(&t).await),
            (code, 0)
        );
    }
    json_of(t.post(&stamps, &city, &body), 200).await;
    let report = json_of(t.get(&format!("{path}/form/verification"), &city), 200).await;
    assert_eq!(report["valid"], true, "{report}");
    assert_eq!(report["signatures"][0]["timestamp"]["trusted"], true);
}

/// A try that waits for the authority is given up for a second one, which overtakes it with its plan and comes back after it:
/// first is what the first try answers, second what the second does.
async fn overtaken<T>(
    (t, authority, clock): &(TestApp, Arc<Memory>, SetClock),
    first: impl Future<Output = T>,
    second: impl Future<Output = T>,
) -> (T, T) {
    authority.script([Fault::Held, Fault::Held]);
    let first = async {
        let answer = first.await;
        authority.let_go();
        answer
    };
    let second = async {
        authority.held(1).await;
        let later = clock.now() + MINUTE + 1;
        clock.set(later);
        t.clock.set(later);
        let both_wait = async {
            authority.held(2).await;
            authority.let_go();
        };
        tokio::join!(second, both_wait).0
    };
    tokio::join!(first, second)
}

#[tokio::test]
async fn a_plan_that_was_given_up_sets_no_stamp() {
    let all = started_waiting(IN_BOZHOU_WINDOW, 20_000).await;
    let (t, authority, _) = &all;
    t.campaign(SLUG).await;
    let entry = handed_in(t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    // drawn and its key made, so that both tries wait for the authority alone
    authority.script([Fault::Refused(2)]);
    stamp(t, &county, &entry, 503).await;

    let again = stamp(t, &county, &entry, 200);
    let (first, second) = overtaken(&all, stamp(t, &county, &entry, 422), again).await;
    assert_eq!(first["code"], "stamp_given_up");
    assert!(second["sha256"].is_string(), "{second}");
    assert_eq!(live_stamps(t).await, 1);
    let report = verified(t, &county, &entry).await;
    assert_eq!(report["valid"], true, "{report}");
    assert_eq!(report["signatures"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_plan_for_a_list_that_was_given_up_sets_no_stamp() {
    let all = started_waiting(IN_SHANXI_WINDOW, 20_000).await;
    let (t, authority, _) = &all;
    t.campaign("shanxi-2024").await;
    let city = t.reviewer("shanxi-2024", "太原市委网信办").await;
    let (path, body) = list_of_nominations(t, &city).await;
    let stamps = format!("{path}/stamps");
    authority.script([Fault::Refused(2)]);
    json_of(t.post(&stamps, &city, &body), 503).await;

    let once = json_of(t.post(&stamps, &city, &body), 422);
    let again = json_of(t.post(&stamps, &city, &body), 200);
    let (first, _) = overtaken(&all, once, again).await;
    assert_eq!(first["code"], "stamp_given_up");
    assert_eq!(live_stamps(t).await, 1);
    let report = json_of(t.get(&format!("{path}/form/verification"), &city), 200).await;
    assert_eq!(report["valid"], true, "{report}");
}

/// The platform's own record proves the time for its own file; a copy that it never stored is judged by what it brings.
#[tokio::test]
async fn a_seal_that_is_revoked_later_leaves_its_stamps_valid_on_record_alone() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    stamp(&t, &county, &entry, 200).await;
    let path = format!("/admin/api/v1/entries/{entry}/form");
    let form = bytes_of(t.get(&path, &county)).await;
    let city = t.agency(SLUG, "亳州市委网信办").await;
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    let seals = json_of(t.get("/admin/api/v1/seals", &organiser), 200).await;
    let revoke = format!(
        "/admin/api/v1/seals/{}/revocation",
        seals[0]["id"].as_str().unwrap()
    );
    t.clock.set(IN_BOZHOU_WINDOW + MINUTE);
    let call = t.post(&revoke, &organiser, &json!({ "reason": "换章" }));
    json_of(call.header("if-match", "1"), 200).await;

    let report = verified(&t, &county, &entry).await;
    assert_eq!(report["valid"], true, "{report}");
    let told = &report["signatures"][0];
    assert_eq!(told["withdrawn_at"], "2022-05-25T10:01:00+08:00");
    assert!(told["remarks"][0].as_str().unwrap().contains("仍然有效"));

    let seen = json_of(
        t.get(&format!("/admin/api/v1/entries/{entry}"), &county),
        200,
    )
    .await;
    let code = seen["form_code"].as_str().unwrap();
    let original = json_of(t.get(&format!("/api/v1/documents/{code}"), ""), 200).await;
    assert_eq!(original["standing"], "valid");
    let compared = async |copy: Vec<u8>| {
        let (kind, body) = upload("none", "表.pdf", copy);
        let path = format!("{}/api/v1/documents/{code}/comparison", t.base);
        let sent = t.client.post(path).header("content-type", kind);
        json_of(sent.body(body), 200).await
    };
    let same = compared(form.clone()).await;
    assert_eq!(
        (&same["likeness"], &same["report"]["valid"]),
        (&json!("same"), &json!(true))
    );

    let known = tuixuan::app::proofs::known_of(&t.app, &form).await.unwrap();
    assert!(documents::verify::verify_with(&form, &known).valid);
    let stranger = tuixuan::app::proofs::known_of(&t.app, b"another")
        .await
        .unwrap();
    let unproved = documents::verify::verify_with(&form, &stranger);
    assert!(
        !unproved.valid && unproved.signatures[0].intact,
        "{unproved:?}"
    );
}

#[test]
fn an_authority_without_roots_is_refused_by_name() {
    let address = "http://127.0.0.1:9".to_owned();
    for (timestamp_url, timestamp_sm2_url) in
        [(address.clone(), String::new()), (String::new(), address)]
    {
        let seals = tuixuan::config::Seals {
            timestamp_url,
            timestamp_sm2_url,
            ..Default::default()
        };
        let fault = seals.read_timestamp_roots().unwrap_err();
        assert_eq!(fault.name, "seals.timestamp_roots");
    }
}
