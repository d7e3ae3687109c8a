//! The rules of a selection campaign (推选).
//!
//! Pure values: no clock, no database, no web, no files. A rule takes the notice, the entry, the
//! actor and the time, and answers with the new value *and what happened*, or with a refusal.
//!
//! # The words
//!
//! | 中文 | here | 中文 | here |
//! |---|---|---|---|
//! | 通知 | [`notice::Notice`] | 推选活动 | campaign |
//! | 类别 | [`notice::Category`] | 阶段、时间 | [`notice::Stage`], [`notice::Window`] |
//! | 申报途径 | [`notice::Route`] | 推荐名额 | [`notice::Quota`] |
//! | 申报表、字段、填写 | [`notice::Form`], [`notice::Field`], [`form::Answers`] | 佐证材料 | evidence |
//! | 申报、参选作品 | `entry` | 逐级审核 | [`notice::ReviewStep`], `review` |
//! | 同意、退回、不予推荐 | endorse, return, decline | 补正通知 | slip |
//! | 网信办等机构、层级、区划 | [`agency::Agency`], [`agency::Tier`], region | 工作人员 | officer |
//! | 印章、盖章、盖章处 | seal, stamp, [`notice::StampSlot`] | 审计日志 | event |
//! | 印章登记、停用、注销 | [`seal::register::Seal`] | 保管人 | keeper |
//! | 负面名单的记录 | [`negative_line::Line`] | 命中 | [`eligibility::NegativeHit`] |
//! | 条线 | system | 推荐表（地市） | [`notice::NominationList`], [`nomination::Nomination`] |
//! | 通知体检 | [`notice::check`], [`notice::lint`] | 入围 | [`notice::Cut`] |
//! | 综合评分、评分细则 | [`notice::Score`], [`notice::Rubric`] | 网络投票 | [`notice::Poll`] |
//! | 公示 | [`notice::Announcement`] | 奖项名额、榜单 | [`notice::Honour`], [`notice::Publication`] |
//! | 盖章扫描件 | [`scan::Scanned`] | 纸质原件签收 | paper receipt |
//! | 证书登记、撤销 | [`certificate::Certificate`], revoke | 奖牌证书（通知） | [`notice::Print`] |
//! | 病毒检查 | [`virus::VirusState`] | 分片上传 | [`upload`] |
//! | 订阅消息 | message, subscription | 内容安全 | content check |
//! | 小程序码 | code of an entry | 公众号 | official account |
//! | 后续材料、实践任务 | [`notice::Deliverable`], [`deliverable`] | 纸质版、电子版 | [`notice::Receipt`] |
//! | 附件（通知） | [`notice::Attachment`] | 空白样表 | blank form |

pub mod actor;
pub mod agency;
pub mod batch;
pub mod certificate;
pub mod deliverable;
pub mod eligibility;
pub mod entry;
pub mod event;
pub mod evidence;
pub mod finding;
pub mod form;
pub mod form_check;
pub mod negative_line;
pub mod nomination;
pub mod notice;
pub mod permission;
pub mod quota;
pub mod refusal;
pub mod review;
pub mod scan;
pub mod seal;
pub mod text;
pub mod upload;
pub mod virus;
