//! A filled form with every seal on it, for whoever wants to judge one with a tool of their own before running a campaign.
//!
//! Everything in it comes about by the acts that the service itself runs, on a database and files of its own that are gone when
//! it is written. Names and answers are made up; seals come from an authority that lives as long as the command.

mod chain;
mod filled;
mod list;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use documents::algorithm::Suite;
use documents::authority::to_pem;
use documents::verify::Report;
use domain::notice::{Notice, Signatures};

use crate::app::{campaigns, keys, proofs};
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::documents as forms;
use crate::db::events::By;
use crate::security::random_code;
use crate::state::{App, Shared};
use crate::{commands, db, demo};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const SLUG: &str = "sample";

/// Writes `form.pdf`, `root.pem`, `root.crl`, `report.json` and `README.txt` into a folder, from a pack known by its key or from
/// a pack's folder; where the notice asks for nomination lists on a form, `nomination.pdf` and `nomination-report.json` too. Fails
/// where nobody fills in a form, or where no entry can be made up that the notice takes.
pub async fn write(settings: Settings, clock: Arc<dyn Clock>, pack: &str, out: &Path) -> Outcome {
    std::fs::create_dir_all(out)?;
    let workplace = Workplace(out.join(format!(".sample-{}", random_code(8).to_lowercase())));
    let settings = Settings {
        database: crate::config::Database {
            url: format!("sqlite://{}", workplace.0.join("sample.db").display()),
        },
        files: crate::config::Files {
            folder: workplace.0.join("files"),
            ..settings.files
        },
        notices: settings.notices,
        limits: settings.limits,
        program: settings.program,
        ..Settings::default()
    };
    std::fs::create_dir_all(&workplace.0)?;
    db::migrate(&settings.database.url).await?;
    let app = App::open(settings, clock).await?;
    let written = sample(&app, pack, out).await;
    app.db.close().await?;
    written
}

/// The folder that the command works in; removed whatever happens.
struct Workplace(PathBuf);

impl Drop for Workplace {
    fn drop(&mut self) {
        // nothing to be done about a folder that cannot be removed
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn sample(app: &Shared, pack: &str, out: &Path) -> Outcome {
    commands::create_campaign(app, SLUG, pack).await?;
    demo::open_windows(app, &By::system(app.now()), SLUG).await?;
    let campaign = campaigns::by_slug(app, SLUG).await?;
    if campaign.notice.form.field.is_empty() {
        return Err(format!("{pack}: nobody fills in a form in this campaign").into());
    }
    let id = filled::hand_in(app, &campaign).await?;
    let row = db::entries::get(app.db.read(), &id).await?;
    let handed_in = db::entries::to_entry(&row, &app.sealing)?;
    let list = list::sent(app, &campaign, &handed_in).await?;
    let entry = chain::carry(app, &campaign, &id).await?;
    let form = forms::of_round(app.db.read(), &id, entry.round).await?;
    let form = form.ok_or("the form was not drawn: no step of the chain has a box for a seal")?;
    let stamps = forms::stamps_of(app.db.read(), &form.id).await?;
    let bytes = app.files.get(&form.sha256).await?;
    let report = proofs::judge(app, bytes.clone(), &stamps).await?;
    let suite = suite(&campaign.notice);
    let root = keys::root(app, suite.embedded()).await?;
    std::fs::write(out.join("form.pdf"), &bytes)?;
    std::fs::write(out.join("root.pem"), to_pem(&root.certificate)?)?;
    std::fs::write(out.join("report.json"), told(&report)?)?;
    if let Some(list) = &list {
        std::fs::write(out.join("nomination.pdf"), &list.pdf)?;
        std::fs::write(out.join("nomination-report.json"), told(&list.report)?)?;
    }
    std::fs::write(out.join("root.crl"), keys::withdrawn(app, suite).await?)?;
    std::fs::write(out.join("README.txt"), how_to_judge(suite, list.is_some()))?;
    let reports = std::iter::once(&report).chain(list.as_ref().map(|l| &l.report));
    let seals: usize = reports.clone().map(|r| r.signatures.len()).sum();
    let valid = reports.clone().all(|r| r.valid);
    say!("{}: {seals} seals, valid: {valid}", out.display());
    match valid {
        true => Ok(()),
        false => Err("the sample is not valid".into()),
    }
}

fn told(report: &Report) -> Outcome<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

fn suite(notice: &Notice) -> Suite {
    match notice.form.signatures {
        Signatures::International => Suite::International,
        Signatures::Sm2 => Suite::Sm2,
    }
}

fn how_to_judge(suite: Suite, list: bool) -> String {
    let list = match list {
        true => {
            "\nnomination.pdf           a nomination list with its seal\nnomination-report.json   the verdict on it\n"
        }
        false => "",
    };
    let others = match suite {
        Suite::International => {
            "    certutil -d sql:nss -N --empty-password && certutil -d sql:nss -A -n root -t CT,C,C -i root.pem
    pdfsig -nssdir sql:nss form.pdf
    pyhanko sign validate --no-revocation-check --trust root.pem form.pdf
"
        }
        Suite::Sm2 => "    (readers outside China do not know SM2)\n",
    };
    format!(
        "\
form.pdf      the filled form with every seal of its chain; names and answers are made up
root.pem      the certificate above all seals; it was made for this sample, trust it for nothing else
root.crl      certificates that it took back: none
report.json   the verdict of the programme that wrote the form
{list}
    tuixuan document verify form.pdf --root root.pem --crl root.crl
{others}    qpdf --check form.pdf
"
    )
}
