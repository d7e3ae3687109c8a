//! `/admin/api/v1`: officers, experts, organisers.

mod batches;
mod campaigns;
mod entries;
mod nominations;
mod people;

use poem_openapi::{OpenApiService, Tags};

/// Groups of operations.
#[derive(Tags)]
pub enum Group {
    /// 登录与人员
    People,
    /// 推选活动
    Campaigns,
    /// 审核
    Reviews,
    /// 报送
    Reports,
}

/// Every noun's operations.
type Operations = (
    people::People,
    campaigns::Campaigns,
    entries::Entries,
    nominations::Nominations,
    batches::Batches,
);

/// The service with its document.
pub fn service() -> OpenApiService<Operations, ()> {
    OpenApiService::new(
        (
            people::People,
            campaigns::Campaigns,
            entries::Entries,
            nominations::Nominations,
            batches::Batches,
        ),
        "tuixuan admin API",
        env!("CARGO_PKG_VERSION"),
    )
    .description("推选活动管理端接口。不在本单位办理范围内的内容一律按不存在回答。")
    .server("/admin/api/v1")
}
