//! `/admin/api/v1`: officers, experts, organisers.

mod agencies;
mod attachments;
mod batches;
mod campaigns;
mod certificates;
mod content_checks;
mod deliverables;
mod dossiers;
mod entries;
mod examples;
mod late_admissions;
mod negative_lines;
mod nominations;
mod notices;
mod officers;
mod paper_receipts;
mod papers;
mod queue;
mod reviews;
mod seals;
mod sessions;
mod stamps;
mod trail;

use std::sync::LazyLock;

use domain::permission::{Act, require};
use poem_openapi::{OpenApiService, Tags};

use super::caller::AsOfficer;
use super::contract;
use super::problem::Problem;
use crate::error::Error;

/// Groups of operations.
#[derive(Tags)]
pub enum Group {
    /// 登录与人员
    People,
    /// 推选活动
    Campaigns,
    /// 审核
    Reviews,
    /// 印章
    Seals,
    /// 报送
    Reports,
    /// 文书
    Papers,
}

/// Every noun's operations.
type Operations = (
    sessions::Sessions,
    agencies::Agencies,
    officers::Officers,
    campaigns::Campaigns,
    late_admissions::LateAdmissions,
    queue::Queue,
    entries::Entries,
    reviews::Reviews,
    stamps::Stamps,
    seals::Seals,
    nominations::Nominations,
    notices::Notices,
    batches::Batches,
    negative_lines::NegativeLines,
    paper_receipts::PaperReceipts,
    // a tuple of operations has sixteen members at most
    (
        attachments::Attachments,
        papers::Papers,
        dossiers::Dossiers,
        certificates::Certificates,
        deliverables::Deliverables,
        content_checks::ContentChecks,
        trail::Trail,
    ),
);

/// What the service takes and answers (OpenAPI 3), with the errors of each operation.
pub fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| contract::tell(service().spec()));
    &DOCUMENT
}

/// The operations.
pub fn service() -> OpenApiService<Operations, ()> {
    OpenApiService::new(
        (
            sessions::Sessions,
            agencies::Agencies,
            officers::Officers,
            campaigns::Campaigns,
            late_admissions::LateAdmissions,
            queue::Queue,
            entries::Entries,
            reviews::Reviews,
            stamps::Stamps,
            seals::Seals,
            nominations::Nominations,
            notices::Notices,
            batches::Batches,
            negative_lines::NegativeLines,
            paper_receipts::PaperReceipts,
            (
                attachments::Attachments,
                papers::Papers,
                dossiers::Dossiers,
                certificates::Certificates,
                deliverables::Deliverables,
                content_checks::ContentChecks,
                trail::Trail,
            ),
        ),
        "tuixuan admin API",
        env!("CARGO_PKG_VERSION"),
    )
    .description("推选活动管理端接口。不在本单位办理范围内的内容一律按不存在回答。")
    .server("/admin/api/v1")
}

/// Refuses what the caller's roles do not allow.
fn may(who: &AsOfficer, act: Act) -> Result<(), Problem> {
    Ok(require(&who.0, act).map_err(Error::Forbidden)?)
}
