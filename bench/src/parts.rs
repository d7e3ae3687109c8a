//! The parts of a run, a file each.

pub mod documents;
pub mod http;
pub mod kills;
pub mod media;
pub mod queue;
pub mod start;
pub mod submit;
pub mod uploads;

use std::process::Command;

use serde_json::Value;

use crate::process::cpu_seconds;
use crate::{Outcome, Run};

/// One thing that is measured in a process of its own, so that nothing else is in its memory and its CPU time.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alone {
    Draw,
    Verify,
    Memory,
    Certificates,
    Judge,
    Thumbnail,
}

/// Measures it and prints one line.
pub async fn measure(run: &Run, what: Alone) -> Outcome {
    let found = match what {
        Alone::Draw => documents::alone::draw(run)?,
        Alone::Verify => documents::alone::judge(run)?,
        Alone::Memory => documents::alone::memory(run)?,
        Alone::Certificates => documents::alone::print(run).await?,
        Alone::Judge | Alone::Thumbnail => media::alone(run, what).await?,
    };
    println!("{found}");
    Ok(())
}

/// This program again, for one thing alone.
fn alone(what: &str) -> Outcome<Value> {
    let mut again = Command::new(std::env::current_exe()?);
    told(
        again
            .args(std::env::args_os().skip(1))
            .args(["--alone", what]),
    )
}

/// The JSON line with which a process ends.
fn told(command: &mut Command) -> Outcome<Value> {
    let done = command.stderr(std::process::Stdio::inherit()).output()?;
    let text = String::from_utf8(done.stdout)?;
    let last = text.lines().last().filter(|_| done.status.success());
    Ok(serde_json::from_str(
        last.ok_or("a process that measures failed")?,
    )?)
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or(f64::NAN)
}

/// CPU seconds of this process.
fn cpu() -> f64 {
    cpu_seconds(std::process::id())
}
