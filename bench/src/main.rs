//! Measures the service: `bench/run` builds it, starts a PostgreSQL server to throw away, and calls this.

mod campaign;
mod load;
mod parts;
mod peer;
mod process;
mod report;
mod service;
mod stock;

use std::path::PathBuf;

use clap::Parser;

use report::Report;

/// Whatever goes wrong ends the run: a figure of half a run is none.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What to measure, and with what.
#[derive(Parser, Clone)]
pub struct Run {
    /// The release binary.
    #[arg(long)]
    service: PathBuf,
    /// A PostgreSQL server that may be written to.
    #[arg(long)]
    postgres: String,
    /// Python with the peer's requirements.
    #[arg(long)]
    python: PathBuf,
    /// Folder of the peer.
    #[arg(long)]
    peer: PathBuf,
    /// Databases and files; on the disk that is to be measured.
    #[arg(long)]
    work: PathBuf,
    /// Where the table and the lines go.
    #[arg(long)]
    results: PathBuf,
    /// Seconds for each figure of a rate.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Entries of the larger review queue.
    #[arg(long, default_value_t = 1_000_000)]
    many: u64,
    /// Parts to run; all when none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
}

/// A part, in the order in which they run.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Start-up and memory.
    Start,
    /// Acts and their commits, without HTTP.
    Submit,
    /// Four operations over HTTP, beside the peer.
    Http,
    /// The review queue with few and with many entries.
    Queue,
}

const ALL: [Part; 4] = [Part::Start, Part::Submit, Part::Http, Part::Queue];

#[tokio::main]
async fn main() -> Outcome {
    let run = Run::parse();
    let mut report = Report::new(&run).await?;
    for part in ALL {
        if !run.parts.is_empty() && !run.parts.contains(&part) {
            continue;
        }
        match part {
            Part::Start => parts::start::run(&run, &mut report).await?,
            Part::Submit => parts::submit::run(&run, &mut report).await?,
            Part::Http => parts::http::run(&run, &mut report).await?,
            Part::Queue => parts::queue::run(&run, &mut report).await?,
        }
    }
    report.write(&run.results)
}
