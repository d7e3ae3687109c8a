use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Band, Clause, Key};

/// 评分细则: what experts mark, point by point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    pub key: Key,
    pub label: String,
    /// Full marks; the criteria add up to it.
    pub total: u32,
    pub criterion: Vec<Criterion>,
    pub clause: Clause,
}

/// 评分标准: one heading of a rubric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub key: Key,
    pub label: String,
    /// Full marks; the items add up to it. `None`: the notice leaves it open, then for all criteria of the rubric.
    #[serde(default)]
    pub points: Option<u32>,
    #[serde(default)]
    pub item: Vec<RubricItem>,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// One line of a criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RubricItem {
    pub key: Key,
    pub label: String,
    pub points: u32,
    /// Comes from this measured value instead of a mark.
    #[serde(default)]
    pub indicator: Option<Key>,
    /// How the value becomes points (hundredths); empty: the notice leaves it open.
    #[serde(default)]
    pub band: Vec<Band>,
    pub clause: Clause,
}
