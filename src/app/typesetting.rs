//! Slow work on texts from outside: forms typeset, notices checked. Each runs on a thread of its own with stack enough;
//! after its time nobody waits for it any more.
//!
//! Typst cannot be interrupted. A template that does not end keeps its thread and its seat; when all seats are kept,
//! forms are answered as busy and everything else goes on. Threads of their own, because the runtime's blocking
//! ones would hold up its end.

use std::sync::Arc;
use std::time::Duration;

use documents::render::{RenderError, Rendered, Renderer};
use serde_json::Value;
use tokio::sync::{Semaphore, oneshot};

use crate::config::Limits;
use crate::error::{Error, Result};

const STACK: usize = 64 << 20;

/// Typesets forms, a few at once.
pub struct Typesetter {
    renderer: Arc<Renderer>,
    seats: Arc<Semaphore>,
    patience: Duration,
}

impl Typesetter {
    /// With the bounds of the settings.
    #[must_use]
    pub fn new(limits: &Limits) -> Typesetter {
        let hands = std::thread::available_parallelism().map_or(2, usize::from);
        Typesetter {
            renderer: Arc::new(Renderer::new()),
            seats: Arc::new(Semaphore::new(hands * 2)),
            patience: Duration::from_secs(limits.form_seconds),
        }
    }

    /// Renders a template with data as of an instant. `None` when it did not end in time.
    pub async fn render(
        &self,
        template: String,
        data: Value,
        at: i64,
    ) -> Result<Option<std::result::Result<Rendered, RenderError>>> {
        let renderer = self.renderer.clone();
        self.run(move || renderer.render(&template, &data, at))
            .await
    }

    /// Runs slow work; `None` when it did not end in time, or fell over. Busy when no seat gets free meanwhile.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let seat = tokio::time::timeout(self.patience, self.seats.clone().acquire_owned());
        let seat = seat.await.ok().and_then(std::result::Result::ok);
        let seat = seat.ok_or(Error::Busy)?;
        let (tell, told) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("typesetter".into())
            .stack_size(STACK);
        thread.spawn(move || {
            let _seat = seat;
            let _ = tell.send(work());
        })?;
        let done = tokio::time::timeout(self.patience, told).await;
        Ok(done.ok().and_then(std::result::Result::ok))
    }
}
