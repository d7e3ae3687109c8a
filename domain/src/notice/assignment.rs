use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Key, Via};
use crate::agency::Tier;

/// 任务分工: what the notice asks of bodies that take part, and what they may see for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    pub key: Key,
    pub label: String,
    pub who: Via,
    pub scope: Scope,
    pub clause: Clause,
}

/// Whose entries a body follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// 属地: entries of its territory.
    Region,
    /// 本系统: entries of its own system.
    System,
    /// Everything in the campaign.
    All,
}

/// 监督举报: where complaints about entrants go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    pub key: Key,
    pub label: String,
    /// Tier of the office of the account's territory that takes it.
    pub to: Tier,
    #[serde(default)]
    pub system: Option<Key>,
    /// Tier of the office that is told at once.
    #[serde(default)]
    pub reported_to: Option<Tier>,
    /// Stage from whose first day on it is open.
    pub from: Key,
    pub clause: Clause,
}

/// 报名入口: a way in, recorded with each entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entrance {
    pub key: Key,
    pub label: String,
    pub clause: Clause,
}

/// 数据: a figure that the source states about accounts or a territory; shown, never recomputed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    pub key: Key,
    pub label: String,
    pub kind: FigureKind,
    /// Decimal digits with at most one point, exactly as stated (`93.04`).
    pub value: String,
    /// 约、近、超: the source says about, nearly or more than.
    #[serde(default)]
    pub roughly: bool,
    pub unit: String,
    #[serde(default)]
    pub platform: Option<Key>,
    /// Day or end of the period for which it holds.
    #[serde(default)]
    pub as_of: Option<NaiveDate>,
    pub clause: Clause,
}

/// Kinds of figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    /// 账号台账: how many accounts there are.
    Register,
    /// 累计: reads, interactions, districts.
    Total,
    /// 指数.
    Index,
}
