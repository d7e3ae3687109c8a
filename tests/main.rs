//! One binary for all tests of the server.

mod config;
mod files;
mod health;
mod http_shell;
mod security;
mod wechat;
