//! The schema, step by step; `README.md` holds the rules that keep it good on three databases.

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::MigratorTrait;

mod columns;
mod m20261123_100000_create_regions;
mod m20261123_100100_create_agencies;
mod m20261123_100200_create_applicants;
mod m20261123_100300_create_campaigns;
mod m20261123_100400_create_entries;
mod m20261123_100500_create_reviews;
mod m20261123_100600_create_documents;
mod m20261123_100700_create_events;
mod m20261123_110100_create_nominations;
mod m20261123_110200_create_batches;
mod m20261123_110300_create_negative_listings;
mod m20261123_110400_index_events_by_agency;
mod m20261123_120000_create_seals;
mod m20261123_120100_name_seals_in_stamps;
mod m20261123_120200_tie_keys_to_seals;
mod m20261123_134000_add_nomination_template;
mod m20261123_134100_add_agency_closing;
mod m20261123_134200_index_agencies_by_name;
mod m20261123_134300_add_nomination_round;
mod m20261123_141000_create_negative_lines;
mod m20261123_141100_drop_negative_listings;
mod m20261123_141200_index_throttles_by_start;
mod m20261123_150000_create_scans;
mod m20261123_150100_create_paper_receipts;
mod m20261125_233000_move_answers_last;
mod m20261126_150000_create_deliverables;
mod m20261126_160000_create_certificates;
mod m20261126_170000_measure_videos;
mod m20261126_170100_create_uploads;
mod m20261126_170200_create_evidence_copies;
mod m20261126_180000_create_submitted_files;
mod m20261126_180100_index_objects;
mod m20261126_190000_create_virus_checks;
mod m20261126_200000_create_single_uses;
mod m20261126_200100_create_subscriptions;
mod m20261126_200200_create_outbox;
mod m20261126_200300_create_content_checks;
mod m20261126_200400_add_account_openid;
mod m20261126_210000_place_upload_parts;
mod m20261127_090000_order_evidence;
mod m20261127_090100_create_attachments;
mod m20261130_160000_create_installations;
mod m20261130_160100_index_events_by_kind;
mod m20261130_160200_add_late_withdrawal;
mod m20261130_163000_return_nomination_lists;
mod m20261130_203000_index_duties_by_decision;
mod regions;

/// All steps in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_100000_create_regions::Migration),
            Box::new(m20261123_100100_create_agencies::Migration),
            Box::new(m20261123_100200_create_applicants::Migration),
            Box::new(m20261123_100300_create_campaigns::Migration),
            Box::new(m20261123_100400_create_entries::Migration),
            Box::new(m20261123_100500_create_reviews::Migration),
            Box::new(m20261123_100600_create_documents::Migration),
            Box::new(m20261123_100700_create_events::Migration),
            Box::new(m20261123_110100_create_nominations::Migration),
            Box::new(m20261123_110200_create_batches::Migration),
            Box::new(m20261123_110300_create_negative_listings::Migration),
            Box::new(m20261123_110400_index_events_by_agency::Migration),
            Box::new(m20261123_120000_create_seals::Migration),
            Box::new(m20261123_120100_name_seals_in_stamps::Migration),
            Box::new(m20261123_120200_tie_keys_to_seals::Migration),
            Box::new(m20261123_134000_add_nomination_template::Migration),
            Box::new(m20261123_134100_add_agency_closing::Migration),
            Box::new(m20261123_134200_index_agencies_by_name::Migration),
            Box::new(m20261123_134300_add_nomination_round::Migration),
            Box::new(m20261123_141000_create_negative_lines::Migration),
            Box::new(m20261123_141100_drop_negative_listings::Migration),
            Box::new(m20261123_141200_index_throttles_by_start::Migration),
            Box::new(m20261123_150000_create_scans::Migration),
            Box::new(m20261123_150100_create_paper_receipts::Migration),
            Box::new(m20261125_233000_move_answers_last::Migration),
            Box::new(m20261126_150000_create_deliverables::Migration),
            Box::new(m20261126_160000_create_certificates::Migration),
            Box::new(m20261126_170000_measure_videos::Migration),
            Box::new(m20261126_170100_create_uploads::Migration),
            Box::new(m20261126_170200_create_evidence_copies::Migration),
            Box::new(m20261126_180000_create_submitted_files::Migration),
            Box::new(m20261126_180100_index_objects::Migration),
            Box::new(m20261126_190000_create_virus_checks::Migration),
            Box::new(m20261126_200000_create_single_uses::Migration),
            Box::new(m20261126_200100_create_subscriptions::Migration),
            Box::new(m20261126_200200_create_outbox::Migration),
            Box::new(m20261126_200300_create_content_checks::Migration),
            Box::new(m20261126_200400_add_account_openid::Migration),
            Box::new(m20261126_210000_place_upload_parts::Migration),
            Box::new(m20261127_090000_order_evidence::Migration),
            Box::new(m20261127_090100_create_attachments::Migration),
            Box::new(m20261130_160000_create_installations::Migration),
            Box::new(m20261130_160100_index_events_by_kind::Migration),
            Box::new(m20261130_160200_add_late_withdrawal::Migration),
            Box::new(m20261130_163000_return_nomination_lists::Migration),
            Box::new(m20261130_203000_index_duties_by_decision::Migration),
        ]
    }
}
