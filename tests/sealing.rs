//! Keys behind seals: on SM2, brought along, held by an outside service; and what happens when that service fails.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use documents::authority::{KeyPair, to_pem};
use domain::actor::Role;
use domain::notice::Signatures;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tuixuan::clock::new_id;
use tuixuan::config::Secret;
use tuixuan::sealing_service::stand_in::{self, Fault, Memory};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";
const SEALS: &str = "/admin/api/v1/seals";

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

async fn organiser(t: &TestApp) -> String {
    let city = t.agency(SLUG, "亳州市委网信办").await;
    t.officer(&city, &[Role::Organiser]).await
}

async fn register(t: &TestApp, agency: &str, key: Value, status: u16) -> Value {
    let body = json!({
        "agency_id": t.agency(SLUG, agency).await, "kind": "official", "name": "公章", "key": key,
        "valid_from": IN_BOZHOU_WINDOW, "valid_until": IN_BOZHOU_WINDOW + 86_400_000,
    });
    let call = t.post(SEALS, &organiser(t).await, &body);
    json_of(call.header("idempotency-key", new_id()), status).await
}

async fn stamp(t: &TestApp, token: &str, entry: &str, slot: &str, status: u16) -> Value {
    let path = format!("/admin/api/v1/entries/{entry}");
    let seen = json_of(t.get(&path, token), 200).await;
    let body = json!({ "slot": slot, "digest": seen["digest"], "opinion": "同意推荐" });
    json_of(t.post(&format!("{path}/stamps"), token, &body), status).await
}

async fn verified(t: &TestApp, token: &str, entry: &str) -> Value {
    let path = format!("/admin/api/v1/entries/{entry}/form/verification");
    json_of(t.get(&path, token), 200).await
}

async fn live_stamps(t: &TestApp) -> u64 {
    use entity::stamp;
    let live = stamp::Entity::find().filter(stamp::Column::Live.eq(1));
    live.count(t.app.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_campaign_on_sm2_is_stamped_with_sm2_alone() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign_but(SLUG, |n| n.form.signatures = Signatures::Sm2)
        .await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let partner = t.reviewer(SLUG, "谯城区文明办").await;
    stamp(&t, &county, &entry, "county-cyberspace", 200).await;
    stamp(&t, &partner, &entry, "county-civilisation", 200).await;
    let report = verified(&t, &county, &entry).await;
    assert_eq!(report["valid"], true, "{report}");
    let told = |n: usize| report["signatures"][n]["algorithm"].clone();
    assert_eq!([told(0), told(1)], ["sm2", "sm2"]);
}

/// A file with an RSA key of the county's, and its root; made by OpenSSL.
const BROUGHT: &[u8] = include_bytes!("fixtures/county.p12");
const BROUGHT_ROOT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/county-root.pem"
);

fn pkcs12(file: &[u8], password: &str) -> Value {
    json!({ "pkcs12": BASE64.encode(file), "password": password })
}

#[tokio::test]
async fn a_key_that_was_brought_along_stamps_for_its_agency_alone() {
    let trusting = |s: &mut tuixuan::config::Settings| s.seals.roots = vec![BROUGHT_ROOT.into()];
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, trusting).await;
    t.campaign(SLUG).await;
    let key = || pkcs12(BROUGHT, "brought-along");
    for (agency, key, code) in [
        (COUNTY, pkcs12(BROUGHT, "wrong"), "pkcs12_password"),
        (COUNTY, pkcs12(b"PK", ""), "pkcs12_unreadable"),
        (
            COUNTY,
            json!({ "service": "x", "password": "y" }),
            "key_unclear",
        ),
        ("涡阳县委网信办", key(), "seal_untrusted"),
    ] {
        let refused = register(&t, agency, key, 422).await;
        assert_eq!(refused["violations"][0]["code"], code);
    }
    let no_service = register(&t, COUNTY, json!({ "service": "x" }), 422).await;
    assert_eq!(no_service["code"], "sealing_service_absent");
    let seal = register(&t, COUNTY, key(), 200).await;
    assert_eq!(seal["source"], "pkcs12");
    let again = register(&t, COUNTY, key(), 409).await;
    assert_eq!(again["code"], "key_registered");
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    stamp(&t, &county, &entry, "county-cyberspace", 200).await;
    let report = verified(&t, &county, &entry).await;
    assert_eq!(report["valid"], true, "{report}");
    assert_eq!(report["signatures"][0]["algorithm"], "rsa");
}

/// An application that trusts the root of the county's own key, with that key behind the county's seal.
async fn with_brought_key() -> (TestApp, Value) {
    let trusting = |s: &mut tuixuan::config::Settings| s.seals.roots = vec![BROUGHT_ROOT.into()];
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, trusting).await;
    t.campaign(SLUG).await;
    let seal = register(&t, COUNTY, pkcs12(BROUGHT, "brought-along"), 200).await;
    (t, seal)
}

/// What the county stamps with its own key outside the platform.
fn stamped_outside(pdf: &[u8], slot: &str, at_ms: i64) -> Vec<u8> {
    let key = documents::pkcs12::open(BROUGHT, "brought-along").unwrap();
    let sha256 = documents::stamp::sha256_hex(pdf);
    let stamping = documents::stamp::Stamping {
        slot,
        agency: COUNTY,
        opinion: "同意推荐",
        signer: "",
        date: "2022年5月25日",
        at_ms,
        expect_sha256: &sha256,
    };
    documents::stamp::stamp(pdf, &stamping, &key).unwrap()
}

async fn form(t: &TestApp, token: &str, entry: &str) -> Vec<u8> {
    bytes_of(t.get(&format!("/admin/api/v1/entries/{entry}/form"), token)).await
}

async fn seal_act(t: &TestApp, seal: &Value, what: &str, version: &str) {
    let path = format!("{SEALS}/{}/{what}", seal["id"].as_str().unwrap());
    let call = t.post(&path, &organiser(t).await, &json!({ "reason": "换章" }));
    json_of(call.header("if-match", version), 200).await;
}

/// Whether a file is valid by all that the platform knows, and what is said of its first signature.
async fn judged(t: &TestApp, file: &[u8]) -> (bool, String) {
    let known = tuixuan::app::proofs::known_of(&t.app, file).await.unwrap();
    let report = documents::verify::verify_with(file, &known);
    (report.valid, report.signatures[0].remarks.concat())
}

/// Others certified the key, so that no list of ours names it; the register does.
#[tokio::test]
async fn a_seal_with_a_key_brought_along_is_withdrawn_like_any_other() {
    let (t, seal) = with_brought_key().await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let blank = form(&t, &county, &entry).await;
    stamp(&t, &county, &entry, "county-cyberspace", 200).await;
    let stored = form(&t, &county, &entry).await;
    let minute = |n: i64| IN_BOZHOU_WINDOW + n * 60_000;
    let outside = |at| stamped_outside(&blank, "county-cyberspace", at);
    let (before, after) = (outside(minute(0)), outside(minute(2)));
    t.clock.set(minute(3));
    let sound = (true, String::new());
    for file in [&stored, &before, &after] {
        assert_eq!(judged(&t, file).await, sound);
    }

    t.clock.set(minute(1));
    seal_act(&t, &seal, "suspension", "1").await;
    t.clock.set(minute(3));
    let (valid, told) = judged(&t, &stored).await;
    assert!(valid && told.contains("停用之前，仍然有效"), "{told}");
    for (file, why) in [(&before, "证明签章早于停用"), (&after, "签章不早于停用")] {
        let (valid, told) = judged(&t, file).await;
        assert!(!valid && told.contains(why), "{told}");
    }
    seal_act(&t, &seal, "resumption", "2").await;
    assert_eq!(judged(&t, &after).await, sound);

    t.clock.set(minute(1));
    seal_act(&t, &seal, "revocation", "3").await;
    t.clock.set(minute(3));
    let report = verified(&t, &county, &entry).await;
    assert_eq!(report["valid"], true, "{report}");
    let told = &report["signatures"][0];
    assert_eq!(told["withdrawn_at"], "2022-05-25T10:01:00+08:00");
    for (file, why) in [(&before, "证明签章早于吊销"), (&after, "签章不早于吊销")] {
        let (valid, told) = judged(&t, file).await;
        assert!(!valid && told.contains(why), "{told}");
    }
}

/// The key is sound and its certificate trusted; the box is another office's, or the stamp another one than the platform set.
#[tokio::test]
async fn a_copy_with_stamps_that_are_not_on_record_is_not_valid() {
    let (t, _) = with_brought_key().await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let blank = form(&t, &county, &entry).await;
    let path = format!("/admin/api/v1/entries/{entry}");
    let seen = json_of(t.get(&path, &county), 200).await;
    let code = seen["form_code"].as_str().unwrap();
    let compared = async |copy: Vec<u8>| {
        let (kind, body) = crate::support::upload("none", "表.pdf", copy);
        let path = format!("{}/api/v1/documents/{code}/comparison", t.base);
        let sent = t.client.post(path).header("content-type", kind);
        let told = json_of(sent.body(body), 200).await;
        let signature = &told["report"]["signatures"][0];
        assert_eq!(signature["trusted"], true, "{told}");
        let remark = signature["remarks"][0].as_str().unwrap_or_default();
        (told["report"]["valid"] == true, remark.to_owned())
    };
    let not = |remark: &str| (false, remark.to_owned());
    let elsewhere = stamped_outside(&blank, "city-cyberspace", IN_BOZHOU_WINDOW);
    let unknown = not("平台没有此盖章处的盖章记录");
    assert_eq!(compared(elsewhere.clone()).await, unknown);
    stamp(&t, &county, &entry, "county-cyberspace", 200).await;
    assert_eq!(compared(elsewhere).await, unknown);
    let other = stamped_outside(&blank, "county-cyberspace", IN_BOZHOU_WINDOW);
    let changed = not("签章所盖的内容不是平台记录的内容");
    assert_eq!(compared(other.clone()).await, changed);
    let stored = form(&t, &county, &entry).await;
    assert_eq!(compared(stored).await, (true, String::new()));

    // such a file in the place of the stored one
    use entity::document;
    let change = document::ActiveModel {
        sha256: Set(t.app.files.put(&other).await.unwrap()),
        ..Default::default()
    };
    let replaced = t.app.db.write(move |tx| {
        Box::pin(async move {
            let all = document::Entity::update_many().set(change);
            Ok(all.exec(tx).await?.rows_affected)
        })
    });
    assert_eq!(replaced.await.unwrap(), 1);
    let original = json_of(t.get(&format!("/api/v1/documents/{code}"), ""), 200).await;
    assert_eq!(original["standing"], "altered");
    assert_eq!(original["seals"][0]["valid"], false);
}

#[tokio::test]
async fn a_key_of_an_unknown_root_is_not_taken() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let refused = register(&t, COUNTY, pkcs12(BROUGHT, "brought-along"), 422).await;
    assert_eq!(refused["violations"][0]["code"], "seal_untrusted");
}

/// A service that holds the county's key, and an application that trusts its root.
async fn with_service() -> (TestApp, Arc<Memory>) {
    with_service_since(IN_BOZHOU_WINDOW).await
}

/// The same with a root that was made at another time.
async fn with_service_since(root: i64) -> (TestApp, Arc<Memory>) {
    let root = KeyPair::root("签章服务", root).unwrap();
    let key = root.issue(COUNTY, IN_BOZHOU_WINDOW).unwrap();
    let keys = HashMap::from([("county-seal".to_owned(), key)]);
    let (url, memory) = stand_in::start("127.0.0.1:0", keys, "shared")
        .await
        .unwrap();
    let file = std::env::temp_dir().join(format!("tuixuan-root-{}.pem", new_id()));
    std::fs::write(&file, to_pem(&root.certificate).unwrap()).unwrap();
    let settings = |s: &mut tuixuan::config::Settings| {
        s.seals.roots = vec![file.clone()];
        s.seals.service_url = url;
        s.seals.service_secret = Secret("shared".into());
        s.seals.service_ms = 700;
    };
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, settings).await;
    std::fs::remove_file(file).unwrap();
    t.campaign(SLUG).await;
    (t, memory)
}

#[tokio::test]
async fn a_sealing_service_that_fails_leaves_nothing_half_stamped() {
    let (t, service) = with_service().await;
    let unknown = register(&t, COUNTY, json!({ "service": "nobody" }), 503).await;
    assert_eq!(unknown["code"], "sealing_service_wrong");
    let foreign = register(
        &t,
        "涡阳县委网信办",
        json!({ "service": "county-seal" }),
        422,
    )
    .await;
    assert_eq!(foreign["violations"][0]["code"], "seal_untrusted");
    register(&t, COUNTY, json!({ "service": "county-seal" }), 200).await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let path = format!("/admin/api/v1/entries/{entry}/form");
    let before = bytes_of(t.get(&path, &county)).await;
    let slow = Fault::Slow(Duration::from_secs(5));
    for (faults, code) in [
        (vec![slow.clone(), slow], "sealing_service_slow"),
        (
            vec![Fault::Status(503), Fault::Status(502)],
            "sealing_service_down",
        ),
        (vec![Fault::Status(403)], "sealing_service_wrong"),
        (vec![Fault::Malformed], "sealing_service_wrong"),
        (vec![Fault::Oversize], "sealing_service_wrong"),
        (vec![Fault::OtherMessage], "sealing_service_wrong"),
    ] {
        service.script(faults);
        let refused = stamp(&t, &county, &entry, "county-cyberspace", 503).await;
        assert_eq!(refused["code"], code);
        assert_eq!(live_stamps(&t).await, 0);
    }
    assert!(before == bytes_of(t.get(&path, &county)).await);

    // once is forgiven, and asked for again under the same id
    service.script([Fault::Status(503)]);
    let asked = service.asked().len();
    stamp(&t, &county, &entry, "county-cyberspace", 200).await;
    let ids = service.asked().split_off(asked);
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    let report = verified(&t, &county, &entry).await;
    assert_eq!(report["valid"], true, "{report}");
}

#[tokio::test]
async fn a_seal_on_other_algorithms_than_the_campaign_is_refused() {
    let (t, _) = with_service().await;
    register(&t, COUNTY, json!({ "service": "county-seal" }), 200).await;
    let who = t.agency(SLUG, COUNTY).await;
    let seals = tuixuan::db::seals::of_agency(t.app.db.read(), &who)
        .await
        .unwrap();
    let login = t.known_officer(&who, &[Role::SealKeeper], false).await;
    let row = tuixuan::db::officers::by_login(t.app.db.read(), &login)
        .await
        .unwrap();
    let officer = tuixuan::db::officers::to_officer(t.app.db.read(), &row.unwrap())
        .await
        .unwrap();
    let suite = documents::algorithm::Suite::Sm2;
    let refused = tuixuan::app::keys::behind(&t.app, &officer, &seals[0], suite).await;
    let refused = refused.err().unwrap().to_string();
    assert!(refused.starts_with("seal_key_unfit"), "{refused}");
}

async fn change_seal(t: &TestApp, token: &str, seal: &Value, what: &str) {
    let path = format!("{SEALS}/{}/{what}", seal["id"].as_str().unwrap());
    let call = t.post(&path, token, &json!({ "reason": "停止使用" }));
    json_of(call.header("if-match", seal["version"].to_string()), 200).await;
}

#[tokio::test]
async fn a_seal_taken_out_of_use_while_its_service_answers_sets_no_stamp() {
    for (what, code) in [
        ("suspension", "seal_suspended"),
        ("revocation", "seal_revoked"),
    ] {
        let (t, service) = with_service().await;
        let seal = register(&t, COUNTY, json!({ "service": "county-seal" }), 200).await;
        let entry = handed_in(&t, "谯城发布").await;
        let county = t.reviewer(SLUG, COUNTY).await;
        let organiser = organiser(&t).await;
        let path = format!("/admin/api/v1/entries/{entry}/form");
        let before = bytes_of(t.get(&path, &county)).await;
        service.script([Fault::Slow(Duration::from_millis(600))]);
        let asked = service.asked().len();
        let meanwhile = async {
            while service.asked().len() == asked {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            change_seal(&t, &organiser, &seal, what).await;
        };
        let stamping = stamp(&t, &county, &entry, "county-cyberspace", 422);
        let (refused, ()) = tokio::join!(stamping, meanwhile);
        assert_eq!(refused["code"], code);
        assert_eq!(live_stamps(&t).await, 0);
        assert!(before == bytes_of(t.get(&path, &county)).await);
        let trail = t.trail(&county, &entry).await;
        let told: Vec<&str> = trail.iter().rev().take(2).map(String::as_str).collect();
        assert_eq!(
            told,
            [
                "officer stamp_given_up slot=county-cyberspace",
                "officer stamp_planned slot=county-cyberspace"
            ]
        );
        // the box is free for a seal that may be used
        let body = json!({
            "agency_id": t.agency(SLUG, COUNTY).await, "kind": "official", "name": "新公章",
            "valid_from": IN_BOZHOU_WINDOW, "valid_until": IN_BOZHOU_WINDOW + 86_400_000,
        });
        let call = t.post(SEALS, &organiser, &body);
        json_of(call.header("idempotency-key", new_id()), 200).await;
        stamp(&t, &county, &entry, "county-cyberspace", 200).await;
        let report = verified(&t, &county, &entry).await;
        assert_eq!(report["valid"], true, "{report}");
    }
}

/// Roots hold for ten years, and a key may outlive its root.
#[tokio::test]
async fn a_stamp_that_would_not_be_found_valid_is_not_set() {
    const HOUR: i64 = 3_600_000;
    let nearly_over = IN_BOZHOU_WINDOW + HOUR - 10 * 365 * 24 * HOUR;
    let (t, _) = with_service_since(nearly_over).await;
    register(&t, COUNTY, json!({ "service": "county-seal" }), 200).await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let path = format!("/admin/api/v1/entries/{entry}/form");
    let before = bytes_of(t.get(&path, &county)).await;
    t.clock.set(IN_BOZHOU_WINDOW + HOUR + 1000);
    let county = t.reviewer(SLUG, COUNTY).await;
    let refused = stamp(&t, &county, &entry, "county-cyberspace", 422).await;
    assert_eq!(refused["code"], "seal_untrusted");
    assert_eq!(live_stamps(&t).await, 0);
    assert!(before == bytes_of(t.get(&path, &county)).await);
}

/// Whose seals are on a form that is valid.
async fn stamped_by(t: &TestApp, token: &str, entry: &str) -> Vec<String> {
    let report = verified(t, token, entry).await;
    assert_eq!(report["valid"], true, "{report}");
    let all = report["signatures"].as_array().unwrap().iter();
    all.map(|s| s["agency"].as_str().unwrap().to_owned())
        .collect()
}

/// What an organiser changes of an agency's name.
async fn rename(t: &TestApp, organiser: &str, agency: &str, name: &str) {
    let path = format!("/admin/api/v1/agencies/{}", t.agency(SLUG, agency).await);
    let seen = json_of(t.get(&path, organiser), 200).await;
    let body = json!({
        "name": name, "tier": seen["tier"], "system": seen["system"], "region": seen["region"],
        "parent_id": seen["parent_id"],
    });
    let put = t.put(&path, organiser, &body);
    json_of(put.header("if-match", seen["version"].to_string()), 200).await;
}

#[tokio::test]
async fn an_agency_of_another_name_stamps_under_that_name() {
    const RENAMED: &str = "谯城区委网络安全和信息化委员会办公室";
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let organiser = organiser(&t).await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let first = handed_in(&t, "谯城发布").await;
    let second = handed_in(&t, "谯城政务").await;
    let third = handed_in(&t, "谯城文旅").await;
    stamp(&t, &county, &first, "county-cyberspace", 200).await;
    rename(&t, &organiser, COUNTY, RENAMED).await;
    for entry in [&second, &third] {
        // the third finds the certificate of the second
        stamp(&t, &county, entry, "county-cyberspace", 200).await;
        assert_eq!(stamped_by(&t, &county, entry).await, [RENAMED]);
    }
    assert_eq!(stamped_by(&t, &county, &first).await, [COUNTY]);
    use entity::agency_key::Entity as Keys;
    assert_eq!(Keys::find().count(t.app.db.read()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_key_from_elsewhere_is_refused_under_another_name_and_says_what_to_do() {
    let (t, _) = with_service().await;
    register(&t, COUNTY, json!({ "service": "county-seal" }), 200).await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, COUNTY).await;
    rename(&t, &organiser(&t).await, COUNTY, "谯城区网信办").await;
    let refused = stamp(&t, &county, &entry, "county-cyberspace", 422).await;
    assert_eq!(refused["code"], "seal_other_name");
    assert!(refused.to_string().contains("谯城区网信办"), "{refused}");
    assert_eq!(live_stamps(&t).await, 0);
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_yet_is_refused() {
    let (t, _) = with_service().await;
    let seal = json!({
        "agency_id": t.agency(SLUG, COUNTY).await, "kind": "official", "name": "公章", "key": { "service": "county-seal" },
        "valid_from": IN_BOZHOU_WINDOW - 86_400_000, "valid_until": IN_BOZHOU_WINDOW + 86_400_000,
    });
    let call = t.post(SEALS, &organiser(&t).await, &seal);
    json_of(call.header("idempotency-key", new_id()), 200).await;
    let entry = handed_in(&t, "谯城发布").await;
    t.clock.set(IN_BOZHOU_WINDOW - 3_600_000);
    let county = t.reviewer(SLUG, COUNTY).await;
    let refused = stamp(&t, &county, &entry, "county-cyberspace", 422).await;
    assert_eq!(refused["code"], "seal_certificate_not_valid");
}
