//! Sign-in on web pages by the official account: one browser, one state, one word, each once.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, Url, redirect};
use serde_json::{Value, json};
use tuixuan::config::Secret;
use tuixuan::wechat::stand_in::{Door, Fault};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const MINUTE: i64 = 60_000;

/// A browser that goes step by step.
struct Browser {
    client: Client,
    cookie: String,
}

async fn site() -> TestApp {
    TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.wechat.account_app_id = "wx-account".into();
        s.wechat.account_app_secret = Secret("hunter2".into());
        s.wechat.account_authorize_url = format!("{}/connect/oauth2/authorize", s.wechat.base_url);
    })
    .await
}

fn location(response: &Response) -> Url {
    Url::parse(response.headers()[LOCATION].to_str().unwrap()).unwrap()
}

fn said(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(n, _)| n == name);
    found.map_or(String::new(), |(_, value)| value.into_owned())
}

impl Browser {
    fn new() -> Browser {
        let client = Client::builder().redirect(redirect::Policy::none());
        Browser {
            client: client.build().unwrap(),
            cookie: String::new(),
        }
    }

    async fn get(&self, url: &str) -> Response {
        let request = self.client.get(url).header(COOKIE, &self.cookie);
        request.send().await.unwrap()
    }

    /// To WeChat, where it is this person: the address that WeChat sends it back to.
    async fn reach_wechat(&mut self, t: &TestApp, person: &str) -> Url {
        let begun = self.get(&format!("{}/wechat/sign-in", t.base)).await;
        assert_eq!(begun.status(), 303);
        let cookie = begun.headers()[SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
        self.cookie = cookie.split(';').next().unwrap().to_owned();
        let mut wechat = location(&begun);
        assert_eq!(said(&wechat, "appid"), "wx-account");
        assert_eq!(said(&wechat, "scope"), "snsapi_base");
        assert_eq!(wechat.fragment(), Some("wechat_redirect"));
        let state = said(&wechat, "state");
        assert!(state.len() <= 128 && state.bytes().all(|b| b.is_ascii_alphanumeric()));
        wechat.query_pairs_mut().append_pair("person", person);
        location(&self.get(wechat.as_str()).await)
    }

    /// All the way to the client's page.
    async fn reach_page(&mut self, t: &TestApp, person: &str) -> Url {
        let back = self.reach_wechat(t, person).await;
        location(&self.get(back.as_str()).await)
    }

    async fn fetch(&self, t: &TestApp, word: &str, status: u16) -> Value {
        let body = json!({ "code": word });
        let request = t.post("/api/v1/sessions/official-account", "", &body);
        json_of(request.header(COOKIE, &self.cookie), status).await
    }
}

async fn me(t: &TestApp, token: &Value) -> String {
    let me = json_of(t.get("/api/v1/me", token.as_str().unwrap()), 200).await;
    me["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_reader_is_the_applicant_of_the_mini_program_in_either_order() {
    let t = site().await;
    let told = json_of(t.get("/api/v1/client-settings", ""), 200).await;
    assert_eq!(told["official_account_sign_in"], true);
    let here = t.applicant("zhang").await;
    let here = me(&t, &json!(here)).await;
    let mut browser = Browser::new();
    let page = browser.reach_page(&t, "zhang").await;
    assert_eq!(
        (page.path(), said(&page, "sign_in_error")),
        ("/m/", String::new())
    );
    let signed_in = browser.fetch(&t, &said(&page, "sign_in"), 200).await;
    assert_eq!(me(&t, &signed_in["token"]).await, here);

    let page = browser.reach_page(&t, "li").await;
    let signed_in = browser.fetch(&t, &said(&page, "sign_in"), 200).await;
    let first = me(&t, &signed_in["token"]).await;
    let later = t.applicant("li").await;
    assert_eq!(me(&t, &json!(later)).await, first);
    assert_ne!(first, here);

    // whoever is known under one name only
    let page = browser.reach_page(&t, "alone").await;
    let signed_in = browser.fetch(&t, &said(&page, "sign_in"), 200).await;
    let alone = me(&t, &signed_in["token"]).await;
    let page = browser.reach_page(&t, "alone").await;
    let again = browser.fetch(&t, &said(&page, "sign_in"), 200).await;
    assert_eq!(me(&t, &again["token"]).await, alone);
    let other = t.applicant("alone").await;
    assert_ne!(me(&t, &json!(other)).await, alone);
}

#[tokio::test]
async fn state_and_word_are_good_once_for_a_while_and_for_one_browser() {
    let t = site().await;
    let mut browser = Browser::new();
    let back = browser.reach_wechat(&t, "zhang").await;
    // another browser that was given the address
    let mut other = Browser::new();
    let page = location(&other.get(back.as_str()).await);
    assert_eq!(said(&page, "sign_in_error"), "sign_in_expired");
    other.reach_wechat(&t, "li").await;
    let page = location(&other.get(back.as_str()).await);
    assert_eq!(said(&page, "sign_in_error"), "sign_in_expired");

    let page = location(&browser.get(back.as_str()).await);
    let word = said(&page, "sign_in");
    let again = location(&browser.get(back.as_str()).await);
    assert_eq!(said(&again, "sign_in_error"), "sign_in_expired");
    for (browser, word) in [
        (&other, word.as_str()),
        (&browser, "forged"),
        (&browser, ""),
    ] {
        let status = if word.is_empty() { 400 } else { 401 };
        browser.fetch(&t, word, status).await;
    }
    browser.fetch(&t, &word, 200).await;
    assert_eq!(
        browser.fetch(&t, &word, 401).await["code"],
        "sign_in_expired"
    );

    let page = browser.reach_page(&t, "zhang").await;
    t.clock.set(IN_BOZHOU_WINDOW + MINUTE);
    browser.fetch(&t, &said(&page, "sign_in"), 401).await;
    let back = browser.reach_wechat(&t, "zhang").await;
    t.clock.set(IN_BOZHOU_WINDOW + 11 * MINUTE);
    let page = location(&browser.get(back.as_str()).await);
    assert_eq!(said(&page, "sign_in_error"), "sign_in_expired");
}

#[tokio::test]
async fn the_cookie_signs_nobody_in_by_itself() {
    let t = site().await;
    let mut browser = Browser::new();
    browser.reach_page(&t, "zhang").await;
    let (_, cookie) = browser.cookie.split_once('=').unwrap();
    browser.fetch(&t, cookie, 401).await;
    let answer = t.get("/api/v1/me", cookie).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn what_goes_wrong_is_told_to_the_page() {
    let t = site().await;
    let mut browser = Browser::new();
    let page = browser.reach_page(&t, "snapshot").await;
    assert_eq!(said(&page, "sign_in_error"), "wechat_snapshot");
    for (fault, code) in [
        (Fault::Errcode(40029), "wechat_code_invalid"),
        (Fault::Errcode(40163), "wechat_code_used"),
        (Fault::Errcode(45011), "too_many"),
        (Fault::Errcode(-1), "unavailable"),
        (Fault::Malformed, "unavailable"),
    ] {
        t.wechat.script(Door::Account, [fault.clone()]);
        let page = browser.reach_page(&t, "zhang").await;
        assert_eq!(said(&page, "sign_in_error"), code, "{fault:?}");
    }
}

#[tokio::test]
async fn without_an_account_there_is_no_such_sign_in() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let told = json_of(t.get("/api/v1/client-settings", ""), 200).await;
    assert_eq!(told["official_account_sign_in"], false);
    let browser = Browser::new();
    let answer = browser.get(&format!("{}/wechat/sign-in", t.base)).await;
    assert_eq!(answer.status(), 404);
}
