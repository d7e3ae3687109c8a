//! Tests of the service, over HTTP and a real database.

mod config;
mod contract;
mod entries;
mod files;
mod health;
mod http_shell;
mod journeys;
mod media;
mod security;
mod support;
mod trail;
mod wechat;
