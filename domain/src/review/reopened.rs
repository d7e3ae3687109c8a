//! What a slip opens: what it names, and whatever hangs on that.

use std::collections::BTreeSet;

use crate::form_check::CATEGORY_OTHER;
use crate::notice::{Condition, FieldKind, Notice};
use crate::refusal::Violation;

/// What opens with a choice. An office and the place that it is in charge of only change together.
const WITH: [(&str, &str); 5] = [
    ("choice.subject", "choice.category"),
    ("choice.category", CATEGORY_OTHER),
    ("choice.route", "choice.agency_id"),
    ("choice.region", "choice.agency_id"),
    ("choice.agency_id", "choice.region"),
];

/// Fields, evidence slots and choices that a slip's items reopen. What hangs on one of them opens with it, however far, or a new
/// answer would ask for a closed one. A field opens no choice: who reviews an entry is not changed by correcting the form.
#[must_use]
pub fn reopened(notice: &Notice, items: &[Violation]) -> Vec<String> {
    let mut open: BTreeSet<&str> = items.iter().map(|i| i.field.as_str()).collect();
    loop {
        let before = open.len();
        open.extend(hanging(notice, &open));
        if open.len() == before {
            return open.into_iter().map(str::to_owned).collect();
        }
    }
}

fn hanging<'a>(notice: &'a Notice, open: &BTreeSet<&str>) -> Vec<&'a str> {
    let asked = |when: &Condition| {
        when.answer.iter().any(|a| open.contains(a.field.as_str()))
            || (open.contains("choice.subject") && !when.subject.is_empty())
            || (open.contains("choice.category") && !when.category.is_empty())
            || (open.contains("choice.route") && !when.route.is_empty())
    };
    let fields = &notice.form.field;
    let is_list = |kind: &FieldKind| matches!(kind, FieldKind::Children { .. });
    let mut lists = fields.iter().filter(|f| is_list(&f.kind));
    let list = lists.any(|f| open.contains(f.key.as_str()));
    let follows = |kind: &FieldKind| match kind {
        // counted here, out of the lists
        FieldKind::ChildrenFollowers => list,
        // the place as the form has it
        FieldKind::Region => open.contains("choice.region"),
        _ => false,
    };
    let with = WITH.iter().filter(|(on, _)| open.contains(on));
    let fields = fields.iter().filter(|f| asked(&f.when) || follows(&f.kind));
    let slots = notice.evidence.iter().filter(|e| asked(&e.when));
    (with.map(|(_, key)| *key))
        .chain(fields.map(|f| f.key.as_str()))
        .chain(slots.map(|e| e.key.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(items: &[&str]) -> Vec<String> {
        let field = |key: &str, kind: &str, on: Option<&str>| {
            let mut field = serde_json::json!({ "key": key, "label": key, "kind": kind });
            if let Some(on) = on {
                field["when"] = serde_json::json!({ "answer": [{ "field": on, "is": ["x"] }] });
            }
            if kind == "choice" {
                field["options"] = serde_json::json!([{ "key": "x", "label": "x" }]);
            }
            serde_json::from_value(field).expect("a field")
        };
        let pack = include_str!("../../../notices/bozhou-2022/notice.toml");
        let mut notice = Notice::parse(pack).expect("a notice");
        notice.evidence.clear();
        notice.form.field = vec![
            field("permit", "text", Some("licence")),
            field("licence", "choice", Some("owner")),
            field("owner", "choice", None),
            field("accounts", "children", None),
            field("sum", "children_followers", None),
            field("region", "region", None),
            field("summary", "text", None),
        ];
        let item = |field: &&str| Violation {
            field: (*field).to_owned(),
            ..Violation::default()
        };
        reopened(&notice, &items.iter().map(item).collect::<Vec<_>>())
    }

    #[test]
    fn what_hangs_on_what_hangs_opens_too() {
        assert_eq!(opened(&["summary"]), ["summary"]);
        assert_eq!(opened(&["owner"]), ["licence", "owner", "permit"]);
    }

    #[test]
    fn a_list_of_accounts_opens_their_sum() {
        assert_eq!(opened(&["accounts"]), ["accounts", "sum"]);
        assert_eq!(opened(&["summary", "sum"]), ["sum", "summary"]);
    }

    #[test]
    fn a_place_in_the_form_is_corrected_without_a_change_of_office() {
        assert_eq!(opened(&["region"]), ["region"]);
        for choice in ["choice.region", "choice.agency_id"] {
            let all = ["choice.agency_id", "choice.region", "region"];
            assert_eq!(opened(&[choice]), all);
        }
    }
}
