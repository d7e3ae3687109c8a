//! Plays WeChat's server for the demo and the tests, with its documented faults.
//!
//! A code `login-NAME` signs NAME in, once. A code `phone-NUMBER` stands for that number, once.
//! Codes `fault-ERRCODE` answer with that fault, `garbage` with something that is not JSON.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Json, Query};
use poem::{EndpointExt, Route, Server, handler};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::security::sha256_hex;

/// What the stand-in remembers.
#[derive(Default)]
pub struct Memory {
    used: Mutex<HashSet<String>>,
    /// Access tokens handed out.
    pub tokens: AtomicUsize,
    /// Answer the next phone exchange with 40001, as when a token was replaced.
    pub stale_once: AtomicUsize,
}

impl Memory {
    fn first_use(&self, code: &str) -> bool {
        self.used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(code.to_owned())
    }
}

/// Starts on a free port of this machine; answers with its base URL.
pub async fn start() -> std::io::Result<(String, Arc<Memory>)> {
    let memory = Arc::new(Memory::default());
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
    let port = acceptor
        .local_addr()
        .iter()
        .find_map(|a| a.as_socket_addr().map(std::net::SocketAddr::port))
        .unwrap_or_default();
    let routes = Route::new()
        .at("/sns/jscode2session", poem::get(session))
        .at("/cgi-bin/stable_token", poem::post(token))
        .at("/wxa/business/getuserphonenumber", poem::post(phone))
        .data(memory.clone());
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
    Ok((format!("http://127.0.0.1:{port}"), memory))
}

#[derive(Deserialize)]
struct SessionQuery {
    js_code: String,
}

fn fault(code: &str) -> Option<Value> {
    let errcode: i64 = code.strip_prefix("fault-")?.parse().ok()?;
    Some(json!({ "errcode": errcode, "errmsg": "stand-in" }))
}

#[handler]
fn session(Query(query): Query<SessionQuery>, memory: Data<&Arc<Memory>>) -> String {
    let code = query.js_code;
    if code == "garbage" {
        return "<html>".into();
    }
    if let Some(answer) = fault(&code) {
        return answer.to_string();
    }
    let Some(name) = code.strip_prefix("login-") else {
        return json!({ "errcode": 40029, "errmsg": "invalid code" }).to_string();
    };
    if !memory.first_use(&code) {
        return json!({ "errcode": 40163, "errmsg": "code been used" }).to_string();
    }
    // What follows a second hyphen only makes the code a new one for the same person.
    let person = name.split('-').next().unwrap_or(name);
    json!({ "openid": format!("o{}", &sha256_hex(person.as_bytes())[..27]), "session_key": "not-for-you" }).to_string()
}

#[handler]
fn token(memory: Data<&Arc<Memory>>) -> Json<Value> {
    let count = memory.tokens.fetch_add(1, Ordering::SeqCst);
    Json(json!({ "access_token": format!("token-{count}"), "expires_in": 7200 }))
}

#[derive(Deserialize)]
struct PhoneCode {
    code: String,
}

#[handler]
fn phone(Json(body): Json<PhoneCode>, memory: Data<&Arc<Memory>>) -> Json<Value> {
    if memory.stale_once.swap(0, Ordering::SeqCst) == 1 {
        return Json(json!({ "errcode": 40001, "errmsg": "invalid credential" }));
    }
    if let Some(answer) = fault(&body.code) {
        return Json(answer);
    }
    match body.code.strip_prefix("phone-") {
        Some(number) if memory.first_use(&body.code) => {
            let number = number.split('-').next().unwrap_or(number);
            Json(
                json!({ "errcode": 0, "phone_info": { "purePhoneNumber": number, "countryCode": "86" } }),
            )
        }
        Some(_) => Json(json!({ "errcode": 40163, "errmsg": "code been used" })),
        None => Json(json!({ "errcode": 40029, "errmsg": "invalid code" })),
    }
}
