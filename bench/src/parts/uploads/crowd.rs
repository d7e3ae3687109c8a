//! Callers that do nothing: idle connections, and uploads whose bytes stop coming. Others must not feel them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Site;
use crate::film::PART;
use crate::load::percentile;
use crate::process::peak_mb;
use crate::report::Report;
use crate::service::Place;
use crate::{Outcome, Run};

const IDLE: usize = 2_000;
const STALLED: usize = 200;
/// Long enough for the service to send every one of them away twice; they come back at once.
const TIME: Duration = Duration::from_secs(25);
/// Between two questions after the service's health.
const PAUSE: Duration = Duration::from_millis(10);
const MOST_MS: f64 = 50.0;

/// Connections that are open now.
type Open = Arc<AtomicI64>;

pub async fn run(run: &Run, report: &mut Report) -> Outcome {
    let place = Place::sqlite(run, "crowd")?;
    let site = Site::start(run, &place, STALLED as u64).await?;
    let alone = ask(&site, "ready", Duration::from_secs(5), None).await?;
    let address = site.service.base.trim_start_matches("http://").to_owned();
    let (idle, stalled) = (Open::default(), Open::default());
    let mut crowd = Vec::new();
    for _ in 0..IDLE {
        crowd.push(tokio::spawn(hold(
            address.clone(),
            Vec::new(),
            idle.clone(),
        )));
    }
    for n in 0..STALLED {
        let (path, token) = site.begin(n, PART).await?;
        let mut sent = format!(
            "PUT {path}/parts/1 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/octet-stream\r\ncontent-length: {PART}\r\n\r\n"
        )
        .into_bytes();
        sent.resize(sent.len() + (64 << 10), 7);
        crowd.push(tokio::spawn(hold(address.clone(), sent, stalled.clone())));
    }
    while idle.load(Ordering::Relaxed) < IDLE as i64
        || stalled.load(Ordering::Relaxed) < STALLED as i64
    {
        if crowd.iter().all(|one| one.is_finished()) {
            return Err("the crowd does not get in".into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ready = ask(&site, "ready", TIME, Some((&idle, &stalled))).await?;
    let live = ask(&site, "live", Duration::from_secs(5), None).await?;
    for one in &crowd {
        one.abort();
    }
    let peak = peak_mb(site.service.process.id());
    let figure = format!(
        "p95 {:.1} ms, p99 {:.1} ms, worst {:.1} ms of {} (nobody there: p95 {:.1} ms), memory ≤ {peak:.0} MB",
        ready.p95, ready.p99, ready.worst, ready.count, alone.p95
    );
    report.add(
        "uploads",
        &format!("/health/ready on a new connection, with {IDLE} idle connections and {STALLED} stalled uploads"),
        "service on SQLite",
        figure,
        Some(("p95 < 50 ms", ready.p95 < MOST_MS)),
        json!({
            "p95_ms": ready.p95, "p99_ms": ready.p99, "worst_ms": ready.worst, "asked": ready.count,
            "fewest_open": ready.fewest, "mean_open": ready.mean, "alone_p95_ms": alone.p95, "live_p95_ms": live.p95,
            "peak_mb": peak,
        }),
    );
    Ok(())
}

/// Opens a connection, sends what there is to be sent, and waits to be sent away; again and again.
async fn hold(address: String, sent: Vec<u8>, open: Open) -> Outcome {
    loop {
        let mut stream = TcpStream::connect(&address).await?;
        // sent away in the middle: that is as good as at the end
        let _cut = stream.write_all(&sent).await;
        open.fetch_add(1, Ordering::Relaxed);
        let mut answer = [0; 1024];
        while stream.read(&mut answer).await.is_ok_and(|read| read > 0) {}
        open.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Health {
    p95: f64,
    p99: f64,
    worst: f64,
    count: usize,
    /// Connections of the crowd: the fewest that were open at a question, and how many on average.
    fewest: i64,
    mean: f64,
}

async fn ask(
    site: &Site,
    what: &str,
    time: Duration,
    crowd: Option<(&Open, &Open)>,
) -> Outcome<Health> {
    let client = Client::builder().pool_max_idle_per_host(0).build()?;
    let url = format!("{}/health/{what}", site.service.base);
    let (mut waits, mut fewest, mut sum) = (Vec::new(), i64::MAX, 0);
    let started = Instant::now();
    while started.elapsed() < time {
        if let Some((idle, stalled)) = crowd {
            let open = idle.load(Ordering::Relaxed) + stalled.load(Ordering::Relaxed);
            fewest = fewest.min(open);
            sum += open;
        }
        let asked = Instant::now();
        let answer = client.get(&url).send().await?;
        if !answer.status().is_success() {
            return Err(format!("health: {}", answer.status()).into());
        }
        answer.bytes().await?;
        waits.push(asked.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    waits.sort_unstable();
    Ok(Health {
        p95: percentile(&waits, 95),
        p99: percentile(&waits, 99),
        worst: percentile(&waits, 100),
        count: waits.len(),
        fewest,
        mean: sum as f64 / waits.len() as f64,
    })
}
