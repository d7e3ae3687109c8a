use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Field, Key};

/// 后续材料、实践任务: something handed in after the application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliverable {
    pub key: Key,
    pub label: String,
    pub kind: DeliverableKind,
    /// At least this many, the number included (不少于1期).
    #[serde(default = "one")]
    pub min: u32,
    /// Last day, the day included; `None`: the window of `stage`.
    #[serde(default)]
    pub due: Option<NaiveDate>,
    #[serde(default)]
    pub stage: Option<Key>,
    /// It is written on a form, drawn by the pack's `deliverable.typ`.
    #[serde(default)]
    pub template: bool,
    /// What is written down when it is handed in.
    #[serde(default)]
    pub field: Vec<Field>,
    /// Bodies that get a copy (抄送); offices only.
    #[serde(default)]
    pub copy: Vec<String>,
    /// The score part that is given up when it is missing.
    #[serde(default)]
    pub part: Option<Key>,
    pub clause: Clause,
}

fn one() -> u32 {
    1
}

/// What is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliverableKind {
    /// 实践活动: an activity that is reported with its date and address.
    Activity,
    /// 总结: a document.
    Report,
}

/// 纸质版、电子版: a way in which the material arrives; a clerk ticks it off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub key: Key,
    pub label: String,
    pub medium: Medium,
    #[serde(default = "yes")]
    pub required: bool,
    #[serde(default)]
    pub stage: Option<Key>,
    pub clause: Clause,
}

fn yes() -> bool {
    true
}

/// Paper or file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// 纸质版.
    Paper,
    /// 电子版.
    Electronic,
}
