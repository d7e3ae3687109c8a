//! A closed loop of callers: each asks again as soon as it is answered.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::Outcome;
use crate::process::{cpu_seconds, resident_mb};

/// Whose CPU time is counted.
#[derive(Clone, Copy, Default)]
pub struct Watched {
    pub server: Option<u32>,
    pub database: Option<u32>,
}

impl Watched {
    fn cpu(&self) -> (f64, f64) {
        let of = |pid: Option<u32>| pid.map_or(0.0, cpu_seconds);
        (of(self.server), of(self.database))
    }
}

/// How long and how often at most.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub callers: usize,
    pub time: Duration,
    pub most: u64,
}

/// What one turn of a loop showed, or several.
#[derive(Default)]
pub struct Measured {
    waits: Vec<Duration>,
    seconds: f64,
    server_cpu: f64,
    database_cpu: f64,
    resident_mb: f64,
}

impl Measured {
    /// With another turn, which came later.
    pub fn add(&mut self, later: Measured) {
        self.waits.extend(later.waits);
        self.seconds += later.seconds;
        self.server_cpu += later.server_cpu;
        self.database_cpu += later.database_cpu;
        self.resident_mb = later.resident_mb;
    }

    pub fn operations(&self) -> u64 {
        self.waits.len() as u64
    }

    pub fn per_second(&self) -> f64 {
        self.waits.len() as f64 / self.seconds
    }

    pub fn figures(mut self) -> Figures {
        self.waits.sort_unstable();
        let count = self.waits.len() as f64;
        Figures {
            operations: self.operations(),
            per_second: self.per_second(),
            p50_ms: percentile(&self.waits, 50),
            p99_ms: percentile(&self.waits, 99),
            server_cpu_ms: 1000.0 * self.server_cpu / count,
            database_cpu_ms: 1000.0 * self.database_cpu / count,
            resident_mb: self.resident_mb,
        }
    }
}

/// What a loop showed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figures {
    pub operations: u64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// CPU milliseconds an operation.
    pub server_cpu_ms: f64,
    pub database_cpu_ms: f64,
    pub resident_mb: f64,
}

impl Figures {
    /// Operations that one CPU second pays for.
    pub fn per_cpu_second(&self) -> f64 {
        1000.0 / (self.server_cpu_ms + self.database_cpu_ms)
    }
}

/// Runs `op` with 0, 1, 2 … until the time is over or the numbers are; the first failure ends it.
pub async fn run<F, Asked>(bounds: Bounds, watched: Watched, op: F) -> Outcome<Measured>
where
    F: Fn(u64) -> Asked + Send + Sync + 'static,
    Asked: Future<Output = Outcome> + Send,
{
    let (op, next) = (Arc::new(op), Arc::new(AtomicU64::new(0)));
    let (before, started) = (watched.cpu(), Instant::now());
    let callers: Vec<_> = (0..bounds.callers)
        .map(|_| {
            let (op, next) = (op.clone(), next.clone());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while started.elapsed() < bounds.time {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= bounds.most {
                        break;
                    }
                    let asked = Instant::now();
                    op(n).await?;
                    waits.push(asked.elapsed());
                }
                Outcome::Ok(waits)
            })
        })
        .collect();
    let mut waits = Vec::new();
    for caller in callers {
        waits.extend(caller.await??);
    }
    let seconds = started.elapsed().as_secs_f64();
    let after = watched.cpu();
    Ok(Measured {
        waits,
        seconds,
        server_cpu: after.0 - before.0,
        database_cpu: after.1 - before.1,
        resident_mb: watched.server.map_or(0.0, resident_mb),
    })
}

/// Of sorted times, in milliseconds.
pub fn percentile(sorted: &[Duration], per_cent: usize) -> f64 {
    let at = (sorted.len() * per_cent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, Duration::as_secs_f64) * 1000.0
}
