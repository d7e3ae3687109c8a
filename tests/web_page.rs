//! The applicant's page at `/m/`: as a browser, a cache and a stranger ask for it. What needs a built page is also shown without
//! one: then the address says how to build it.

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};

use crate::support::{IN_BOZHOU_WINDOW, TestApp};

struct Visitor {
    t: TestApp,
    client: Client,
}

impl Visitor {
    async fn come() -> Visitor {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let t = TestApp::start(IN_BOZHOU_WINDOW).await;
        Visitor { t, client }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.t.base))
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.unwrap()
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

fn is_built() -> bool {
    web::asset("index.html").is_some()
}

/// A script of the page, with its digest in the name.
fn script() -> Option<&'static str> {
    web::names().find(|n| n.starts_with("assets/") && n.ends_with(".js"))
}

#[tokio::test]
async fn root_and_bare_address_lead_to_the_page() {
    let visitor = Visitor::come().await;
    for (path, status) in [
        ("/", StatusCode::FOUND),
        ("/m", StatusCode::PERMANENT_REDIRECT),
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(
            (answer.status(), header(&answer, "location")),
            (status, "/m/")
        );
    }
}

#[tokio::test]
async fn the_page_or_how_to_build_it() {
    let visitor = Visitor::come().await;
    for path in ["/m/", "/m/pages/anything/of-the-router"] {
        let page = visitor.get(path).await;
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        let policy = header(&page, "content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert!(
            !policy.contains("http") && !policy.contains("script-src"),
            "{policy}"
        );
        let (status, text) = (page.status(), page.text().await.unwrap());
        if is_built() {
            assert_eq!(status, StatusCode::OK);
            assert_eq!(text.as_bytes(), &*web::asset("index.html").unwrap().plain);
        } else {
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert!(text.contains("make web"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_held_is_not_sent_again() {
    let visitor = Visitor::come().await;
    let Some(asset) = web::asset("index.html") else {
        return;
    };
    let first = visitor.get("/m/").await;
    assert_eq!(header(&first, "cache-control"), "no-cache");
    let tag = header(&first, "etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", asset.digest));
    for (held, status) in [
        (tag.clone(), StatusCode::NOT_MODIFIED),
        (format!("\"other\", W/{tag}"), StatusCode::NOT_MODIFIED),
        ("\"other\"".into(), StatusCode::OK),
    ] {
        let again = visitor
            .ask(Method::GET, "/m/")
            .header("if-none-match", held);
        assert_eq!(again.send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_good_and_packed_for_who_takes_it() {
    let visitor = Visitor::come().await;
    let Some(name) = script() else { return };
    let asset = web::asset(name).unwrap();
    let path = format!("/m/{name}");
    let plain = visitor.get(&path).await;
    assert_eq!(
        header(&plain, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        header(&plain, "content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(header(&plain, "vary"), "accept-encoding");
    let plain_tag = header(&plain, "etag").to_owned();
    assert_eq!(plain.bytes().await.unwrap(), &*asset.plain);

    for refused in ["br", "gzip;q=0, br", "identity"] {
        let answer = visitor
            .ask(Method::GET, &path)
            .header("accept-encoding", refused);
        assert_eq!(
            header(&answer.send().await.unwrap(), "content-encoding"),
            ""
        );
    }
    let asked = visitor
        .ask(Method::GET, &path)
        .header("accept-encoding", "gzip, deflate, br");
    let packed = asked.send().await.unwrap();
    if let Some(gzip) = &asset.gzip {
        assert_eq!(header(&packed, "content-encoding"), "gzip");
        assert_ne!(header(&packed, "etag"), plain_tag);
        assert_eq!(packed.bytes().await.unwrap(), gzip);
    }
}

#[tokio::test]
async fn a_head_tells_the_length_and_sends_nothing() {
    let visitor = Visitor::come().await;
    let Some(name) = script() else { return };
    let answer = visitor
        .ask(Method::HEAD, &format!("/m/{name}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let length = web::asset(name).unwrap().plain.len().to_string();
    assert_eq!(header(&answer, "content-length"), length);
    assert!(answer.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_there_is_absent_and_never_the_page() {
    let visitor = Visitor::come().await;
    for path in [
        "/m/assets/gone-00000000.js",
        "/m/favicon.nothing",
        "/m/.gitignore",
        "/m/../Cargo.toml",
        "/m/%2e%2e/Cargo.toml",
        "/m/assets/",
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            header(&answer, "content-type"),
            "application/problem+json",
            "{path}"
        );
    }
}

#[tokio::test]
async fn nothing_can_be_posted_to_it() {
    let visitor = Visitor::come().await;
    let answer = visitor
        .ask(Method::POST, "/m/")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}
