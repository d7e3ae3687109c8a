//! One noun a file; a function is one act: begin, load, decide, save, commit, then tell.

pub mod batches;
pub mod campaigns;
pub mod entries;
pub mod forms;
pub mod nominations;
pub mod people;
pub mod queue_sheet;
pub mod reviews;
pub mod stamps;
