//! Processes that are measured: started, watched through /proc, ended with this one.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// Linux reports times in hundredths of a second, whatever the kernel's own tick is.
const TICKS_A_SECOND: f64 = 100.0;

/// A process that ends when this value goes.
pub struct Process(Child);

impl Process {
    /// Starts it; what it prints goes to a file.
    pub fn start(mut command: Command, log: &Path) -> Outcome<Process> {
        let log = fs::File::create(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?);
        Ok(Process(command.stderr(log).spawn()?))
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to end and waits.
    pub fn stop(mut self) -> Outcome {
        let pid = self.id().to_string();
        Command::new("kill").arg(pid).status()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // gone already, if it was stopped
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that is free now.
pub fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until an address answers with success.
pub async fn ready(client: &reqwest::Client, url: &str) -> Outcome {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        if let Ok(answer) = client.get(url).send().await
            && answer.status().as_u16() < 500
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Err(format!("{url} does not answer").into())
}

/// Columns of /proc/PID/stat behind the name, which may hold anything: 0 is the state, 1 the parent.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// The process that started another.
pub fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// A process and all that descend from it.
fn tree(root: u32) -> Vec<u32> {
    let Ok(listed) = fs::read_dir("/proc") else {
        return vec![root];
    };
    let all: Vec<(u32, u32)> = listed
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&above) = found.get(next) {
        found.extend(all.iter().filter(|(_, p)| *p == above).map(|(pid, _)| pid));
        next += 1;
    }
    found
}

/// CPU seconds that a process, its descendants and those of them that have ended took.
pub fn cpu_seconds(root: u32) -> f64 {
    let ticks = |pid: u32| -> f64 {
        let columns = stat(pid).unwrap_or_default();
        let times = columns.get(11..15).unwrap_or_default();
        times.iter().filter_map(|t| t.parse::<f64>().ok()).sum()
    };
    tree(root).into_iter().map(ticks).sum::<f64>() / TICKS_A_SECOND
}

/// Memory of a process and its descendants that is in RAM, MB; what is shared counts in each.
pub fn resident_mb(root: u32) -> f64 {
    tree(root)
        .into_iter()
        .map(|pid| status_mb(pid, "VmRSS:"))
        .sum()
}

/// The most memory in RAM that a process ever had, MB.
pub fn peak_mb(pid: u32) -> f64 {
    status_mb(pid, "VmHWM:")
}

fn status_mb(pid: u32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(name));
    let kilobytes = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1024.0
}
