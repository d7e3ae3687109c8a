//! 填写: what an applicant wrote, as the form's fields ask for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::notice::{FieldKind, Form};

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

/// What was written freely, a line each: texts and names of accounts. Personal data and numbers are left out.
#[must_use]
pub fn public_text(form: &Form, answers: &Answers) -> String {
    let mut lines = Vec::new();
    for field in form.field.iter().filter(|f| !f.personal) {
        match (&field.kind, answers.0.get(&field.key)) {
            (FieldKind::Text { .. } | FieldKind::LongText { .. }, Some(Answer::Text(text))) => {
                lines.push(text.as_str());
            }
            (FieldKind::Children { .. }, Some(Answer::Children(all))) => {
                lines.extend(all.iter().map(|child| child.name.as_str()));
            }
            _ => {}
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_freely_is_told_without_personal_data() {
        let form: Form = serde_json::from_value(serde_json::json!({ "field": [
            { "key": "name", "label": "名称", "kind": "text" },
            { "key": "contact", "label": "联系人", "kind": "text", "personal": true },
            { "key": "mobile", "label": "手机", "kind": "mobile" },
            { "key": "summary", "label": "简介", "kind": "long_text", "max_chars": 100 },
            { "key": "accounts", "label": "矩阵", "kind": "children" },
            { "key": "followers", "label": "粉丝", "kind": "integer" },
        ] }))
        .expect("a form");
        let answers: Answers = serde_json::from_value(serde_json::json!({
            "name": "谯城发布", "contact": "张某", "mobile": "13800138000", "summary": "两行\n简介", "followers": 3,
            "accounts": [{ "name": "谯城视频", "platform": "douyin", "account_id": "x", "followers": 1 }],
        }))
        .expect("answers");
        assert_eq!(
            public_text(&form, &answers),
            "谯城发布\n两行\n简介\n谯城视频"
        );
    }
}
