//! The command line: what is asked for, and what is opened for it.
//!
//! In the library, since a program that awaits the library's futures would have all they reach compiled a second time.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use documents::verify::Known;
use sea_orm::DbErr;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::installation::{Unfit, Use};
use crate::app::typesetting::proof;
use crate::app::{housekeeping, installation, outbox, proofs, verification, virus_checks};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Settings};
use crate::error::Error;
use crate::http::{routes, server};
use crate::state::{App, Shared};
use crate::{commands, db, demo, telemetry};

/// 推选活动服务
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Settings file; `tuixuan.toml` when it is there.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Production: refuses to start with a demo value or a missing setting.
    Serve,
    /// Everything on embedded defaults, with the packs loaded and one sign-in per role.
    Demo,
    /// Brings the database schema up to date.
    Migrate,
    /// Writes both OpenAPI documents and the table of operations into a folder.
    Openapi {
        #[arg(default_value = "openapi")]
        folder: PathBuf,
    },
    /// Notice packs.
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// Documents.
    #[command(subcommand)]
    Document(DocumentCommand),
    /// The event trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Stored files.
    #[command(subcommand)]
    Files(FilesCommand),
    /// Campaigns; the first one of an installation is set up here.
    #[command(subcommand)]
    Campaign(CampaignCommand),
    /// Plays an outside sealing service with new keys of a new root, for trials; `docs/sealing-service.md`.
    SealingStandIn {
        #[arg(long, default_value = "127.0.0.1:8090")]
        listen: String,
        /// `seals.service_secret` of the server that asks.
        #[arg(long)]
        secret: String,
        /// Where the root certificate is written: name it in `seals.roots`.
        #[arg(long, default_value = "sealing-root.pem")]
        root: PathBuf,
        /// An agency that has a seal there, of the same name; may be said again.
        #[arg(long, required = true)]
        agency: Vec<String>,
        /// Keys on SM2 instead of P-256.
        #[arg(long)]
        sm2: bool,
    },
    /// Draws templates that standard input orders, for a service that checks them.
    #[command(name = proof::COMMAND, hide = true)]
    ProveTemplates {
        #[arg(long)]
        memory_mib: u64,
        #[arg(long)]
        seconds: u64,
        #[arg(long)]
        fonts: std::ffi::OsString,
    },
    /// Officers; the first organiser of an installation is added here.
    #[command(subcommand)]
    Officer(OfficerCommand),
}

#[derive(Subcommand)]
enum FilesCommand {
    /// Reads every file that a row mentions and lists those that are missing or altered; fails when there are any.
    Check {
        /// Goes on after this file.
        #[arg(long, default_value = "")]
        after: String,
    },
    /// Brings every file that a row mentions into the other store; what is there and right is passed over. Then set
    /// `files.store`, restart the service, and run it once more for what came meanwhile.
    Move {
        /// `local` or `oss`.
        #[arg(long)]
        to: String,
        /// Goes on after this file.
        #[arg(long, default_value = "")]
        after: String,
        /// Removes each file from where it was once it is at its goal: only when no service uses that store any more.
        #[arg(long)]
        remove: bool,
    },
    /// Removes files that no row mentions, as the service does by itself every `files.sweep_hours`.
    Sweep {
        /// However many they are; without it, none where they are more than a tenth of all (or ten).
        #[arg(long)]
        all: bool,
    },
    /// Takes the store of the settings for this database's, when its files are lost and not coming back.
    Adopt,
    /// Prints the verdict on files as JSON, one a line, by the limits of the settings; fails unless all may be taken.
    Probe {
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
enum CampaignCommand {
    /// Sets a campaign up from a pack: its notice is frozen, its agencies are added.
    Create {
        /// Its name in addresses: small letters, digits, hyphens.
        #[arg(long)]
        slug: String,
        /// Key of a pack, or the path of a pack's folder.
        #[arg(long)]
        pack: String,
    },
}

#[derive(Subcommand)]
enum OfficerCommand {
    /// Adds an officer; prints a first password that must be changed at the first sign-in.
    Add {
        #[arg(long)]
        campaign: String,
        /// Name of the agency, as in the pack.
        #[arg(long)]
        agency: String,
        #[arg(long)]
        login: String,
        #[arg(long)]
        name: String,
        /// clerk, reviewer, seal_keeper, organiser, expert, auditor.
        #[arg(long, value_delimiter = ',', required = true)]
        roles: Vec<String>,
    },
}

#[derive(Subcommand)]
enum NoticeCommand {
    /// Reports every fault of a pack, with its line.
    Check {
        /// `notice.toml` or its folder.
        path: PathBuf,
        /// The original notice as text: proves every quote.
        #[arg(long)]
        source: Option<PathBuf>,
    },
    /// Advice for the organiser: openings and contradictions of the notice.
    Lint { path: PathBuf },
    /// The notice as the server reads it, as JSON.
    Show { path: PathBuf },
}

#[derive(Subcommand)]
enum DocumentCommand {
    /// Writes a filled form with every seal, its root certificate and the verdict on it, to be judged by any tool.
    Sample {
        /// Key of a pack, or the path of a pack's folder.
        pack: String,
        #[arg(long)]
        out: PathBuf,
    },
    /// Judges a stamped form.
    Verify {
        file: PathBuf,
        /// Root certificate (PEM or DER); the embedded authorities and `seals.roots` when not said.
        #[arg(long)]
        root: Option<PathBuf>,
        /// Lists of withdrawn certificates (CRL, PEM or DER); those of the embedded authorities when not said. None are looked at
        /// under another root unless they are named here.
        #[arg(long, num_args = 1..)]
        crl: Vec<PathBuf>,
        /// Roots of authorities that attest the time (PEM or DER); `seals.timestamp_roots` when not said.
        #[arg(long, num_args = 1..)]
        timestamp_root: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Recomputes the hash chain of every campaign, or of one.
    Verify { slug: Option<String> },
    /// Finds rows that name others which are not there.
    References,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Does what the process's arguments ask for; whatever keeps it from that is written to standard error.
#[tokio::main]
pub async fn run() -> ExitCode {
    match obey(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tuixuan: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(arguments: Arguments) -> Outcome {
    match arguments.command {
        Command::Notice(NoticeCommand::Check { path, source }) => {
            commands::check_notice(&path, source.as_deref()).await
        }
        Command::Notice(NoticeCommand::Lint { path }) => commands::lint_notice(&path),
        Command::Notice(NoticeCommand::Show { path }) => commands::show_notice(&path),
        Command::SealingStandIn {
            listen,
            secret,
            root,
            agency,
            sm2,
        } => commands::sealing_stand_in(&listen, &secret, &root, &agency, sm2).await,
        Command::Openapi { folder } => commands::write_openapi(&folder),
        Command::ProveTemplates {
            memory_mib,
            seconds,
            fonts,
        } => Ok(proof::obey(memory_mib, seconds, fonts.into())?),
        other => {
            let settings = config::read(arguments.config.as_deref())?;
            with_settings(other, settings).await
        }
    }
}

async fn with_settings(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::Serve => {
            telemetry::init(&settings.server);
            settings.check_for_serve()?;
            let app = open(settings).await?;
            check(&app, Use::Serving).await?;
            serve(app, |_| {}).await
        }
        Command::Demo => {
            telemetry::init(&settings.server);
            let set = settings.wechat.base_url.clone();
            let settings = demo::settings(settings).await?;
            let played = settings.wechat.base_url != set;
            let app = open(settings).await?;
            check(&app, Use::Demo).await?;
            let sign_ins = demo::seed(&app).await?;
            serve(app, |address| demo::greet(address, &sign_ins, played)).await
        }
        Command::Migrate => {
            let named = |e: DbErr| format!("setting database.url: {e}");
            let done = db::migrate(&settings.database.url).await.map_err(named)?;
            done.iter().for_each(|step| say!("{step}"));
            say!("{} steps were new", done.len());
            Ok(())
        }
        Command::Document(DocumentCommand::Sample { pack, out }) => {
            crate::sample::write(settings, Arc::new(SystemClock), &pack, &out).await
        }
        Command::Document(DocumentCommand::Verify {
            file,
            root,
            crl,
            timestamp_root,
        }) => {
            let bytes = commands::read(&file)?;
            let mut original = None;
            let mut known = match root {
                Some(path) => Known {
                    roots: vec![commands::read_certificate(&path)?],
                    now_ms: SystemClock.now(),
                    timestamp_roots: settings.seals.read_timestamp_roots()?,
                    ..Known::default()
                },
                None => {
                    commands::require_database(&settings.database.url)?;
                    let app = open(settings).await?;
                    original = verification::known(&app, &bytes).await?;
                    proofs::known_of(&app, &bytes).await?
                }
            };
            let read = |paths: &[PathBuf]| -> Result<Vec<_>, _> {
                paths
                    .iter()
                    .map(|p| commands::read_certificate(p))
                    .collect()
            };
            if !crl.is_empty() {
                known.lists = read(&crl)?;
            }
            if !timestamp_root.is_empty() {
                known.timestamp_roots = read(&timestamp_root)?;
            }
            commands::verify_document(&bytes, &known, original.as_ref())
        }
        Command::Audit(AuditCommand::Verify { slug }) => {
            commands::verify_audit(&open(settings).await?, slug.as_deref()).await
        }
        Command::Audit(AuditCommand::References) => {
            commands::check_references(&open(settings).await?).await
        }
        Command::Files(FilesCommand::Check { after }) => {
            commands::files::check(&open(settings).await?, &after).await
        }
        Command::Files(FilesCommand::Move { to, after, remove }) => {
            commands::files::bring(&open(settings).await?, &to, &after, remove).await
        }
        Command::Files(FilesCommand::Sweep { all }) => {
            commands::files::sweep(&open(settings).await?, all).await
        }
        Command::Files(FilesCommand::Adopt) => commands::files::adopt(&open(settings).await?).await,
        Command::Files(FilesCommand::Probe { paths }) => {
            commands::files::probe(&settings.limits, &paths).await
        }
        Command::Campaign(CampaignCommand::Create { slug, pack }) => {
            commands::create_campaign(&open(settings).await?, &slug, &pack).await
        }
        Command::Officer(OfficerCommand::Add {
            campaign,
            agency,
            login,
            name,
            roles,
        }) => {
            commands::add_officer(
                &open(settings).await?,
                &campaign,
                &agency,
                login,
                name,
                &roles,
            )
            .await
        }
        Command::Notice(_)
        | Command::Openapi { .. }
        | Command::ProveTemplates { .. }
        | Command::SealingStandIn { .. } => Ok(()),
    }
}

async fn open(settings: Settings) -> Result<Shared, Box<dyn std::error::Error>> {
    let named = |e: DbErr| format!("setting database.url: {e}");
    let steps = db::migrate(&settings.database.url).await.map_err(named)?;
    if !steps.is_empty() {
        let steps = steps.len();
        tracing::info!(steps, "the schema was brought up to date, {steps} steps");
    }
    Ok(App::open(settings, Arc::new(SystemClock)).await?)
}

/// Whether database and store are those that are meant, and take us at all. A store that is away for now is no reason not to start.
async fn check(app: &Shared, for_what: Use) -> Outcome {
    let unfit = |fault: String| format!("section oss of the settings: {fault}");
    app.files.check().await.map_err(unfit)?;
    match installation::check(app, for_what).await {
        Err(Unfit::Broken(Error::Away { hidden, .. })) => {
            tracing::warn!("whose files these are could not be seen: {hidden}");
            Ok(())
        }
        checked => Ok(checked?),
    }
}

async fn serve(app: Shared, greet: impl FnOnce(std::net::SocketAddr)) -> Outcome {
    let tasks = [
        Some(housekeeping::recover(&app)),
        housekeeping::start(&app),
        virus_checks::start(&app),
    ];
    let sender = outbox::start(&app);
    let listen = &app.settings.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|e| format!("setting server.listen: {listen}: {e}"))?;
    let readiness = routes::readiness(&app);
    let routes = routes::all(&app, readiness.clone());
    let settings = server::ServerSettings::from(&app.settings.server);
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening");
    greet(address);
    let finished =
        server::serve(listener, routes, settings, readiness, server::stop_signal()).await;
    tasks.iter().flatten().for_each(JoinHandle::abort);
    if let Some(sender) = sender {
        sender.stop().await;
    }
    // Acts of callers that were cut off may still wait for their commit.
    app.db.close().await?;
    if finished {
        Ok(())
    } else {
        Err("some requests were cut off when stopping".into())
    }
}
