//! A scanner of others that looks for viruses in files: ClamAV's clamd (`INSTREAM` of its protocol).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clamav_client::tokio::{Socket, Tcp, scan_stream};
use tokio::sync::Notify;

use crate::config;
use crate::files::Pieces;

/// What the scanner said of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    /// With the name of what it found.
    Infected(String),
    /// It looked and could not tell, with its reason; asking again would not help.
    Unsure(String),
}

/// Why there was no verdict; asking again later may help.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("no answer in time")]
    Slow,
    #[error(transparent)]
    Down(#[from] std::io::Error),
}

#[derive(Debug, Clone)]
enum Address {
    Tcp(String),
    Socket(PathBuf),
}

/// The scanner, as the settings name it.
#[derive(Debug, Clone)]
pub struct VirusScanner {
    address: Address,
    longest: u64,
    patience: Duration,
    /// Woken when there is a new file.
    pub work: Arc<Notify>,
}

/// A name that somebody else chose, as it is kept: one short line.
fn line(words: &str) -> String {
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

impl VirusScanner {
    /// By the settings; `None` when there is no scanner.
    #[must_use]
    pub fn new(settings: &config::VirusScanner) -> Option<VirusScanner> {
        let address = match settings.address.strip_prefix('/') {
            Some(_) => Address::Socket(PathBuf::from(&settings.address)),
            None => Address::Tcp(settings.address.clone()),
        };
        (!settings.address.is_empty()).then(|| VirusScanner {
            address,
            longest: settings.stream_bytes,
            patience: Duration::from_secs(settings.seconds),
            work: Arc::default(),
        })
    }

    /// Sends a file of this length piece by piece and waits for the verdict.
    pub async fn scan(&self, file: Pieces, length: u64) -> Result<Verdict, Fault> {
        if length > self.longest {
            // clamd would hang up in the middle
            return Ok(Verdict::Unsure(format!(
                "{length} bytes are more than virus_scanner.stream_bytes"
            )));
        }
        let asked = async {
            match &self.address {
                Address::Tcp(host_address) => scan_stream(file, Tcp { host_address }, None).await,
                Address::Socket(socket_path) => {
                    scan_stream(file, Socket { socket_path }, None).await
                }
            }
        };
        let answer = tokio::time::timeout(self.patience, asked).await;
        let answer = answer.map_err(|_| Fault::Slow)??;
        Ok(read(&String::from_utf8_lossy(&answer))?)
    }
}

/// `stream: OK`, `stream: NAME FOUND`, `REASON ERROR`, each with a NUL behind it. Anything else is an answer cut short.
fn read(answer: &str) -> std::io::Result<Verdict> {
    let answer = answer.trim_end_matches('\0').trim();
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    if said == "OK" {
        return Ok(Verdict::Clean);
    }
    if let Some(name) = said.strip_suffix(" FOUND") {
        return Ok(Verdict::Infected(line(name)));
    }
    match said.strip_suffix("ERROR") {
        Some(reason) => Ok(Verdict::Unsure(line(reason.trim_end()))),
        None => Err(std::io::Error::other("no verdict in the answer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_clamd_is_read_and_half_an_answer_is_none() {
        let told = |answer| read(answer).ok();
        assert_eq!(told("stream: OK\0"), Some(Verdict::Clean));
        assert_eq!(
            told("stream: Eicar-Signature FOUND\0"),
            Some(Verdict::Infected("Eicar-Signature".into()))
        );
        assert_eq!(
            told("INSTREAM size limit exceeded. ERROR\0"),
            Some(Verdict::Unsure("INSTREAM size limit exceeded.".into()))
        );
        for cut in ["", "stream: ", "stream: O", "stream: Eicar-Signature FOU"] {
            assert_eq!(told(cut), None, "{cut}");
        }
    }
}
