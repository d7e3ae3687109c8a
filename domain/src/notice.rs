//! A [`Notice`]: the office's 通知 as data. One pack is one edition of a campaign.
//!
//! The order of the parts is the order in which such a notice is written, so that an official can
//! lay the two side by side. Every limit carries its `clause`, a short verbatim quote.

mod application;
mod assignment;
mod attachment;
mod check;
mod condition;
mod deliverable;
mod form;
mod honour;
mod nomination;
mod poll;
mod review;
mod rubric;
mod rule;
mod schedule;
mod schema;
mod selection;

pub use application::*;
pub use assignment::*;
pub use attachment::*;
pub use check::{Fault, Faults, check, check_quotes, lint};
pub use condition::*;
pub use deliverable::*;
pub use form::*;
pub use honour::*;
pub use nomination::*;
pub use poll::*;
pub use review::*;
pub use rubric::*;
pub use rule::*;
pub use schedule::*;
pub use schema::schema;
pub use selection::*;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A short verbatim quote of the notice that a rule enforces; `…` stands for words left out.
pub type Clause = String;

/// A short name inside one pack: lower-case letters, digits and `-` or `_`.
pub type Key = String;

/// 通知: everything that one edition of a campaign asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Version of the pack format; 1.
    pub format: u32,
    /// The pack's own name and the name of its folder, e.g. `bozhou-2022`.
    pub key: Key,
    /// Title as printed.
    pub title: String,
    /// 文号, where the notice has one.
    #[serde(default)]
    pub number: Option<String>,
    /// Date of issue.
    #[serde(default)]
    pub issued: Option<NaiveDate>,
    /// SHA-256 (hex) of the original text's bytes; a general template has none.
    #[serde(default)]
    pub source_sha256: Option<String>,
    /// The series this edition belongs to, and which edition it is.
    pub program: Program,
    /// GB/T 2260 code of the territory, six digits.
    pub region: String,
    /// How entries come in.
    #[serde(default)]
    pub intake: Intake,
    /// The campaign above, when this one was called under it.
    #[serde(default)]
    pub parent: Option<Parent>,
    /// How the notice went down level by level, where it was forwarded.
    #[serde(default)]
    pub forward: Vec<Forward>,
    /// Bodies the notice is addressed to.
    #[serde(default)]
    pub addressee: Vec<Addressee>,
    /// 指导、主办、承办、参与.
    #[serde(default)]
    pub host: Vec<Host>,
    /// Whom to ask about what; offices only, never a person's name or mobile number.
    #[serde(default)]
    pub contact: Vec<Contact>,
    /// Bodies that take part; loaded by `demo`, proposed at campaign set-up.
    #[serde(default)]
    pub agency: Vec<AgencySeed>,
    /// 活动时间: the whole campaign; every stage lies inside.
    #[serde(default)]
    pub period: Option<Period>,
    /// Stages with their windows.
    #[serde(default)]
    pub stage: Vec<Stage>,
    /// What can be entered: an account, a website, a matrix …
    #[serde(default)]
    pub subject: Vec<Subject>,
    /// Platforms named by the notice.
    #[serde(default)]
    pub platform: Vec<Platform>,
    /// 类别.
    #[serde(default)]
    pub category: Vec<Category>,
    /// 推选标准: what people judge.
    #[serde(default)]
    pub standard: Vec<Standard>,
    /// Measured data that standards, scores and rubrics look at.
    #[serde(default)]
    pub indicator: Vec<Indicator>,
    /// 报名入口.
    #[serde(default)]
    pub entrance: Vec<Entrance>,
    /// 申报途径.
    #[serde(default)]
    pub route: Vec<Route>,
    /// 推荐名额.
    #[serde(default)]
    pub quota: Vec<Quota>,
    /// 推荐表: lists on which bodies name what they recommend.
    #[serde(default)]
    pub nomination: Vec<NominationList>,
    /// 统一报送: entries sent up together.
    #[serde(default)]
    pub batch: Vec<Batch>,
    /// 申报表.
    #[serde(default)]
    pub form: Form,
    /// 附件: files that come with the notice.
    #[serde(default)]
    pub attachment: Vec<Attachment>,
    /// 佐证材料.
    #[serde(default)]
    pub evidence: Vec<EvidenceSlot>,
    /// Eligibility and consistency.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// 审核 step by step, with the boxes for seals.
    #[serde(default)]
    pub step: Vec<ReviewStep>,
    /// 纸质版、电子版: ways in which the material must arrive.
    #[serde(default)]
    pub receipt: Vec<Receipt>,
    /// 初筛、复审、终评: cuts in their order.
    #[serde(default)]
    pub cut: Vec<Cut>,
    /// 综合评分.
    #[serde(default)]
    pub score: Option<Score>,
    /// 评分细则.
    #[serde(default)]
    pub rubric: Vec<Rubric>,
    /// 网络投票、展播点赞.
    #[serde(default)]
    pub poll: Option<Poll>,
    /// 后续材料、实践任务.
    #[serde(default)]
    pub deliverable: Vec<Deliverable>,
    /// 公示.
    #[serde(default)]
    pub announcement: Option<Announcement>,
    /// 奖项名额、榜单.
    #[serde(default)]
    pub honour: Vec<Honour>,
    /// How lists come out.
    #[serde(default)]
    pub publication: Option<Publication>,
    /// 奖牌、证书.
    #[serde(default)]
    pub print: Vec<Print>,
    /// 宣传推广.
    #[serde(default)]
    pub publicity: Vec<Publicity>,
    /// 会议、培训、典礼.
    #[serde(default)]
    pub gathering: Vec<Gathering>,
    /// 向上推荐.
    #[serde(default)]
    pub hand_over: Vec<HandOver>,
    /// 任务分工.
    #[serde(default)]
    pub assignment: Vec<Assignment>,
    /// 监督举报.
    #[serde(default)]
    pub complaint: Vec<Complaint>,
    /// Figures stated by the source.
    #[serde(default)]
    pub figure: Vec<Figure>,
    /// What the organiser should know or decide: openings and contradictions of the notice.
    #[serde(default)]
    pub remark: Vec<Remark>,
}

/// The series of a campaign and the edition in it (S0-01: earlier editions are campaigns of their own).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Program {
    pub key: Key,
    pub label: String,
    /// As the notice counts: 第三届, 2022年.
    pub edition: String,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// How entries come into being.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Intake {
    /// Applicants fill the form.
    #[default]
    Application,
    /// The organiser draws up the list from data; nobody applies.
    OrganiserList,
}

/// The campaign above this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    pub title: String,
    /// Key of the parent's pack, when it is in this system.
    #[serde(default)]
    pub key: Option<Key>,
    /// Last day on which the parent takes what this campaign hands up.
    #[serde(default)]
    pub closes: Option<NaiveDate>,
    pub clause: Clause,
}

/// A body or group of bodies the notice is sent to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Addressee {
    pub label: String,
    /// 抄送 instead of 主送.
    #[serde(default)]
    pub copy: bool,
    pub clause: Clause,
}

/// One organising body and what it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    pub part: HostPart,
    pub name: String,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// 指导单位、主办单位、承办单位、参与单位.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostPart {
    Guide,
    Host,
    Operator,
    Participant,
}

/// Whom to ask about one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub subject: String,
    pub office: String,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// An opening or contradiction of the original and how the pack reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    pub key: Key,
    pub text: String,
    #[serde(default)]
    pub clause: Option<Clause>,
}

impl Notice {
    /// Reads a pack that must be in order; else every fault.
    pub fn parse(text: &str) -> Result<Notice, Faults> {
        check(text).map(|(notice, _)| notice).map_err(Faults)
    }
}
