//! Plays a sealing service for tests and demonstrations, with the faults that a real one may have.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use documents::authority::KeyPair;
use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::Data;
use poem::{EndpointExt, Request, Response, Route, Server, handler};
use serde::Serialize;

use super::{CertificateAnswer, CertificateRequest, SignatureAnswer, SignatureRequest, proof};

/// What can go wrong with one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The right answer, so much later.
    Slow(Duration),
    /// A status of its own or of a gateway in between.
    Status(u16),
    /// Not JSON.
    Malformed,
    /// A signature over something else.
    OtherMessage,
    /// A megabyte.
    Oversize,
}

/// The service: keys by the names of their seals.
pub struct Memory {
    keys: HashMap<String, KeyPair>,
    secret: String,
    script: Mutex<VecDeque<Fault>>,
    asked: Mutex<Vec<String>>,
}

impl Memory {
    /// Answers the next calls with these faults, one each.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.extend(faults);
    }

    /// Ids of the requests so far; a call made once more has the same.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }

    fn note(&self, id: &str) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(id.to_owned());
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.pop_front()
    }
}

/// Starts at an address (port 0: a free one); answers with its base URL.
pub async fn start(
    listen: &str,
    keys: HashMap<String, KeyPair>,
    secret: &str,
) -> std::io::Result<(String, Arc<Memory>)> {
    let memory = Arc::new(Memory {
        keys,
        secret: secret.to_owned(),
        script: Mutex::default(),
        asked: Mutex::default(),
    });
    let acceptor = TcpListener::bind(listen.to_owned()).into_acceptor().await?;
    let address = acceptor
        .local_addr()
        .into_iter()
        .find_map(|a| a.as_socket_addr().copied());
    let address = address.ok_or_else(|| std::io::Error::other("no local address"))?;
    let routes = Route::new()
        .at("/certificates", poem::post(certificates))
        .at("/signatures", poem::post(signatures))
        .data(memory.clone());
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
    Ok((format!("http://{address}"), memory))
}

#[handler]
async fn certificates(request: &Request, body: String, memory: Data<&Arc<Memory>>) -> Response {
    answer(request, &body, &memory, |_| {
        let asked: CertificateRequest = serde_json::from_str(&body).ok()?;
        let key = memory.keys.get(&asked.seal)?;
        Some(CertificateAnswer {
            certificate: BASE64.encode(&key.certificate),
            chain: key.chain.iter().map(|c| BASE64.encode(c)).collect(),
        })
    })
    .await
}

#[handler]
async fn signatures(request: &Request, body: String, memory: Data<&Arc<Memory>>) -> Response {
    answer(request, &body, &memory, |fault| {
        let asked: SignatureRequest = serde_json::from_str(&body).ok()?;
        let key = memory.keys.get(&asked.seal)?;
        let mut message = BASE64.decode(asked.attributes).ok()?;
        if fault == Some(&Fault::OtherMessage) {
            message.push(0);
        }
        Some(SignatureAnswer {
            signature: BASE64.encode(key.sign(&message).ok()?),
        })
    })
    .await
}

/// The answer, or what the script puts in its place; 401 without the proof, 404 for an unknown seal.
async fn answer<T: Serialize>(
    request: &Request,
    body: &str,
    memory: &Memory,
    answer: impl FnOnce(Option<&Fault>) -> Option<T>,
) -> Response {
    let id = request.header("x-request-id").unwrap_or_default();
    memory.note(id);
    let path = request.uri().path();
    if request.header("x-signature") != Some(&proof(&memory.secret, path, id, body)) {
        return StatusCode::UNAUTHORIZED.into();
    }
    let fault = memory.next_fault();
    match &fault {
        Some(Fault::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Fault::Status(status)) => {
            return StatusCode::from_u16(*status)
                .unwrap_or(StatusCode::BAD_GATEWAY)
                .into();
        }
        Some(Fault::Malformed) => return Response::builder().body("<html>"),
        Some(Fault::Oversize) => return Response::builder().body("x".repeat(1 << 20)),
        Some(Fault::OtherMessage) | None => {}
    }
    match answer(fault.as_ref()) {
        None => StatusCode::NOT_FOUND.into(),
        Some(answer) => Response::builder()
            .content_type("application/json")
            .body(serde_json::to_string(&answer).unwrap_or_default()),
    }
}
