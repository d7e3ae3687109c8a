//! Stored files: are they there, and whose bytes are they; from one store into the other.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Outcome;
use crate::app::housekeeping::{self, Flaw, FlawKind, Told, Walked};
use crate::app::installation;
use crate::config::{Limits, StoreKind};
use crate::error::Error;
use crate::files::{Files, Most};
use crate::media;
use crate::state::Shared;

/// So often progress is told.
const NOW_AND_THEN: Duration = Duration::from_secs(5);

/// A walk as it is seen at a terminal.
struct Terminal {
    told: Instant,
}

impl Terminal {
    fn new() -> Terminal {
        Terminal {
            told: Instant::now(),
        }
    }
}

impl Told for Terminal {
    fn flaw(&mut self, flaw: &Flaw) {
        let kind = match flaw.kind {
            FlawKind::Missing => "missing",
            FlawKind::Altered => "altered",
        };
        say!("{kind} {} {}", flaw.sha256, flaw.columns.join(","));
    }

    fn progress(&mut self, walked: &Walked) {
        if self.told.elapsed() >= NOW_AND_THEN {
            self.told = Instant::now();
            let (percent, done) = (walked.percent(), line(walked));
            say!("{percent} %: {done}; at {}", walked.last);
        }
    }
}

fn line(walked: &Walked) -> String {
    let megabytes = walked.bytes / 1_000_000;
    format!("{} files, {megabytes} MB", walked.objects)
}

/// Reads everything; fails when a file is missing or altered.
pub async fn check(app: &Shared, after: &str) -> Outcome {
    let walked = housekeeping::check(app, after, &mut Terminal::new()).await?;
    say!("{}: {} missing or altered", line(&walked), walked.flaws);
    match walked.flaws {
        0 => Ok(()),
        flaws => Err(format!("{flaws} files are not what they were").into()),
    }
}

/// Brings everything into the other store; fails when a file could not be brought.
pub async fn bring(app: &Shared, to: &str, after: &str, remove: bool) -> Outcome {
    let (from, to) = match to {
        "oss" => (StoreKind::Local, StoreKind::Oss),
        "local" => (StoreKind::Oss, StoreKind::Local),
        _ => return Err("--to is local or oss".into()),
    };
    app.settings.oss.check()?;
    let goal = Files::of(&app.settings, to).await?;
    let source = Files::of(&app.settings, from).await?;
    let terminal = &mut Terminal::new();
    let walked = housekeeping::bring(app, &source, &goal, after, remove, terminal).await?;
    say!(
        "{}; {} were there before, {} missing or altered",
        line(&walked),
        walked.skipped,
        walked.flaws
    );
    match walked.flaws {
        0 => Ok(()),
        flaws => Err(format!("{flaws} files could not be brought").into()),
    }
}

/// Clears away what nobody mentions.
pub async fn sweep(app: &Shared, all: bool) -> Outcome {
    let most = if all { Most::All } else { Most::Share };
    let done = housekeeping::sweep(app, most).await?;
    let (swept, uploads, stamps) = (done.swept, done.uploads, done.stamps);
    say!(
        "{} files looked at, {} removed that nobody mentions; {uploads} uploads and {stamps} planned stamps given up",
        swept.seen,
        swept.removed
    );
    Ok(())
}

/// Takes the store of the settings for this database's.
pub async fn adopt(app: &Shared) -> Outcome {
    installation::adopt(app).await?;
    say!("the store is marked as this database's");
    Ok(())
}

/// Judges files as the service would; fails unless all may be taken.
pub async fn probe(limits: &Limits, paths: &[PathBuf]) -> Outcome {
    let mut refused = 0;
    for path in paths {
        let verdict = verdict(limits, path).await;
        refused += usize::from(verdict["verdict"] != "taken");
        say!("{verdict}");
    }
    match refused {
        0 => Ok(()),
        refused => Err(format!("{refused} files may not be taken").into()),
    }
}

/// The verdict on a file, with whatever is known of it.
pub async fn verdict(limits: &Limits, path: &Path) -> Value {
    let name = path.display().to_string();
    let facts = match media::examine_file(path.to_owned(), limits).await {
        Ok((facts, _)) => facts,
        Err(error) => {
            let (code, message) = why(error);
            return json!({ "path": name, "verdict": "refused", "code": code, "message": message });
        }
    };
    let mut told = json!({
        "path": name, "verdict": "taken", "kind": facts.media_type, "bytes": facts.length,
    });
    if let Some((width, height)) = facts.size {
        told["width"] = width.into();
        told["height"] = height.into();
    }
    if facts.animated {
        told["animated"] = true.into();
    }
    if let Some(pages) = facts.pages {
        told["pages"] = pages.into();
    }
    if let Some(video) = facts.video {
        told["duration_ms"] = video.duration_ms.into();
        told["header_ms"] = video.header_ms.into();
        told["codec"] = video.codec.into();
        told["has_sound"] = video.has_sound.into();
    }
    told
}

/// Code and sentence of a refusal.
fn why(error: Error) -> (String, String) {
    match error {
        Error::Unsupported(v) | Error::TooLarge(v) => (v.code, v.message),
        Error::Invalid(all) => match all.into_iter().next() {
            Some(v) => (v.code, v.message),
            None => ("invalid_input".into(), String::new()),
        },
        Error::Refused(r) => (r.code.to_owned(), r.message),
        other => ("unreadable".into(), other.to_string()),
    }
}
