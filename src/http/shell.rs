//! What surrounds every request: id, health, body guard, time-out, panics, problem documents,
//! headers, one line in the log. Tests wrap the same shell around the same routes.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use domain::upload::PART_BYTES;
use futures_util::FutureExt;
use poem::http::{Method, StatusCode, Uri};
use poem::{Endpoint, IntoResponse, Request, Response};

use super::body_guard::{self, BodyMemory, Pace};
use super::client_ip::client_ip;
use super::contract::{Contract, pattern};
use super::headers;
use super::health::{self, Readiness};
use super::nul;
use super::problem::{Problem, of_panic, of_poem};
use crate::clock::new_id;
use crate::config::{Limits, Server};

/// The id of the request being answered.
#[derive(Clone)]
pub struct RequestId(pub String);

/// Address of the caller, as far as the trusted proxies tell; for rate limits.
#[derive(Clone, Copy)]
pub struct ClientIp(pub Option<IpAddr>);

/// Who called, put there by the security scheme for the log: kind and id, never a name.
#[derive(Clone, Default)]
pub struct CallerNote(pub Arc<OnceLock<String>>);

/// All JSON bodies under way together, bytes.
const BODY_MEMORY: u64 = 256 << 20;

/// Wraps the routes.
pub struct Shell<E> {
    inner: E,
    json_limit: u64,
    upload_limit: u64,
    server: Server,
    readiness: Readiness,
    contract: Contract,
    memory: BodyMemory,
}

impl<E> Shell<E> {
    /// Around `inner`, with the default time-outs, always ready, no proxy in front.
    pub fn new(inner: E, limits: &Limits) -> Shell<E> {
        Shell {
            inner,
            json_limit: limits.json_bytes as u64,
            // an upload is one file and its form fields
            upload_limit: limits.picture_bytes.max(limits.pdf_bytes) + (1 << 16),
            server: Server::default(),
            readiness: Readiness::always(),
            contract: Contract::default(),
            memory: BodyMemory::new(BODY_MEMORY),
        }
    }

    /// With the settings of this server: time-outs and trusted proxies.
    #[must_use]
    pub fn server(self, server: &Server) -> Shell<E> {
        Shell {
            server: server.clone(),
            ..self
        }
    }

    /// `GET /health/ready` asks this.
    #[must_use]
    pub fn readiness(self, readiness: Readiness) -> Shell<E> {
        Shell { readiness, ..self }
    }

    /// Lets 405 name the methods a path has, and 400 everything that is wrong with a query or a body.
    #[must_use]
    pub fn contract(self, contract: Contract) -> Shell<E> {
        Shell { contract, ..self }
    }
}

impl<E> Endpoint for Shell<E>
where
    E: Endpoint,
    E::Output: IntoResponse,
{
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let id = request_id(&request);
        let note = CallerNote::default();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        request.set_data(RequestId(id.clone()));
        request.set_data(ClientIp(client_ip(&request, self.server.trusted_hops)));
        request.set_data(note.clone());
        let mut route = "(none)".to_owned();
        let mut response = match health::answer(&path, &self.readiness).await {
            Some(response) => response,
            None => match self.guarded(request, &mut route).await {
                Ok(response) => response,
                Err(problem) => problem.respond(&id),
            },
        };
        headers::add(&mut response, &path, &id);
        let caller = note.0.get().map_or("-", String::as_str);
        let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis());
        // the route as the router names it: a caller's own path may hold anything
        tracing::info!(request_id = %id, method = known(&method), route, status, ms, caller, "request");
        Ok(response)
    }
}

impl<E> Shell<E>
where
    E: Endpoint,
    E::Output: IntoResponse,
{
    async fn guarded(&self, mut request: Request, route: &mut String) -> Result<Response, Problem> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let pace = Pace {
            stall: Duration::from_millis(self.server.stall_ms),
            slowest: self.server.slowest_body,
        };
        // an operation that takes JSON refuses the type before it reads a byte
        let streamed = request.content_type().and_then(|c| {
            if c.starts_with("multipart/form-data") {
                Some(self.upload_limit)
            } else {
                // a part of a file; one byte more tells one that is too long
                (c == "application/octet-stream").then_some(PART_BYTES + 1)
            }
        });
        if let Some(limit) = streamed {
            nul::refuse(&uri, &[])?;
            body_guard::check_head(&request, limit)?;
            let cut = body_guard::watch(&mut request, limit, pace);
            let longest = Duration::from_secs(self.server.upload_seconds);
            let outcome = self.handled(request, longest, route).await;
            // the handler only saw a broken stream; the guard knows why
            let reason = cut.lock().ok().and_then(|mut cut| cut.take());
            return reason.map_or(outcome, Err);
        }
        body_guard::check_head(&request, self.json_limit)?;
        let (body, _held_until_answered) =
            body_guard::read_whole(&mut request, self.json_limit, pace, &self.memory).await?;
        nul::refuse(&uri, &body)?;
        let longest = Duration::from_secs(self.server.request_seconds);
        let outcome = self.handled(request, longest, route).await;
        outcome.map_err(|problem| self.explained(problem, (&method, &uri), route, &body))
    }

    async fn handled(
        &self,
        request: Request,
        longest: Duration,
        route: &mut String,
    ) -> Result<Response, Problem> {
        let work = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        let error = match tokio::time::timeout(longest, work).await {
            Err(_) => return Err(timed_out()),
            Ok(Err(panic)) => return Err(of_panic(&*panic)),
            Ok(Ok(Ok(output))) => {
                let response = output.into_response();
                name_route(route, response.data());
                return Ok(response);
            }
            Ok(Ok(Err(error))) => error,
        };
        name_route(route, error.data());
        // static files say "not modified" this way
        if error.status() == StatusCode::NOT_MODIFIED {
            return Ok(error.into_response());
        }
        let mut problem = match error.downcast::<Problem>() {
            Ok(problem) => problem,
            Err(other) => of_poem(&other),
        };
        if problem.status == StatusCode::METHOD_NOT_ALLOWED {
            problem.allow = self.contract.allow(route);
        }
        Err(problem)
    }

    /// poem-openapi tells the first fault of a query or a body; the contract tells them all.
    fn explained(
        &self,
        mut problem: Problem,
        (method, uri): (&Method, &Uri),
        route: &str,
        body: &[u8],
    ) -> Problem {
        if problem.code != "malformed" {
            return problem;
        }
        let call = Request::builder().uri(uri.clone()).finish();
        let query: Vec<(String, String)> = call.params().unwrap_or_default();
        let parameters = self.contract.misfits_of_query(method, route, &query);
        problem
            .violations
            .retain(|told| !parameters.iter().any(|v| v.field == told.field));
        if let Ok(body) = serde_json::from_slice(body) {
            let all = self.contract.misfits(method, route, &body);
            // of what was told before, a pattern that does not fit stays, and what is not about the body
            problem.violations.retain(|told| match told.field.as_str() {
                "" => all.is_empty(),
                field => !all.iter().any(|v| ends_with(&v.field, field)),
            });
            problem.violations.extend(all);
        }
        problem.violations.splice(0..0, parameters);
        problem
    }
}

/// Is this the field, or the field of that name in a part of the body?
fn ends_with(place: &str, name: &str) -> bool {
    place.rsplit('.').next() == Some(name)
}

fn timed_out() -> Problem {
    Problem {
        retry_after: Some(5),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timed_out",
            "处理超时，请稍后再试",
        )
    }
}

fn name_route(route: &mut String, named: Option<&poem::PathPattern>) {
    if let Some(named) = named {
        *route = pattern(&named.0);
    }
}

/// Takes the caller's id when it is harmless, else makes one.
fn request_id(request: &Request) -> String {
    let harmless = |id: &&str| {
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let sent = request.header("x-request-id").filter(harmless);
    sent.map_or_else(new_id, str::to_owned)
}

fn known(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    }
}
