//! 视频封面: one frame of a video, drawn by ffmpeg where it is installed.
//!
//! It reads bytes from people nobody knows, so it runs as a child, under bounds that the system keeps: of time, memory, processor
//! and what it may write; without our environment, without a shell, with no protocol but that of files, and with the readers of
//! the formats alone that were judged before. What it draws is judged like any picture.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::config;
use crate::error::{Error, Result};

/// Longest run, seconds by the clock; the processor's time is bounded to less.
const SECONDS: &str = "15";
/// Of coreutils and util-linux: they set the bounds and then become ffmpeg.
const BOUNDS: [&str; 9] = [
    "--kill-after=1",
    SECONDS,
    "prlimit",
    "--as=2147483648",
    "--cpu=10",
    "--nofile=64",
    "--core=0",
    // it writes to us alone
    "--fsize=0",
    "--",
];
/// Where these and ffmpeg are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Largest frame, bytes: one of 1600 × 1600 pixels, not packed at all, has 7.7 MB.
const LARGEST: u64 = 16 << 20;
/// Answers when there is no such program (POSIX), or none that may be run.
const NOT_THERE: [i32; 2] = [126, 127];
/// Films remembered to have no frame.
const REMEMBERED: usize = 10_000;

/// Draws frames, one at a time.
pub struct Posters {
    ffmpeg: PathBuf,
    turn: std::sync::Arc<Semaphore>,
    /// Whose frames could not be drawn: asking again costs nothing.
    without: Mutex<HashSet<String>>,
    /// The tool was looked for in vain: it is not looked for again before the next start.
    missing: AtomicBool,
}

enum Drawn {
    Frame(Vec<u8>),
    Nothing,
    NoTool,
}

impl Posters {
    #[must_use]
    pub fn new(settings: &config::Videos) -> Posters {
        Posters {
            ffmpeg: settings.ffmpeg.clone(),
            turn: std::sync::Arc::new(Semaphore::new(1)),
            without: Mutex::default(),
            missing: AtomicBool::new(false),
        }
    }

    /// Is there any point in fetching the film? Not without a tool, and not twice for the same one in vain.
    #[must_use]
    pub fn may_draw(&self, sha256: &str) -> bool {
        if self.ffmpeg.as_os_str().is_empty() || self.missing.load(Ordering::Relaxed) {
            return false;
        }
        let without = self.without.lock().unwrap_or_else(PoisonError::into_inner);
        !without.contains(sha256)
    }

    /// A frame as a PNG, upright, at most `edge` pixels on its longer side; absent where it cannot be drawn. A tenth into the
    /// film, since many begin in the dark; three seconds at most.
    pub async fn frame(
        &self,
        film: PathBuf,
        sha256: &str,
        duration_ms: i64,
        edge: u32,
    ) -> Result<Vec<u8>> {
        let bug = |e: String| Error::Bug(e);
        let turn = self.turn.clone().acquire_owned().await;
        let turn = turn.map_err(|e| bug(e.to_string()))?;
        let ffmpeg = self.ffmpeg.clone();
        let at = (duration_ms / 10).clamp(0, 3000);
        let draw = move || {
            // kept by the thread: a caller who goes away does not end the drawing
            let _turn = turn;
            draw(&ffmpeg, &film, at, edge)
        };
        let drawn = tokio::task::spawn_blocking(draw).await;
        match drawn.map_err(|e| bug(e.to_string()))?? {
            Drawn::Frame(png) => Ok(png),
            Drawn::NoTool => {
                self.missing.store(true, Ordering::Relaxed);
                Err(Error::Absent)
            }
            Drawn::Nothing => {
                tracing::info!(sha256, "no frame of this video could be drawn");
                self.give_up(sha256);
                Err(Error::Absent)
            }
        }
    }

    fn give_up(&self, sha256: &str) {
        let mut without = self.without.lock().unwrap_or_else(PoisonError::into_inner);
        if without.len() == REMEMBERED {
            without.clear();
        }
        without.insert(sha256.to_owned());
    }
}

fn draw(ffmpeg: &Path, film: &Path, at_ms: i64, edge: u32) -> Result<Drawn> {
    let mut source = std::ffi::OsString::from("file:");
    source.push(film);
    let scale =
        format!("scale='min({edge},iw)':'min({edge},ih)':force_original_aspect_ratio=decrease");
    let child = Command::new("timeout")
        .args(BOUNDS)
        .arg(ffmpeg)
        .args(["-nostdin", "-v", "quiet", "-max_alloc", "1073741824"])
        .args(["-protocol_whitelist", "file", "-format_whitelist", "mov"])
        .args(["-codec_whitelist", "h264,hevc,mpeg4", "-threads", "2"])
        .args(["-ss", &format!("{at_ms}ms"), "-f", "mov", "-i"])
        .arg(source)
        .args(["-map", "0:v:0", "-frames:v", "1", "-vf", &scale])
        .args(["-c:v", "png", "-f", "image2pipe", "pipe:1"])
        .env_clear()
        .env("PATH", PATH)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Drawn::NoTool),
        Err(e) => return Err(e.into()),
    };
    let mut png = Vec::new();
    // what is longer is not read on: the pipe breaks, and the child with it
    let read = match child.stdout.take() {
        Some(out) => out.take(LARGEST).read_to_end(&mut png),
        None => Ok(0),
    };
    let ended = child.wait()?;
    read?;
    Ok(match ended.code() {
        Some(0) if !png.is_empty() => Drawn::Frame(png),
        Some(code) if NOT_THERE.contains(&code) => Drawn::NoTool,
        _ => Drawn::Nothing,
    })
}
