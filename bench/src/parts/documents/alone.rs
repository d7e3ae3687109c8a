//! What is measured of documents in a process of its own.

use documents::render::Renderer;
use documents::stamp::Proofs;
use documents::verify::verify;
use domain::certificate::Kind;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tuixuan::app::certificates::{self, Honoured, Order};

use super::job::Job;
use crate::parts::cpu;
use crate::process::{peak_mb, resident_mb};
use crate::service::Place;
use crate::{Outcome, Run};

/// Stamps on a form.
pub const STAMPS: usize = 2;
/// Names on a list of certificates.
pub const NAMES: [usize; 3] = [50, 100, 500];
/// Documents after which memory is read.
pub const DOCUMENTS: [usize; 2] = [100, 2_000];
/// Before anything is counted.
const WARM: usize = 20;

pub fn draw(run: &Run) -> Outcome<Value> {
    let (folder, seconds) = (super::folder(run), run.seconds as f64);
    let (job, renderer) = (Job::read(&folder)?, Renderer::new());
    let keys = job.keys(STAMPS)?;
    let both = |n: usize| job.stamp(job.draw(&renderer, n)?.pdf, &keys, Proofs::default());
    for n in 0..WARM {
        both(n)?;
    }
    let (mut count, from) = (0, cpu());
    while cpu() - from < seconds {
        for _ in 0..WARM {
            both(count)?;
            count += 1;
        }
    }
    let whole = cpu() - from;
    let from = cpu();
    for n in 0..count {
        job.draw(&renderer, n)?;
    }
    let render = cpu() - from;
    Ok(json!({ "documents": count, "cpu_seconds": whole, "render_seconds": render }))
}

pub fn judge(run: &Run) -> Outcome<Value> {
    let (folder, seconds) = (super::folder(run), run.seconds as f64);
    let Job { root, at_ms, .. } = Job::read(&folder)?;
    let pdf = std::fs::read(folder.join(super::FIVE))?;
    let valid = |_| verify(&pdf, std::slice::from_ref(&root), at_ms).valid;
    if !(0..WARM).all(valid) {
        return Err("the form with five seals is not valid".into());
    }
    let (mut count, from) = (0, cpu());
    while cpu() - from < seconds {
        count += (0..WARM).filter(|n| valid(*n)).count();
    }
    Ok(json!({ "documents": count, "cpu_seconds": cpu() - from }))
}

pub fn memory(run: &Run) -> Outcome<Value> {
    let (job, renderer) = (Job::read(&super::folder(run))?, Renderer::new());
    let keys = job.keys(STAMPS)?;
    let mut found = Vec::new();
    for n in 1..=DOCUMENTS[1] {
        job.stamp(job.draw(&renderer, n)?.pdf, &keys, Proofs::default())?;
        if DOCUMENTS.contains(&n) {
            let me = std::process::id();
            found.push(
                json!({ "documents": n, "resident_mb": resident_mb(me), "peak_mb": peak_mb(me) }),
            );
        }
    }
    Ok(found.into())
}

/// Lists of certificates through the service's own act, read as fast as they come.
pub async fn print(run: &Run) -> Outcome<Value> {
    let app = Place::sqlite(run, "certificates")?.open().await?;
    let mut found = Vec::new();
    for names in [&[WARM], &NAMES[..]].concat() {
        let (cpu_before, started) = (cpu(), std::time::Instant::now());
        let mut printed = certificates::print(&app, order(names), None).await?;
        let mut bytes = 0;
        while let Some(piece) = printed.pieces.next().await {
            bytes += piece?.len();
        }
        found.push(json!({
            "names": printed.count, "bytes": bytes, "cpu_seconds": cpu() - cpu_before,
            "seconds": started.elapsed().as_secs_f64(), "peak_mb": peak_mb(std::process::id()),
        }));
    }
    app.db.close().await?;
    Ok(found.split_off(1).into())
}

fn order(names: usize) -> Order {
    let honoured = (1..=names).map(|n| Honoured {
        name: format!("亳州市谯城区“药都谯城”第{n}号官方账号"),
        number: format!("BZ-{n:03}"),
        entry: None,
        issued: None,
    });
    Order {
        kind: Kind::Certificate,
        honoured: honoured.collect(),
        title: "荣誉证书".into(),
        text: "在2022年度亳州市文明网站平台、文明账号推选活动中，被评为“亳州市文明账号”。特颁此证，以资鼓励。".into(),
        agencies: vec!["亳州市委网信办".into(), "亳州市文明办".into()],
        date: "2022年7月1日".into(),
        frame: true,
        left_out: vec![],
    }
}
