use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Key;
use crate::form::Answers;

/// When something applies. Every part that is given must hold; an empty list holds always.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Kinds of subject, one of which it must be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject: Vec<Key>,
    /// Categories, one of which it must be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<Key>,
    /// Routes, one of which it must be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<Key>,
    /// Answers that must have one of the values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answer: Vec<AnswerIs>,
}

/// The answer to `field` is one of `is`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerIs {
    pub field: Key,
    pub is: Vec<String>,
}

impl Condition {
    /// Does it hold for this entry's choices and answers?
    #[must_use]
    pub fn holds(&self, choice: &Choice, answers: &Answers) -> bool {
        let among = |keys: &[Key], key: &str| keys.is_empty() || keys.iter().any(|k| k == key);
        among(&self.subject, &choice.subject)
            && among(&self.category, &choice.category)
            && among(&self.route, &choice.route)
            && self.answer.iter().all(|a| {
                answers
                    .text(&a.field)
                    .is_some_and(|v| a.is.iter().any(|x| x == v))
            })
    }
}

/// What an applicant chose before filling the form; keys of the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub subject: Key,
    pub category: Key,
    pub route: Key,
}
