use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Condition, Key};

/// One rule of the notice with its clause and its effect.
// As for fields, the checker reports unknown keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("unevaluatedProperties" = false))]
pub struct Rule {
    pub key: Key,
    #[serde(flatten)]
    pub kind: RuleKind,
    #[serde(default)]
    pub effect: Effect,
    #[serde(default)]
    pub when: Condition,
    pub clause: Clause,
}

/// What a rule that does not hold leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The entry cannot be submitted.
    #[default]
    Block,
    /// Submitted, with a warning to applicant and reviewers.
    Warn,
    /// Submitted; a named officer must decide, with a reason.
    Ask,
}

/// The closed list of rules that the server knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RuleKind {
    /// A number at or above `min` (粉丝量达到1万以上; 原创作品占比不低于60%).
    AtLeast {
        field: Key,
        min: i64,
        /// 以上 includes the number (民法典 art. 1259); write `false` for 超过.
        #[serde(default = "yes")]
        inclusive: bool,
    },
    /// A number at or below `max`.
    AtMost {
        field: Key,
        max: i64,
        #[serde(default = "yes")]
        inclusive: bool,
    },
    /// A floor by platform and level; the first row that fits decides, a row without platforms fits all.
    ThresholdTable {
        field: Key,
        platform_field: Key,
        #[serde(default)]
        level_field: Option<Key>,
        row: Vec<ThresholdRow>,
    },
    /// The platform is one that the notice names; `open` when the list ends with 等.
    PlatformNamed {
        field: Key,
        #[serde(default)]
        open: bool,
    },
    /// A matrix has at least `min` accounts (5个及以上).
    MatrixChildren { field: Key, min: u32 },
    /// The matrix name ends so (“××新媒体传播矩阵”).
    MatrixName { field: Key, suffix: String },
    /// A matrix and its accounts may enter nothing else, in either order.
    MatrixExclusive { field: Key },
    /// The same account comes in by one route only.
    OneRoute,
    /// 相同名称…不同平台: entries of one operator with one name on several platforms are shown to a person.
    SameName,
    /// A value written `field` is one of those allowed in the chosen category.
    CategoryTakes { field: Key, row: Vec<CategoryRow> },
    /// The answer is one of these (党政机关、国有企事业单位、社会组织或个人运营).
    AnswerAmong { field: Key, is: Vec<String> },
    /// Nothing a program can test: whenever the condition holds, a named officer decides, with a reason.
    PersonDecides { what: String },
    /// At least one of the evidence slots is filled (图文或视频); the floor of each counts only once it is used.
    AnyEvidence { slot: Vec<Key> },
    /// The operator is on none of the office's lists of penalties within the period; a person judges a hit.
    NegativeList {
        list: Key,
        /// Length of the period; absent: however long ago.
        #[serde(default)]
        years: Option<u32>,
        /// The period ends on this day.
        anchor: NaiveDate,
    },
    /// The number of posts is counted in this period (shown to applicants and reviewers).
    CountedBetween {
        field: Key,
        from: NaiveDate,
        to: NaiveDate,
    },
    /// The territory of registration is the campaign's.
    InTerritory { field: Key },
}

fn yes() -> bool {
    true
}

/// One row of a threshold table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThresholdRow {
    /// Platform keys; empty: every other platform.
    #[serde(default)]
    pub platform: Vec<Key>,
    /// Level key; absent: every level.
    #[serde(default)]
    pub level: Option<String>,
    pub min: i64,
    #[serde(default = "yes")]
    pub inclusive: bool,
    pub clause: Clause,
}

/// Which values a category takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryRow {
    pub category: Key,
    pub is: Vec<String>,
}
