//! Synthetic scans of stamped forms, looked at and counted:
//! `cargo run --release --workspace --example scan_set -- [PAGES] [SEED] [FOLDER]`
//!
//! The same seed makes the same pages. Seed 1 was used for tuning; the default is another one. With a folder the
//! pages are written there to be looked at.
#![allow(clippy::expect_used, reason = "a broken stock ends the run")]

mod alike;
mod draw;
mod evaluate;
mod random;
mod scanner;
mod sheet;
mod stock;

use documents::render::Renderer;

fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let mut number = |otherwise: u64| {
        words
            .next()
            .and_then(|w| w.parse().ok())
            .unwrap_or(otherwise)
    };
    let (pages, seed) = (number(600) as usize, number(20_261_123));
    let stock = stock::made(&Renderer::new());
    if let Some(folder) = words.next() {
        for n in 0..pages {
            let scan = draw::scan(&stock, seed, n);
            std::fs::write(format!("{folder}/{n:04}-{:?}.jpg", scan.kind), &scan.jpeg)?;
        }
    }
    let outcome = evaluate::evaluate(&stock, seed, pages, cpu);
    println!("{pages} pages of seed {seed}\n\n{}", outcome.table());
    Ok(())
}

/// Milliseconds of CPU that this process has used (Linux; elsewhere none are told).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // behind the name in brackets: the 12th and 13th word are user and system time in ticks of 10 ms
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let ticks = rest.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() * 10.0
}
