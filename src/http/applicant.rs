//! `/api/v1`: applicants and the public.

mod attachments;
mod campaigns;
mod certificates;
mod client_settings;
mod deliverables;
mod documents;
mod entries;
mod entry_codes;
mod evidence;
mod evidence_input;
mod examples;
mod sessions;
mod submissions;
mod subscriptions;
mod uploads;

use std::sync::LazyLock;

use poem_openapi::{OpenApiService, Tags};

use super::contract;

/// Groups of operations.
#[derive(Tags)]
pub enum Group {
    /// 登录
    Sessions,
    /// 推选活动
    Campaigns,
    /// 申报
    Entries,
    /// 核验
    Documents,
}

/// Every noun's operations.
type Operations = (
    client_settings::ClientSettings,
    sessions::Sessions,
    campaigns::Campaigns,
    attachments::Attachments,
    entries::Entries,
    evidence::Evidence,
    uploads::Uploads,
    submissions::Submissions,
    deliverables::Deliverables,
    documents::Documents,
    certificates::Certificates,
    subscriptions::Subscriptions,
    entry_codes::EntryCodes,
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
            client_settings::ClientSettings,
            sessions::Sessions,
            campaigns::Campaigns,
            attachments::Attachments,
            entries::Entries,
            evidence::Evidence,
            uploads::Uploads,
            submissions::Submissions,
            deliverables::Deliverables,
            documents::Documents,
            certificates::Certificates,
            subscriptions::Subscriptions,
            entry_codes::EntryCodes,
        ),
        "tuixuan applicant API",
        env!("CARGO_PKG_VERSION"),
    )
    .description(
        "推选活动申报端接口。字数按 NFC 规范化后的 Unicode 字符计，CRLF 计为一个字符，首尾空白不计。\
         时间均为 UTC 毫秒数；起止以服务器时间为准。",
    )
    .server("/api/v1")
}
