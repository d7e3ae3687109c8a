//! Plays WeChat's server for the demo and the tests, with its documented faults.
//!
//! A code `login-NAME` signs NAME in, once (`login-NAME-2` is a new code for the same person). A code
//! `phone-NUMBER` stands for that number, once; `phone-65+NUMBER` for one of another country. Codes
//! `fault-ERRCODE` answer with that fault, `garbage` with something that is not JSON. Tests put faults of any
//! [`Door`] in line with [`Memory::script`].

mod accounts;
mod checks;
mod codes;
mod messages;
pub mod pushing;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Json, Query};
use poem::{EndpointExt, Response, Route, Server, handler};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::security::sha256_hex;
use pushing::Pushing;

/// One operation of WeChat's server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    Session,
    Token,
    Phone,
    Message,
    Text,
    Picture,
    Code,
    Account,
}

/// What can go wrong with one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An `errcode` in an answer with status 200: −1 busy, 40029 code invalid, 45011 too often …
    Errcode(i64),
    /// The same with a sentence of its own.
    Sentence(i64, &'static str),
    /// The right answer, so much later.
    Slow(Duration),
    /// No answer at all.
    Hang,
    /// Not JSON.
    Malformed,
    /// JSON without the promised fields.
    Empty,
    /// A megabyte.
    Oversize,
    /// A status of a gateway in between.
    Status(u16),
}

/// What the stand-in remembers.
#[derive(Default)]
pub struct Memory {
    used: Mutex<HashSet<String>>,
    scripts: Mutex<HashMap<Door, VecDeque<Fault>>>,
    tokens: AtomicUsize,
    people: Mutex<HashSet<String>>,
    messages: Mutex<Vec<Value>>,
    texts: Mutex<Vec<String>>,
    pictures: Mutex<Vec<(String, String)>>,
    traces: Mutex<VecDeque<String>>,
    pushing: Mutex<Option<(Pushing, Arc<dyn Clock>)>>,
}

impl Memory {
    /// Answers the next calls at this door with these faults, one each.
    pub fn script(&self, door: Door, faults: impl IntoIterator<Item = Fault>) {
        locked(&self.scripts)
            .entry(door)
            .or_default()
            .extend(faults);
    }

    /// How many access tokens were handed out.
    pub fn tokens_given(&self) -> usize {
        self.tokens.load(Ordering::SeqCst)
    }

    /// Subscribe messages as they were taken, oldest first.
    pub fn messages(&self) -> Vec<Value> {
        locked(&self.messages).clone()
    }

    /// Texts that were checked.
    pub fn texts(&self) -> Vec<String> {
        locked(&self.texts).clone()
    }

    /// Trace and address of pictures that are to be checked.
    pub fn pictures(&self) -> Vec<(String, String)> {
        locked(&self.pictures).clone()
    }

    /// Gives the next pictures these traces, one each.
    pub fn name_traces(&self, traces: impl IntoIterator<Item = String>) {
        locked(&self.traces).extend(traces);
    }

    /// From now on fetches such pictures and pushes what it thinks of them.
    pub fn push_to(&self, pushing: Pushing, clock: Arc<dyn Clock>) {
        *locked(&self.pushing) = Some((pushing, clock));
    }

    fn knows(&self, access: &str) -> bool {
        let newest = self.tokens_given().saturating_sub(1);
        access == format!("token-{newest}")
    }

    fn first_use(&self, code: &str) -> bool {
        locked(&self.used).insert(code.to_owned())
    }

    fn next_fault(&self, door: Door) -> Option<Fault> {
        locked(&self.scripts).get_mut(&door)?.pop_front()
    }

    /// The answer, or what the script puts in its place.
    async fn at(&self, door: Door, answer: impl FnOnce(&Memory) -> Value) -> Response {
        self.answer(door, |m| told(&answer(m))).await
    }

    async fn answer(&self, door: Door, answer: impl FnOnce(&Memory) -> Response) -> Response {
        match self.next_fault(door) {
            None => answer(self),
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                answer(self)
            }
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Errcode(code)) => told(&errcode(code)),
            Some(Fault::Sentence(code, sentence)) => {
                told(&json!({ "errcode": code, "errmsg": sentence }))
            }
            Some(Fault::Malformed) => Response::builder().body("<html>"),
            Some(Fault::Empty) => told(&json!({})),
            Some(Fault::Oversize) => told(&json!({ "openid": "o".repeat(1 << 20) })),
            Some(Fault::Status(status)) => StatusCode::from_u16(status)
                .unwrap_or(StatusCode::BAD_GATEWAY)
                .into(),
        }
    }
}

/// Starts on a free port of this machine; answers with its base URL.
pub async fn start() -> std::io::Result<(String, Arc<Memory>)> {
    let memory = Arc::new(Memory::default());
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
    let address = acceptor
        .local_addr()
        .into_iter()
        .find_map(|a| a.as_socket_addr().copied());
    let address = address.ok_or_else(|| std::io::Error::other("no local address"))?;
    let routes = Route::new()
        .at("/sns/jscode2session", poem::get(session))
        .at("/cgi-bin/stable_token", poem::post(token))
        .at("/wxa/business/getuserphonenumber", poem::post(phone))
        .at(
            "/cgi-bin/message/subscribe/send",
            poem::post(messages::message),
        )
        .at("/sns/oauth2/access_token", poem::get(accounts::account))
        .at("/connect/oauth2/authorize", poem::get(accounts::authorize))
        .at("/wxa/getwxacodeunlimit", poem::post(codes::entry_code))
        .at("/wxa/msg_sec_check", poem::post(checks::text))
        .at("/wxa/media_check_async", poem::post(checks::picture))
        .data(memory.clone());
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
    Ok((format!("http://{address}"), memory))
}

#[derive(Deserialize)]
struct SessionQuery {
    js_code: String,
}

#[handler]
async fn session(Query(query): Query<SessionQuery>, memory: Data<&Arc<Memory>>) -> Response {
    let code = query.js_code;
    if code == "garbage" {
        return Response::builder().body("<html>");
    }
    memory.at(Door::Session, |m| session_of(m, &code)).await
}

fn session_of(memory: &Memory, code: &str) -> Value {
    if let Some(fault) = asked_for(code) {
        return fault;
    }
    let Some(name) = code.strip_prefix("login-") else {
        return errcode(40029);
    };
    if !memory.first_use(code) {
        return errcode(40163);
    }
    // what follows a second hyphen only makes the code a new one for the same person
    let person = name.split('-').next().unwrap_or(name);
    let openid = format!("o{}", &sha256_hex(person.as_bytes())[..27]);
    locked(&memory.people).insert(openid.clone());
    json!({ "openid": openid, "unionid": unionid(person), "session_key": "not-for-you" })
}

/// One name for a person everywhere.
fn unionid(person: &str) -> String {
    format!("u{}", &sha256_hex(person.as_bytes())[..27])
}

#[handler]
async fn token(memory: Data<&Arc<Memory>>) -> Response {
    let give = |m: &Memory| {
        let count = m.tokens.fetch_add(1, Ordering::SeqCst);
        json!({ "access_token": format!("token-{count}"), "expires_in": 7200 })
    };
    memory.at(Door::Token, give).await
}

#[derive(Deserialize)]
struct WithToken {
    access_token: String,
}

#[derive(Deserialize)]
struct PhoneCode {
    code: String,
}

#[handler]
async fn phone(
    Query(query): Query<WithToken>,
    Json(body): Json<PhoneCode>,
    memory: Data<&Arc<Memory>>,
) -> Response {
    if !memory.knows(&query.access_token) {
        return told(&errcode(40001));
    }
    memory.at(Door::Phone, |m| phone_of(m, &body.code)).await
}

fn phone_of(memory: &Memory, code: &str) -> Value {
    if let Some(fault) = asked_for(code) {
        return fault;
    }
    let Some(number) = code.strip_prefix("phone-") else {
        return errcode(40029);
    };
    if !memory.first_use(code) {
        return errcode(40163);
    }
    let number = number.split('-').next().unwrap_or(number);
    let (country, pure) = number.split_once('+').unwrap_or(("86", number));
    let info = json!({ "phoneNumber": number, "purePhoneNumber": pure, "countryCode": country });
    json!({ "errcode": 0, "errmsg": "ok", "phone_info": info })
}

fn asked_for(code: &str) -> Option<Value> {
    Some(errcode(code.strip_prefix("fault-")?.parse().ok()?))
}

fn errcode(code: i64) -> Value {
    json!({ "errcode": code, "errmsg": "stand-in" })
}

/// WeChat labels its JSON as text.
fn told(answer: &Value) -> Response {
    Response::builder()
        .content_type("text/plain")
        .body(answer.to_string())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
