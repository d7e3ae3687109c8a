//! Measures the service: `bench/run` builds it, starts a PostgreSQL server to throw away, and calls this.

mod campaign;
mod film;
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

/// The service's own allocator, since much of it runs in this process.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Uploads at once, and megabytes of each; less where the disk would be left with under 10 GB.
    #[arg(long, default_value_t = 100)]
    uploads: u64,
    #[arg(long, default_value_t = 200)]
    megabytes: u64,
    /// How often the service is killed.
    #[arg(long, default_value_t = 100)]
    times: u64,
    /// nginx with its WebDAV module.
    #[arg(long, default_value = "nginx")]
    nginx: PathBuf,
    /// The example that makes scans and looks at them; left out when it is not there.
    #[arg(long)]
    scan_set: Option<PathBuf>,
    /// What this process measures alone, for one that runs parts.
    #[arg(long, value_enum, hide = true)]
    alone: Option<parts::Alone>,
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
    /// Forms, stamps, certificates and scans, beside other libraries.
    Documents,
    /// Large files beside nginx, and callers that keep connections open for nothing.
    Uploads,
    /// Pictures judged and made small, beside libvips and Pillow.
    Media,
    /// The service killed again and again; what it acknowledged is looked for.
    Kills,
}

const ALL: [Part; 8] = [
    Part::Start,
    Part::Submit,
    Part::Http,
    Part::Queue,
    Part::Documents,
    Part::Uploads,
    Part::Media,
    Part::Kills,
];

#[tokio::main]
async fn main() -> Outcome {
    let run = Run::parse();
    if let Some(what) = run.alone {
        return parts::measure(&run, what).await;
    }
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
            Part::Documents => parts::documents::run(&run, &mut report).await?,
            Part::Uploads => parts::uploads::run(&run, &mut report).await?,
            Part::Media => parts::media::run(&run, &mut report)?,
            Part::Kills => parts::kills::run(&run, &mut report).await?,
        }
    }
    report.write(&run.results)
}
