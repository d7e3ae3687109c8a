//! 填写: what an applicant wrote, as the form's fields ask for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Answers by field key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Answer>);

/// One answer. Numbers are whole, or hundredths for per cent fields.
// Text first: it is tried first, and a text that is tried as a number costs a message with the whole of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    Text(String),
    Number(i64),
    Children(Vec<Child>),
}

/// One account of a matrix (传播矩阵).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Child {
    pub name: String,
    /// Platform key, or the platform's name when the notice does not list it.
    pub platform: String,
    /// Account id or address.
    pub account_id: String,
    pub followers: i64,
}

impl Answers {
    /// The text answer to a field.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.0.get(field) {
            Some(Answer::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number answered to a field.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<i64> {
        match self.0.get(field) {
            Some(Answer::Number(n)) => Some(*n),
            _ => None,
        }
    }

    /// The accounts of a matrix.
    #[must_use]
    pub fn children(&self, field: &str) -> &[Child] {
        match self.0.get(field) {
            Some(Answer::Children(list)) => list,
            _ => &[],
        }
    }
}
