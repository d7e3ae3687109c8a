//! Rows, one table a file. Texts are ids (UUIDv7) and words; instants are epoch milliseconds (UTC).
//! Nothing here knows the domain: `db` translates.

pub mod agency;
pub mod agency_key;
pub mod applicant;
pub mod authority;
pub mod batch;
pub mod batch_entry;
pub mod campaign;
pub mod campaign_agency;
pub mod campaign_window;
pub mod claim;
pub mod document;
pub mod duty;
pub mod entry;
pub mod event;
pub mod event_head;
pub mod evidence;
pub mod finding_decision;
pub mod idempotency;
pub mod late_admission;
pub mod negative_line;
pub mod negative_name;
pub mod nomination;
pub mod nomination_list;
pub mod officer;
pub mod officer_session;
pub mod one_time_code;
pub mod paper_receipt;
pub mod quota_use;
pub mod region;
pub mod scan;
pub mod scan_box;
pub mod slip;
pub mod stamp;
pub mod submission;
pub mod throttle;
