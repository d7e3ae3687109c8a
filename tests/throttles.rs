//! Guesses and messages are limited by address and phone, whichever process takes them.

use std::sync::Arc;

use domain::actor::Role;
use reqwest::RequestBuilder;
use serde_json::json;
use tuixuan::app::throttles::{Throttle, hit, require_open};
use tuixuan::config::Settings;
use tuixuan::state::App;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const MINUTE: i64 = 60_000;

/// Behind one proxy, with small limits and an outbox that takes everything into the log.
async fn started() -> TestApp {
    TestApp::start_with(IN_BOZHOU_WINDOW, |s: &mut Settings| {
        s.server.trusted_hops = 1;
        s.throttle.failures = 3;
        s.throttle.address_codes = 4;
        s.throttle.phone_codes = 2;
    })
    .await
}

fn officer(t: &TestApp, from: &str, login: &str, password: &str) -> RequestBuilder {
    let body = json!({ "login": login, "password": password });
    t.post("/admin/api/v1/sessions", "", &body)
        .header("x-forwarded-for", from)
}

fn by_phone(t: &TestApp, from: &str) -> RequestBuilder {
    let body = json!({ "phone": "13900139000", "code": "000000" });
    t.post("/api/v1/sessions/phone", "", &body)
        .header("x-forwarded-for", from)
}

fn code(t: &TestApp, from: &str, phone: &str) -> RequestBuilder {
    t.post("/api/v1/phone-codes", "", &json!({ "phone": phone }))
        .header("x-forwarded-for", from)
}

async fn known(t: &TestApp) -> String {
    t.campaign("bozhou-2022").await;
    let agency = t.agency("bozhou-2022", "谯城区委网信办").await;
    t.known_officer(&agency, &[Role::Clerk], false).await
}

#[tokio::test]
async fn wrong_sign_ins_of_any_kind_shut_an_address_out_and_no_other() {
    let t = started().await;
    let login = known(&t).await;
    let (here, there) = ("203.0.113.7", "203.0.113.8");
    json_of(officer(&t, here, "nobody-here", "wrong-wrong-1"), 401).await;
    json_of(officer(&t, here, &login, "wrong-wrong-1"), 401).await;
    json_of(officer(&t, here, &login, "Long-enough-1"), 200).await;
    json_of(by_phone(&t, here), 401).await;
    let shut = officer(&t, here, &login, "Long-enough-1")
        .send()
        .await
        .unwrap();
    assert_eq!(shut.status(), 429);
    let wait: i64 = shut.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(wait, 15 * 60 + 1);
    json_of(by_phone(&t, here), 429).await;
    json_of(officer(&t, there, &login, "Long-enough-1"), 200).await;
    // Only the entry that our own proxy appended counts.
    json_of(
        officer(&t, &format!("{there}, {here}"), &login, "Long-enough-1"),
        429,
    )
    .await;
    t.clock.set(IN_BOZHOU_WINDOW + 15 * MINUTE);
    json_of(officer(&t, here, &login, "Long-enough-1"), 200).await;
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_are_one_place() {
    let t = started().await;
    let login = known(&t).await;
    for host in ["1", "2", "3"] {
        let from = format!("2001:db8:1:2::{host}");
        json_of(officer(&t, &from, "nobody-here", "wrong-wrong-1"), 401).await;
    }
    json_of(
        officer(&t, "2001:db8:1:2:ffff::9", &login, "Long-enough-1"),
        429,
    )
    .await;
    json_of(officer(&t, "2001:db8:1:3::1", &login, "Long-enough-1"), 200).await;
}

#[tokio::test]
async fn codes_are_limited_by_phone_and_by_address() {
    let t = started().await;
    let from = "203.0.113.7";
    let mut now = IN_BOZHOU_WINDOW;
    for status in [200, 200, 429] {
        json_of(code(&t, "203.0.113.9", "13900139001"), status).await;
        now += MINUTE;
        t.clock.set(now);
    }
    for (phone, status) in [
        ("13900139002", 200),
        ("13900139003", 200),
        ("13900139004", 200),
        ("13900139005", 200),
        ("13900139006", 429),
    ] {
        json_of(code(&t, from, phone), status).await;
    }
    t.clock.set(now + 15 * MINUTE);
    json_of(code(&t, from, "13900139006"), 200).await;
    json_of(code(&t, from, "13900139001"), 200).await;
}

#[tokio::test]
async fn guesses_side_by_side_get_no_more_than_the_limit() {
    let t = started().await;
    let login = known(&t).await;
    let from = "203.0.113.7";
    let guesses = (0..8).map(|i| officer(&t, from, &format!("nobody-{i}"), "wrong-wrong-1").send());
    futures_util::future::join_all(guesses).await;
    json_of(officer(&t, from, &login, "Long-enough-1"), 429).await;
}

#[tokio::test]
async fn what_one_process_counts_another_one_refuses_and_a_limit_of_zero_is_off() {
    let t = started().await;
    let now = t.app.now();
    let other = App::open(t.app.settings.clone(), Arc::new(t.clock.clone())).await;
    let other = other.unwrap();
    let from = Some("203.0.113.7".parse().unwrap());
    let (here, there) = (
        Throttle::sign_ins(&t.app, from),
        Throttle::sign_ins(&other, from),
    );
    for _ in 0..3 {
        require_open(other.db.read(), there.as_ref(), now)
            .await
            .unwrap();
        let counted = here.clone();
        let counting = t
            .app
            .db
            .write(move |tx| Box::pin(async move { hit(tx, counted.as_ref(), now).await }));
        counting.await.unwrap();
    }
    require_open(other.db.read(), there.as_ref(), now)
        .await
        .unwrap_err();
    let off = TestApp::start_with(IN_BOZHOU_WINDOW, |s| s.throttle.failures = 0).await;
    assert!(Throttle::sign_ins(&off.app, from).is_none());
    assert!(Throttle::sign_ins(&t.app, None).is_none());
}

#[tokio::test]
async fn strangers_lock_a_login_where_they_are_and_its_bearer_nowhere_else() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s: &mut Settings| {
        s.server.trusted_hops = 1;
        s.sessions.failures = 2;
    })
    .await;
    let known = known(&t).await;
    let from = |n: i32| format!("203.0.113.{n}");
    for login in [known.as_str(), "nobody-here"] {
        for n in 1..=10 {
            for status in [401, 401, 429] {
                json_of(officer(&t, &from(n), login, "wrong-wrong-1"), status).await;
            }
        }
        // there were many by now: one guess from each address
        for status in [401, 429] {
            json_of(officer(&t, &from(11), login, "wrong-wrong-1"), status).await;
        }
    }
    let right = |n: i32| officer(&t, &from(n), &known, "Long-enough-1");
    json_of(right(1), 429).await;
    json_of(right(11), 429).await;
    json_of(right(12), 200).await;
    t.clock.set(IN_BOZHOU_WINDOW + 15 * MINUTE);
    json_of(right(1), 200).await;
    json_of(officer(&t, &from(1), &known, "wrong-wrong-1"), 401).await;
    json_of(right(1), 200).await;
}
