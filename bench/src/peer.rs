//! The peer: a minimal FastAPI service with two workers on the same PostgreSQL server.

use std::process::Command;

use crate::process::{Process, free_port, ready};
use crate::service::{database, fresh};
use crate::{Outcome, Run};

/// Its one caller's token.
pub const TOKEN: &str = "peer-token-0123456789";

/// The peer, answering.
pub struct Peer {
    pub process: Process,
    pub base: String,
}

impl Peer {
    /// Makes its tables with so many entries, of which three in five are submitted, and starts it.
    pub async fn start(run: &Run, entries: u64) -> Outcome<Peer> {
        let folder = fresh(&run.work.join("peer"))?;
        let url = database(&run.postgres, "bench_peer").await?;
        let url = url.replacen("postgres:", "postgresql+psycopg:", 1);
        let port = free_port()?.to_string();
        let set = |command: &mut Command| {
            command
                .current_dir(&run.peer)
                .env("PEER_DATABASE", &url)
                .env("PEER_TOKEN", TOKEN);
            command
                .env("PEER_UPLOADS", folder.join("uploads"))
                .env("PEER_ENTRIES", entries.to_string());
        };
        let mut made = Command::new(&run.python);
        set(made.arg("app.py"));
        if !made.status()?.success() {
            return Err("the peer's tables could not be made".into());
        }
        let mut serving = Command::new(&run.python);
        serving.args([
            "-m",
            "uvicorn",
            "--workers",
            "2",
            "--no-access-log",
            "--port",
            &port,
            "app:app",
        ]);
        set(&mut serving);
        let process = Process::start(serving, &folder.join("peer.log"))?;
        let base = format!("http://127.0.0.1:{port}");
        ready(&reqwest::Client::new(), &format!("{base}/openapi.json")).await?;
        Ok(Peer { process, base })
    }
}
