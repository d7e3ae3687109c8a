use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Condition, Key};
use crate::agency::Tier;

/// 逐级审核: one step of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewStep {
    pub key: Key,
    pub label: String,
    /// Tier of the agencies that act.
    pub tier: Tier,
    /// Their systems; two or more act together (会签).
    pub system: Vec<Key>,
    /// All must endorse, or one is enough.
    #[serde(default)]
    pub mode: StepMode,
    /// Passed over otherwise (the county's box stays empty on the direct route).
    #[serde(default)]
    pub when: Condition,
    /// Passed over when no agency of the tier and system stands above the entry (units without an office here).
    #[serde(default)]
    pub optional: bool,
    /// The stage by whose end it is taken, unless that stage takes applications; what came late with leave or back from a slip
    /// may still be dealt with.
    #[serde(default)]
    pub stage: Option<Key>,
    /// Days a returned applicant has to answer.
    #[serde(default = "days")]
    pub return_days: u32,
    #[serde(default)]
    pub slot: Vec<StampSlot>,
    #[serde(default)]
    pub clause: Option<Clause>,
}

fn days() -> u32 {
    3
}

/// 会签: how partners count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepMode {
    /// Every agency endorses.
    #[default]
    All,
    /// The first endorsement passes the step.
    Any,
}

/// 盖章处: a box on the form for one agency's opinion, date and seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StampSlot {
    pub key: Key,
    pub label: String,
    /// Which of the step's systems fills it.
    pub system: Key,
    /// The step cannot be endorsed before it is stamped.
    #[serde(default = "yes")]
    pub required: bool,
    #[serde(default)]
    pub when: Condition,
    #[serde(default)]
    pub clause: Option<Clause>,
}

fn yes() -> bool {
    true
}
