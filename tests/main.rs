//! One binary for all tests of the server.

mod config;
mod health;
mod http_shell;
mod security;
