//! Where an object is: its key, and the address of a request for it.

use crate::config;

/// The places of a bucket.
pub struct Place {
    /// Up to the key, with a `/` at its end.
    base: String,
    /// Empty, or with a `/` at its end.
    prefix: String,
}

impl Place {
    /// By checked settings.
    pub fn new(settings: &config::Oss) -> Place {
        let (scheme, host) = settings.endpoint.split_once("://").unwrap_or_default();
        let bucket = &settings.bucket;
        let base = match settings.path_style {
            true => format!("{scheme}://{host}/{bucket}/"),
            false => format!("{scheme}://{bucket}.{host}/"),
        };
        let prefix = match settings.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Place { base, prefix }
    }

    /// The key of an object, spread as in the local store.
    pub fn key(&self, sha256: &str) -> String {
        format!("{}{}/{sha256}", self.prefix, &sha256[..2])
    }

    /// Whose key it is; `None` for what we did not put there.
    pub fn sha256<'k>(&self, key: &'k str) -> Option<&'k str> {
        let sha256 = &key.strip_prefix(self.prefix.as_str())?.get(3..)?;
        (crate::files::is_key(sha256) && self.key(sha256) == key).then_some(*sha256)
    }

    /// In front of every key of ours.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The address of a key with a query.
    pub fn url<N: AsRef<str>>(&self, key: &str, query: &[(N, String)]) -> String {
        let mut url = self.base.clone() + &encode(key, true);
        for (n, (name, value)) in query.iter().enumerate() {
            url.push(if n == 0 { '?' } else { '&' });
            url += &encode(name.as_ref(), false);
            if !value.is_empty() {
                url.push('=');
                url += &encode(value, false);
            }
        }
        url
    }
}

/// Percent-encoding as OSS signs it.
pub fn encode(text: &str, keep_slashes: bool) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-_.~".contains(c) || (keep_slashes && c == '/') {
            encoded.push(c);
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
