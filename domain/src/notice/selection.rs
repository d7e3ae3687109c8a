use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Key};

/// 综合评分: how the parts add up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The parts; those with a weight add up to 100.
    pub part: Vec<ScorePart>,
    /// Places after the point in a published score; `None`: the notice leaves it open.
    #[serde(default)]
    pub decimals: Option<u32>,
    /// How equal scores are put in order; `None`: the notice leaves it open.
    #[serde(default)]
    pub ties: Option<Ties>,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// 同分: what decides between equal scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ties {
    /// The part whose score decides.
    Part { part: Key },
    /// They share the better rank.
    Shared,
    /// A named body decides, with its reason.
    Committee,
}

/// One part of the composite score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScorePart {
    pub key: Key,
    pub label: String,
    pub source: PartSource,
    /// Whole per cent of the total; `None`: open, to be decided before publication.
    #[serde(default)]
    pub weight: Option<u32>,
    /// How a rank or a measured value becomes points; `None`: open.
    #[serde(default)]
    pub conversion: Option<Conversion>,
    /// What the experts mark by.
    #[serde(default)]
    pub rubric: Option<Key>,
    /// The measured data it comes from.
    #[serde(default)]
    pub indicator: Vec<Key>,
    /// What happens to an entry that has nothing in this part; `None`: open.
    #[serde(default)]
    pub missing: Option<MissingPart>,
    /// Which window governs it.
    #[serde(default)]
    pub stage: Option<Key>,
    pub clause: Clause,
}

/// Where the points of a part come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartSource {
    /// 影响力指数: measured data, imported.
    Index,
    /// 网络投票.
    Vote,
    /// 专家评审.
    Experts,
    /// 社会效益评估, by people.
    Benefit,
}

/// How a rank or value becomes points between 0 and 100.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Conversion {
    /// The part's own points, out of the rubric's total.
    Marks,
    /// First rank `best`, last rank `worst`, evenly between; hundredths of a point.
    RankLinear { best: u32, worst: u32 },
    /// A table by rank: the first row whose `up_to` is not below the rank; hundredths of a point.
    RankTable { row: Vec<RankRow> },
    /// A table by value: the first row whose `from` is not above the value; hundredths of a point.
    Bands { row: Vec<Band> },
    /// 名次换算: by rank, with a table that the notice does not give.
    RankOpen,
}

/// Ranks up to and including `up_to` earn `points` hundredths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankRow {
    pub up_to: u32,
    pub points: u32,
}

/// Values from `from` on, the number included, earn `points` hundredths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    pub from: i64,
    pub points: u32,
}

/// 未参加某项: what a missing part does to the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingPart {
    /// 视作放弃: no points for this part.
    Forfeit,
    /// The other parts share its weight.
    Reweight,
    /// The entry is left out of the ranking.
    LeaveOut,
}

/// 推选标准: a standard that people judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    pub key: Key,
    pub label: String,
    #[serde(default)]
    pub used: StandardUse,
    /// Data shown beside the judgement, as a percentile among the entries.
    #[serde(default)]
    pub indicator: Vec<Key>,
    pub clause: Clause,
}

/// What a standard leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StandardUse {
    /// Looked at by whoever decides.
    #[default]
    Judged,
    /// An entry that misses it is out, whatever its points.
    Gate,
    /// Marked in a rubric.
    Scored,
}

/// 数据指标: something measured for every entry and imported with its date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub key: Key,
    pub label: String,
    /// Places after the point.
    #[serde(default)]
    pub decimals: u32,
    /// First day of what is measured.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// Last day of what is measured, the day included.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// 入围: a cut through the field with its cap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    pub key: Key,
    pub label: String,
    pub by: CutBy,
    /// What is counted: entries, or the units that recommended them.
    #[serde(default)]
    pub of: Honoured,
    /// At most this many pass, the number included; `None`: no cap, everybody who qualifies.
    #[serde(default)]
    pub max: Option<u32>,
    /// Exactly `max` pass, not fewer.
    #[serde(default)]
    pub exact: bool,
    /// Of those that pass, how many are reserves for the next cut (替补).
    #[serde(default)]
    pub reserve: u32,
    /// What else may be found of an entry besides pass and fail.
    #[serde(default)]
    pub outcome: Vec<Outcome>,
    #[serde(default)]
    pub stage: Option<Key>,
    pub clause: Clause,
}

/// Who makes a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CutBy {
    /// 组委会、网信办.
    Office,
    /// 专家.
    Experts,
    /// 评议委员会.
    Committee,
    /// 主管单位审批.
    Approval,
    /// Data alone puts the order; a person signs.
    Data,
}

/// What is honoured or counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Honoured {
    #[default]
    Entry,
    /// 优秀组织单位: the recommending body.
    Unit,
}

/// Findings of a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    /// 排除, with a reason.
    Exclude,
    /// 核实: wrong information is checked with the applicant.
    Verify,
}
