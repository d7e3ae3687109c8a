//! `/m/`: the applicant's page, out of the binary. Beside the API and from the same origin, so that the page needs no other
//! address than its own.

use maud::{DOCTYPE, html};
use poem::http::{StatusCode, header};
use poem::{Body, Request, Response, handler};
use web::Asset;

use crate::error::Error;
use crate::http::problem::Problem;

/// uni-app's parts write styles into the page while it runs; scripts, requests and all else are the page's own.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What carries a digest in its name never changes; the rest is asked for again each time, and mostly not sent.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Who opens the address without a path is an applicant: officers have other programs.
#[handler]
pub fn from_root() -> Response {
    moved(StatusCode::FOUND)
}

/// Without the slash relative addresses inside the page would lead elsewhere.
#[handler]
pub fn from_bare() -> Response {
    moved(StatusCode::PERMANENT_REDIRECT)
}

fn moved(status: StatusCode) -> Response {
    Response::builder()
        .status(status)
        .header(header::LOCATION, "/m/")
        .finish()
}

/// A file of the page; for any other name without a dot the page itself, whose own router knows it. A missing file is absent:
/// the page in the place of a script would only fail later.
#[handler]
pub fn file(request: &Request) -> Result<Response, Problem> {
    let name = request.uri().path().trim_start_matches("/m/");
    let is_page = !name.contains('.') && !name.starts_with("assets/");
    let name = if is_page { "index.html" } else { name };
    match web::asset(name) {
        Some(asset) => Ok(sent(request, name, asset)),
        None if is_page => Ok(not_built()),
        None => Err(Error::Absent.into()),
    }
}

fn sent(request: &Request, name: &str, asset: &'static Asset) -> Response {
    let gzip = asset.gzip.as_ref().filter(|_| takes_gzip(request));
    let tag = if gzip.is_some() {
        format!("\"{}-gzip\"", asset.digest)
    } else {
        format!("\"{}\"", asset.digest)
    };
    let mut response = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::VARY, "accept-encoding")
        .header(
            header::CACHE_CONTROL,
            if asset.hashed { FOR_GOOD } else { ASK_AGAIN },
        );
    if name == "index.html" {
        response = response.header(header::CONTENT_SECURITY_POLICY, POLICY);
    }
    if is_held(request, &tag) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    let bytes = match gzip {
        Some(gzip) => {
            response = response.header(header::CONTENT_ENCODING, "gzip");
            bytes::Bytes::from_static(gzip)
        }
        None => bytes::Bytes::from_static(&asset.plain),
    };
    // said here, because poem answers a HEAD by dropping the body, and the length with it
    response
        .content_type(&asset.kind)
        .header(header::CONTENT_LENGTH, bytes.len())
        .body(Body::from_bytes(bytes))
}

/// `Accept-Encoding` names gzip, or anything, without forbidding it.
fn takes_gzip(request: &Request) -> bool {
    let named = |item: &str| {
        let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
        let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        matches!(coding.trim(), "gzip" | "*") && !refused
    };
    let accepted = request.header(header::ACCEPT_ENCODING);
    accepted.is_some_and(|list| list.split(',').any(named))
}

/// The caller has just this version.
fn is_held(request: &Request, tag: &str) -> bool {
    let held = request.header(header::IF_NONE_MATCH);
    held.is_some_and(|list| {
        list.split(',')
            .any(|held| matches!(held.trim(), "*") || held.trim().trim_start_matches("W/") == tag)
    })
}

/// In a binary that was built on a machine without node; everything else works.
fn not_built() -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "申报页面尚未构建" }
                link rel="stylesheet" href="/v/style.css";
            }
            body {
                main {
                    h1 { "申报页面尚未构建" }
                    p { "本服务运行正常，但编译时没有包含申报页面。" }
                    p { "管理员：请安装 Node.js（20 或更高版本），在源码目录执行 " code { "make web" } "，再重新编译并启动服务。" }
                    p { "申报人：请使用微信小程序申报，或联系主办单位。" }
                }
            }
        }
    };
    Response::builder()
        .status(StatusCode::NOT_FOUND)
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(markup.into_string())
}
