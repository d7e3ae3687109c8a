//! `GET /health/live`: the process runs. `GET /health/ready`: it can do its work; red while it is
//! stopping, so that balancers look elsewhere first.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use poem::Response;
use poem::http::StatusCode;
use serde_json::json;

type Check = dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync;

/// Whether requests should be sent here.
#[derive(Clone)]
pub struct Readiness {
    stopping: Arc<AtomicBool>,
    check: Arc<Check>,
}

// a dependency that takes longer than this is away
const PATIENCE: Duration = Duration::from_secs(2);

impl Readiness {
    /// Ready when `check` (say, a ping of the database) answers true within two seconds.
    pub fn new<F, R>(check: F) -> Readiness
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = bool> + Send + 'static,
    {
        Readiness {
            stopping: Arc::new(AtomicBool::new(false)),
            check: Arc::new(move || Box::pin(check())),
        }
    }

    /// Ready unless stopping; for tests and servers without dependencies.
    #[must_use]
    pub fn always() -> Readiness {
        Readiness::new(|| async { true })
    }

    /// From now on not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Asks.
    pub async fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Acquire)
            && tokio::time::timeout(PATIENCE, (self.check)())
                .await
                .unwrap_or(false)
    }
}

/// Answers the two health paths; `None` for any other.
pub async fn answer(path: &str, readiness: &Readiness) -> Option<Response> {
    let healthy = match path {
        "/health/live" => true,
        "/health/ready" => readiness.is_ready().await,
        _ => return None,
    };
    let (status, word) = if healthy {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    Some(
        Response::builder()
            .status(status)
            .content_type("application/json")
            .body(json!({ "status": word }).to_string()),
    )
}
