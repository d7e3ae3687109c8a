//! Settings: one struct per concern, each with a value that works for the demo.
//!
//! Read once at start from a TOML file; `TUIXUAN_<SECTION>_<KEY>` in the environment goes before the file.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Everything that can be set. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Settings {
    pub server: Server,
    pub database: Database,
    pub files: Files,
    pub wechat: WeChat,
    pub sms: Sms,
    pub secrets: Secrets,
    pub limits: Limits,
    pub sessions: Sessions,
}

/// Where the service listens and how it stops.
#[derive(Debug, Clone, Deserialize)]
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
    pub log: String,
}

/// Where rows are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://path`, `postgres://…` or `mysql://…`.
    pub url: String,
}

/// Where uploads and forms are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    pub folder: PathBuf,
}

/// The mini-program's account at WeChat.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeChat {
    /// Empty: WeChat sign-in is off.
    pub base_url: String,
    pub app_id: String,
    pub app_secret: Secret,
}

/// Where one-time codes are handed for sending.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sms {
    /// An HTTPS address that takes `{"phone","code"}`; empty: the code is written to the log (demo only).
    pub url: String,
    /// Key of the `X-Signature` header (HMAC-SHA256 of the body, hexadecimal).
    pub secret: Secret,
}

/// Keys, 64 hexadecimal digits each.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Signs applicants' tokens.
    pub token: Secret,
    /// Seals personal data and signing keys.
    pub sealing: Secret,
    /// Keys blind indexes; changing it makes phones unknown.
    pub index: Secret,
}

/// Largest inputs.
#[derive(Debug, Clone, Deserialize)]
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
}

/// How long sign-ins last.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Minutes an officer may be idle.
    pub officer_idle_minutes: i64,
    /// Hours after which an officer signs in again.
    pub officer_hours: i64,
    /// Days an applicant's token holds.
    pub applicant_days: i64,
    /// Failed sign-ins before an account is locked for `lock_minutes`.
    pub failures: i32,
    pub lock_minutes: i64,
}

/// A text that is never shown.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Default for Server {
    fn default() -> Server {
        Server { listen: "127.0.0.1:8080".into(), public_url: "http://127.0.0.1:8080".into(), trusted_hops: 0, stop_seconds: 30, log: "text".into() }
    }
}

impl Default for Database {
    fn default() -> Database {
        Database { url: "sqlite://data/tuixuan.db".into() }
    }
}

impl Default for Files {
    fn default() -> Files {
        Files { folder: "data/files".into() }
    }
}

impl Default for WeChat {
    fn default() -> WeChat {
        WeChat { base_url: "https://api.weixin.qq.com".into(), app_id: String::new(), app_secret: Secret::default() }
    }
}

impl Default for Secrets {
    fn default() -> Secrets {
        let demo = |digit: &str| Secret(digit.repeat(64));
        Secrets { token: demo("1"), sealing: demo("2"), index: demo("3") }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { json_bytes: 1 << 20, picture_bytes: 10 << 20, picture_pixels: 50_000_000, pdf_bytes: 20 << 20, pdf_pages: 200 }
    }
}

impl Default for Sessions {
    fn default() -> Sessions {
        Sessions { officer_idle_minutes: 30, officer_hours: 12, applicant_days: 7, failures: 5, lock_minutes: 15 }
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
    Fault { name: name.into(), fault: text.into() }
}

/// Reads the file, if there is one, and the environment over it.
pub fn read(path: Option<&Path>) -> Result<Settings, Fault> {
    let default = Path::new("tuixuan.toml");
    let text = match path {
        Some(path) => std::fs::read_to_string(path).map_err(|e| fault(&path.display().to_string(), e.to_string()))?,
        None if default.exists() => std::fs::read_to_string(default).map_err(|e| fault("tuixuan.toml", e.to_string()))?,
        None => String::new(),
    };
    let mut table: toml::Table = text.parse().map_err(|e: toml::de::Error| fault("tuixuan.toml", e.to_string()))?;
    overlay(&mut table, std::env::vars())?;
    table.try_into().map_err(|e: toml::de::Error| fault("settings", e.to_string()))
}

/// Lays `TUIXUAN_SERVER_LISTEN=…` over `[server] listen`.
pub fn overlay(table: &mut toml::Table, vars: impl Iterator<Item = (String, String)>) -> Result<(), Fault> {
    for (name, value) in vars {
        let Some((section, key)) = name.strip_prefix("TUIXUAN_").and_then(|n| n.split_once('_')) else { continue };
        let (section, key) = (section.to_lowercase(), key.to_lowercase());
        let section = table.entry(section).or_insert_with(|| toml::Table::new().into());
        let section = section.as_table_mut().ok_or_else(|| fault(&name, "not a section"))?;
        let value = value.parse::<i64>().map_or(toml::Value::String(value), toml::Value::Integer);
        section.insert(key, value);
    }
    Ok(())
}

impl Settings {
    /// Refuses to serve real users with a demo value, naming the setting.
    pub fn check_for_serve(&self) -> Result<(), Fault> {
        let demo = Secrets::default();
        for (name, secret, of_demo) in [
            ("secrets.token", &self.secrets.token, &demo.token),
            ("secrets.sealing", &self.secrets.sealing, &demo.sealing),
            ("secrets.index", &self.secrets.index, &demo.index),
        ] {
            if secret == of_demo {
                return Err(fault(name, "is the demo's; set 64 hexadecimal digits of your own (openssl rand -hex 32)"));
            }
        }
        if !self.wechat.base_url.is_empty() && self.wechat.app_id.is_empty() {
            return Err(fault("wechat.app_id", "is missing; set it, or set wechat.base_url to an empty text to turn WeChat off"));
        }
        if self.sms.url.is_empty() {
            return Err(fault("sms.url", "is missing; codes would only be written to the log"));
        }
        Ok(())
    }

    /// The 32 bytes of a key.
    pub fn key(name: &str, secret: &Secret) -> Result<[u8; 32], Fault> {
        let bytes = hex::decode(&secret.0).map_err(|_| fault(name, "is not hexadecimal"))?;
        bytes.try_into().map_err(|_| fault(name, "must have 64 hexadecimal digits"))
    }
}
