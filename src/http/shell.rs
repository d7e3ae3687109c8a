//! What surrounds every request: id, limits, problem documents, headers, one line in the log.

use std::time::{Duration, Instant};

use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response, Result};

use super::problem::{Problem, of_poem};
use crate::clock::new_id;
use crate::config::Limits;

/// The id of the request being answered.
#[derive(Clone)]
pub struct RequestId(pub String);

/// Who called, put there by the security scheme for the log: kind and id, never a name.
#[derive(Clone, Default)]
pub struct CallerNote(pub std::sync::Arc<std::sync::OnceLock<String>>);

/// Longest a request may take, body included.
const LONGEST: Duration = Duration::from_secs(60);

/// Wraps the routes.
pub struct Shell<E> {
    inner: E,
    limits: Limits,
}

impl<E> Shell<E> {
    /// Around `inner`.
    pub fn new(inner: E, limits: Limits) -> Shell<E> {
        Shell { inner, limits }
    }
}

impl<E: Endpoint> Endpoint for Shell<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let started = Instant::now();
        let id = request_id(&request);
        let note = CallerNote::default();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        request.set_data(RequestId(id.clone()));
        request.set_data(note.clone());
        let answer = tokio::time::timeout(LONGEST, self.guarded(request)).await;
        let mut response = match answer {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => match error.downcast_ref::<Problem>() {
                Some(problem) => problem.respond(&id),
                None if error.status() == StatusCode::NOT_MODIFIED => StatusCode::NOT_MODIFIED.into(),
                None => of_poem(&error).respond(&id),
            },
            Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "timed_out", "请求超时，请检查网络后重试").respond(&id),
        };
        set_headers(&mut response, &id, &path);
        let caller = note.0.get().map_or("-", String::as_str);
        let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis());
        tracing::info!(request_id = %id, %method, path = %path.escape_default(), status, ms, caller, "request");
        Ok(response)
    }
}

impl<E: Endpoint> Shell<E> {
    async fn guarded(&self, mut request: Request) -> Result<Response> {
        if request.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported", "不接受压缩的请求内容").into());
        }
        let multipart = request.content_type().is_some_and(|c| c.starts_with("multipart/form-data"));
        // An upload is one file and its form fields.
        let upload = usize::try_from(self.limits.picture_bytes.max(self.limits.pdf_bytes)).unwrap_or(usize::MAX).saturating_add(1 << 16);
        let limit = if multipart { upload } else { self.limits.json_bytes };
        let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|n| n > limit) {
            return Err(too_large(limit).into());
        }
        if matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH | Method::DELETE) {
            let bytes = request.take_body().into_bytes_limit(limit).await.map_err(|e| body_error(&e, limit))?;
            request.set_body(bytes);
        }
        self.inner.call(request).await.map(IntoResponse::into_response)
    }
}

fn body_error(error: &poem::error::ReadBodyError, limit: usize) -> Problem {
    match error {
        poem::error::ReadBodyError::PayloadTooLarge => too_large(limit),
        _ => Problem::new(StatusCode::BAD_REQUEST, "malformed", "请求内容不完整"),
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &format!("请求内容超过{limit}字节"))
}

/// Takes the caller's id when it is harmless, else makes one.
fn request_id(request: &Request) -> String {
    let sent = request.headers().get("x-request-id").and_then(|v| v.to_str().ok());
    match sent {
        Some(id) if (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => id.to_owned(),
        _ => new_id(),
    }
}

fn set_headers(response: &mut Response, id: &str, path: &str) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if path.starts_with("/api/") || path.starts_with("/admin/api/") {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"));
    }
}
