//! Sign-ins: how they fail, how they end, and what of a person the database file shows.

use std::sync::{Arc, Mutex};

use domain::actor::Role;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Json};
use poem::{EndpointExt, Route, Server, handler};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tuixuan::clock::new_id;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
const MINUTE: i64 = 60_000;
const PHONE: &str = "13912345678";

type Inbox = Arc<Mutex<Vec<(String, String)>>>;

#[handler]
fn take(Json(body): Json<Value>, inbox: Data<&Inbox>) {
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    inbox.lock().unwrap().push((text("phone"), text("code")));
}

/// A service whose codes arrive here.
async fn with_phones() -> (TestApp, Inbox) {
    let inbox = Inbox::default();
    let acceptor = TcpListener::bind("127.0.0.1:0")
        .into_acceptor()
        .await
        .unwrap();
    let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
    let routes = Route::new().at("/", poem::post(take)).data(inbox.clone());
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.sms.url = format!("http://{address}/");
    })
    .await;
    t.campaign(SLUG).await;
    (t, inbox)
}

fn advance(t: &TestApp, ms: i64) {
    t.clock.set(t.app.now() + ms);
}

async fn plain() -> TestApp {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    t
}

fn sign_in(t: &TestApp, login: &str, password: &str) -> RequestBuilder {
    let body = json!({ "login": login, "password": password });
    t.post("/admin/api/v1/sessions", "", &body)
}

async fn clerk(t: &TestApp, must_change: bool) -> String {
    let agency = t.agency(SLUG, "谯城区委网信办").await;
    t.known_officer(&agency, &[Role::Clerk], must_change).await
}

async fn token(t: &TestApp, login: &str) -> String {
    let answer = t.sign_in(login, 200).await;
    answer["token"].as_str().unwrap().to_owned()
}

fn me(t: &TestApp, token: &str) -> RequestBuilder {
    t.get("/admin/api/v1/me", token)
}

/// Status, code, sentence and wait of a sign-in.
async fn told(request: RequestBuilder) -> (u16, Value, Value, Option<String>) {
    let answer = request.send().await.unwrap();
    let wait = answer.headers().get("retry-after").cloned();
    let wait = wait.map(|wait| wait.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (status, body["code"].clone(), body["detail"].clone(), wait)
}

#[tokio::test]
async fn five_failures_lock_a_login_for_a_quarter_of_an_hour_known_or_not() {
    let t = plain().await;
    let login = clerk(&t, false).await;
    for status in [401, 401, 401, 401, 401, 429] {
        let known = told(sign_in(&t, &login, "wrong-wrong-1")).await;
        assert_eq!(known.0, status);
        let unknown = told(sign_in(&t, "nobody-here", "wrong-wrong-1")).await;
        assert_eq!(known, unknown, "nothing tells who is known");
    }
    let locked = sign_in(&t, &login, "Long-enough-1").send().await.unwrap();
    assert_eq!(locked.status(), 429);
    let wait: i64 = locked.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((14 * 60..=15 * 60 + 1).contains(&wait), "{wait}");
    advance(&t, 15 * MINUTE - 1000);
    t.sign_in(&login, 429).await;
    advance(&t, 1000);
    t.sign_in(&login, 200).await;
    // A right password in between begins the count anew.
    for _ in 0..2 {
        for _ in 0..4 {
            json_of(sign_in(&t, &login, "wrong-wrong-1"), 401).await;
        }
        t.sign_in(&login, 200).await;
    }
}

#[tokio::test]
async fn officers_go_on_reading_while_nothing_can_be_written() {
    let t = plain().await;
    let here = token(&t, &clerk(&t, false).await).await;
    advance(&t, 2 * MINUTE);
    let go = Arc::new(Notify::new());
    let (db, held) = (t.app.db.clone(), go.clone());
    let holding = tokio::spawn(async move {
        db.write(move |_| {
            Box::pin(async move {
                held.notified().await;
                Ok(())
            })
        })
        .await
    });
    tokio::task::yield_now().await;
    // a queue that is full
    let many: Vec<_> = (0..5000)
        .map(|_| {
            let db = t.app.db.clone();
            tokio::spawn(async move { db.write(|_| Box::pin(async { Ok(()) })).await })
        })
        .collect();
    while many.iter().filter(|task| task.is_finished()).count() < 5000 - 4096 - 64 {
        tokio::task::yield_now().await;
    }
    json_of(me(&t, &here), 200).await;
    go.notify_one();
    holding.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_clock_that_jumped_ahead_keeps_nobody_out_once_it_is_right() {
    let (t, inbox) = with_phones().await;
    let login = clerk(&t, false).await;
    let day = 24 * 60 * MINUTE;
    advance(&t, day);
    let ahead = code(&t, &inbox).await;
    let then = token(&t, &login).await;
    for _ in 0..5 {
        t.sign_in("nobody-here", 401).await;
        json_of(sign_in(&t, &login, "wrong-wrong-1"), 401).await;
    }
    t.sign_in(&login, 429).await;
    advance(&t, -day);
    json_of(me(&t, &then), 401).await;
    json_of(me(&t, &token(&t, &login).await), 200).await;
    let sent = code(&t, &inbox).await;
    if ahead != sent {
        json_of(by_phone(&t, &ahead), 401).await;
    }
    json_of(by_phone(&t, &sent), 200).await;
    json_of(ask_code(&t, PHONE), 429).await;
}

#[tokio::test]
async fn a_token_of_the_other_kind_is_told_so() {
    let t = plain().await;
    let officer = token(&t, &clerk(&t, false).await).await;
    let applicant = t.applicant("somebody").await;
    let refused = json_of(me(&t, &applicant), 401).await;
    assert_eq!(refused["code"], "token_invalid");
    assert_eq!(
        refused["detail"],
        "这是申报人的登录凭证，此处须用工作人员账号登录"
    );
    let refused = json_of(t.get("/api/v1/me", &officer), 401).await;
    assert_eq!(refused["code"], "token_invalid");
    assert_eq!(
        refused["detail"],
        "这是工作人员的登录凭证，此处须以申报人身份登录"
    );
    let refused = json_of(me(&t, "nonsense"), 401).await;
    assert_eq!(refused["detail"], "登录已失效，请重新登录");
}

#[tokio::test]
async fn guesses_side_by_side_are_counted_one_by_one() {
    let t = plain().await;
    let login = clerk(&t, false).await;
    let guesses = (0..12).map(|i| sign_in(&t, &login, &format!("wrong-wrong-{i}")).send());
    for answer in futures_util::future::join_all(guesses).await {
        assert!([401, 429].contains(&answer.unwrap().status().as_u16()));
    }
    t.sign_in(&login, 429).await;
}

#[tokio::test]
async fn a_first_password_is_good_for_changing_it_only() {
    let t = plain().await;
    let login = clerk(&t, true).await;
    let first = token(&t, &login).await;
    json_of(me(&t, &first), 200).await;
    for path in [
        "agencies",
        "campaigns/bozhou-2022",
        "campaigns/bozhou-2022/queue",
    ] {
        let refused = json_of(t.get(&format!("/admin/api/v1/{path}"), &first), 403).await;
        assert_eq!(refused["code"], "password_change_due");
    }
    let change = |old: &str, new: &str| {
        let body = json!({ "old_password": old, "new_password": new });
        t.put("/admin/api/v1/me/password", &first, &body)
    };
    json_of(change("wrong-wrong-1", "Another-long-1"), 422).await;
    json_of(change("Long-enough-1", "short"), 422).await;
    let with_login = format!("{login}-A1");
    json_of(change("Long-enough-1", &with_login), 422).await;
    let same = json_of(change("Long-enough-1", "Long-enough-1"), 422).await;
    assert_eq!(same["violations"][0]["field"], "new_password");
    json_of(change("Long-enough-1", "Another-long-1"), 200).await;
    json_of(me(&t, &first), 401).await;
    t.sign_in(&login, 401).await;
    let again = json_of(sign_in(&t, &login, "Another-long-1"), 200).await;
    let again = again["token"].as_str().unwrap();
    json_of(t.get("/admin/api/v1/agencies", again), 200).await;
}

#[tokio::test]
async fn a_new_password_ends_the_sign_ins_elsewhere() {
    let t = plain().await;
    let login = clerk(&t, false).await;
    let (here, elsewhere) = (token(&t, &login).await, token(&t, &login).await);
    let body = json!({ "old_password": "Long-enough-1", "new_password": "Another-long-1" });
    json_of(t.put("/admin/api/v1/me/password", &here, &body), 200).await;
    json_of(me(&t, &elsewhere), 401).await;
    json_of(me(&t, &here), 401).await;
}

#[tokio::test]
async fn an_officers_sign_in_ends_idle_at_its_hour_and_by_hand() {
    let t = plain().await;
    let login = clerk(&t, false).await;
    let idle = token(&t, &login).await;
    advance(&t, 29 * MINUTE);
    json_of(me(&t, &idle), 200).await;
    advance(&t, 29 * MINUTE);
    json_of(me(&t, &idle), 200).await;
    advance(&t, 30 * MINUTE);
    json_of(me(&t, &idle), 401).await;
    let busy = token(&t, &login).await;
    for _ in 0..35 {
        advance(&t, 20 * MINUTE);
        json_of(me(&t, &busy), 200).await;
    }
    advance(&t, 20 * MINUTE);
    json_of(me(&t, &busy), 401).await;
    let (one, two) = (token(&t, &login).await, token(&t, &login).await);
    let out = t
        .client
        .delete(format!("{}/admin/api/v1/sessions/current", t.base));
    assert_eq!(out.bearer_auth(&one).send().await.unwrap().status(), 200);
    json_of(me(&t, &one), 401).await;
    json_of(me(&t, &two), 200).await;
}

fn ask_code(t: &TestApp, phone: &str) -> RequestBuilder {
    t.post("/api/v1/phone-codes", "", &json!({ "phone": phone }))
}

fn by_phone(t: &TestApp, code: &str) -> RequestBuilder {
    let body = json!({ "phone": PHONE, "code": code });
    t.post("/api/v1/sessions/phone", "", &body)
}

/// Asks for a code and reads it off the phone.
async fn code(t: &TestApp, inbox: &Inbox) -> String {
    json_of(ask_code(t, PHONE), 200).await;
    let (phone, code) = inbox.lock().unwrap().last().unwrap().clone();
    assert_eq!(phone, PHONE);
    code
}

fn other_than(code: &str, by: u32) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + by) % 1_000_000)
}

#[tokio::test]
async fn a_code_bears_five_attempts_five_minutes_and_one_use() {
    let (t, inbox) = with_phones().await;
    let sent = code(&t, &inbox).await;
    let soon = ask_code(&t, PHONE).send().await.unwrap();
    assert_eq!(soon.status(), 429);
    assert!(soon.headers().contains_key("retry-after"));
    for i in 1..=5 {
        json_of(by_phone(&t, &other_than(&sent, i)), 401).await;
    }
    json_of(by_phone(&t, &sent), 401).await;

    advance(&t, MINUTE);
    let sent = code(&t, &inbox).await;
    advance(&t, 5 * MINUTE);
    json_of(by_phone(&t, &sent), 401).await;

    let sent = code(&t, &inbox).await;
    for i in 1..=4 {
        json_of(by_phone(&t, &other_than(&sent, i)), 401).await;
    }
    advance(&t, 5 * MINUTE - 1);
    let first = json_of(by_phone(&t, &sent), 200).await;
    json_of(by_phone(&t, &sent), 401).await;

    // A newer code takes the older one's place; the person is the same.
    let older = code(&t, &inbox).await;
    advance(&t, MINUTE);
    let newer = code(&t, &inbox).await;
    if older != newer {
        json_of(by_phone(&t, &older), 401).await;
    }
    let second = json_of(by_phone(&t, &newer), 200).await;
    let mut ids = Vec::new();
    for answer in [first, second] {
        let token = answer["token"].as_str().unwrap().to_owned();
        let me = json_of(t.get("/api/v1/me", &token), 200).await;
        assert_eq!(me["phone"], "139****5678");
        ids.push(me["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    json_of(ask_code(&t, "12345"), 422).await;
}

#[tokio::test]
async fn a_code_sent_many_times_at_once_signs_in_once() {
    let (t, inbox) = with_phones().await;
    let sent = code(&t, &inbox).await;
    let tries = (0..4).map(|_| by_phone(&t, &sent).send());
    let mut statuses: Vec<u16> = futures_util::future::join_all(tries)
        .await
        .into_iter()
        .map(|a| a.unwrap().status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401]);
    advance(&t, MINUTE);
    let sent = code(&t, &inbox).await;
    let guesses = (1..=40).map(|i| by_phone(&t, &other_than(&sent, i)).send());
    futures_util::future::join_all(guesses).await;
    json_of(by_phone(&t, &sent), 401).await;
}

#[tokio::test]
async fn codes_asked_for_at_once_are_one_message() {
    let (t, inbox) = with_phones().await;
    let asked = (0..8).map(|_| ask_code(&t, PHONE).send());
    let mut statuses: Vec<u16> = futures_util::future::join_all(asked)
        .await
        .into_iter()
        .map(|a| a.unwrap().status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429, 429, 429, 429, 429, 429, 429]);
    assert_eq!(inbox.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_wechat_code_is_good_once_and_a_phone_is_one_persons() {
    let t = plain().await;
    let code = json!({ "code": "login-twice-1" });
    let wechat = || t.post("/api/v1/sessions/wechat", "", &code);
    json_of(wechat(), 200).await;
    json_of(wechat(), 401).await;
    let (one, two) = (t.applicant("one").await, t.applicant("two").await);
    let bind = |token: &str, code: &str| {
        let body = json!({ "code": code });
        t.put("/api/v1/me/phone", token, &body)
    };
    json_of(bind(&one, "phone-13912345678-1"), 200).await;
    let taken = json_of(bind(&two, "phone-13912345678-2"), 409).await;
    assert_eq!(taken["code"], "phone_taken");
    json_of(bind(&one, "phone-13912345678-3"), 200).await;
    let foreign = json_of(bind(&two, "phone-65+13912345679"), 422).await;
    assert_eq!(foreign["code"], "phone_foreign");
    let me = json_of(t.get("/api/v1/me", &two), 200).await;
    assert_eq!(me["phone"], Value::Null, "nothing is bound");
    let (a, b) = tokio::join!(
        bind(&one, "phone-13700000000-1").send(),
        bind(&two, "phone-13700000000-2").send()
    );
    let mut statuses = [a.unwrap().status().as_u16(), b.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn signing_out_ends_every_token_of_an_applicant_and_of_nobody_else() {
    let t = plain().await;
    let (one, two) = (t.applicant("a").await, t.applicant("a").await);
    let other = t.applicant("b").await;
    let out = t
        .client
        .delete(format!("{}/api/v1/sessions/current", t.base));
    assert_eq!(out.bearer_auth(&one).send().await.unwrap().status(), 200);
    let me = |token: &str| t.get("/api/v1/me", token);
    json_of(me(&one), 401).await;
    json_of(me(&two), 401).await;
    json_of(me(&other), 200).await;
    let back = t.applicant("a").await;
    json_of(me(&back), 200).await;
    advance(&t, 7 * 24 * 60 * MINUTE);
    json_of(me(&back), 401).await;
}

#[tokio::test]
async fn the_database_file_shows_no_phone_and_no_name() {
    let t = plain().await;
    let Some(path) = t
        .app
        .settings
        .database
        .url
        .strip_prefix("sqlite://")
        .map(str::to_owned)
    else {
        return;
    };
    let token = t.applicant("a").await;
    let bind = json!({ "code": "phone-13912345678-1" });
    json_of(t.put("/api/v1/me/phone", &token, &bind), 200).await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["answers"]["contact"] = json!("欧阳某某");
    input["answers"]["mobile"] = json!("13698765432");
    input["answers"]["email"] = json!("very.private@example.cn");
    let files = [
        "pictures",
        "pictures",
        "pictures",
        "qualification",
        "stamped_form",
    ];
    let (id, version) = t.ready_draft(&token, &input, SLUG, &files).await;
    t.submit(&token, &id, version).await;
    let officer = t.reviewer(SLUG, "谯城区委网信办").await;
    t.stamp_and_endorse(&officer, &id, &["county-cyberspace"])
        .await;
    let key = new_id();
    json_of(
        t.post(&format!("/api/v1/campaigns/{SLUG}/entries"), &token, &input)
            .header("idempotency-key", key),
        200,
    )
    .await;
    let mut bytes = Vec::new();
    for end in ["", "-wal"] {
        bytes.extend(std::fs::read(format!("{path}{end}")).unwrap_or_default());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(
        holds("谯城发布"),
        "an account's name is public, and this looks at the right file"
    );
    for secret in [
        PHONE,
        "13698765432",
        "欧阳某某",
        "very.private@example.cn",
        "Long-enough-1",
        token.as_str(),
        officer.as_str(),
    ] {
        assert!(!holds(secret), "{secret} is in the database as it is");
    }
}
