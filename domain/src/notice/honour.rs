use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Honoured, Key};
use crate::agency::Tier;

/// 公示: the result stands in public, open to objections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    pub stage: Key,
    /// Length in days; `None`: the notice leaves it open.
    #[serde(default)]
    pub days: Option<u32>,
    /// The days are working days (工作日).
    #[serde(default)]
    pub working_days: bool,
    /// Where it can be read.
    #[serde(default)]
    pub place: Vec<String>,
    pub clause: Clause,
}

/// 奖项名额: an honour with its seats, or a published list (榜单).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Honour {
    pub key: Key,
    pub label: String,
    #[serde(default)]
    pub of: Honoured,
    /// Categories it is drawn from; empty: all.
    #[serde(default)]
    pub category: Vec<Key>,
    /// Places, the number included; `None`: the notice leaves it open (若干个).
    #[serde(default)]
    pub seats: Option<u32>,
    /// Proposed beyond the places, in order, in case one falls out (备选).
    #[serde(default)]
    pub spare: u32,
    /// Most winners of one territory or of one recommending body.
    #[serde(default)]
    pub balance: Vec<Balance>,
    /// Names that the source itself prints, in its order; an organiser's list only.
    #[serde(default)]
    pub listed: Vec<Listed>,
    pub clause: Clause,
}

/// 地区均衡: a cap on winners that have something in common (每省每类不超过2个).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// Tier of the territory or body that is counted.
    pub per: Tier,
    /// At most this many, the number included.
    pub max: u32,
    pub clause: Clause,
}

/// One name of a list, verbatim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Account, medium, unit or title of a case.
    pub name: String,
    /// Whose case it is.
    #[serde(default)]
    pub owner: Option<String>,
}

/// 榜单发布: how the lists come out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    #[serde(default)]
    pub order: ListOrder,
    /// One list after another (先后发布), each by an act of its own.
    #[serde(default)]
    pub staged: bool,
    /// One body may stand on several lists.
    #[serde(default)]
    pub several: bool,
    /// Who signs before it goes out, in order (编辑、审核).
    #[serde(default)]
    pub sign_off: Vec<SignOff>,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// Order of names on a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    /// By final rank.
    #[default]
    Rank,
    /// As the organiser puts them.
    Manual,
}

/// One signature before publication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    pub key: Key,
    pub label: String,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// 奖牌、证书: something printed for those honoured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Print {
    pub key: Key,
    pub kind: PrintKind,
    /// Honours it is for; empty: all.
    #[serde(default)]
    pub honour: Vec<Key>,
    /// In whose name it is issued, where the notice says so.
    #[serde(default)]
    pub issuer: Option<String>,
    pub clause: Clause,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrintKind {
    /// 奖牌.
    Plaque,
    /// 证书.
    Certificate,
    /// 通报、表彰文件.
    Commendation,
}

/// 宣传推广.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publicity {
    pub key: Key,
    pub label: String,
    pub kind: PublicityKind,
    /// The body that does it.
    #[serde(default)]
    pub by: Option<String>,
    #[serde(default)]
    pub stage: Option<Key>,
    /// Asked of those who take part; a person looks at it, nobody is excluded by it alone.
    #[serde(default)]
    pub asked_of_entrants: bool,
    pub clause: Clause,
}

/// Kinds of publicity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublicityKind {
    /// 专题页面.
    Page,
    /// 首发: nobody else publishes before this body has.
    FirstPublication,
    /// 宣传报道: a press pack.
    Press,
    /// 转发.
    Repost,
    /// 活动标签与主视觉: material that everybody uses.
    Material,
}

/// 向上推荐: those honoured here go on to another campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    pub key: Key,
    /// Title of the other campaign, as printed.
    pub to: String,
    /// Key of its pack, when it is in this system.
    #[serde(default)]
    pub pack: Option<Key>,
    /// Some are chosen (择优、部分); otherwise all go.
    #[serde(default)]
    pub chosen: bool,
    pub clause: Clause,
}

/// 会议、培训、典礼: people are invited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gathering {
    pub key: Key,
    pub label: String,
    pub kind: GatheringKind,
    #[serde(default)]
    pub stage: Option<Key>,
    /// Only entries that passed this cut.
    #[serde(default)]
    pub after: Option<Key>,
    /// Only those honoured so.
    #[serde(default)]
    pub honour: Vec<Key>,
    /// About how many people.
    #[serde(default)]
    pub size: Option<u32>,
    #[serde(default)]
    pub day: Option<NaiveDate>,
    pub clause: Clause,
}

/// Kinds of gathering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GatheringKind {
    /// 培训班.
    Training,
    /// 颁奖典礼.
    Ceremony,
    /// 主题分享: speakers per kind of winner.
    Sharing,
    /// 总结、研讨.
    Meeting,
}
