//! The server: http → app → domain → db.

pub mod clock;
pub mod db;
pub mod error;
pub mod security;
