use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Condition, Key};
use crate::agency::Tier;

/// A body that takes part, as the pack proposes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencySeed {
    pub key: Key,
    pub name: String,
    pub tier: Tier,
    /// 条线, e.g. `cyberspace` (网信), `civilisation` (文明办), `education`.
    pub system: Key,
    /// GB/T 2260 code of its seat.
    pub region: String,
    /// Key of the body above it.
    #[serde(default)]
    pub parent: Option<Key>,
}

/// 推选对象: what can be entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    pub key: Key,
    pub label: String,
    pub profile: Profile,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// The shape of a subject; the rules for matrices look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    Account,
    Website,
    /// 传播矩阵: several accounts of one operator.
    Matrix,
    /// 案例.
    Case,
    /// 单位.
    Unit,
}

/// A platform that accounts live on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    pub key: Key,
    pub label: String,
}

/// 类别.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub key: Key,
    pub label: String,
    /// Kinds of subject it takes; empty: all.
    #[serde(default)]
    pub subject: Vec<Key>,
    /// 「其他」: the kind must be written out.
    #[serde(default)]
    pub needs_text: bool,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// 申报途径: who brings an entry in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub key: Key,
    pub label: String,
    /// The agency through which it goes; absent: the applicant registers alone.
    #[serde(default)]
    pub via: Option<Via>,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// Which agencies a route runs through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Via {
    pub tier: Tier,
    #[serde(default)]
    pub system: Option<Key>,
    /// Tier of the agency right above it, where that matters (市直 units hang under the city).
    #[serde(default)]
    pub under: Option<Tier>,
}

/// 推荐名额: how many entries one holder may have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub key: Key,
    pub label: String,
    pub per: QuotaHolder,
    /// At most this many, the number included.
    pub max: u32,
    /// Count each category apart (在5个类别中各推荐1个).
    #[serde(default)]
    pub each_category: bool,
    /// When a place is taken.
    #[serde(default)]
    pub taken: QuotaTaken,
    /// Which entries count.
    #[serde(default)]
    pub when: Condition,
    pub clause: Clause,
}

/// Who holds the places of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaHolder {
    /// The agency through which the entry goes.
    Agency,
    /// The operator (运营主体) named in the form, spelled alike.
    Operator,
    /// The signed-in applicant.
    Applicant,
    /// The whole campaign.
    Campaign,
}

/// The act that uses a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaTaken {
    /// When the entry is submitted; freed when it is withdrawn or declined.
    #[default]
    Submission,
    /// When the agency through which the entry goes endorses it; freed when that is undone. Where that agency has a list to
    /// send, the entry must be on it.
    Nomination,
}
