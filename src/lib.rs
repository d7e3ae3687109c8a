//! The server: http → app → domain → db.

pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod demo;
pub mod error;
pub mod files;
pub mod http;
pub mod media;
pub mod packs;
pub mod security;
pub mod sms;
pub mod state;
pub mod telemetry;
pub mod wechat;
