//! One operator under two names. 「同一运营主体的账号申报不超过1个」 counts operators by their name as it reads; whoever writes it
//! otherwise, but with look-alike letters or the same credit code, is shown to a person.

use crate::finding::Finding;
use crate::form::Answers;
use crate::notice::{Choice, Effect, FieldKind, Notice, QuotaHolder};
use crate::text::{fold, skeleton};

use super::Facts;

/// Something that tells an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorMark {
    /// The field that holds it.
    pub field: String,
    /// What it says, folded, at most 120 characters.
    pub key: String,
}

/// The marks of an entry's operator; none where no quota is counted by operator.
#[must_use]
pub fn operator_marks(notice: &Notice, answers: &Answers) -> Vec<OperatorMark> {
    if !notice.quota.iter().any(|q| q.per == QuotaHolder::Operator) {
        return vec![];
    }
    let form = &notice.form;
    let mark = |kind: &str, field: &str, fold: fn(&str) -> String| {
        let said = fold(answers.text(field).unwrap_or_default());
        (!said.is_empty()).then(|| OperatorMark {
            field: field.to_owned(),
            key: format!("{kind}/{said}").chars().take(120).collect(),
        })
    };
    let codes = form
        .field
        .iter()
        .filter(|f| f.kind == FieldKind::CreditCode);
    let codes = codes.filter_map(|f| mark("code", &f.key, fold));
    mark("name", &form.operator_field, skeleton)
        .into_iter()
        .chain(codes)
        .collect()
}

/// Asks a person whether it is the same operator, for each quota that is counted by operator.
#[must_use]
pub fn check_operator(
    notice: &Notice,
    choice: &Choice,
    answers: &Answers,
    facts: &Facts,
) -> Vec<Finding> {
    let counted = notice
        .quota
        .iter()
        .filter(|q| q.per == QuotaHolder::Operator && q.when.holds(choice, answers));
    let Some(field) = facts.same_operator.first() else {
        return vec![];
    };
    let message = match *field == notice.form.operator_field {
        true => "运营主体名称与另一申报的极为相似，请核对是否为同一运营主体",
        false => "统一社会信用代码与另一申报的相同，请核对是否为同一运营主体",
    };
    counted
        .map(|q| {
            Finding::block(&q.key, field, "operator_alike", message)
                .clause(Some(&q.clause))
                .effect(Effect::Ask)
        })
        .collect()
}
