//! The parts of a run, a file each.

pub mod documents;
pub mod http;
pub mod queue;
pub mod start;
pub mod submit;
