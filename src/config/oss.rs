//! A bucket, and whether it can be used as it is set.

use serde::{Deserialize, Serialize};

use super::{Fault, Secret, fault};

/// OSS takes parts of 100 KiB and more, and no more than 10,000 of them.
const SMALLEST_PART: u64 = 100 << 10;
const LARGEST_PART: u64 = 1 << 30;
/// A key has 1,023 bytes at most; ours end with `ab/` and 64 digits.
const LONGEST_PREFIX: usize = 900;

/// A bucket of Alibaba Cloud's object storage, or of a service that speaks its protocol.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oss {
    /// Address of the region, without the bucket: `https://oss-cn-hangzhou.aliyuncs.com`.
    pub endpoint: String,
    /// Its id, as `cn-hangzhou`; V4 signatures name it.
    pub region: String,
    pub bucket: String,
    /// The bucket in the path instead of the host's name: for private clouds and stand-ins.
    pub path_style: bool,
    /// In front of every key; may be Chinese.
    pub prefix: String,
    pub access_key_id: String,
    pub access_key_secret: Secret,
    /// Token of temporary credentials (STS); empty: they are lasting ones.
    pub security_token: Secret,
    /// `v4`, or `v1` for buckets that were made before it.
    pub signature: OssSignature,
    /// Encryption at rest by OSS: `AES256`, `KMS`, `SM4`; empty: as the bucket says.
    pub encryption: String,
    /// Longer objects are sent in parts of so many bytes.
    pub part_bytes: u64,
    /// Longest time to connect, milliseconds.
    pub connect_ms: u64,
    /// Longest wait for the next sign of life in either direction, milliseconds; the last megabytes of a part are in the system's
    /// buffers by then and show none.
    pub read_ms: u64,
    /// Longest time of one request that sends a part or asks a question, seconds.
    pub request_seconds: u64,
    /// After five failures in a row OSS is left alone for so long, milliseconds.
    pub pause_ms: u64,
}

/// How requests to OSS are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OssSignature {
    V4,
    V1,
}

impl Default for Oss {
    fn default() -> Oss {
        Oss {
            endpoint: String::new(),
            region: String::new(),
            bucket: String::new(),
            path_style: false,
            prefix: String::new(),
            access_key_id: String::new(),
            access_key_secret: Secret::default(),
            security_token: Secret::default(),
            signature: OssSignature::V4,
            encryption: String::new(),
            part_bytes: 8 << 20,
            connect_ms: 2_000,
            read_ms: 10_000,
            request_seconds: 60,
            pause_ms: 10_000,
        }
    }
}

impl Oss {
    /// Refuses by name what cannot work.
    pub fn check(&self) -> Result<(), Fault> {
        self.check_place()?;
        self.check_signature()?;
        if !["", "AES256", "KMS", "SM4"].contains(&self.encryption.as_str()) {
            return Err(fault("oss.encryption", "must be AES256, KMS, SM4 or empty"));
        }
        if !(SMALLEST_PART..=LARGEST_PART).contains(&self.part_bytes) {
            return Err(fault("oss.part_bytes", "must be 100 KiB to 1 GiB"));
        }
        for (name, value) in [
            ("oss.connect_ms", self.connect_ms),
            ("oss.read_ms", self.read_ms),
            ("oss.request_seconds", self.request_seconds),
        ] {
            if value == 0 {
                return Err(fault(name, "must be more than 0"));
            }
        }
        Ok(())
    }

    fn check_place(&self) -> Result<(), Fault> {
        let (scheme, host) = self.endpoint.split_once("://").unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
        if !["https", "http"].contains(&scheme) || host.is_empty() || !host.bytes().all(plain) {
            let advice =
                "must be the region's address alone, as https://oss-cn-hangzhou.aliyuncs.com";
            return Err(fault("oss.endpoint", advice));
        }
        let named = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(3..=63).contains(&self.bucket.len()) || !self.bucket.bytes().all(named) {
            let advice = "must be a bucket's name: 3 to 63 small letters, digits, hyphens";
            return Err(fault("oss.bucket", advice));
        }
        if !self.path_style && host.starts_with(&format!("{}.", self.bucket)) {
            return Err(fault("oss.endpoint", "must not name the bucket"));
        }
        let unfit = |part: &str| matches!(part, "" | "." | "..") || part.chars().any(odd);
        let prefix = self.prefix.trim_matches('/');
        if !prefix.is_empty() && (prefix.len() > LONGEST_PREFIX || prefix.split('/').any(unfit)) {
            let advice = "must be names with / between them, without \\ and control characters";
            return Err(fault("oss.prefix", advice));
        }
        Ok(())
    }

    fn check_signature(&self) -> Result<(), Fault> {
        if self.access_key_id.is_empty() {
            return Err(fault("oss.access_key_id", "is missing"));
        }
        if self.access_key_secret.0.is_empty() {
            return Err(fault("oss.access_key_secret", "is missing"));
        }
        match self.signature {
            OssSignature::V4 if self.region.is_empty() || self.region.starts_with("oss-") => Err(
                fault("oss.region", "must be the region's id, as cn-hangzhou"),
            ),
            OssSignature::V1 if cfg!(not(feature = "oss-v1")) => Err(fault(
                "oss.signature",
                "is v1, and this programme was built without it; build with --features oss-v1",
            )),
            _ => Ok(()),
        }
    }
}

fn odd(c: char) -> bool {
    c.is_control() || c == '\\'
}
