//! The proof of the documents crate: forms, stamps, tampering, uploads; other people's tools where installed.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

mod brought;
mod forms;
mod golden;
mod kept;
mod papers;
mod probe;
mod scans;
mod stamps;
mod suites;
mod support;
mod tamper;
mod timestamps;
mod withdrawn;
