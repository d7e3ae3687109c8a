//! Large files: many at once beside nginx's WebDAV module, and callers that keep connections open for nothing.

mod crowd;
mod nginx;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::film::Film;
use crate::parts::http::json_answer;
use crate::process::{cpu_seconds, peak_mb};
use crate::report::Report;
use crate::service::{Place, Service};
use crate::stock::{self, Stock, Stocked};
use crate::{Outcome, Run};
use nginx::Nginx;

/// Turns about, so that a slow moment of the machine is shared.
const TURNS: usize = 3;
const MEGABYTE: u64 = 1_000_000;
/// What is left on the disk, bytes.
const SPARED: u64 = 10 << 30;
/// Most memory of the service, MB.
const MOST_MEMORY: f64 = 256.0;

/// Applicants and their drafts, and a service that serves them.
pub struct Site {
    pub client: Client,
    pub service: Service,
    pub stocked: Stocked,
}

pub async fn run(run: &Run, report: &mut Report) -> Outcome {
    at_once(run, report).await?;
    crowd::run(run, report).await
}

impl Site {
    pub async fn start(run: &Run, place: &Place, drafts: u64) -> Outcome<Site> {
        let app = place.open().await?;
        let stock = Stock {
            entries: 0,
            drafts,
            characters: 200,
            whole: false,
        };
        let stocked = stock::load(&app, stock).await?;
        app.db.close().await?;
        Ok(Site {
            client: Client::new(),
            service: place.start(run, "serve").await?,
            stocked,
        })
    }

    pub fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.service.base))
            .bearer_auth(token)
    }

    /// Begins an upload for the nth draft; answers with its path and its owner's token.
    pub async fn begin(&self, n: usize, bytes: u64) -> Outcome<(String, &str)> {
        let (entry, owner) = &self.stocked.drafts[n];
        let (_, token) = &self.stocked.applicants[*owner];
        let path = format!("/api/v1/entries/{entry}/uploads");
        let announced = json!({ "slot": "video", "file_name": "工作展示.mp4", "bytes": bytes });
        let request = self.request(Method::POST, &path, token).json(&announced);
        let upload = json_answer(request.header("idempotency-key", new_id())).await?;
        let id = upload["id"].as_str().ok_or("no id")?;
        Ok((format!("{path}/{id}"), token))
    }
}

/// What one turn showed.
#[derive(Clone, Copy, Default)]
struct Turn {
    seconds: f64,
    cpu_seconds: f64,
    /// Answers to a finish that said: later.
    later: u64,
    peak_mb: f64,
}

async fn at_once(run: &Run, report: &mut Report) -> Outcome {
    let films = fitting(run)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        theirs.push(to_nginx(run, &films).await?);
        ours.push(to_service(run, &films).await?);
    }
    let megabytes = films.iter().map(|f| f.bytes).sum::<u64>() as f64 / MEGABYTE as f64;
    let rate = |turns: &[Turn]| {
        megabytes * turns.len() as f64 / turns.iter().map(|t| t.seconds).sum::<f64>()
    };
    let cpu = |turns: &[Turn]| {
        let all = turns.iter().map(|t| t.cpu_seconds).sum::<f64>();
        1000.0 * all / (megabytes * turns.len() as f64)
    };
    let each = |turns: &[Turn]| {
        let rates = turns
            .iter()
            .map(|t| format!("{:.0}", megabytes / t.seconds));
        rates.collect::<Vec<_>>().join(", ")
    };
    let what = format!(
        "{} files of {} MB at once, synced, {TURNS} turns",
        films.len(),
        films.first().map_or(0, |f| f.bytes / MEGABYTE)
    );
    let told = |turns: &[Turn]| {
        format!(
            "{:.0} MB/s ({}), {:.2} ms CPU a MB",
            rate(turns),
            each(turns),
            cpu(turns)
        )
    };
    let detail = |turns: &[Turn]| {
        let turns = turns.iter().map(|t| {
            json!({ "seconds": t.seconds, "cpu_seconds": t.cpu_seconds, "later": t.later, "peak_mb": t.peak_mb })
        });
        json!({ "files": films.len(), "megabytes": megabytes, "turns": turns.collect::<Vec<_>>() })
    };
    report.add(
        "uploads",
        &what,
        "nginx, WebDAV",
        told(&theirs),
        None,
        detail(&theirs),
    );
    let share = rate(&ours) / rate(&theirs);
    report.add(
        "uploads",
        &what,
        "service on SQLite",
        format!("{}: {:.0} % of nginx", told(&ours), share * 100.0),
        Some(("≥ 60 % of nginx", share >= 0.6)),
        detail(&ours),
    );
    let peak = ours.iter().map(|t| t.peak_mb).fold(0.0, f64::max);
    report.add(
        "uploads",
        "the most memory in RAM meanwhile",
        "service on SQLite",
        format!("{peak:.0} MB"),
        Some(("≤ 256 MB", peak <= MOST_MEMORY)),
        json!({ "peak_mb": peak }),
    );
    Ok(())
}

/// The films that are asked for, or shorter ones where the disk has no room.
fn fitting(run: &Run) -> Outcome<Vec<Film>> {
    let room = free_bytes(&run.work)?.saturating_sub(SPARED) / run.uploads.max(1);
    let bytes = (room / MEGABYTE).min(run.megabytes) * MEGABYTE;
    if bytes == 0 {
        return Err("the disk is full".into());
    }
    let films = (0..run.uploads).map(|number| Film { number, bytes });
    Ok(films.collect())
}

fn free_bytes(folder: &Path) -> Outcome<u64> {
    let mut df = Command::new("df");
    let told = df
        .args(["--output=avail", "--block-size=1"])
        .arg(folder)
        .output()?;
    let text = String::from_utf8(told.stdout)?;
    Ok(text.lines().last().unwrap_or_default().trim().parse()?)
}

async fn to_service(run: &Run, films: &[Film]) -> Outcome<Turn> {
    let place = Place::sqlite(run, "uploads")?;
    let site = Arc::new(Site::start(run, &place, films.len() as u64).await?);
    let pid = site.service.process.id();
    let later = Arc::new(AtomicU64::new(0));
    let (before, started) = (cpu_seconds(pid), Instant::now());
    let sent = films.iter().enumerate().map(|(n, film)| {
        let (site, film, later) = (site.clone(), *film, later.clone());
        async move { tokio::spawn(async move { send(&site, n, film, &later).await }).await? }
    });
    let sums = try_join_all(sent).await?;
    let turn = Turn {
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds(pid) - before,
        later: later.load(Ordering::Relaxed),
        peak_mb: peak_mb(pid),
    };
    // all of them would take as long as sending them
    for (film, sum) in films.iter().zip(sums).step_by(10) {
        if film.sha256() != sum {
            return Err("a film came out other than it went in".into());
        }
    }
    drop(site);
    std::fs::remove_dir_all(place.files())?;
    Ok(turn)
}

/// Sends a film part by part; answers with what the service says that it is.
async fn send(site: &Site, n: usize, film: Film, later: &AtomicU64) -> Outcome<String> {
    let (path, token) = site.begin(n, film.bytes).await?;
    for number in 1..=film.parts() {
        let (body, length) = film.part(number);
        let part = site.request(Method::PUT, &format!("{path}/parts/{number}"), token);
        let part = part.header("content-type", "application/octet-stream");
        json_answer(part.header("content-length", length).body(body)).await?;
    }
    loop {
        let end = site.request(Method::POST, &format!("{path}/finish"), token);
        let answer = end.json(&json!({})).send().await?;
        let status = answer.status();
        let file: Value = answer.json().await?;
        match status {
            StatusCode::OK => return Ok(file["sha256"].as_str().ok_or("no sum")?.to_owned()),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                later.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            _ => return Err(format!("{status}: {file}").into()),
        }
    }
}

async fn to_nginx(run: &Run, films: &[Film]) -> Outcome<Turn> {
    let nginx = Arc::new(Nginx::start(run).await?);
    let client = Client::new();
    let pid = nginx.process.id();
    let (before, started) = (cpu_seconds(pid), Instant::now());
    let sent = films.iter().map(|film| {
        let (client, nginx, film) = (client.clone(), nginx.clone(), *film);
        async move { tokio::spawn(async move { nginx.put(&client, film).await }).await? }
    });
    try_join_all(sent).await?;
    let turn = Turn {
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds(pid) - before,
        peak_mb: 0.0,
        later: 0,
    };
    std::fs::remove_dir_all(nginx.files())?;
    Ok(turn)
}
