//! One-time codes on their way to a phone.

use std::time::Duration;

use crate::config;
use crate::error::{Error, Result};
use crate::security::hmac;

/// The provider.
#[derive(Clone)]
pub enum Sms {
    /// Writes the code to the log; the demo only.
    Log,
    /// Hands `{"phone","code"}` to an address, signed.
    Http {
        client: reqwest::Client,
        url: String,
        secret: String,
    },
}

impl Sms {
    /// By the settings.
    pub fn new(settings: &config::Sms) -> Result<Sms> {
        if settings.url.is_empty() {
            return Ok(Sms::Log);
        }
        let client = crate::outside::client()
            .timeout(Duration::from_secs(5))
            .build()
            .map_err(|e| Error::Bug(e.to_string()))?;
        Ok(Sms::Http {
            client,
            url: settings.url.clone(),
            secret: settings.secret.0.clone(),
        })
    }

    /// Sends a code.
    pub async fn send(&self, phone: &str, code: &str) -> Result<()> {
        match self {
            Sms::Log => {
                tracing::warn!(target: "tuixuan::demo", "DEMO one-time code {code}");
                Ok(())
            }
            Sms::Http {
                client,
                url,
                secret,
            } => {
                let body = serde_json::json!({ "phone": phone, "code": code }).to_string();
                let signature = hex::encode(hmac(secret.as_bytes(), body.as_bytes()));
                let sent = client
                    .post(url)
                    .header("content-type", "application/json")
                    .header("x-signature", signature)
                    .body(body)
                    .send()
                    .await;
                match sent.and_then(reqwest::Response::error_for_status) {
                    Ok(_) => Ok(()),
                    Err(e) => Err(Error::Outside(format!("sms: {}", e.without_url()))),
                }
            }
        }
    }
}
