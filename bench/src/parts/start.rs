//! Start-up and memory of the demo: what a person who tries it meets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::resident_mb;
use crate::report::Report;
use crate::service::{Place, Service};
use crate::stock::written;
use crate::{Outcome, Run, campaign};

const STARTS: usize = 5;

pub async fn run(run: &Run, report: &mut Report) -> Outcome {
    let place = Place::sqlite(run, "start")?;
    let (first, took) = started(run, &place).await?;
    let rss = settled_mb(&first).await;
    report.add(
        "start",
        "first start: schema, six campaigns, every officer's password hashed",
        place.name,
        format!("{:.1} s, {rss:.0} MB after", took.as_secs_f64()),
        None,
        json!({ "seconds": took.as_secs_f64(), "resident_mb": rss }),
    );
    first.process.stop()?;
    let mut times = Vec::new();
    for _ in 1..STARTS {
        let (service, took) = started(run, &place).await?;
        times.push(took);
        service.process.stop()?;
    }
    let (service, took) = started(run, &place).await?;
    times.push(took);
    times.sort_unstable();
    let (median, slowest) = (
        times[STARTS / 2].as_secs_f64(),
        times[STARTS - 1].as_secs_f64(),
    );
    report.add(
        "start",
        "start on an existing database until ready, slowest of five",
        place.name,
        format!("{slowest:.2} s (median {median:.2} s)"),
        Some(("≤ 1 s", slowest <= 1.0)),
        json!({ "median_seconds": median, "slowest_seconds": slowest }),
    );
    let idle = settled_mb(&service).await;
    report.add(
        "start",
        "memory before the first form is drawn",
        place.name,
        format!("{idle:.0} MB"),
        Some(("≤ 80 MB", idle <= 80.0)),
        json!({ "resident_mb": idle }),
    );
    draw_form(&service).await?;
    let after = settled_mb(&service).await;
    report.add(
        "start",
        "memory after the first form is drawn",
        place.name,
        format!("{after:.0} MB"),
        Some(("≤ 140 MB", after <= 140.0)),
        json!({ "resident_mb": after }),
    );
    service.process.stop()
}

async fn started(run: &Run, place: &Place) -> Outcome<(Service, Duration)> {
    let asked = Instant::now();
    let service = place.start(run, "demo").await?;
    Ok((service, asked.elapsed()))
}

/// A moment later, when what was freed has gone back.
async fn settled_mb(service: &Service) -> f64 {
    tokio::time::sleep(Duration::from_secs(3)).await;
    resident_mb(service.process.id())
}

/// Signs an applicant in, writes a draft and asks for its form.
async fn draw_form(service: &Service) -> Outcome {
    let client = reqwest::Client::new();
    let api = format!("{}/api/v1", service.base);
    let code = json!({ "code": "login-bench" });
    let signed_in = client
        .post(format!("{api}/sessions/wechat"))
        .json(&code)
        .send()
        .await?
        .error_for_status()?;
    let signed_in: Value = signed_in.json().await?;
    let token = signed_in["token"].as_str().ok_or("no token")?;
    let agencies = client
        .get(format!("{api}/campaigns/{}/agencies", campaign::SLUG))
        .bearer_auth(token)
        .send()
        .await?
        .error_for_status()?;
    let agencies: Vec<Value> = agencies.json().await?;
    let county = agencies
        .iter()
        .find(|a| a["tier"] == "county")
        .ok_or("no county")?;
    let text = |key: &str| county[key].as_str().unwrap_or_default();
    let input = written(text("id"), text("region"), "0", 1200);
    let draft = client
        .post(format!("{api}/campaigns/{}/entries", campaign::SLUG))
        .bearer_auth(token);
    let draft = draft
        .header("idempotency-key", "bench-start-0")
        .json(&input)
        .send()
        .await?
        .error_for_status()?;
    let draft: Value = draft.json().await?;
    let id = draft["id"].as_str().ok_or("no id")?;
    let form = client
        .get(format!("{api}/entries/{id}/form"))
        .bearer_auth(token)
        .send()
        .await?
        .error_for_status()?;
    let form = form.bytes().await?;
    if form.starts_with(b"%PDF-") {
        Ok(())
    } else {
        Err("no form".into())
    }
}
