//! Plays an authority that attests the time (RFC 3161), with the faults that a real one may have.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use documents::authority::KeyPair;
use documents::timestamp::responder;
use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::Data;
use poem::{Body, EndpointExt, Request, Response, Route, Server, handler};
use tokio::sync::{Semaphore, watch};

use crate::clock::Clock;

/// What can go wrong with one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The right answer, so much later.
    Slow(Duration),
    /// The right answer, once [`Memory::let_go`] lets the call go.
    Held,
    /// A status of HTTP, of its own or of a gateway in between.
    Status(u16),
    /// Not an answer at all.
    Malformed,
    /// A megabyte.
    Oversize,
    /// A status of RFC 3161 that does not grant.
    Refused(u8),
    /// A token for another request.
    OtherNonce,
    /// A token over another signature.
    OtherImprint,
    /// A token of an authority that nobody knows.
    Stranger,
    /// A token by a certificate that is not for time stamps.
    NotForTime,
    /// A token of a day ago.
    Yesterday,
}

/// The authority's keys.
pub struct Keys {
    /// For time stamps.
    pub own: KeyPair,
    /// The same of another root.
    pub stranger: KeyPair,
    /// Under the right root, for documents.
    pub office: KeyPair,
}

/// The authority.
pub struct Memory {
    keys: Keys,
    clock: Arc<dyn Clock>,
    script: Mutex<VecDeque<Fault>>,
    held: watch::Sender<usize>,
    gate: Semaphore,
}

impl Memory {
    /// Answers the next calls with these faults, one each.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.extend(faults);
    }

    /// Waits until so many calls have been held since the start, those that were let go among them.
    pub async fn held(&self, calls: usize) {
        let mut held = self.held.subscribe();
        // it cannot fail: the sender lives as long as this does
        held.wait_for(|held| *held >= calls).await.ok();
    }

    /// Lets one held call go, the earliest first.
    pub fn let_go(&self) {
        self.gate.add_permits(1);
    }

    async fn hold(&self) {
        let turn = self.gate.acquire();
        self.held.send_modify(|held| *held += 1);
        if let Ok(turn) = turn.await {
            turn.forget();
        }
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.pop_front()
    }
}

/// Starts at an address (port 0: a free one); answers with its URL.
pub async fn start(
    listen: &str,
    keys: Keys,
    clock: Arc<dyn Clock>,
) -> std::io::Result<(String, Arc<Memory>)> {
    let memory = Arc::new(Memory {
        keys,
        clock,
        script: Mutex::default(),
        held: watch::Sender::new(0),
        gate: Semaphore::new(0),
    });
    let acceptor = TcpListener::bind(listen.to_owned()).into_acceptor().await?;
    let address = acceptor
        .local_addr()
        .into_iter()
        .find_map(|a| a.as_socket_addr().copied());
    let address = address.ok_or_else(|| std::io::Error::other("no local address"))?;
    let routes = Route::new()
        .at("/tsa", poem::post(timestamps))
        .data(memory.clone());
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
    Ok((format!("http://{address}/tsa"), memory))
}

/// 415 for what is no question; 400 for one that cannot be read.
#[handler]
async fn timestamps(request: &Request, body: Vec<u8>, memory: Data<&Arc<Memory>>) -> Response {
    if request.content_type() != Some("application/timestamp-query") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into();
    }
    let fault = memory.next_fault();
    match &fault {
        Some(Fault::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Fault::Held) => memory.hold().await,
        _ => {}
    }
    if let Some(Fault::Status(status)) = &fault {
        let status = StatusCode::from_u16(*status);
        return status.unwrap_or(StatusCode::BAD_GATEWAY).into();
    }
    match answer(fault.as_ref(), body, &memory) {
        None => StatusCode::BAD_REQUEST.into(),
        Some(answer) => Response::builder()
            .content_type("application/timestamp-reply")
            .body(Body::from(answer)),
    }
}

fn answer(fault: Option<&Fault>, mut asked: Vec<u8>, memory: &Memory) -> Option<Vec<u8>> {
    let (keys, mut now) = (&memory.keys, memory.clock.now());
    let mut key = &keys.own;
    match fault {
        Some(Fault::Malformed) => return Some(b"<html>".to_vec()),
        Some(Fault::Oversize) => return Some(vec![0; 1 << 20]),
        Some(Fault::Refused(status)) => return Some(responder::refusal(*status)),
        // our questions end with a nonce of sixteen bytes and a flag of one, and the imprint before them
        Some(Fault::OtherNonce) => flip(&mut asked, 4)?,
        Some(Fault::OtherImprint) => flip(&mut asked, 3 + 18 + 1)?,
        Some(Fault::Stranger) => key = &keys.stranger,
        Some(Fault::NotForTime) => key = &keys.office,
        Some(Fault::Yesterday) => now -= 24 * 3600 * 1000,
        Some(Fault::Slow(_) | Fault::Held | Fault::Status(_)) | None => {}
    }
    responder::answer(&asked, key, now).ok()
}

fn flip(bytes: &mut [u8], from_end: usize) -> Option<()> {
    let at = bytes.len().checked_sub(from_end)?;
    bytes[at] ^= 1;
    Some(())
}
