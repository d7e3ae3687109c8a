//! An outside sealing service: it keeps agencies' keys and only ever sees what is to be signed. `docs/sealing-service.md` has
//! the protocol.

pub mod stand_in;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use documents::stamp::{Sealer, SealerError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::clock::new_id;
use crate::config;
use crate::error::{Error, Result};
use crate::security::{hmac, sha256_hex};

/// More than a certificate chain and a signature never take.
const LONGEST_ANSWER: usize = 64 * 1024;
/// A call that found nobody, or took too long, is made once more under the same request id.
const TRIES: usize = 2;

/// What is asked for under `/certificates`.
#[derive(Debug, Serialize, Deserialize)]
pub struct CertificateRequest {
    /// The seal's name at the service.
    pub seal: String,
}

/// The certificate of a seal's key and those above it without the root, base64 of DER.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CertificateAnswer {
    pub certificate: String,
    #[serde(default)]
    pub chain: Vec<String>,
}

/// What is asked for under `/signatures`.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignatureRequest {
    pub seal: String,
    /// p256, rsa or sm2.
    pub algorithm: String,
    /// SHA-256 of the certificate that the signature must fit, hexadecimal.
    pub certificate_sha256: String,
    /// The DER of the CMS signed attributes, base64: what is signed. For SM2 the signer's id is 1234567812345678.
    pub attributes: String,
    /// SHA-256 of the attributes, hexadecimal, for a key that signs digests.
    pub digest: String,
}

/// The signature, base64.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignatureAnswer {
    pub signature: String,
}

/// The service, as the settings name it.
#[derive(Clone)]
pub struct SealingService {
    client: reqwest::Client,
    url: String,
    secret: String,
}

impl SealingService {
    /// By the settings; `None` when there is no such service.
    pub fn new(settings: &config::Seals) -> Result<Option<SealingService>> {
        if settings.service_url.is_empty() {
            return Ok(None);
        }
        let client = crate::outside::client()
            .timeout(Duration::from_millis(settings.service_ms))
            .build()
            .map_err(|e| Error::Bug(e.to_string()))?;
        Ok(Some(SealingService {
            client,
            url: settings.service_url.trim_end_matches('/').to_owned(),
            secret: settings.service_secret.0.clone(),
        }))
    }

    /// Certificate and chain of a seal, DER.
    pub async fn certificate(
        &self,
        seal: &str,
    ) -> std::result::Result<(Vec<u8>, Vec<Vec<u8>>), SealerError> {
        let asked = CertificateRequest {
            seal: seal.to_owned(),
        };
        let answer: CertificateAnswer = self.call("/certificates", &asked).await?;
        let chain: std::result::Result<_, _> = answer.chain.iter().map(|c| decode(c)).collect();
        Ok((decode(&answer.certificate)?, chain?))
    }

    async fn sign(&self, asked: &SignatureRequest) -> std::result::Result<Vec<u8>, SealerError> {
        let answer: SignatureAnswer = self.call("/signatures", asked).await?;
        decode(&answer.signature)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        asked: &impl Serialize,
    ) -> std::result::Result<T, SealerError> {
        let body = serde_json::to_string(asked).map_err(wrong)?;
        let request = new_id();
        let mut outcome = Err(SealerError::Slow);
        for _ in 0..TRIES {
            outcome = self.once(path, &request, &body).await;
            if !matches!(outcome, Err(SealerError::Slow | SealerError::Down(_))) {
                break;
            }
        }
        serde_json::from_slice(&outcome?).map_err(|_| SealerError::Wrong("no such answer".into()))
    }

    async fn once(
        &self,
        path: &str,
        request: &str,
        body: &str,
    ) -> std::result::Result<Vec<u8>, SealerError> {
        let sent = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header("x-request-id", request)
            .header("x-signature", proof(&self.secret, path, request, body))
            .body(body.to_owned())
            .send()
            .await;
        let mut answer = sent.map_err(fault)?;
        let status = answer.status();
        if status.is_server_error() {
            return Err(SealerError::Down(format!("status {status}")));
        }
        if !status.is_success() {
            return Err(SealerError::Wrong(format!("status {status}")));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(fault)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > LONGEST_ANSWER {
                return Err(SealerError::Wrong("answer too long".into()));
            }
        }
        Ok(bytes)
    }
}

/// Proves that a request is ours: HMAC-SHA256 over path, request id and body, a line each, hexadecimal.
#[must_use]
pub fn proof(secret: &str, path: &str, request: &str, body: &str) -> String {
    let message = format!("{path}\n{request}\n{body}");
    hex::encode(hmac(secret.as_bytes(), message.as_bytes()))
}

fn fault(error: reqwest::Error) -> SealerError {
    if error.is_timeout() {
        SealerError::Slow
    } else {
        SealerError::Down(error.without_url().to_string())
    }
}

fn wrong(error: impl std::fmt::Display) -> SealerError {
    SealerError::Wrong(error.to_string())
}

fn decode(text: &str) -> std::result::Result<Vec<u8>, SealerError> {
    BASE64
        .decode(text)
        .map_err(|_| SealerError::Wrong("not base64".into()))
}

/// A seal whose key the service holds. Used on a thread that may wait.
pub struct RemoteSealer {
    pub service: SealingService,
    /// The seal's name at the service.
    pub name: String,
    pub algorithm: String,
    pub certificate: Vec<u8>,
    pub chain: Vec<Vec<u8>>,
    pub runtime: Handle,
}

impl Sealer for RemoteSealer {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn sign(&self, attributes: &[u8]) -> std::result::Result<Vec<u8>, SealerError> {
        let asked = SignatureRequest {
            seal: self.name.clone(),
            algorithm: self.algorithm.clone(),
            certificate_sha256: sha256_hex(&self.certificate),
            attributes: BASE64.encode(attributes),
            digest: sha256_hex(attributes),
        };
        self.runtime.block_on(self.service.sign(&asked))
    }
}
