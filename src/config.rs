//! Settings: one struct per concern, each with a value that works for the demo.
//!
//! Read once at start from a TOML file; `TUIXUAN_<SECTION>_<KEY>` in the environment goes before the file.

mod oss;
mod reading;
mod seals;
mod serving;
mod wechat;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

pub use oss::{Oss, OssSignature};
pub use reading::{overlay, parse, read};
pub use seals::Seals;
pub use wechat::{MessageTemplate, Release, WeChat};

/// Everything that can be set. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Settings {
    pub server: Server,
    pub database: Database,
    pub files: Files,
    pub oss: Oss,
    pub wechat: WeChat,
    pub sms: Sms,
    pub seals: Seals,
    pub virus_scanner: VirusScanner,
    pub secrets: Secrets,
    pub limits: Limits,
    pub sessions: Sessions,
    pub notices: Notices,
    pub throttle: Throttle,
    pub videos: Videos,
    #[serde(skip)]
    pub program: Program,
}

/// This program, which starts children of itself. Cannot be set.
#[derive(Debug, Clone, PartialEq)]
pub struct Program(pub PathBuf);

impl Default for Program {
    fn default() -> Program {
        // Linux knows it even after its file was replaced by the next release
        let known = Path::new("/proc/self/exe");
        let path = known.exists().then(|| known.to_owned());
        Program(
            path.or_else(|| std::env::current_exe().ok())
                .unwrap_or_else(|| "tuixuan".into()),
        )
    }
}

/// Where the service listens and how it stops.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub listen: String,
    /// Address under which users reach it; printed into QR codes.
    pub public_url: String,
    /// Proxies in front that are trusted to append to X-Forwarded-For.
    pub trusted_hops: usize,
    /// Seconds that running requests get when the service stops.
    pub stop_seconds: u64,
    /// `text` or `json`.
    pub log: LogFormat,
    /// Levels by module, as `info,tuixuan=debug`.
    pub log_filter: String,
    /// Connections served at once; more wait in the system's queue.
    pub connections: usize,
    /// A request's head must be complete in this time; a connection may be idle as long. Milliseconds.
    pub head_ms: u64,
    /// Longest pause inside a request's body, milliseconds.
    pub stall_ms: u64,
    /// Slowest average pace of a body that takes longer than that, bytes per second.
    pub slowest_body: u64,
    /// Longest work on an ordinary request, seconds.
    pub request_seconds: u64,
    /// Longest work on an upload, seconds.
    pub upload_seconds: u64,
}

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Where rows are kept.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://path`, `postgres://…` or `mysql://…`.
    pub url: String,
}

/// Packs of the operator's own, beside those inside the binary.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notices {
    /// A folder with a sub-folder for each pack; empty: none.
    pub folder: PathBuf,
    /// A folder of fonts for the templates, beside those inside the binary; empty: none.
    pub fonts: PathBuf,
}

/// Where uploads and forms are kept.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// `local` or `oss`.
    pub store: StoreKind,
    /// Folder of the local store; with OSS, of what is on its way there.
    pub folder: PathBuf,
    /// Bytes that may be on their way to OSS at once.
    pub incoming_bytes: u64,
    /// Files that no row mentions are removed after so many hours.
    pub orphan_hours: u64,
    /// Hours between two looks for such files; 0: never.
    pub sweep_hours: u64,
}

/// Kinds of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    Local,
    Oss,
}

/// Where one-time codes are handed for sending.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sms {
    /// An HTTPS address that takes `{"phone","code"}`; empty: the code is written to the log (demo only).
    pub url: String,
    /// Key of the `X-Signature` header (HMAC-SHA256 of the body, hexadecimal).
    pub secret: Secret,
}

/// A scanner that looks for viruses in files of entries: ClamAV's clamd.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct VirusScanner {
    /// `host:port`, or the path of its socket; empty: files are not checked.
    pub address: String,
    /// Longer files are not sent, a person decides about them: no more than `StreamMaxLength` of clamd.conf, and best as much as
    /// `limits.video_bytes`.
    pub stream_bytes: u64,
    /// Longest wait for a verdict, seconds.
    pub seconds: u64,
}

/// Keys, 64 hexadecimal digits each.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Signs applicants' tokens.
    pub token: Secret,
    /// Seals personal data and signing keys.
    pub sealing: Secret,
    /// Keys blind indexes; changing it makes phones unknown.
    pub index: Secret,
    /// Former values of `token`: tokens signed with them still hold.
    pub old_tokens: Vec<Secret>,
    /// Former values of `sealing`: kept as long as anything is sealed with them.
    pub old_sealings: Vec<Secret>,
}

/// What is made of videos.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Videos {
    /// Draws a frame of each, where it is installed: a name that is looked for, or a path; empty: nobody does.
    pub ffmpeg: PathBuf,
}

/// Largest inputs.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a JSON body.
    pub json_bytes: usize,
    /// Bytes of a picture.
    pub picture_bytes: u64,
    /// Pixels of a picture.
    pub picture_pixels: u64,
    /// Bytes of a PDF.
    pub pdf_bytes: u64,
    /// Pages of a PDF.
    pub pdf_pages: usize,
    /// Bytes of a video.
    pub video_bytes: u64,
    /// Seconds of a video.
    pub video_seconds: u32,
    /// Bytes of all files of one applicant, uploads under way included.
    pub person_bytes: u64,
    /// Drafts of one applicant, in all campaigns together.
    pub person_drafts: u32,
    /// Longest work on a form, or on the check of a notice, seconds; less than a request has.
    pub form_seconds: u64,
    /// Memory in which a template is tried that nobody has proved yet, MiB.
    pub proof_mib: u64,
}

/// How long sign-ins last.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Minutes an officer may be idle.
    pub officer_idle_minutes: i64,
    /// Hours after which an officer signs in again.
    pub officer_hours: i64,
    /// Days an applicant's token holds.
    pub applicant_days: i64,
    /// Wrong sign-ins from one address before it is locked to that login for `lock_minutes`; wrong codes behind the right
    /// password before the account is.
    pub failures: i32,
    pub lock_minutes: i64,
}

/// What one address or phone may do within `minutes`; 0 turns a limit off. The address is that of the connection unless
/// `server.trusted_hops` says how many proxies are in front.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Throttle {
    pub minutes: i64,
    /// Wrong sign-ins from one address.
    pub failures: i32,
    /// Codes sent at the wish of one address.
    pub address_codes: i32,
    /// Codes sent to one phone.
    pub phone_codes: i32,
    /// Files that one applicant begins to send.
    pub person_uploads: i32,
    /// Files begun from one address; a school or an office may share one.
    pub address_uploads: i32,
}

/// A text that is never shown.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(pub String);

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: "127.0.0.1:8080".into(),
            public_url: "http://127.0.0.1:8080".into(),
            trusted_hops: 0,
            stop_seconds: 30,
            log: LogFormat::Text,
            log_filter: "info,sea_orm_migration=warn,poem=warn".into(),
            connections: 4096,
            head_ms: 10_000,
            stall_ms: 10_000,
            slowest_body: 1024,
            request_seconds: 30,
            upload_seconds: 900,
        }
    }
}

impl Default for Database {
    fn default() -> Database {
        Database {
            url: "sqlite://data/tuixuan.db".into(),
        }
    }
}

impl Default for Files {
    fn default() -> Files {
        Files {
            store: StoreKind::Local,
            folder: "data/files".into(),
            incoming_bytes: 8 << 30,
            orphan_hours: 24,
            sweep_hours: 24,
        }
    }
}

impl Default for VirusScanner {
    fn default() -> VirusScanner {
        VirusScanner {
            address: String::new(),
            stream_bytes: 100_000_000,
            seconds: 120,
        }
    }
}

impl Default for Secrets {
    fn default() -> Secrets {
        let demo = |digit: &str| Secret(digit.repeat(64));
        Secrets {
            token: demo("1"),
            sealing: demo("2"),
            index: demo("3"),
            old_tokens: vec![],
            old_sealings: vec![],
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            json_bytes: 1 << 20,
            picture_bytes: 10 << 20,
            picture_pixels: 50_000_000,
            pdf_bytes: 20 << 20,
            pdf_pages: 200,
            video_bytes: 200 << 20,
            video_seconds: 300,
            person_bytes: 4 << 30,
            person_drafts: 100,
            form_seconds: 20,
            proof_mib: 512,
        }
    }
}

impl Default for Videos {
    fn default() -> Videos {
        Videos {
            ffmpeg: "ffmpeg".into(),
        }
    }
}

impl Default for Sessions {
    fn default() -> Sessions {
        Sessions {
            officer_idle_minutes: 30,
            officer_hours: 12,
            applicant_days: 7,
            failures: 5,
            lock_minutes: 15,
        }
    }
}

impl Default for Throttle {
    fn default() -> Throttle {
        Throttle {
            minutes: 15,
            failures: 50,
            address_codes: 20,
            phone_codes: 5,
            person_uploads: 200,
            address_uploads: 5_000,
        }
    }
}

/// A setting that cannot be used, by its name.
#[derive(Debug, thiserror::Error)]
#[error("setting {name}: {fault}")]
pub struct Fault {
    pub name: String,
    pub fault: String,
}

fn fault(name: &str, text: impl Into<String>) -> Fault {
    Fault {
        name: name.into(),
        fault: text.into(),
    }
}
