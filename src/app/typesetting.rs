//! Slow work on texts from outside: forms typeset, notices checked. Each runs on a thread of its own with stack enough;
//! after its time nobody waits for it any more.
//!
//! Typst cannot be interrupted. A template that does not end keeps its thread and its seat; when all seats are kept,
//! callers are answered as busy and everything else goes on. What nobody has proved yet is drawn by a child, which can be
//! ended, on seats apart. Threads of their own, because the runtime's blocking ones would hold up its end.

pub mod proof;

use std::sync::Arc;
use std::time::Duration;

use documents::render::{RenderError, Rendered, Renderer};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::config::Settings;
use crate::error::{Error, Result};
use proof::{Bounds, Proof};

const STACK: usize = 64 << 20;

/// What came of a drawing.
pub type Drawn = std::result::Result<Rendered, RenderError>;

/// Typesets forms, a few at once.
pub struct Typesetter {
    renderer: Arc<Renderer>,
    /// For forms of campaigns.
    forms: Arc<Semaphore>,
    /// For drafts, which anybody may ask for as often as they like: offices that stamp do not wait for them.
    drafts: Arc<Semaphore>,
    /// For notices and templates that are being checked.
    proofs: Arc<Semaphore>,
    patience: Duration,
    bounds: Bounds,
}

impl Typesetter {
    /// With the bounds of the settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Typesetter {
        let limits = &settings.limits;
        let patience = Duration::from_secs(limits.form_seconds);
        let hands = std::thread::available_parallelism().map_or(2, usize::from);
        Typesetter {
            renderer: Arc::new(Renderer::with_fonts(settings.notices.fonts.clone())),
            forms: Arc::new(Semaphore::new(hands * 2)),
            drafts: Arc::new(Semaphore::new(hands)),
            proofs: Arc::new(Semaphore::new(hands)),
            patience,
            bounds: Bounds {
                program: settings.program.0.clone(),
                patience,
                memory_mib: limits.proof_mib,
                fonts: settings.notices.fonts.clone(),
            },
        }
    }

    /// Renders a campaign's template with data as of an instant. `None` when it did not end in time.
    pub async fn render(&self, template: String, data: Value, at: i64) -> Result<Option<Drawn>> {
        let renderer = self.renderer.clone();
        let work = move || renderer.render(&template, &data, at);
        self.run(&self.forms, work).await
    }

    /// Renders a draft's.
    pub async fn draft(&self, template: String, data: Value, at: i64) -> Result<Option<Drawn>> {
        let renderer = self.renderer.clone();
        let work = move || renderer.render(&template, &data, at);
        self.run(&self.drafts, work).await
    }

    /// Renders with files enclosed, see [`Renderer::render_with`].
    pub async fn render_with(
        &self,
        template: String,
        data: Value,
        enclosed: Vec<Vec<u8>>,
        at: i64,
    ) -> Result<Option<Drawn>> {
        let renderer = self.renderer.clone();
        let work = move || renderer.render_with(&template, &data, enclosed, at);
        self.run(&self.forms, work).await
    }

    /// Characters of a text that no font draws, each once: a look into tables, a ten thousandth of a second for a whole form.
    #[must_use]
    pub fn missing(&self, text: &str) -> Vec<char> {
        self.renderer.missing_glyphs(text)
    }

    /// A place for drawing the templates of a pack that is being checked. Busy when none gets free in time.
    pub async fn proof(&self) -> Result<Proof> {
        let seat = self.seat(&self.proofs).await?;
        Ok(Proof::new(self.bounds.clone(), seat))
    }

    /// Does the slow work of a check.
    pub async fn check<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>> {
        self.run(&self.proofs, work).await
    }

    /// `None` when the work did not end in time, or fell over. Busy when no seat gets free meanwhile.
    async fn run<T: Send + 'static>(
        &self,
        seats: &Arc<Semaphore>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let seat = self.seat(seats).await?;
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

    async fn seat(&self, seats: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
        let seat = tokio::time::timeout(self.patience, seats.clone().acquire_owned());
        let seat = seat.await.ok().and_then(std::result::Result::ok);
        seat.ok_or(Error::Busy)
    }
}
