//! Signed requests to OSS. V4 (`OSS4-HMAC-SHA256`) is ours; V1 is left to the SDK, in `v1`.

use chrono::DateTime;
use sha2::{Digest, Sha256};

use super::path::encode;
use crate::config::{self, OssSignature};

/// Names and values, in the order they are sent.
pub type Pairs = Vec<(&'static str, String)>;

/// What is asked of OSS: everything that a signature covers.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub method: &'static str,
    /// Empty: the bucket itself.
    pub key: String,
    /// An empty value is sent as the name alone.
    pub query: Pairs,
    /// Small letters. `range` is sent, but not signed.
    pub headers: Pairs,
}

/// Credentials of the settings, and how to sign with them.
pub struct Signer {
    settings: config::Oss,
}

impl Signer {
    /// By checked settings.
    pub fn new(settings: config::Oss) -> Signer {
        Signer { settings }
    }

    /// The headers of a request that make it ours, now.
    pub fn headers(&self, asked: &Asked, now: i64) -> Pairs {
        match self.settings.signature {
            OssSignature::V4 => self.v4_headers(asked, now),
            OssSignature::V1 => self.v1_headers(asked, now),
        }
    }

    /// The query of a link that anybody may follow for so many seconds.
    pub fn link(&self, asked: &Asked, seconds: u32, now: i64) -> Vec<(String, String)> {
        match self.settings.signature {
            OssSignature::V4 => self.v4_link(asked, seconds, now),
            OssSignature::V1 => self.v1_link(asked, seconds, now),
        }
    }

    fn token(&self) -> Option<String> {
        let token = &self.settings.security_token.0;
        (!token.is_empty()).then(|| token.clone())
    }

    fn v4_headers(&self, asked: &Asked, now: i64) -> Pairs {
        let at = stamp(now);
        let mut added: Pairs = vec![
            ("x-oss-content-sha256", UNSIGNED.into()),
            ("x-oss-date", at.clone()),
        ];
        added.extend(self.token().map(|t| ("x-oss-security-token", t)));
        let all: Vec<_> = asked.headers.iter().chain(&added).collect();
        let query: Vec<_> = asked.query.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let signature = self.v4(asked, &query, &all, &at);
        let by = format!("{}/{}", self.settings.access_key_id, self.scope(&at));
        let authorization = format!("{V4} Credential={by},Signature={signature}");
        added.push(("authorization", authorization));
        added
    }

    fn v4_link(&self, asked: &Asked, seconds: u32, now: i64) -> Vec<(String, String)> {
        let at = stamp(now);
        let by = format!("{}/{}", self.settings.access_key_id, self.scope(&at));
        let mut query = asked.query.clone();
        query.extend([
            ("x-oss-credential", by),
            ("x-oss-date", at.clone()),
            ("x-oss-expires", seconds.to_string()),
            ("x-oss-signature-version", V4.to_owned()),
        ]);
        query.extend(self.token().map(|t| ("x-oss-security-token", t)));
        let signed: Vec<_> = query.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let signature = self.v4(asked, &signed, &[], &at);
        query.push(("x-oss-signature", signature));
        let owned = |(name, value): (&str, String)| (name.to_owned(), value);
        query.into_iter().map(owned).collect()
    }

    /// The signature, hexadecimal: over method, address, query and headers, each brought into one form.
    fn v4(
        &self,
        asked: &Asked,
        query: &[(&str, &str)],
        headers: &[&(&str, String)],
        at: &str,
    ) -> String {
        let address = encode(&format!("/{}/{}", self.settings.bucket, asked.key), true);
        let mut query: Vec<(String, String)> = query
            .iter()
            .map(|(name, value)| (encode(name, false), encode(value, false)))
            .collect();
        query.sort();
        let query: Vec<String> = query
            .into_iter()
            .map(|(name, value)| match value.as_str() {
                "" => name,
                _ => format!("{name}={value}"),
            })
            .collect();
        let mut signed: Vec<_> = headers.iter().filter(|(n, _)| is_signed(n)).collect();
        signed.sort();
        let lines = signed.iter().map(|(n, v)| format!("{n}:{v}\n"));
        let lines: String = lines.collect();
        // the empty line: no further headers are signed
        let request = format!(
            "{}\n{address}\n{}\n{lines}\n\n{UNSIGNED}",
            asked.method,
            query.join("&")
        );
        let digest = hex::encode(Sha256::digest(request.as_bytes()));
        let text = format!("{V4}\n{at}\n{}\n{digest}", self.scope(at));
        let mut key = format!("aliyun_v4{}", self.settings.access_key_secret.0).into_bytes();
        for part in self.scope(at).split('/') {
            key = mac(&key, part);
        }
        hex::encode(mac(&key, &text))
    }

    /// Where and when a signature holds; its parts also lead from the secret to the day's key.
    fn scope(&self, at: &str) -> String {
        format!(
            "{}/{}/oss/aliyun_v4_request",
            &at[..8],
            self.settings.region
        )
    }

    #[cfg(feature = "oss-v1")]
    fn v1_headers(&self, asked: &Asked, now: i64) -> Pairs {
        super::v1::headers(&self.settings, asked, self.token(), now)
    }

    #[cfg(feature = "oss-v1")]
    fn v1_link(&self, asked: &Asked, seconds: u32, now: i64) -> Vec<(String, String)> {
        super::v1::link(&self.settings, asked, self.token(), seconds, now)
    }

    /// Settings that ask for V1 are refused by a programme without it; OSS would refuse the unsigned request too.
    #[cfg(not(feature = "oss-v1"))]
    fn v1_headers(&self, _: &Asked, _: i64) -> Pairs {
        vec![]
    }

    #[cfg(not(feature = "oss-v1"))]
    fn v1_link(&self, _: &Asked, _: u32, _: i64) -> Vec<(String, String)> {
        vec![]
    }
}

const V4: &str = "OSS4-HMAC-SHA256";
/// Bodies are covered by Content-MD5, whose header is signed.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

fn is_signed(name: &str) -> bool {
    name.starts_with("x-oss-") || name == "content-type" || name == "content-md5"
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    crate::security::hmac(key, text.as_bytes()).to_vec()
}

/// `20261125T080910Z`.
fn stamp(now: i64) -> String {
    let at = DateTime::from_timestamp_millis(now).unwrap_or_default();
    at.format("%Y%m%dT%H%M%SZ").to_string()
}
