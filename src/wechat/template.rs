//! Templates of subscribe messages (订阅消息): when one is sent, what stands in its fields, and WeChat's rules for them.

use std::collections::BTreeMap;

use domain::notice::shanghai;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Why a message is sent to an applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// 退回补正.
    Returned,
    /// A day is left to answer a slip.
    ReturnDue,
    /// One step of several agreed.
    StepPassed,
    /// The last step agreed.
    Endorsed,
    /// 不予推荐.
    Declined,
    /// A certificate came on the register.
    CertificateIssued,
}

impl Occasion {
    /// The result in a few words: a `phrase` is five Chinese characters at most.
    #[must_use]
    pub fn result(self) -> &'static str {
        match self {
            Occasion::Returned => "退回补正",
            Occasion::ReturnDue => "即将到期",
            Occasion::StepPassed => "本级通过",
            Occasion::Endorsed => "审核通过",
            Occasion::Declined => "不予推荐",
            Occasion::CertificateIssued => "证书颁发",
        }
    }

    fn has_due(self) -> bool {
        matches!(self, Occasion::Returned | Occasion::ReturnDue)
    }

    fn has_step(self) -> bool {
        !matches!(self, Occasion::CertificateIssued)
    }
}

/// A template that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub id: String,
    pub occasions: Vec<Occasion>,
    /// One acceptance holds for good (长期订阅), not for one message.
    pub lasting: bool,
    fields: Vec<Field>,
}

/// What a message tells; the template says where.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Name of the account or work.
    pub entry: String,
    pub campaign: String,
    pub step: String,
    pub receipt: String,
    pub result: &'static str,
    /// When it happened, epoch milliseconds.
    pub at: i64,
    /// Last instant to answer.
    pub due: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: String,
    kind: Kind,
    source: Source,
}

/// Kinds of field; a field is named after its kind and a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Thing,
    Phrase,
    CharacterString,
    Number,
    Name,
    Time,
    Date,
    PhoneNumber,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Entry,
    Campaign,
    Step,
    Receipt,
    Result,
    At,
    Due,
    /// The same in every message.
    Fixed(String),
}

impl Template {
    /// Checks what was set; the fault says which field, in words for the operator.
    pub fn new(
        id: &str,
        occasions: &[Occasion],
        lasting: bool,
        fields: &BTreeMap<String, String>,
    ) -> Result<Template, String> {
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("id is no template id".into());
        }
        if occasions.is_empty() || fields.is_empty() {
            return Err("has no occasion or no field".into());
        }
        let checked = fields.iter().map(|(name, source)| {
            field(name, source, occasions).map_err(|fault| format!("field {name} {fault}"))
        });
        Ok(Template {
            id: id.to_owned(),
            occasions: occasions.to_vec(),
            lasting,
            fields: checked.collect::<Result<_, _>>()?,
        })
    }

    /// The fields of a message as WeChat takes them, each cut to its rule.
    #[must_use]
    pub fn data(&self, facts: &Facts) -> Value {
        let filled = self.fields.iter().map(|field| {
            let value = field.kind.cut(&field.source.text(facts, field.kind));
            (field.name.clone(), json!({ "value": value }))
        });
        Value::Object(filled.collect())
    }
}

fn field(name: &str, source: &str, occasions: &[Occasion]) -> Result<Field, String> {
    let kind = Kind::of(name).ok_or("is of no kind that is known")?;
    let source = Source::of(source).ok_or("names no fact; a fixed text begins with =")?;
    let everywhere = match source {
        Source::Due => occasions.iter().all(|o| o.has_due()),
        Source::Step => occasions.iter().all(|o| o.has_step()),
        _ => true,
    };
    if !everywhere {
        return Err("names a fact that one of its occasions has not".into());
    }
    let fits = match &source {
        Source::Fixed(text) => kind.holds(text),
        Source::At | Source::Due => matches!(kind, Kind::Time | Kind::Date | Kind::Thing),
        Source::Result => matches!(kind, Kind::Phrase | Kind::Thing),
        Source::Receipt => matches!(kind, Kind::CharacterString | Kind::Thing),
        Source::Entry | Source::Campaign | Source::Step => kind == Kind::Thing,
    };
    match fits {
        true => Ok(Field {
            name: name.to_owned(),
            kind,
            source,
        }),
        false => Err("cannot hold that by WeChat's rules".into()),
    }
}

impl Source {
    fn of(word: &str) -> Option<Source> {
        Some(match word {
            "entry" => Source::Entry,
            "campaign" => Source::Campaign,
            "step" => Source::Step,
            "receipt" => Source::Receipt,
            "result" => Source::Result,
            "at" => Source::At,
            "due" => Source::Due,
            other => Source::Fixed(other.strip_prefix('=')?.to_owned()),
        })
    }

    fn text(&self, facts: &Facts, kind: Kind) -> String {
        let instant = |at| match kind {
            Kind::Date => shanghai(at).format("%Y年%-m月%-d日").to_string(),
            _ => shanghai(at).format("%Y年%-m月%-d日 %H:%M").to_string(),
        };
        match self {
            Source::Entry => facts.entry.clone(),
            Source::Campaign => facts.campaign.clone(),
            Source::Step => facts.step.clone(),
            Source::Receipt => facts.receipt.clone(),
            Source::Result => facts.result.to_owned(),
            Source::At => instant(facts.at),
            Source::Due => instant(facts.due),
            Source::Fixed(text) => text.clone(),
        }
    }
}

impl Kind {
    fn of(name: &str) -> Option<Kind> {
        let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = word.len() < name.len() && name.len() <= 30;
        let kind = match word {
            "thing" => Kind::Thing,
            "phrase" => Kind::Phrase,
            "character_string" => Kind::CharacterString,
            "number" => Kind::Number,
            "name" => Kind::Name,
            "time" => Kind::Time,
            "date" => Kind::Date,
            "phone_number" => Kind::PhoneNumber,
            _ => return None,
        };
        numbered.then_some(kind)
    }

    /// Most signs, counted as WeChat's own clients count: a sign outside the basic plane is two.
    fn most(self) -> usize {
        match self {
            Kind::Thing => 20,
            Kind::Phrase => 5,
            Kind::CharacterString | Kind::Number => 32,
            Kind::Name => 10,
            Kind::PhoneNumber => 17,
            Kind::Time | Kind::Date => 30,
        }
    }

    fn takes(self, sign: char) -> bool {
        match self {
            Kind::Thing | Kind::Time | Kind::Date => !sign.is_control(),
            Kind::Phrase => is_chinese(sign),
            Kind::Name => is_chinese(sign) || sign.is_ascii_alphabetic(),
            Kind::CharacterString => sign.is_ascii_graphic(),
            Kind::Number => sign.is_ascii_digit() || sign == '.',
            Kind::PhoneNumber => sign.is_ascii_digit() || "+-".contains(sign),
        }
    }

    fn holds(self, text: &str) -> bool {
        !matches!(self, Kind::Time | Kind::Date)
            && !text.trim().is_empty()
            && length(text) <= self.most()
            && text.chars().all(|c| self.takes(c))
    }

    /// What is left of a text by the rule: never empty, never broken into lines.
    fn cut(self, text: &str) -> String {
        let in_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        let tidy: String = in_line.filter(|c| self.takes(*c)).collect();
        let tidy = tidy.trim();
        if tidy.is_empty() {
            return match self {
                Kind::Thing | Kind::Phrase | Kind::Name => "无".into(),
                _ => "-".into(),
            };
        }
        if length(tidy) <= self.most() {
            return tidy.to_owned();
        }
        let (mut kept, room) = (
            String::new(),
            self.most() - usize::from(self == Kind::Thing),
        );
        for sign in tidy.chars() {
            if length(&kept) + sign.len_utf16() > room {
                break;
            }
            kept.push(sign);
        }
        if self == Kind::Thing {
            kept.push('…');
        }
        kept
    }
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn is_chinese(sign: char) -> bool {
    matches!(sign, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}
