//! What `serve` demands of the settings before it starts.

use super::{Fault, Notices, Secret, Secrets, Settings, StoreKind, fault};
use crate::security::keyring::Keyring;

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
                return Err(fault(
                    name,
                    "is the demo's; set 64 hexadecimal digits of your own (openssl rand -hex 32)",
                ));
            }
        }
        for (name, keys) in [
            ("secrets.old_tokens", &self.secrets.old_tokens),
            ("secrets.old_sealings", &self.secrets.old_sealings),
        ] {
            if keys.contains(&demo.token) || keys.contains(&demo.sealing) {
                return Err(fault(name, "holds a key of the demo"));
            }
        }
        self.secrets.token_keys()?;
        self.secrets.sealing_keys()?;
        Settings::key("secrets.index", &self.secrets.index)?;
        for (name, url) in [
            ("wechat.base_url", &self.wechat.base_url),
            ("sms.url", &self.sms.url),
            ("seals.service_url", &self.seals.service_url),
            ("oss.endpoint", &self.oss.endpoint),
            ("server.public_url", &self.server.public_url),
        ] {
            if !url.is_empty() && !url.starts_with("https://") {
                return Err(fault(
                    name,
                    "must begin with https://; a stand-in is for the demo only",
                ));
            }
        }
        if !self.seals.service_url.is_empty() && self.seals.service_secret.0.is_empty() {
            return Err(fault("seals.service_secret", "is missing"));
        }
        if self.files.orphan_hours == 0 {
            return Err(fault(
                "files.orphan_hours",
                "must be 1 or more; files would go while they are being stored",
            ));
        }
        if self.limits.proof_mib < 256 {
            return Err(fault(
                "limits.proof_mib",
                "must be 256 or more; a template of many pages needs as much",
            ));
        }
        if self.files.store == StoreKind::Oss {
            self.oss.check()?;
        }
        if self.server.public_url.is_empty() {
            return Err(fault("server.public_url", "is missing"));
        }
        self.wechat.check_for_serve()?;
        if self.sms.url.is_empty() {
            return Err(fault(
                "sms.url",
                "is missing; codes would only be written to the log",
            ));
        }
        if self.sms.secret.0.is_empty() {
            return Err(fault("sms.secret", "is missing"));
        }
        Ok(())
    }

    /// The 32 bytes of a key.
    pub fn key(name: &str, secret: &Secret) -> Result<[u8; 32], Fault> {
        let bytes = hex::decode(&secret.0).map_err(|_| fault(name, "is not hexadecimal"))?;
        bytes
            .try_into()
            .map_err(|_| fault(name, "must have 64 hexadecimal digits"))
    }
}

impl Notices {
    /// A folder that is named must be there.
    pub fn check(&self) -> Result<(), Fault> {
        for (name, folder) in [
            ("notices.folder", &self.folder),
            ("notices.fonts", &self.fonts),
        ] {
            if !folder.as_os_str().is_empty() && !folder.is_dir() {
                return Err(fault(name, "is no folder"));
            }
        }
        Ok(())
    }
}

impl Secrets {
    /// Keys of applicants' tokens.
    pub fn token_keys(&self) -> Result<Keyring, Fault> {
        ring(
            "secrets.token",
            &self.token,
            "secrets.old_tokens",
            &self.old_tokens,
        )
    }

    /// Keys of sealed personal data.
    pub fn sealing_keys(&self) -> Result<Keyring, Fault> {
        ring(
            "secrets.sealing",
            &self.sealing,
            "secrets.old_sealings",
            &self.old_sealings,
        )
    }
}

fn ring(name: &str, current: &Secret, old_name: &str, old: &[Secret]) -> Result<Keyring, Fault> {
    let old = old
        .iter()
        .map(|key| Settings::key(old_name, key))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Keyring::new(Settings::key(name, current)?, old))
}
