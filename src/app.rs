//! One noun a file; a function is one act: begin, load, decide, save, commit, then tell.

pub mod agencies;
pub mod applicants;
pub mod batches;
pub mod campaigns;
pub mod checks;
pub mod entries;
pub mod evidence;
pub mod forms;
pub mod keys;
pub mod late_admissions;
pub mod negative_lines;
pub mod negative_sheet;
pub mod nominations;
pub mod notices;
pub mod officers;
pub mod paper_receipts;
pub mod queue_sheet;
pub mod reviews;
pub mod scans;
pub mod seals;
pub mod sessions;
pub mod stamps;
pub mod submissions;
pub mod throttles;
pub mod typesetting;
pub mod verification;
