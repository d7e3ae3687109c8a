//! The server: http → app → domain → db.

/// Prints a line for the person at the terminal; a reader that has gone away (`| head`) is no fault.
#[macro_export]
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($part)*);
    }};
}

pub mod app;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod demo;
pub mod error;
pub mod files;
pub mod http;
pub mod media;
pub mod outside;
pub mod packs;
pub mod poster;
pub mod sample;
pub mod sealing_service;
pub mod security;
pub mod sms;
pub mod state;
pub mod telemetry;
pub mod timestamp_service;
pub mod virus_scanner;
pub mod wechat;
