//! What a check found: the rule, its clause, the limit and the value.

use serde::{Deserialize, Serialize};

use crate::notice::Effect;
use crate::refusal::Violation;

/// One rule that does not hold, or that only a person can judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Key of the rule, field, evidence slot, quota or declaration.
    pub rule: String,
    pub effect: Effect,
    pub violation: Violation,
}

impl Finding {
    /// A finding that blocks.
    pub fn block(rule: &str, field: &str, code: &str, message: impl Into<String>) -> Finding {
        Finding {
            rule: rule.to_owned(),
            effect: Effect::Block,
            violation: Violation {
                field: field.to_owned(),
                code: code.to_owned(),
                message: message.into(),
                ..Violation::default()
            },
        }
    }

    /// With another effect.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Finding {
        self.effect = effect;
        self
    }

    /// With the notice's own words.
    #[must_use]
    pub fn clause(mut self, clause: Option<&str>) -> Finding {
        self.violation.clause = clause.map(str::to_owned);
        self
    }

    /// With limit and value.
    #[must_use]
    pub fn limit(mut self, limit: impl ToString, value: impl ToString) -> Finding {
        self.violation.limit = Some(limit.to_string());
        self.violation.value = Some(value.to_string());
        self
    }
}

/// The faults that keep an entry from being submitted.
#[must_use]
pub fn blocking(findings: &[Finding]) -> Vec<Violation> {
    findings
        .iter()
        .filter(|f| f.effect == Effect::Block)
        .map(|f| f.violation.clone())
        .collect()
}
