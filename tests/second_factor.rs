//! 动态验证码: optional; once confirmed, sign-in needs a code, and a code is good once.

use domain::actor::Role;
use serde_json::{Value, json};
use tuixuan::security::totp;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const TOTP: &str = "/admin/api/v1/me/totp";
const STEP: i64 = 30_000;

async fn sign_in(t: &TestApp, login: &str, code: Option<&str>, status: u16) -> Value {
    let mut body = json!({ "login": login, "password": "Long-enough-1" });
    if let Some(code) = code {
        body["totp"] = json!(code);
    }
    json_of(t.post("/admin/api/v1/sessions", "", &body), status).await
}

#[tokio::test]
async fn once_confirmed_sign_in_needs_a_code_that_was_not_used() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let agency = t.agency("bozhou-2022", "谯城区委网信办").await;
    let login = t.known_officer(&agency, &[Role::Clerk], false).await;
    let token = sign_in(&t, &login, None, 200).await["token"]
        .as_str()
        .unwrap()
        .to_owned();

    let early = t.put(TOTP, &token, &json!({ "code": "123456" }));
    assert_eq!(json_of(early, 409).await["code"], "totp_not_begun");
    let begun = json_of(t.post(TOTP, &token, &json!({})), 200).await;
    let url = begun["url"].as_str().unwrap();
    assert!(url.starts_with("otpauth://totp/"), "{url}");
    let secret = url
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("secret="))
        .unwrap();
    let row = tuixuan::db::officers::by_login(t.app.db.read(), &login)
        .await
        .unwrap()
        .unwrap();
    assert!(!row.totp_secret.unwrap().contains(secret), "it is sealed");
    sign_in(&t, &login, None, 200).await;

    let code = |now: i64| totp::code_at(secret, now).unwrap();
    let wrong = t.put(TOTP, &token, &json!({ "code": "wrong" }));
    assert_eq!(
        json_of(wrong, 422).await["violations"][0]["code"],
        "totp_wrong"
    );
    let first = code(IN_BOZHOU_WINDOW);
    json_of(t.put(TOTP, &token, &json!({ "code": first })), 200).await;
    let again = t.post(TOTP, &token, &json!({}));
    assert_eq!(json_of(again, 409).await["code"], "totp_set");

    assert_eq!(sign_in(&t, &login, None, 401).await["code"], "totp_needed");
    assert_eq!(
        sign_in(&t, &login, Some(&first), 401).await["code"],
        "sign_in_failed",
        "the step that confirmed is used"
    );
    t.clock.set(IN_BOZHOU_WINDOW + 2 * STEP);
    let second = code(IN_BOZHOU_WINDOW + 2 * STEP);
    sign_in(&t, &login, Some(&second), 200).await;
    assert_eq!(
        sign_in(&t, &login, Some(&second), 401).await["code"],
        "sign_in_failed"
    );
    t.clock.set(IN_BOZHOU_WINDOW + 4 * STEP);
    let third = code(IN_BOZHOU_WINDOW + 4 * STEP);
    sign_in(&t, &login, Some(&third), 200).await;
}

#[tokio::test]
async fn guessed_codes_lock_the_account_for_those_who_know_the_password_and_until_the_clock_is_right()
 {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| s.server.trusted_hops = 1).await;
    t.campaign("bozhou-2022").await;
    let agency = t.agency("bozhou-2022", "谯城区委网信办").await;
    let login = t.known_officer(&agency, &[Role::Clerk], false).await;
    let token = sign_in(&t, &login, None, 200).await["token"].clone();
    let token = token.as_str().unwrap();
    let begun = json_of(t.post(TOTP, token, &json!({})), 200).await;
    let mut parts = begun["url"].as_str().unwrap().split(['?', '&']);
    let secret = parts.find_map(|part| part.strip_prefix("secret=")).unwrap();
    let code = |now: i64| totp::code_at(secret, now).unwrap();
    let confirm = json!({ "code": code(IN_BOZHOU_WINDOW) });
    json_of(t.put(TOTP, token, &confirm), 200).await;

    let from = |n: i32, password: &str, code: &str| {
        let body = json!({ "login": login, "password": password, "totp": code });
        t.post("/admin/api/v1/sessions", "", &body)
            .header("x-forwarded-for", format!("203.0.113.{n}"))
    };
    let guess = async |now: i64| {
        t.clock.set(now);
        for n in 1..=5 {
            json_of(from(n, "Long-enough-1", "wrong"), 401).await;
        }
        json_of(from(6, "Long-enough-1", &code(now)), 429).await;
        json_of(from(7, "wrong-wrong-1", &code(now)), 401).await;
    };
    let now = IN_BOZHOU_WINDOW + 2 * STEP;
    guess(now + 24 * 3_600_000).await;
    t.clock.set(now);
    json_of(from(8, "Long-enough-1", &code(now)), 200).await;
    guess(now + 2 * STEP).await;
    let later = now + 2 * STEP + 15 * 60_000;
    t.clock.set(later);
    json_of(from(8, "Long-enough-1", &code(later)), 200).await;
}
