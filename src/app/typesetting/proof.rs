//! Templates that nobody has proved yet are drawn by a child: it has bounds of time and memory and can be ended, which a thread
//! cannot. Orders and verdicts are JSON, one a line.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use documents::render::{Flaw, RenderError, Renderer, SlotBox};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::OwnedSemaphorePermit;

use super::STACK;
use crate::error::{Error, Result};

/// Word that makes a child of this program; no command for people.
pub const COMMAND: &str = "prove-templates";
/// Most faults of one template, and characters of one message.
const TOLD: usize = 500;
const MESSAGE: usize = 1_000;
/// Longest verdict, bytes.
const VERDICT: u64 = 8 << 20;

/// Bounds of a child.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// This program.
    pub program: PathBuf,
    /// For each drawing.
    pub patience: Duration,
    /// MiB of memory that may be written.
    pub memory_mib: u64,
    /// Folder of the operator's own fonts.
    pub fonts: PathBuf,
}

/// What came of a drawing.
#[derive(Debug, Serialize, Deserialize)]
pub enum Verdict {
    /// In order, with these boxes.
    Drawn(Vec<SlotBox>),
    /// The template is at fault.
    Flawed(Vec<Flaw>),
    /// It did not end in time.
    Endless,
    /// The child fell over, most likely for want of memory.
    Broken,
}

#[derive(Serialize, Deserialize)]
struct Order {
    template: String,
    data: Value,
    at: i64,
}

/// Drawings of one pack, one after the other.
pub struct Proof {
    bounds: Bounds,
    child: Option<Drawer>,
    _seat: OwnedSemaphorePermit,
}

struct Drawer {
    orders: ChildStdin,
    verdicts: BufReader<ChildStdout>,
    // ended when dropped
    _child: Child,
}

impl Proof {
    pub(super) fn new(bounds: Bounds, seat: OwnedSemaphorePermit) -> Proof {
        Proof {
            bounds,
            child: None,
            _seat: seat,
        }
    }

    /// Draws a template with data as of an instant, epoch milliseconds.
    pub async fn draw(&mut self, template: &str, data: Value, at: i64) -> Result<Verdict> {
        let template = template.to_owned();
        let mut order = serde_json::to_vec(&Order { template, data, at })?;
        order.push(b'\n');
        // one that does not answer is ended
        let mut drawer = match self.child.take() {
            Some(drawer) => drawer,
            None => start(&self.bounds)?,
        };
        let told = tokio::time::timeout(self.bounds.patience, drawer.ask(&order)).await;
        let Ok(told) = told else {
            return Ok(Verdict::Endless);
        };
        let Some(verdict) = told else {
            return Ok(Verdict::Broken);
        };
        self.child = Some(drawer);
        Ok(verdict)
    }
}

impl Drawer {
    /// Nothing where the child is gone.
    async fn ask(&mut self, order: &[u8]) -> Option<Verdict> {
        self.orders.write_all(order).await.ok()?;
        let mut line = Vec::new();
        let mut verdict = (&mut self.verdicts).take(VERDICT);
        verdict.read_until(b'\n', &mut line).await.ok()?;
        serde_json::from_slice(&line).ok()
    }
}

fn start(bounds: &Bounds) -> Result<Drawer> {
    let told = |e: std::io::Error| Error::Bug(format!("{}: {e}", bounds.program.display()));
    let gone = || Error::Bug("a child without pipes".into());
    let mut child = Command::new(&bounds.program)
        .arg(COMMAND)
        .args(["--memory-mib", &bounds.memory_mib.to_string()])
        .arg("--fonts")
        .arg(&bounds.fonts)
        // should nobody be there any more to end it
        .args(["--seconds", &(bounds.patience.as_secs() * 10).to_string()])
        .env_clear()
        // the allocator counts a gigabyte as used otherwise, before anything is
        .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(told)?;
    Ok(Drawer {
        orders: child.stdin.take().ok_or_else(gone)?,
        verdicts: BufReader::new(child.stdout.take().ok_or_else(gone)?),
        _child: child,
    })
}

/// The child's work: draws what standard input orders until it ends, and writes a verdict on each.
pub fn obey(memory_mib: u64, seconds: u64, fonts: PathBuf) -> std::io::Result<()> {
    bound(memory_mib, seconds)?;
    let drawing = std::thread::Builder::new().stack_size(STACK);
    let drawing = drawing.spawn(|| -> std::io::Result<()> {
        let renderer = Renderer::with_fonts(fonts);
        for line in std::io::stdin().lock().lines() {
            let order: Order = serde_json::from_str(&line?)?;
            let verdict = serde_json::to_string(&judge(&renderer, &order))?;
            writeln!(std::io::stdout(), "{verdict}")?;
        }
        Ok(())
    })?;
    drawing
        .join()
        .unwrap_or_else(|_| Err(std::io::Error::other("the drawing fell over")))
}

fn judge(renderer: &Renderer, order: &Order) -> Verdict {
    let flaw = |line, message: String| Flaw {
        line,
        message: message.chars().take(MESSAGE).collect(),
    };
    match renderer.prove(&order.template, &order.data, order.at) {
        Ok(drawn) => Verdict::Drawn(drawn.slots),
        Err(RenderError::Flaws(flaws)) => {
            let told = flaws.into_iter().take(TOLD);
            Verdict::Flawed(told.map(|f| flaw(f.line, f.message)).collect())
        }
        Err(other) => Verdict::Flawed(vec![flaw(0, other.to_string())]),
    }
}

/// Memory that is written, not addresses: the allocator reserves far more of these than it fills.
#[cfg(target_os = "linux")]
fn bound(memory_mib: u64, seconds: u64) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let most = |n: u64| Rlimit {
        current: Some(n),
        maximum: Some(n),
    };
    setrlimit(Resource::Data, most(memory_mib << 20))?;
    setrlimit(Resource::Cpu, most(seconds))?;
    setrlimit(Resource::Core, most(0))?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn bound(_: u64, _: u64) -> std::io::Result<()> {
    Ok(())
}
