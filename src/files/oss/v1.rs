//! V1 signatures (HMAC-SHA1) for buckets made before V4, by `aliyun-oss-rust-sdk`. Only signing is its work: it would hold whole
//! bodies in memory, sets no time-out, and sends neither the `x-oss-*` headers nor the queries that it signs.

use aliyun_oss_rust_sdk::auth::AuthAPI;
use aliyun_oss_rust_sdk::oss::OSS;
use aliyun_oss_rust_sdk::request::{RequestBuilder, RequestType};
use chrono::DateTime;

use super::sign::{Asked, Pairs};
use crate::config;

/// The headers of a request that make it ours, now.
pub fn headers(settings: &config::Oss, asked: &Asked, token: Option<String>, now: i64) -> Pairs {
    let at = DateTime::from_timestamp_millis(now).unwrap_or_default();
    let at = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut added: Pairs = vec![("date", at.clone())];
    added.extend(token.map(|t| ("x-oss-security-token", t)));
    let signed = described(asked, &added, at);
    let authorization = sdk(settings).oss_sign(resource(asked), &signed);
    added.push(("authorization", authorization));
    added
}

/// The query of a link that anybody may follow for so many seconds.
pub fn link(
    settings: &config::Oss,
    asked: &Asked,
    token: Option<String>,
    seconds: u32,
    now: i64,
) -> Vec<(String, String)> {
    let mut asked = asked.clone();
    asked.query.extend(token.map(|t| ("security-token", t)));
    let until = (now / 1000 + i64::from(seconds)).to_string();
    let signature = sdk(settings).sign(
        resource(&asked),
        &described(&asked, &Pairs::new(), until.clone()),
    );
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    let mut query: Vec<_> = asked.query.into_iter().map(owned).collect();
    query.extend([
        ("Expires".to_owned(), until),
        ("OSSAccessKeyId".to_owned(), settings.access_key_id.clone()),
        ("Signature".to_owned(), signature),
    ]);
    query
}

fn sdk(settings: &config::Oss) -> OSS {
    OSS::new(
        settings.access_key_id.as_str(),
        &settings.access_key_secret.0,
        &settings.endpoint,
        &settings.bucket,
    )
}

/// The object with the part of the query that V1 covers. The SDK would write a name without a value as `name=`.
fn resource(asked: &Asked) -> String {
    let mut covered: Vec<_> = asked.query.iter().filter(|(n, _)| is_covered(n)).collect();
    covered.sort();
    let covered: Vec<String> = covered
        .into_iter()
        .map(|(name, value)| match value.as_str() {
            "" => (*name).to_owned(),
            _ => format!("{name}={value}"),
        })
        .collect();
    let mark = if covered.is_empty() { "" } else { "?" };
    format!("/{}{mark}{}", asked.key, covered.join("&"))
}

fn is_covered(name: &str) -> bool {
    let parts = ["uploads", "uploadId", "partNumber", "security-token"];
    parts.contains(&name) || name.starts_with("response-")
}

fn described(asked: &Asked, added: &Pairs, date: String) -> RequestBuilder {
    let mut to_sign = RequestBuilder::new();
    to_sign.method = match asked.method {
        "PUT" => RequestType::Put,
        "POST" => RequestType::Post,
        "DELETE" => RequestType::Delete,
        "HEAD" => RequestType::Head,
        _ => RequestType::Get,
    };
    to_sign.headers.insert("date".into(), date);
    let header = |wanted: &str| {
        let found = asked.headers.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.clone())
    };
    to_sign.content_type = header("content-type");
    to_sign.content_md5 = header("content-md5");
    let all = asked.headers.iter().chain(added);
    let mut ours: Vec<_> = all.filter(|(n, _)| n.starts_with("x-oss-")).collect();
    ours.sort();
    // The SDK ends its lines only when there is one header: so it gets one, with the others' lines in it.
    let mut lines = ours.into_iter();
    if let Some((first, value)) = lines.next() {
        let rest = lines.map(|(name, value)| format!("\n{name}:{value}"));
        let value = value.clone() + &rest.collect::<String>();
        to_sign.oss_headers.insert((*first).to_owned(), value);
    }
    to_sign
}
