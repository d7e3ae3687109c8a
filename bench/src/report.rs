//! What was found: one Markdown table and one JSON line a figure, with the machine and the versions.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use sea_orm::{ConnectionTrait, Database, Statement};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Outcome, Run};

/// All figures of a run.
pub struct Report {
    about: Vec<(&'static str, String)>,
    lines: Vec<Line>,
}

/// A figure and what it should be.
#[derive(Serialize)]
struct Line {
    part: &'static str,
    what: String,
    on: String,
    figure: String,
    goal: String,
    met: Option<bool>,
    detail: Value,
}

impl Report {
    pub async fn new(run: &Run) -> Outcome<Report> {
        let requirements = fs::read_to_string(run.peer.join("requirements.txt"))?;
        let pinned = |name: &str| {
            let line = requirements.lines().find(|l| l.starts_with(name));
            line.unwrap_or(name).replace("==", " ")
        };
        let peer = ["fastapi", "SQLAlchemy", "psycopg", "uvicorn"].map(pinned);
        let python = told(&run.python, &["--version"]);
        let postgres = version_of(&run.postgres, "SHOW server_version").await?;
        let sqlite = version_of("sqlite::memory:", "SELECT sqlite_version()").await?;
        let about = vec![
            ("machine", machine()),
            ("compiler", told(Path::new("rustc"), &["--version"])),
            ("SQLite", format!("{sqlite}, WAL, synchronous FULL")),
            (
                "PostgreSQL",
                format!("{postgres}, fsync and synchronous_commit on"),
            ),
            ("peer", format!("{}; {python}; 2 workers", peer.join(", "))),
        ];
        Ok(Report {
            about,
            lines: Vec::new(),
        })
    }

    /// Notes a figure; a goal that is met or missed, or none.
    pub fn add(
        &mut self,
        part: &'static str,
        what: &str,
        on: &str,
        figure: String,
        goal: Option<(&str, bool)>,
        detail: Value,
    ) {
        println!("{part}: {what} ({on}): {figure} {goal:?}");
        self.lines.push(Line {
            part,
            what: what.to_owned(),
            on: on.to_owned(),
            figure,
            goal: goal.map(|(text, _)| text.to_owned()).unwrap_or_default(),
            met: goal.map(|(_, met)| met),
            detail,
        });
    }

    /// Writes `table.md` and `figures.jsonl`.
    pub fn write(&self, folder: &Path) -> Outcome {
        let mut table = String::new();
        for (name, value) in &self.about {
            writeln!(table, "- {name}: {value}")?;
        }
        writeln!(
            table,
            "\n| part | what | on | figure | goal | |\n|---|---|---|---|---|---|"
        )?;
        let mut lines = json!({ "about": self.about }).to_string();
        for line in &self.lines {
            let met = match line.met {
                Some(true) => "met",
                Some(false) => "**missed**",
                None => "",
            };
            let Line {
                part,
                what,
                on,
                figure,
                goal,
                ..
            } = line;
            writeln!(
                table,
                "| {part} | {what} | {on} | {figure} | {goal} | {met} |"
            )?;
            write!(lines, "\n{}", serde_json::to_string(line)?)?;
        }
        fs::create_dir_all(folder)?;
        fs::write(folder.join("table.md"), table)?;
        Ok(fs::write(folder.join("figures.jsonl"), lines + "\n")?)
    }
}

async fn version_of(url: &str, sql: &str) -> Outcome<String> {
    let db = Database::connect(url).await?;
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    Ok(row.ok_or("no version")?.try_get_by_index(0)?)
}

fn told(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| "unknown".into(),
        |o| String::from_utf8_lossy(&o.stdout).trim().to_owned(),
    )
}

fn machine() -> String {
    let line = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let found = text
            .lines()
            .find(|l| l.starts_with(name))
            .and_then(|l| l.split_once(':'));
        found
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory: u64 = line("/proc/meminfo", "MemTotal")
        .split(' ')
        .next()
        .and_then(|k| k.parse().ok())
        .unwrap_or(0);
    format!(
        "{} × {}, {} GiB, Linux",
        cores,
        line("/proc/cpuinfo", "model name"),
        memory >> 20
    )
}
