use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Condition, Field, Key, Medium, Via};

/// 推荐表: the list on which a body names what it recommends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NominationList {
    pub key: Key,
    /// Title printed on the list.
    pub label: String,
    pub by: Via,
    /// Most names in each category, the number included.
    pub per_category: u32,
    #[serde(default)]
    pub stage: Option<Key>,
    /// Last day, the day included; `None`: the notice gives none, the organiser must set it.
    #[serde(default)]
    pub closes: Option<NaiveDate>,
    /// What a late list means.
    #[serde(default)]
    pub late: Option<LateList>,
    /// What is nominated must also be registered by its owner in the window.
    #[serde(default)]
    pub must_register: Option<MustRegister>,
    /// It carries the seal of the body.
    #[serde(default)]
    pub stamped: bool,
    /// It is an official form, drawn by the pack's `nomination.typ`.
    #[serde(default)]
    pub form: bool,
    #[serde(default)]
    pub accepts: Vec<Medium>,
    /// Head and foot of the list.
    #[serde(default)]
    pub head: Vec<Field>,
    /// The cells of each row.
    #[serde(default)]
    pub column: Vec<Field>,
    /// Key of the head field that counts the rows; computed, never typed (推荐数量).
    #[serde(default)]
    pub counted: Option<Key>,
    pub clause: Clause,
}

/// 逾期视为放弃推荐: places of a late list are lost, not freed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LateList {
    pub given_up: bool,
    pub clause: Clause,
}

/// 被推荐账号需…进行报名: a nomination alone is no entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MustRegister {
    /// Stage whose window it must keep.
    pub stage: Key,
    pub clause: Clause,
}

/// 统一报送: a body sends up its entries together, with its seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    pub key: Key,
    pub label: String,
    pub by: Via,
    /// The body that takes it.
    pub to: String,
    #[serde(default)]
    pub stage: Option<Key>,
    #[serde(default)]
    pub stamped: bool,
    /// It chooses among what it received before sending up (汇总评选).
    #[serde(default)]
    pub selects: bool,
    #[serde(default)]
    pub when: Condition,
    pub clause: Clause,
}

/// 转发: the notice went down one more level, with its own number and an earlier deadline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    pub key: Key,
    /// The body that forwarded it.
    pub by: String,
    /// 文号 of the covering letter.
    #[serde(default)]
    pub number: Option<String>,
    #[serde(default)]
    pub issued: Option<NaiveDate>,
    /// Its window; `stage.within` names the level above.
    pub stage: Key,
    pub clause: Clause,
}
