//! An organiser gives a colleague a new first password, or takes a lost second factor away.

use domain::actor::Role;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tuixuan::security::totp;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";

struct Scene {
    t: TestApp,
    organiser: String,
    login: String,
    id: String,
}

async fn scene() -> Scene {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = t.agency(SLUG, "亳州市委网信办").await;
    let county = t.agency(SLUG, "谯城区委网信办").await;
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    let login = t.known_officer(&county, &[Role::Clerk], false).await;
    let id = id_of(&t, &login).await;
    Scene {
        t,
        organiser,
        login,
        id,
    }
}

async fn id_of(t: &TestApp, login: &str) -> String {
    let row = tuixuan::db::officers::by_login(t.app.db.read(), login).await;
    row.unwrap().unwrap().id
}

impl Scene {
    fn reset(&self, token: &str, id: &str, what: &str, body: Value) -> RequestBuilder {
        let path = format!("/admin/api/v1/officers/{id}/{what}-reset");
        self.t.post(&path, token, &body)
    }

    async fn sign_in(&self, password: &str, status: u16) -> Value {
        let body = json!({ "login": self.login, "password": password });
        json_of(self.t.post("/admin/api/v1/sessions", "", &body), status).await
    }
}

fn password(first: &str) -> Value {
    json!({ "first_password": first, "reason": "忘记密码，已当面核实" })
}

fn token(answer: &Value) -> String {
    answer["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_reset_password_ends_sign_ins_lifts_the_lock_and_must_be_changed() {
    let s = scene().await;
    let before = token(&s.sign_in("Long-enough-1", 200).await);
    for _ in 0..5 {
        s.sign_in("wrong-wrong-1", 401).await;
    }
    s.sign_in("Long-enough-1", 429).await;
    for wrong in [
        password("short"),
        json!({ "first_password": "Second-start-1", "reason": " " }),
    ] {
        json_of(s.reset(&s.organiser, &s.id, "password", wrong), 422).await;
    }
    let unknown = json!({ "first_password": "Second-start-1", "reason": "x", "more": 1 });
    json_of(s.reset(&s.organiser, &s.id, "password", unknown), 400).await;
    json_of(
        s.reset(&s.organiser, &s.id, "password", password("Second-start-1")),
        200,
    )
    .await;

    json_of(s.t.get("/admin/api/v1/me", &before), 401).await;
    s.sign_in("Long-enough-1", 401).await;
    let first = token(&s.sign_in("Second-start-1", 200).await);
    let refused = json_of(s.t.get("/admin/api/v1/agencies", &first), 403).await;
    assert_eq!(refused["code"], "password_change_due");
}

#[tokio::test]
async fn a_second_factor_that_was_reset_is_asked_for_no_more() {
    let s = scene().await;
    let mine = token(&s.sign_in("Long-enough-1", 200).await);
    let reason = json!({ "reason": "手机遗失" });
    let none = json_of(s.reset(&s.organiser, &s.id, "totp", reason.clone()), 409).await;
    assert_eq!(none["code"], "totp_not_set");
    let totp = "/admin/api/v1/me/totp";
    let begun = json_of(s.t.post(totp, &mine, &json!({})), 200).await;
    let mut parts = begun["url"].as_str().unwrap().split(['?', '&']);
    let secret = parts.find_map(|part| part.strip_prefix("secret=")).unwrap();
    let code = totp::code_at(secret, IN_BOZHOU_WINDOW).unwrap();
    json_of(s.t.put(totp, &mine, &json!({ "code": code })), 200).await;
    assert_eq!(s.sign_in("Long-enough-1", 401).await["code"], "totp_needed");

    json_of(s.reset(&s.organiser, &s.id, "totp", reason), 200).await;
    json_of(s.t.get("/admin/api/v1/me", &mine), 401).await;
    let again = token(&s.sign_in("Long-enough-1", 200).await);
    json_of(s.t.post(totp, &again, &json!({})), 200).await;
}

#[tokio::test]
async fn nobody_resets_the_own_sign_in_one_above_or_one_out_of_service() {
    let s = scene().await;
    let county = s.t.agency(SLUG, "谯城区委网信办").await;
    let login = s.t.known_officer(&county, &[Role::Organiser], false).await;
    let below = token(&s.t.sign_in(&login, 200).await);
    let own = id_of(&s.t, &login).await;
    let me = json_of(s.t.get("/admin/api/v1/me", &s.organiser), 200).await;
    let above = me["id"].as_str().unwrap();
    for (id, status) in [(own.as_str(), 403), (above, 404), (s.id.as_str(), 200)] {
        let reset = s.reset(&below, id, "password", password("Second-start-1"));
        json_of(reset, status).await;
    }
    let path = format!("{}/admin/api/v1/officers/{}", s.t.base, s.id);
    let disabled = s.t.client.delete(path).bearer_auth(&s.organiser);
    json_of(disabled, 200).await;
    let gone = s.reset(&s.organiser, &s.id, "password", password("Third-start-1"));
    assert_eq!(json_of(gone, 409).await["code"], "officer_disabled");
}

#[tokio::test]
async fn a_password_changed_at_the_moment_of_a_reset_or_an_end_of_service_changes_nothing() {
    let s = scene().await;
    let mine = token(&s.sign_in("Long-enough-1", 200).await);
    let change = |token: &str| {
        let body = json!({ "old_password": "Long-enough-1", "new_password": "Another-long-1" });
        json_of(s.t.put("/admin/api/v1/me/password", token, &body), 401)
    };
    let reset = s.reset(&s.organiser, &s.id, "password", password("Second-start-1"));
    let refused = s.t.after(json_of(reset, 200), change(&mine)).await;
    assert_eq!(refused["code"], "token_invalid");
    s.sign_in("Another-long-1", 401).await;
    let first = token(&s.sign_in("Second-start-1", 200).await);
    json_of(s.t.get("/admin/api/v1/agencies", &first), 403).await;

    let s = scene().await;
    let mine = token(&s.sign_in("Long-enough-1", 200).await);
    let path = format!("{}/admin/api/v1/officers/{}", s.t.base, s.id);
    let out = s.t.client.delete(path).bearer_auth(&s.organiser);
    let body = json!({ "old_password": "Long-enough-1", "new_password": "Another-long-1" });
    let change = json_of(s.t.put("/admin/api/v1/me/password", &mine, &body), 401);
    s.t.after(json_of(out, 200), change).await;
    let reason = json!({ "reason": "误停用" });
    let path = format!("/admin/api/v1/officers/{}/reinstatement", s.id);
    json_of(s.t.post(&path, &s.organiser, &reason), 200).await;
    s.sign_in("Long-enough-1", 200).await;
}
