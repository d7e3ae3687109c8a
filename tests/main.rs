//! Tests of the service, over HTTP and a real database.
#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has said what is wrong"
)]

mod agencies;
mod arrows;
mod attachments;
mod batches;
mod campaigns;
mod certificates;
mod config;
mod contract;
mod deliverables;
mod dossiers;
mod durability;
mod entries;
mod events;
mod evidence_order;
mod files;
mod fuzz_lock;
mod health;
mod housekeeping;
mod http_shell;
mod journeys;
mod late_admissions;
mod media;
mod migrations;
mod negative_lines;
mod nominations;
mod notices;
mod oss;
mod paper_receipts;
mod papers;
mod permissions;
mod planning;
mod posters;
mod processes;
mod queue_sheet;
mod regions;
mod resets;
mod review_windows;
mod reviews;
mod sample_media;
mod samples;
mod scans;
mod sealing;
mod seals;
mod second_factor;
mod security;
mod sign_in;
mod stamps;
mod submissions;
mod support;
mod throttles;
mod timestamps;
mod together;
mod trail;
mod uploads;
mod verification;
mod videos;
mod viruses;
mod web_page;
mod wechat;
mod writer;
