//! Headers that every answer carries.

use poem::Response;
use poem::http::header::{self, HeaderName, HeaderValue};

/// Pages load nothing but their own files; pictures may also be made in the page.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The API's documentation is one file with its script and style inside.
const DOCS_POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
     frame-ancestors 'none'";

/// Anything else is data: should a browser ever show it, it may do nothing.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Adds what the handler has not set itself.
pub fn add(response: &mut Response, path: &str, request_id: &str) {
    let is_page = response
        .content_type()
        .is_some_and(|t| t.starts_with("text/html"));
    let policy = match (is_page, path.starts_with("/docs")) {
        (true, true) => DOCS_POLICY,
        (true, false) => PAGE_POLICY,
        (false, _) => DATA_POLICY,
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if !headers.contains_key(&name)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    if is_api(path) {
        set(header::CACHE_CONTROL, "no-store");
    }
    set(HeaderName::from_static("x-request-id"), request_id);
}

fn is_api(path: &str) -> bool {
    ["/api/", "/admin/api/", "/health/"]
        .iter()
        .any(|p| path.starts_with(p))
}
