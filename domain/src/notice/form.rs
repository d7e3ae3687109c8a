use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Condition, Key};

/// 申报表.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Title printed on the form.
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub clause: Option<Clause>,
    /// 双面打印: the form's PDF asks for both sides of the sheet when it is printed.
    #[serde(default)]
    pub duplex: bool,
    /// Key of the field that names the subject.
    #[serde(default)]
    pub name_field: Key,
    /// Key of the field that names the operator (运营主体 or 主办单位).
    #[serde(default)]
    pub operator_field: Key,
    /// Key of the field that holds the platform, where there is one.
    #[serde(default)]
    pub platform_field: Option<Key>,
    #[serde(default)]
    pub field: Vec<Field>,
    #[serde(default)]
    pub declaration: Vec<Declaration>,
    /// Algorithms of the signatures under the form's seals.
    #[serde(default, skip_serializing_if = "Signatures::is_international")]
    pub signatures: Signatures,
}

/// Algorithms of signatures; the seals of one form have one kind, because some readers fail on a mixture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signatures {
    /// ECDSA on P-256, or RSA, with SHA-256.
    #[default]
    International,
    /// 国密: SM2 with SM3.
    Sm2,
}

impl Signatures {
    fn is_international(&self) -> bool {
        *self == Signatures::International
    }
}

/// 字段: one cell of the form.
// serde cannot deny unknown keys beside a flattened part; the checker reports them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("unevaluatedProperties" = false))]
pub struct Field {
    pub key: Key,
    pub label: String,
    #[serde(flatten)]
    pub kind: FieldKind,
    #[serde(default = "yes")]
    pub required: bool,
    /// Asked only then (账号不填); an answer given otherwise is refused.
    #[serde(default)]
    pub when: Condition,
    /// A hint shown beside the cell.
    #[serde(default)]
    pub hint: Option<String>,
    /// Personal data: masked in lists, encrypted at rest.
    #[serde(default)]
    pub personal: bool,
    /// The notice's form lacks this cell, though its rules need it.
    #[serde(default)]
    pub added: bool,
    #[serde(default)]
    pub clause: Option<Clause>,
}

fn yes() -> bool {
    true
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text {
        #[serde(default = "line")]
        max_chars: u32,
    },
    /// Several lines; may go on to an annex page.
    LongText {
        max_chars: u32,
    },
    /// A whole number, both limits included.
    Integer {
        #[serde(default)]
        min: i64,
        #[serde(default)]
        max: Option<i64>,
    },
    /// Per cent with at most two decimals, 0 to 100.
    Percent,
    /// A day, `2024-12-20`.
    Date,
    /// One of the options.
    Choice {
        options: Vec<ChoiceOption>,
    },
    /// One of the notice's platforms, or another written out.
    Platform,
    /// GB/T 2260 code inside the campaign's territory.
    Region,
    /// A telephone number, landline or mobile.
    Telephone,
    /// A mainland mobile number.
    Mobile,
    Email,
    /// Six digits.
    Postcode,
    /// A web address or an account's id.
    Address,
    /// 统一社会信用代码 (GB 32100), 18 characters with check character.
    CreditCode,
    /// The accounts of a matrix: name, platform, id, followers.
    Children {
        #[serde(default = "many")]
        max: u32,
    },
    /// Sum of the children's followers; computed, never typed (粉丝量总和).
    ChildrenFollowers,
}

fn line() -> u32 {
    100
}

fn many() -> u32 {
    200
}

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    pub key: Key,
    pub label: String,
}

/// 承诺: a sentence the applicant confirms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    pub key: Key,
    pub text: String,
    #[serde(default)]
    pub when: Condition,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// 佐证材料: a place for files, with floor and ceiling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSlot {
    pub key: Key,
    pub label: String,
    pub kind: EvidenceKind,
    /// At least this many files, the number included; where an `any_evidence` rule names the slot, only once it holds one.
    #[serde(default)]
    pub min: u32,
    /// At most this many files, the number included.
    pub max: u32,
    /// Longest video in seconds, the number included (5分钟以内 = 300).
    #[serde(default)]
    pub max_seconds: Option<u32>,
    /// What happens when a video is longer.
    #[serde(default)]
    pub seconds_effect: Option<super::Effect>,
    /// Suggested containers, e.g. `mp4`; another one is only warned about.
    #[serde(default)]
    pub suggested: Vec<String>,
    #[serde(default)]
    pub when: Condition,
    /// The ink-stamped scan of the form itself.
    #[serde(default)]
    pub stamped_form: bool,
    /// What becomes of a picture that moves.
    #[serde(default, skip_serializing_if = "Animation::is_refused")]
    pub animation: Animation,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// 动态图片: what becomes of a PNG or WebP of several frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Animation {
    /// It is not taken.
    #[default]
    Refuse,
    /// Its first frame is kept in its place, as a PNG.
    Flatten,
}

impl Animation {
    fn is_refused(&self) -> bool {
        *self == Animation::Refuse
    }
}

/// What kind of file a slot takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// JPEG, PNG or WebP.
    Image,
    /// MP4 or QuickTime.
    Video,
    /// PDF.
    Pdf,
    /// PDF or picture of a paper (营业执照, 证书).
    Scan,
}
