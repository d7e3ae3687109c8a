//! A picture from a phone, judged and made small: what it costs, beside libvips and Pillow.

use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use tuixuan::config::Limits;
use tuixuan::media::{self, THUMBNAIL_EDGE};

use super::{Alone, cpu, number, told};
use crate::process::peak_mb;
use crate::report::Report;
use crate::service::fresh;
use crate::{Outcome, Run};

/// Turns about, so that a slow moment of the machine is shared.
const TURNS: usize = 3;
/// Twelve megapixels.
const SIZE: (u32, u32) = (4000, 3000);
const PEERS: [&str; 2] = ["vips", "pillow"];

pub fn run(run: &Run, report: &mut Report) -> Outcome {
    fresh(&folder(run))?;
    let jpeg = picture()?;
    std::fs::write(file(run), &jpeg)?;
    let megabytes = jpeg.len() as f64 / 1e6;
    let tasks = [
        (
            "judge",
            format!("JPEG of 12 megapixels ({megabytes:.1} MB) decoded to be sure that it is one"),
        ),
        (
            "thumbnail",
            format!("the same made small: {THUMBNAIL_EDGE} pixels, JPEG"),
        ),
    ];
    for (task, what) in tasks {
        let mut ours = Vec::new();
        let mut theirs = PEERS.map(|_| Vec::new());
        for _ in 0..TURNS {
            ours.push(super::alone(task)?);
            for (turns, peer) in theirs.iter_mut().zip(PEERS) {
                turns.push(asked(run, peer, task)?);
            }
        }
        add(report, &what, "this program", &ours, None);
        for (turns, on) in theirs.iter().zip(["libvips", "Pillow"]) {
            add(report, &what, on, turns, Some(cpu_ms(&ours)));
        }
    }
    Ok(())
}

fn folder(run: &Run) -> PathBuf {
    run.work.join("media")
}

fn file(run: &Run) -> PathBuf {
    folder(run).join("picture.jpg")
}

fn asked(run: &Run, peer: &str, task: &str) -> Outcome<Value> {
    let mut python = Command::new(&run.python);
    python.arg(run.peer.join("pictures.py")).args([peer, task]);
    told(python.arg(file(run)).arg(run.seconds.to_string()))
}

fn sum(turns: &[Value], key: &str) -> f64 {
    turns.iter().map(|t| number(t, key)).sum()
}

fn cpu_ms(turns: &[Value]) -> f64 {
    1000.0 * sum(turns, "cpu_seconds") / sum(turns, "pictures")
}

fn add(report: &mut Report, what: &str, on: &str, turns: &[Value], ours: Option<f64>) {
    let wall = 1000.0 * sum(turns, "seconds") / sum(turns, "pictures");
    let peak = turns
        .iter()
        .map(|t| number(t, "peak_mb"))
        .fold(0.0, f64::max);
    let cpu = cpu_ms(turns);
    let mut figure = format!("{cpu:.0} ms CPU, {wall:.0} ms, peak {peak:.0} MB");
    if let Some(ours) = ours {
        figure += &format!(": × {:.2}", cpu / ours);
    }
    let detail = json!({ "cpu_ms": cpu, "ms": wall, "peak_mb": peak, "turns": turns });
    report.add("media", what, on, figure, None, detail);
}

/// What the service does with an upload and for a list, one picture after the other; the peak is that of the first.
pub async fn alone(run: &Run, what: Alone) -> Outcome<Value> {
    let limits = Limits::default();
    let mut bytes = std::fs::read(file(run))?;
    let (mut pictures, mut peak) = (0, 0.0);
    let (from, started) = (cpu(), Instant::now());
    while started.elapsed().as_secs() < run.seconds {
        if what == Alone::Judge {
            bytes = media::examine(bytes, &limits).await?.1;
        } else {
            media::display_copy(bytes.clone(), THUMBNAIL_EDGE, &limits).await?;
        }
        pictures += 1;
        if pictures == 1 {
            peak = peak_mb(std::process::id());
        }
    }
    Ok(json!({
        "pictures": pictures, "cpu_seconds": cpu() - from, "seconds": started.elapsed().as_secs_f64(), "peak_mb": peak,
    }))
}

/// Soft shapes with a camera's grain, so that it weighs what such pictures weigh.
fn picture() -> Outcome<Vec<u8>> {
    let mut seed = 1_u32;
    let mut random = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 24
    };
    let shapes =
        image::RgbImage::from_fn(80, 60, |_, _| image::Rgb([(); 3].map(|()| random() as u8)));
    let (width, height) = SIZE;
    let soft = image::imageops::FilterType::CatmullRom;
    let mut large = image::imageops::resize(&shapes, width, height, soft);
    for pixel in large.pixels_mut() {
        let grain = (random() % 24) as u8;
        pixel.0 = pixel.0.map(|value| value.saturating_add(grain));
    }
    let mut jpeg = Cursor::new(Vec::new());
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&large)?;
    Ok(jpeg.into_inner())
}
