//! The service: opened in this process to set things up, or started as the release binary.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tuixuan::clock::SystemClock;
use tuixuan::config::{Secret, Settings};
use tuixuan::state::{App, Shared};

use crate::process::{Process, free_port, ready};
use crate::{Outcome, Run};

/// Keys of this measurement, 64 digits each; `serve` does not start with the demo's.
const KEYS: [&str; 3] = ["4d", "5e", "6f"];

/// A database and the files beside it.
#[derive(Clone)]
pub struct Place {
    pub name: &'static str,
    pub url: String,
    folder: PathBuf,
}

impl Place {
    /// An empty one of each kind.
    pub async fn both(run: &Run, name: &str) -> Outcome<[Place; 2]> {
        Ok([Place::sqlite(run, name)?, Place::postgres(run, name).await?])
    }

    pub fn sqlite(run: &Run, name: &str) -> Outcome<Place> {
        let folder = fresh(&run.work.join(format!("sqlite-{name}")))?;
        let url = format!("sqlite://{}", folder.join("tuixuan.db").display());
        Ok(Place {
            name: "SQLite",
            url,
            folder,
        })
    }

    pub async fn postgres(run: &Run, name: &str) -> Outcome<Place> {
        let folder = fresh(&run.work.join(format!("postgres-{name}")))?;
        let url = database(&run.postgres, &format!("bench_{name}")).await?;
        Ok(Place {
            name: "PostgreSQL",
            url,
            folder,
        })
    }

    /// Opens it here, with the schema.
    pub async fn open(&self) -> Outcome<Shared> {
        let mut settings = Settings::default();
        settings.database.url = self.url.clone();
        settings.files.folder = self.folder.join("files");
        let [token, sealing, index] = KEYS.map(|key| Secret(key.repeat(32)));
        (
            settings.secrets.token,
            settings.secrets.sealing,
            settings.secrets.index,
        ) = (token, sealing, index);
        settings.wechat.base_url = String::new();
        settings.wechat.app_secret = Secret(String::new());
        tuixuan::db::migrate(&self.url).await?;
        Ok(App::open(settings, Arc::new(SystemClock)).await?)
    }

    /// The release binary on it.
    pub fn command(&self, run: &Run) -> Command {
        let mut command = Command::new(&run.service);
        command.env("TUIXUAN_DATABASE_URL", &self.url);
        command.env("TUIXUAN_FILES_FOLDER", self.files());
        // a few people from one address send what thousands would
        command.env("TUIXUAN_THROTTLE_PERSON_UPLOADS", "1000000");
        command.env("TUIXUAN_LIMITS_PERSON_DRAFTS", "1000000");
        command.env("TUIXUAN_THROTTLE_ADDRESS_UPLOADS", "1000000");
        command
    }

    /// Where its files lie.
    pub fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Starts the release binary on it: `serve`, as in production, or `demo`.
    pub async fn start(&self, run: &Run, command: &str) -> Outcome<Service> {
        let port = free_port()?;
        let mut started = self.command(run);
        started
            .arg(command)
            .env("TUIXUAN_SERVER_LISTEN", format!("127.0.0.1:{port}"));
        if command == "serve" {
            let [token, sealing, index] = KEYS.map(|key| key.repeat(32));
            started.env("TUIXUAN_SECRETS_TOKEN", token);
            started.env("TUIXUAN_SECRETS_SEALING", sealing);
            started.env("TUIXUAN_SECRETS_INDEX", index);
            started.env("TUIXUAN_SERVER_PUBLIC_URL", "https://bench.invalid");
            started.env("TUIXUAN_WECHAT_BASE_URL", "");
            started.env("TUIXUAN_SMS_URL", "https://bench.invalid");
            started.env("TUIXUAN_SMS_SECRET", "unused");
        }
        let process = Process::start(started, &self.folder.join("service.log"))?;
        let base = format!("http://127.0.0.1:{port}");
        ready(&reqwest::Client::new(), &format!("{base}/health/ready")).await?;
        Ok(Service { process, base })
    }
}

/// The binary, answering.
pub struct Service {
    pub process: Process,
    pub base: String,
}

/// An empty folder.
pub fn fresh(folder: &Path) -> Outcome<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

/// A new database on the server.
pub async fn database(server: &str, name: &str) -> Outcome<String> {
    use sea_orm::{ConnectionTrait, Database};
    let admin = Database::connect(server).await?;
    admin
        .execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .await?;
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await?;
    admin.close().await?;
    let (head, _) = server
        .rsplit_once('/')
        .ok_or("no database in the server's URL")?;
    Ok(format!("{head}/{name}"))
}

/// The process that all of a PostgreSQL server's processes descend from.
pub async fn postmaster(server: &str) -> Outcome<u32> {
    use sea_orm::{ConnectionTrait, Database, Statement};
    let db = Database::connect(server).await?;
    let ask = Statement::from_string(db.get_database_backend(), "SELECT pg_backend_pid()");
    let row = db.query_one_raw(ask).await?.ok_or("no answer")?;
    let backend: i32 = row.try_get_by_index(0)?;
    let above = crate::process::parent(u32::try_from(backend)?);
    Ok(above.ok_or("the server runs elsewhere; its CPU time cannot be read")?)
}
