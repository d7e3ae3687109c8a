//! Files that are saved, not shown: their name may be Chinese (RFC 6266), their content is never run.

use std::fmt::Write as _;

use poem::Body;
use poem_openapi::payload::{Binary, Response};

/// An answer to be saved under a name.
pub type Download<T> = Response<Binary<T>>;

/// Names what is to be saved. A client that does not know `filename*` gets the plain name.
pub fn download<T: Into<Body> + Send>(data: T, plain: &str, name: &str) -> Download<T> {
    Response::new(Binary(data)).header("content-disposition", disposition(plain, name))
}

fn disposition(plain: &str, name: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let plain: String = plain.chars().filter(|c| harmless(*c)).collect();
    let mut named = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if harmless(char::from(byte)) {
            named.push(char::from(byte));
        } else {
            let _infallible = write!(named, "%{byte:02X}");
        }
    }
    named
}
