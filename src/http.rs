//! The web: the only place that knows poem. A shell around everything, and the operations by noun.

pub mod admin;
pub mod applicant;
pub mod body_guard;
pub mod caller;
pub mod client_ip;
pub mod contract;
mod deliverables;
pub mod download;
pub mod headers;
pub mod health;
pub mod input;
mod jpeg;
mod nul;
pub mod problem;
pub mod routes;
pub mod server;
pub mod shell;
mod stored;
pub mod verification_page;
pub mod views;
mod web_page;
mod wechat_push;
pub mod wechat_sign_in;
mod withdrawals;
