//! Forms drawn, stamped and verified, certificates, scans: what a document costs, beside libraries that others would take.

pub mod alone;
mod job;

use std::path::PathBuf;
use std::process::Command;

use documents::authority::KeyPair;
use documents::render::Renderer;
use documents::stamp::Proofs;
use documents::timestamp::{TimeAuthority, TimestampError, responder};
use documents::verify::verify;
use serde_json::{Value, json};
use tuixuan::clock::{Clock, SystemClock};

use alone::{DOCUMENTS, NAMES, STAMPS};
use job::Job;

use super::{alone, number, told};
use crate::report::Report;
use crate::service::fresh;
use crate::{Outcome, Run};

/// Turns about, so that a slow moment of the machine is shared.
const TURNS: usize = 3;
const OURS: &str = "this program";
/// The form with every seal on it.
pub const FIVE: &str = "five.pdf";
/// A set of scans that nothing was tuned on.
const SCANS: [&str; 2] = ["600", "20261201"];

pub async fn run(run: &Run, report: &mut Report) -> Outcome {
    fresh(&folder(run))?;
    let job = Job::new(SystemClock.now())?;
    job.write(&folder(run))?;
    sizes(run, report, &job)?;
    drawing(run, report)?;
    judging(run, report)?;
    memory(run, report)?;
    certificates(run, report)?;
    scans(run, report)
}

/// Where the job and the files lie.
pub fn folder(run: &Run) -> PathBuf {
    run.work.join("documents")
}

fn peer(run: &Run, what: &str) -> Outcome<Value> {
    let script = run.peer.join("documents.py");
    let mut python = Command::new(&run.python);
    python.arg(script).arg(what).arg(folder(run));
    told(python.arg(run.seconds.to_string()))
}

/// Seconds and documents of all turns.
#[derive(Clone, Copy, Default)]
struct Cost {
    documents: f64,
    seconds: f64,
    render: f64,
}

impl Cost {
    fn add(&mut self, found: &Value) {
        self.documents += number(found, "documents");
        self.seconds += number(found, "cpu_seconds");
        self.render += found["render_seconds"].as_f64().unwrap_or_default();
    }

    /// CPU milliseconds a document.
    fn ms(&self) -> f64 {
        1000.0 * self.seconds / self.documents
    }

    fn render_ms(&self) -> f64 {
        1000.0 * self.render / self.documents
    }

    fn detail(&self) -> Value {
        json!({ "documents": self.documents, "cpu_ms": self.ms(), "render_cpu_ms": self.render_ms() })
    }
}

fn drawing(run: &Run, report: &mut Report) -> Outcome {
    const PEERS: [(&str, &str, f64); 2] = [
        ("weasyprint", "WeasyPrint and pyHanko", 30.0),
        ("reportlab", "ReportLab and pyHanko", 15.0),
    ];
    let (mut ours, mut theirs) = (Cost::default(), [Cost::default(); 2]);
    for _ in 0..TURNS {
        ours.add(&alone("draw")?);
        for (cost, (what, ..)) in theirs.iter_mut().zip(PEERS) {
            cost.add(&peer(run, what)?);
        }
    }
    let what = "form of two pages, drawn and stamped twice (P-256), CPU";
    report.add("documents", what, OURS, split(&ours), None, ours.detail());
    for (cost, (_, name, goal)) in theirs.iter().zip(PEERS) {
        let times = cost.ms() / ours.ms();
        let figure = format!("{}: × {times:.1}", split(cost));
        let goal = (&*format!("≥ × {goal}"), times >= goal);
        report.add("documents", what, name, figure, Some(goal), cost.detail());
    }
    Ok(())
}

fn split(cost: &Cost) -> String {
    let (whole, render) = (cost.ms(), cost.render_ms());
    format!(
        "{whole:.1} ms ({render:.1} + 2 × {:.1})",
        (whole - render) / STAMPS as f64
    )
}

fn judging(run: &Run, report: &mut Report) -> Outcome {
    let (mut ours, mut theirs) = (Cost::default(), Cost::default());
    for _ in 0..TURNS {
        ours.add(&alone("verify")?);
        theirs.add(&peer(run, "verify")?);
    }
    let (ms, times) = (ours.ms(), theirs.ms() / ours.ms());
    let what = "form with five seals verified, changes between them included, CPU";
    let goal = Some(("≤ 8 ms", ms <= 8.0));
    report.add(
        "documents",
        what,
        OURS,
        format!("{ms:.2} ms"),
        goal,
        ours.detail(),
    );
    let figure = format!("{:.1} ms: × {times:.0}", theirs.ms());
    let goal = Some(("≥ × 30", times >= 30.0));
    report.add("documents", what, "pyHanko", figure, goal, theirs.detail());
    Ok(())
}

/// An authority that attests the time, in this process.
struct Attesting {
    key: KeyPair,
    roots: Vec<Vec<u8>>,
    at_ms: i64,
}

impl Attesting {
    fn new(at_ms: i64) -> Outcome<Attesting> {
        let root = KeyPair::root("测量用时间戳根证书", at_ms)?;
        Ok(Attesting {
            key: root.issue_for_time("测量用时间戳机构", at_ms)?,
            roots: vec![root.certificate],
            at_ms,
        })
    }
}

impl TimeAuthority for Attesting {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let wrong =
            |fault: documents::authority::KeyError| TimestampError::Wrong(fault.to_string());
        responder::answer(request, &self.key, self.at_ms).map_err(wrong)
    }

    fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }
}

/// What the files weigh; leaves the one with five seals for those who verify it.
fn sizes(run: &Run, report: &mut Report, job: &Job) -> Outcome {
    let (keys, form) = (
        job.keys(job.seals.len())?,
        job.draw(&Renderer::new(), 0)?.pdf,
    );
    let authority = Attesting::new(job.at_ms)?;
    let timed = Proofs {
        time: Some(&authority),
        ..Proofs::default()
    };
    for (proofs, kind) in [
        (Proofs::default(), "without time stamps"),
        (timed, "with time stamps"),
    ] {
        for seals in [STAMPS, keys.len()] {
            let file = job.stamp(form.clone(), &keys[..seals], proofs)?;
            if !verify(&file, std::slice::from_ref(&job.root), job.at_ms).valid {
                return Err("a stamped form is not valid".into());
            }
            if proofs.time.is_none() {
                let name = if seals == STAMPS { "two.pdf" } else { FIVE };
                std::fs::write(folder(run).join(name), &file)?;
            }
            let most = 160.0 + 40.0 * seals as f64;
            let [bare, whole] = [&form, &file].map(|f| f.len() as f64 / 1000.0);
            let each = (whole - bare) / seals as f64;
            report.add(
                "documents",
                &format!("size with {seals} seals, {kind}"),
                OURS,
                format!("{whole:.0} kB ({bare:.0} + {seals} × {each:.1})"),
                Some((&format!("≤ {most} kB"), whole <= most)),
                json!({ "form_kb": bare, "kb": whole, "seals": seals }),
            );
        }
    }
    Ok(())
}

/// Memory after many documents beside that after few.
fn memory(_: &Run, report: &mut Report) -> Outcome {
    let found = alone("memory")?;
    let at = |n: usize| number(&found[n], "resident_mb");
    let (few, many) = (at(0), at(1));
    let [first, last] = DOCUMENTS;
    report.add(
        "documents",
        &format!("memory in RAM after {last} documents (drawn, stamped twice) beside {first}"),
        OURS,
        format!(
            "{many:.0} MB beside {few:.0} MB, peak {:.0} MB",
            number(&found[1], "peak_mb")
        ),
        Some(("≤ × 1.1", many <= few * 1.1)),
        found,
    );
    Ok(())
}

fn certificates(_: &Run, report: &mut Report) -> Outcome {
    let found = alone("certificates")?;
    let each: Vec<f64> = (0..NAMES.len())
        .map(|n| 1000.0 * number(&found[n], "cpu_seconds") / number(&found[n], "names"))
        .collect();
    let peaks: Vec<f64> = (0..NAMES.len())
        .map(|n| number(&found[n], "peak_mb"))
        .collect();
    for (n, names) in NAMES.iter().enumerate() {
        let rate = number(&found[n], "names") / number(&found[n], "seconds");
        let figure = format!(
            "{rate:.0}/s, {:.2} ms CPU each, peak {:.0} MB",
            each[n], peaks[n]
        );
        let linear = each[n] <= each[0] * 1.1 && peaks[n] <= peaks[0] * 1.1;
        let goal = ("linear, memory flat: ≤ × 1.1 of 50 names", linear);
        report.add(
            "documents",
            &format!("certificates of a list of {names} names, one archive"),
            "service on SQLite",
            figure,
            (n == NAMES.len() - 1).then_some(goal),
            found[n].clone(),
        );
    }
    Ok(())
}

/// The set of synthetic scans: one of its last lines tells the rates.
fn scans(run: &Run, report: &mut Report) -> Outcome {
    let Some(set) = &run.scan_set else {
        return Ok(());
    };
    let done = Command::new(set).args(SCANS).output()?;
    let text = String::from_utf8(done.stdout)?;
    let (recall, alarms, ms) = (text.lines().rev())
        .find_map(rates)
        .ok_or("the set of scans told no rates")?;
    let detail = json!({ "recall": recall, "false_alarms": alarms, "cpu_ms": ms });
    report.add(
        "documents",
        &format!(
            "red seals in {} synthetic scans, seed {}",
            SCANS[0], SCANS[1]
        ),
        OURS,
        format!("recall {recall:.3}, false alarms {alarms:.3}, {ms:.1} ms CPU a page"),
        Some((
            "recall ≥ 0.97, false alarms ≤ 0.03",
            recall >= 0.97 && alarms <= 0.03,
        )),
        detail,
    );
    Ok(())
}

/// `recall 1.000, false alarms 0.000, 69.0 ms of CPU a page`.
fn rates(line: &str) -> Option<(f64, f64, f64)> {
    let mut parts = line.split(", ");
    let recall = parts.next()?.strip_prefix("recall ")?.parse().ok()?;
    let alarms = parts.next()?.strip_prefix("false alarms ")?.parse().ok()?;
    let ms = parts.next()?.split(' ').next()?.parse().ok()?;
    Some((recall, alarms, ms))
}
