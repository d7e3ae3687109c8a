//! Every reason to say no: a stable code and a sentence in plain Chinese.

use serde::{Deserialize, Serialize};

/// A situation in which an act is refused. Nothing has been changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The single faults, when there are several.
    pub violations: Vec<Violation>,
}

/// One fault: which field, which limit, which value, by which clause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    pub field: String,
    pub code: String,
    pub limit: Option<String>,
    pub value: Option<String>,
    /// The notice's own words.
    pub clause: Option<String>,
    /// Line of a text that was sent, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    pub message: String,
}

impl Refusal {
    /// A refusal without single faults.
    pub fn new(code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            code,
            message: message.into(),
            violations: Vec::new(),
        }
    }

    /// A refusal that quotes one clause.
    pub fn by_clause(code: &'static str, message: impl Into<String>, clause: &str) -> Refusal {
        let message = message.into();
        let violation = Violation {
            code: code.to_owned(),
            clause: Some(clause.to_owned()),
            message: message.clone(),
            ..Violation::default()
        };
        Refusal {
            code,
            message,
            violations: vec![violation],
        }
    }

    /// A refusal with its single faults.
    pub fn with(
        code: &'static str,
        message: impl Into<String>,
        violations: Vec<Violation>,
    ) -> Refusal {
        Refusal {
            code,
            message: message.into(),
            violations,
        }
    }
}
