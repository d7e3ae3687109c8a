//! Four operations over HTTP, 16 callers, beside the peer: on SQLite, on PostgreSQL, and the peer on that PostgreSQL.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::load::{self, Bounds, Figures, Measured, Watched};
use crate::peer::{Peer, TOKEN};
use crate::process::Process;
use crate::report::Report;
use crate::service::{Place, postmaster};
use crate::stock::{self, Stock, Stocked, written};
use crate::{Outcome, Run, campaign};

const CALLERS: usize = 16;
const ENTRIES: u64 = 10_000;
const CHARACTERS: usize = 1200;

/// What is measured, with what the service should do beside the peer's full operation.
const OPERATIONS: [(Operation, &str, Option<f64>); 5] = [
    (Operation::Enter, "create and submit", Some(10.0)),
    (Operation::Attach, "attach a picture of 200 kB", None),
    (Operation::List, "page of 50 by state", Some(10.0)),
    (
        Operation::Lines,
        "page of 50 by state, the peer's in short lines too",
        None,
    ),
    (Operation::Decide, "decide", Some(5.0)),
];

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Enter,
    Attach,
    List,
    Lines,
    Decide,
}

type Asked = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Op = Arc<dyn Fn(u64) -> Asked + Send + Sync>;

/// Turns about, so that a slow moment of the machine is shared.
const TURNS: u64 = 3;

pub async fn run(run: &Run, report: &mut Report) -> Outcome {
    let database = postmaster(&run.postgres).await?;
    let jpeg = Arc::new(picture()?);
    let mut sides = vec![of_peer(run, database, &jpeg).await?];
    for place in Place::both(run, "http").await? {
        let watched = (place.name == "PostgreSQL").then_some(database);
        sides.push(of_service(run, &place, watched, &jpeg).await?);
    }
    let mut found: Vec<Vec<Figures>> = Vec::new();
    for (operation, ..) in OPERATIONS {
        found.push(each(run, operation, &sides).await?);
    }
    for (at, side) in sides.into_iter().enumerate() {
        for ((_, what, goal), figures) in OPERATIONS.into_iter().zip(&found) {
            let peer = (at > 0).then_some(&figures[0]);
            note(report, (what, goal), &side.on, &figures[at], peer);
        }
        side.process.stop()?;
    }
    Ok(())
}

/// Who is measured, and what it can be asked.
struct Side {
    on: String,
    process: Process,
    watched: Watched,
    ops: HashMap<Operation, Op>,
}

fn note(
    report: &mut Report,
    (what, goal): (&str, Option<f64>),
    on: &str,
    f: &Figures,
    peer: Option<&Figures>,
) {
    let times = peer.map(|peer| f.per_cpu_second() / peer.per_cpu_second());
    let mut figure = format!(
        "{:.0}/s, p50 {:.1} ms, p99 {:.1} ms, CPU {:.2} + {:.2} ms",
        f.per_second, f.p50_ms, f.p99_ms, f.server_cpu_ms, f.database_cpu_ms
    );
    let mut held = None;
    let sought = goal.map(|g| format!("≥ × {g}")).unwrap_or_default();
    if let Some(times) = times {
        figure += &format!(": × {times:.1} of the peer a CPU second");
        held = goal.map(|g| (sought.as_str(), times >= g));
    }
    report.add(
        "http",
        what,
        on,
        figure,
        held,
        json!({ "figures": f, "times_peer_per_cpu_second": times }),
    );
}

/// One operation of every side, in the order of the sides.
async fn each(run: &Run, operation: Operation, sides: &[Side]) -> Outcome<Vec<Figures>> {
    let bounds = Bounds {
        callers: CALLERS,
        time: Duration::from_millis(run.seconds * 1000 / TURNS),
        most: match operation {
            Operation::Decide => 4_000 / TURNS,
            Operation::Enter => 6_000 / TURNS,
            _ => u64::MAX,
        },
    };
    let warm = Bounds {
        time: Duration::from_secs(1),
        most: 200,
        ..bounds
    };
    let mut found: Vec<Measured> = sides.iter().map(|_| Measured::default()).collect();
    // numbers of a side go on from turn to turn: what is decided once is decided
    let mut next = vec![0; sides.len()];
    for turn in 0..=TURNS {
        for (at, side) in sides.iter().enumerate() {
            let op = side.ops.get(&operation).ok_or("an operation is missing")?;
            let (op, first) = (op.clone(), next[at]);
            let bounds = if turn == 0 { warm } else { bounds };
            let measured = load::run(bounds, side.watched, move |n| op(first + n)).await?;
            next[at] += measured.operations();
            if turn > 0 {
                found[at].add(measured);
            }
        }
    }
    Ok(found.into_iter().map(Measured::figures).collect())
}

/// Sends a request that must succeed.
pub async fn answer(request: RequestBuilder) -> Outcome<Vec<u8>> {
    let response = request.send().await?;
    let (status, bytes) = (response.status(), response.bytes().await?);
    if status.is_success() {
        return Ok(bytes.to_vec());
    }
    Err(format!("{status}: {}", String::from_utf8_lossy(&bytes)).into())
}

pub async fn json_answer(request: RequestBuilder) -> Outcome<Value> {
    Ok(serde_json::from_slice(&answer(request).await?)?)
}

async fn page_of_50(
    request: RequestBuilder,
    rows: impl Fn(&Value) -> Option<&Vec<Value>>,
) -> Outcome {
    let page = json_answer(request).await?;
    match rows(&page).map(Vec::len) {
        Some(50) => Ok(()),
        other => Err(format!("{other:?} rows").into()),
    }
}

fn op<F, Fut>(act: F) -> Op
where
    F: Fn(u64) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Outcome> + Send + 'static,
{
    Arc::new(move |n| Box::pin(act(n)))
}

async fn of_service(
    run: &Run,
    place: &Place,
    database: Option<u32>,
    jpeg: &Arc<Vec<u8>>,
) -> Outcome<Side> {
    let app = place.open().await?;
    let stock = Stock {
        entries: ENTRIES,
        drafts: 8_000,
        characters: CHARACTERS,
        whole: true,
    };
    let stocked = Arc::new(stock::load(&app, stock).await?);
    app.db.close().await?;
    let service = place.start(run, "serve").await?;
    let watched = Watched {
        server: Some(service.process.id()),
        database,
    };
    let ours = Ours {
        client: Client::new(),
        base: service.base.clone(),
        stocked,
    };
    let pages = Arc::new(ours.walk().await?);
    let ops = HashMap::from([
        (
            Operation::Enter,
            op({
                let ours = ours.clone();
                move |n| ours.clone().enter(n)
            }),
        ),
        (
            Operation::Attach,
            op({
                let (ours, jpeg) = (ours.clone(), jpeg.clone());
                move |n| ours.clone().attach(n, jpeg.clone())
            }),
        ),
        (
            Operation::List,
            op({
                let (ours, pages) = (ours.clone(), pages.clone());
                move |n| ours.clone().list(pages.clone(), n)
            }),
        ),
        (
            Operation::Lines,
            op({
                let (ours, pages) = (ours.clone(), pages.clone());
                move |n| ours.clone().list(pages.clone(), n)
            }),
        ),
        (
            Operation::Decide,
            op({
                let ours = ours.clone();
                move |n| ours.clone().decide(n)
            }),
        ),
    ]);
    Ok(Side {
        on: format!("service on {}", place.name),
        process: service.process,
        watched,
        ops,
    })
}

/// The service's operations.
#[derive(Clone)]
struct Ours {
    client: Client,
    base: String,
    stocked: Arc<Stocked>,
}

impl Ours {
    fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(token)
    }

    fn counties(&self) -> Vec<usize> {
        let all = self.stocked.agencies.iter().enumerate();
        all.filter(|(_, a)| a.tier.as_str() == "county")
            .map(|(at, _)| at)
            .collect()
    }

    async fn enter(self, n: u64) -> Outcome {
        let (_, token) = &self.stocked.applicants[n as usize % self.stocked.applicants.len()];
        let counties = self.counties();
        let county = &self.stocked.agencies[counties[n as usize % counties.len()]];
        let input = written(&county.id, &county.region, &format!("新{n}"), CHARACTERS);
        let path = format!("/api/v1/campaigns/{}/entries", campaign::SLUG);
        let draft = self
            .request(Method::POST, &path, token)
            .header("idempotency-key", new_id())
            .json(&input);
        let draft = json_answer(draft).await?;
        let id = draft["id"].as_str().ok_or("no id")?;
        let path = format!("/api/v1/entries/{id}/submission");
        let handed_in = self
            .request(Method::POST, &path, token)
            .header("idempotency-key", new_id());
        let handed_in = handed_in
            .header("if-match", "\"1\"")
            .json(&json!({ "declarations": ["truth"] }));
        let entry = json_answer(handed_in).await?;
        if entry["state"] == "under_review" {
            Ok(())
        } else {
            Err(entry.to_string().into())
        }
    }

    async fn attach(self, n: u64, jpeg: Arc<Vec<u8>>) -> Outcome {
        let (id, owner) = &self.stocked.drafts[n as usize % self.stocked.drafts.len()];
        let (_, token) = &self.stocked.applicants[*owner];
        let upload = self.request(
            Method::POST,
            &format!("/api/v1/entries/{id}/evidence"),
            token,
        );
        answer(multipart(upload, &[("slot", "pictures")], &jpeg))
            .await
            .map(drop)
    }

    /// Addresses of twenty pages of each county's queue, one after the other.
    async fn walk(&self) -> Outcome<Vec<(usize, String)>> {
        let mut pages = Vec::new();
        for county in self.counties() {
            let first = format!(
                "/admin/api/v1/campaigns/{}/queue?state=open&step=county&limit=50",
                campaign::SLUG
            );
            let mut path = first.clone();
            for _ in 0..20 {
                pages.push((county, path.clone()));
                let rows =
                    json_answer(self.request(Method::GET, &path, &self.stocked.reviewers[county]))
                        .await?;
                let last = rows.as_array().and_then(|rows| rows.last()?["id"].as_str());
                path = format!("{first}&after={}", last.ok_or("a short queue")?);
            }
        }
        Ok(pages)
    }

    async fn list(self, pages: Arc<Vec<(usize, String)>>, n: u64) -> Outcome {
        let (county, path) = &pages[n as usize % pages.len()];
        let page = self.request(Method::GET, path, &self.stocked.reviewers[*county]);
        page_of_50(page, Value::as_array).await
    }

    async fn decide(self, n: u64) -> Outcome {
        let (id, county) = &self.stocked.waiting[n as usize];
        let at = self
            .stocked
            .agencies
            .iter()
            .position(|a| a.id == *county)
            .ok_or("no county")?;
        let path = format!("/admin/api/v1/entries/{id}/endorsement");
        let endorsed = self
            .request(Method::POST, &path, &self.stocked.reviewers[at])
            .header("if-match", "\"2\"");
        let body = json!({ "opinion": "评".repeat(40) });
        answer(endorsed.json(&body)).await.map(drop)
    }
}

async fn of_peer(run: &Run, database: u32, jpeg: &Arc<Vec<u8>>) -> Outcome<Side> {
    let peer = Peer::start(run, ENTRIES).await?;
    let watched = Watched {
        server: Some(peer.process.id()),
        database: Some(database),
    };
    let theirs = Theirs {
        client: Client::new(),
        base: peer.base.clone(),
    };
    let ops = HashMap::from([
        (
            Operation::Enter,
            op({
                let theirs = theirs.clone();
                move |n| theirs.clone().enter(n)
            }),
        ),
        (
            Operation::Attach,
            op({
                let (theirs, jpeg) = (theirs.clone(), jpeg.clone());
                move |n| theirs.clone().attach(n, jpeg.clone())
            }),
        ),
        (
            Operation::List,
            op({
                let theirs = theirs.clone();
                move |n| theirs.clone().list("entries", n)
            }),
        ),
        (
            Operation::Lines,
            op({
                let theirs = theirs.clone();
                move |n| theirs.clone().list("lines", n)
            }),
        ),
        (
            Operation::Decide,
            op({
                let theirs = theirs.clone();
                move |n| theirs.clone().decide(n)
            }),
        ),
    ]);
    Ok(Side {
        on: "peer on PostgreSQL".into(),
        process: peer.process,
        watched,
        ops,
    })
}

/// The peer's operations.
#[derive(Clone)]
struct Theirs {
    client: Client,
    base: String,
}

impl Theirs {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(TOKEN)
    }

    async fn enter(self, n: u64) -> Outcome {
        let input = json!({
            "category": "government", "region": "420106", "name": format!("账号新{n}"), "platform": "wechat",
            "account": format!("id-新{n}"), "operator": format!("单位新{n}"), "contact": "张某",
            "mobile": "13800138000", "followers": 386_000, "summary": "山".repeat(CHARACTERS),
        });
        let draft = json_answer(self.request(Method::POST, "/entries").json(&input)).await?;
        answer(self.request(
            Method::POST,
            &format!("/entries/{}/submission", draft["id"]),
        ))
        .await
        .map(drop)
    }

    async fn attach(self, n: u64, jpeg: Arc<Vec<u8>>) -> Outcome {
        let upload = self.request(Method::POST, &format!("/entries/{}/files", n % ENTRIES + 1));
        answer(multipart(upload, &[], &jpeg)).await.map(drop)
    }

    async fn list(self, kind: &'static str, n: u64) -> Outcome {
        let path = format!("/{kind}?state=submitted&limit=50&after={}", n * 50 % 5000);
        page_of_50(self.request(Method::GET, &path), |page| {
            page["rows"].as_array()
        })
        .await
    }

    async fn decide(self, n: u64) -> Outcome {
        // three of five are submitted: 1, 2, 3, 6, 7, 8 …
        let path = format!("/entries/{}/decision", n / 3 * 5 + n % 3 + 1);
        let body = json!({ "state": "endorsed", "opinion": "评".repeat(40) });
        answer(self.request(Method::POST, &path).json(&body))
            .await
            .map(drop)
    }
}

pub fn multipart(request: RequestBuilder, texts: &[(&str, &str)], file: &[u8]) -> RequestBuilder {
    let mut body = Vec::new();
    for (name, text) in texts {
        body.extend(
            format!(
                "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
            )
            .bytes(),
        );
    }
    body.extend(b"--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n");
    body.extend_from_slice(file);
    body.extend(b"\r\n--frontier--\r\n");
    request
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(body)
}

/// A JPEG of about 200 kB: coarse noise, so that it neither vanishes nor swells when compressed.
fn picture() -> Outcome<Vec<u8>> {
    let mut seed = 1_u32;
    let noise = image::RgbImage::from_fn(300, 200, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(seed >> 24) as u8, (seed >> 16) as u8, (seed >> 8) as u8])
    });
    let large = image::imageops::resize(&noise, 1200, 800, image::imageops::FilterType::Triangle);
    for quality in (20..=95).rev() {
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, quality)
            .encode_image(&large)?;
        if jpeg.len() <= 205_000 {
            return Ok(jpeg);
        }
    }
    Err("no quality gives 200 kB".into())
}
