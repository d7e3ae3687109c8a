use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Key};

/// 网络投票、展播点赞. What the notice leaves open is absent and must be decided before the first ballot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    pub label: String,
    #[serde(default)]
    pub stage: Option<Key>,
    /// Only entries that passed this cut stand in it.
    #[serde(default)]
    pub after: Option<Key>,
    /// The score part it feeds; absent: advisory only (仅供参考).
    #[serde(default)]
    pub part: Option<Key>,
    /// Who counts as one voter.
    #[serde(default)]
    pub unit: Option<PollUnit>,
    /// How often a voter may cast a ballot.
    #[serde(default)]
    pub period: Option<PollPeriod>,
    /// Fewest and most picks on one ballot, both included; equal: exactly so many.
    #[serde(default)]
    pub picks: Option<Picks>,
    /// Most votes of one voter for one candidate in a period.
    #[serde(default)]
    pub per_candidate: Option<u32>,
    /// Most picks in one category on one ballot.
    #[serde(default)]
    pub per_category: Option<u32>,
    /// When totals can be seen.
    #[serde(default)]
    pub totals: Option<Totals>,
    /// Where votes come from.
    #[serde(default)]
    pub channel: Vec<PollChannel>,
    /// What becomes of ballots that one voter casts by several ways.
    #[serde(default)]
    pub merge: Option<PollMerge>,
    pub clause: Clause,
}

/// One voter is one …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PollUnit {
    /// WeChat user of the mini-program.
    Openid,
    /// Confirmed phone number.
    Phone,
    /// Identity number, real name.
    Identity,
    /// Network address; weak, because many share one.
    Ip,
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PollPeriod {
    /// One ballot a day of Asia/Shanghai.
    Day,
    /// One ballot in all.
    Whole,
}

/// Fewest and most picks, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Picks {
    pub min: u32,
    pub max: u32,
}

/// When the public sees totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "shown", rename_all = "snake_case", deny_unknown_fields)]
pub enum Totals {
    /// At any time.
    Live,
    /// Once a day at this hour, 0 to 23, Asia/Shanghai.
    Daily { hour: u32 },
    /// After the poll.
    AtEnd,
    /// Never; only the result.
    Never,
}

/// A way to vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PollChannel {
    MiniProgram,
    Web,
}

/// One voter on several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PollMerge {
    /// One voter all the same: the limits hold for all ways together.
    OneVoter,
    /// Each way counts apart.
    Apart,
    /// 重复投票均无效: both are void.
    BothVoid,
}
