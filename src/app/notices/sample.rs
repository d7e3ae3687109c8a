//! Entries made up to prove a template with.

use domain::form::{Answer, Answers};
use domain::nomination::{Item, Nomination};
use domain::notice::{Deliverable, Field, FieldKind, NominationList, Notice};
use serde_json::{Value, json};

use crate::app::deliverables;
use crate::app::forms::Sheet;
use crate::app::nominations::paper::Printed;

/// What a template gets for an entry that goes through every step: with nothing answered, or with every answer as long
/// as it may be.
pub fn entry(notice: &Notice, full: bool) -> Value {
    let slots = (notice.step.iter().flat_map(|s| &s.slot))
        .map(|s| json!({ "id": s.key, "label": s.label, "agency": "某某市某某区委网信办" }))
        .collect();
    let child = json!({ "name": "某某发布", "platform": "微信", "account_id": "example", "followers": "128600" });
    let has_children = |f: &Field| matches!(f.kind, FieldKind::Children { .. });
    let many = full && notice.form.field.iter().any(has_children);
    let sheet = Sheet {
        code: "00-AAAAAAAAAA",
        url: "https://example.cn/v/00-AAAAAAAAAA",
        draft: !full,
        round: 1,
        receipt: "000000-000000",
        category: notice.category.first().map_or("", |c| c.key.as_str()),
        category_other: "",
        children: vec![child; if many { 10 } else { 0 }],
        slots,
    };
    sheet.data(notice, |f| {
        if full {
            longest(notice, f)
        } else {
            String::new()
        }
    })
}

/// What the template of a list gets: without rows, or with as many as the list may have.
pub fn nomination(notice: &Notice, list: &NominationList, full: bool) -> Value {
    let cells = |fields: &[Field]| {
        let filled = fields.iter().filter(|_| full);
        let text = |f: &Field| (f.key.clone(), Answer::Text(longest(notice, f)));
        Answers(filled.map(text).collect())
    };
    let rows = if full { list.per_category } else { 0 };
    let items = notice.category.iter().flat_map(|c| {
        (0..rows).map(|_| Item {
            category: c.key.clone(),
            cells: cells(&list.column),
        })
    });
    let written = Nomination {
        head: cells(&list.head),
        items: items.take(300).collect(),
    };
    let printed = Printed {
        code: "00-AAAAAAAAAA",
        url: "https://example.cn/v/00-AAAAAAAAAA",
        round: 1,
        agency: "某某市某某区委网信办",
    };
    printed.data(notice, list, &written)
}

/// What the template of later deliverables gets: nothing written, or every cell as long as it may be.
pub fn deliverable(notice: &Notice, deliverable: &Deliverable, full: bool) -> Value {
    let sheet = deliverables::Sheet {
        number: full.then_some(1),
        receipt: "000000-000000",
    };
    let written = |f: &Field| match full {
        true => longest(notice, f),
        false => String::new(),
    };
    sheet.data(notice, deliverable, written, |f| longest(notice, f))
}

/// Longest text of a cell; a very long one is cut, for layout does not differ any more.
fn longest(notice: &Notice, field: &Field) -> String {
    let chars = |n: u32| "样".repeat(n.min(3_000) as usize);
    let of = |labels: &mut dyn Iterator<Item = &String>| {
        let longest = labels.max_by_key(|l| l.chars().count());
        longest.cloned().unwrap_or_default()
    };
    match &field.kind {
        FieldKind::Text { max_chars } | FieldKind::LongText { max_chars } => chars(*max_chars),
        FieldKind::Choice { options } => of(&mut options.iter().map(|o| &o.label)),
        FieldKind::Platform => of(&mut notice.platform.iter().map(|p| &p.label)),
        FieldKind::Integer { .. } | FieldKind::ChildrenFollowers => "1234567890".into(),
        FieldKind::Percent => "100.00%".into(),
        FieldKind::Date => "2026年12月31日".into(),
        FieldKind::Region => "某某自治区某某自治州某某自治县".into(),
        FieldKind::Telephone => "0551-12345678".into(),
        FieldKind::Mobile => "13800138000".into(),
        FieldKind::Email => format!("{}@example.cn", "a".repeat(40)),
        FieldKind::Postcode => "000000".into(),
        FieldKind::Address => format!("https://example.cn/{}", "a".repeat(80)),
        FieldKind::CreditCode => "91340000000000000X".into(),
        FieldKind::Children { .. } => String::new(),
    }
}
