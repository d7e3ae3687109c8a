use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::list::List;
use crate::agency::{NAME_CHARS, SYSTEM_CHARS};
use crate::notice::{EvidenceKind, FieldKind, FigureKind, Intake, MOST_ATTACHMENTS, Notice};

/// What each value must be by itself: keys, texts, codes, floors and ceilings.
pub(super) fn check(notice: &Notice, list: &mut List) {
    if notice.format != 1 {
        let message = format!("不认识格式版本 {}，目前只有 1", notice.format);
        list.add("/format", "format_unknown", message);
    }
    if let Ok(json) = serde_json::to_value(notice) {
        walk(&json, "", list);
    }
    lengths(notice, list);
    slots_once(notice, list);
    attachments(notice, list);
    codes(notice, list);
    limits(notice, list);
    if notice.intake == Intake::Application {
        application(notice, list);
    }
}

/// Keys are well formed and used once in their list; texts are not empty.
fn walk(value: &Json, at: &str, list: &mut List) {
    match value {
        Json::Object(entries) => {
            for (name, inner) in entries {
                let place = format!("{at}/{name}");
                if let Some(text) = inner.as_str() {
                    word(name, text, &place, list);
                }
                walk(inner, &place, list);
            }
        }
        Json::Array(items) => {
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            for (i, item) in items.iter().enumerate() {
                let place = format!("{at}/{i}");
                walk(item, &place, list);
                let key = item["key"].as_str().unwrap_or_default();
                if let (false, Some(first)) = (key.is_empty(), seen.get(key)) {
                    list.add_with(
                        format!("{place}/key"),
                        &[format!("{at}/{first}/key")],
                        "duplicate",
                        format!("`{key}` 前面已经用过，同一组里的 key 不能重复"),
                    );
                }
                seen.entry(key).or_insert(i);
            }
        }
        _ => {}
    }
}

fn word(name: &str, text: &str, place: &str, list: &mut List) {
    match name {
        "key" if !is_key(text) => list.add(
            place,
            "bad_key",
            format!("“{text}”不能作 key：只用小写字母、数字、- 和 _，以字母开头"),
        ),
        "key" | "list" => long(place, text, KEY_CHARS, list),
        "clause" if text.trim().is_empty() => list.add(
            place,
            "empty_clause",
            "引文是空的：请抄录通知中的原话，没有原话就删去这一行",
        ),
        "label" | "title" | "name" | "text" | "what" | "office" | "subject"
            if text.trim().is_empty() && place != "/form/title" =>
        {
            list.add(place, "empty_text", format!("`{name}` 是空的，请填写"));
        }
        _ => {}
    }
}

/// Longest key, and longest title: what the tables of campaigns and entries hold.
const KEY_CHARS: usize = 60;
const TITLE_CHARS: usize = 200;

fn long(place: impl Into<String>, text: &str, most: usize, list: &mut List) {
    let found = text.chars().count();
    if found > most {
        let message = format!("最长{most}个字符，现有{found}个，请缩短");
        list.add(place, "too_long", message);
    }
}

/// What is stored beside the notice fits where it is stored. An agency is known by programme and key together.
fn lengths(notice: &Notice, list: &mut List) {
    long("/title", &notice.title, TITLE_CHARS, list);
    for (i, agency) in notice.agency.iter().enumerate() {
        let at = format!("/agency/{i}");
        long(format!("{at}/name"), &agency.name, NAME_CHARS, list);
        long(format!("{at}/system"), &agency.system, SYSTEM_CHARS, list);
        let both = notice.program.key.chars().count() + 1 + agency.key.chars().count();
        let alone = [&notice.program.key, &agency.key].map(|k| k.chars().count() <= KEY_CHARS);
        if both > KEY_CHARS && alone == [true; 2] {
            let message = format!(
                "与 program.key 合起来最长{}个字符，现有{}个，请缩短其中一个",
                KEY_CHARS - 1,
                both - 1
            );
            let also = ["/program/key".to_owned()];
            list.add_with(format!("{at}/key"), &also, "too_long", message);
        }
    }
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

/// A box for a seal is found by its key in the whole chain, not in its step alone.
fn slots_once(notice: &Notice, list: &mut List) {
    let mut seen: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for (i, step) in notice.step.iter().enumerate() {
        for (j, slot) in step.slot.iter().enumerate() {
            let place = format!("/step/{i}/slot/{j}/key");
            match seen.get(slot.key.as_str()) {
                Some((other, first)) if *other != i => list.add_with(
                    place,
                    std::slice::from_ref(first),
                    "duplicate",
                    format!("盖章处 `{}` 在另一环节已经用过，各环节也不能重复", slot.key),
                ),
                Some(_) => {}
                None => {
                    seen.insert(&slot.key, (i, place));
                }
            }
        }
    }
}

/// Files of the pack's folder, of a kind that is taken, each once.
fn attachments(notice: &Notice, list: &mut List) {
    let mut seen = BTreeSet::new();
    for (i, attachment) in notice.attachment.iter().enumerate() {
        let (place, file) = (format!("/attachment/{i}/file"), &attachment.file);
        if !attachment.stays() {
            let message =
                format!("“{file}”不是文件名：附件放在本文件夹里，这里只写文件名，不写路径");
            list.add(place, "bad_file", message);
        } else if attachment.kind().is_none() {
            let message = format!(
                "“{file}”不能作附件：只能是PDF、Word（.docx）或Excel（.xlsx）文件，旧格式请另存为新格式"
            );
            list.add(place, "attachment_type", message);
        } else if !seen.insert(file) {
            list.add(place, "duplicate", format!("“{file}”前面已经列为附件"));
        }
    }
    if notice.attachment.len() > MOST_ATTACHMENTS {
        let message = format!("附件最多{MOST_ATTACHMENTS}件，请合并");
        list.add("/attachment", "too_many", message);
    }
}

fn codes(notice: &Notice, list: &mut List) {
    let region = |code: &str| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    let mut regions = vec![("/region".to_owned(), &notice.region)];
    let seats = notice.agency.iter().enumerate();
    regions.extend(seats.map(|(i, a)| (format!("/agency/{i}/region"), &a.region)));
    for (place, code) in regions {
        if !region(code) {
            let message = format!("“{code}”不是行政区划代码，应为六位数字，如 341600");
            list.add(place, "bad_region", message);
        }
    }
    if let Some(sum) = &notice.source_sha256
        && !(sum.len() == 64 && sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
    {
        let message = "应为原文的 SHA-256：64个数字和小写字母";
        list.add("/source_sha256", "bad_sha256", message);
    }
    for (i, figure) in notice.figure.iter().enumerate() {
        let (whole, part) = figure.value.split_once('.').unwrap_or((&figure.value, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let counted = figure.kind == FigureKind::Register && figure.value.contains('.');
        if !digits(whole) || !digits(part) || counted {
            let message = format!(
                "“{}”不是这里能用的数，请只写数字，如 \"93.04\"",
                figure.value
            );
            list.add(format!("/figure/{i}/value"), "bad_number", message);
        }
    }
}

/// Floors do not lie above ceilings, and nothing is limited to nothing.
fn limits(notice: &Notice, list: &mut List) {
    let mut zero = |place: String, what: &str| {
        list.add(place, "zero", format!("{what}不能是 0"));
    };
    for (i, q) in notice.quota.iter().enumerate().filter(|(_, q)| q.max == 0) {
        zero(format!("/quota/{i}/max"), &format!("名额“{}”", q.label));
    }
    for (i, slot) in notice.evidence.iter().enumerate() {
        if slot.max == 0 {
            zero(format!("/evidence/{i}/max"), "材料件数上限");
        }
    }
    for (i, h) in notice.honour.iter().enumerate() {
        if h.seats == Some(0) {
            zero(format!("/honour/{i}/seats"), "奖项名额");
        }
    }
    for (i, field) in notice.form.field.iter().enumerate() {
        if let FieldKind::Text { max_chars: 0 }
        | FieldKind::LongText { max_chars: 0 }
        | FieldKind::Children { max: 0 } = field.kind
        {
            zero(
                format!("/form/field/{i}"),
                &format!("“{}”的上限", field.label),
            );
        }
    }
    for (i, field) in notice.form.field.iter().enumerate() {
        if let FieldKind::Integer {
            min,
            max: Some(max),
        } = field.kind
            && min > max
        {
            floor(format!("/form/field/{i}"), min, max, list);
        }
    }
    for (i, slot) in notice.evidence.iter().enumerate() {
        if slot.min > slot.max && slot.max > 0 {
            floor(format!("/evidence/{i}/max"), slot.min, slot.max, list);
        }
        if slot.max_seconds.is_some() && slot.kind != EvidenceKind::Video {
            let place = format!("/evidence/{i}/max_seconds");
            list.add(
                place,
                "seconds_not_video",
                "只有视频才能限时长，请删去 max_seconds",
            );
        }
    }
    if let Some(picks) = notice.poll.as_ref().and_then(|p| p.picks)
        && picks.min > picks.max
    {
        floor("/poll/picks".into(), picks.min, picks.max, list);
    }
    for (i, cut) in notice.cut.iter().enumerate() {
        match cut.max {
            None if cut.exact || cut.reserve > 0 => {
                let place = format!("/cut/{i}");
                list.add(
                    place,
                    "cap_missing",
                    "写了 exact 或 reserve，还要写 max（入围数）",
                );
            }
            Some(max) if cut.reserve > max => {
                floor(format!("/cut/{i}/reserve"), cut.reserve, max, list)
            }
            _ => {}
        }
    }
}

fn floor(place: String, min: impl Into<i64>, max: impl Into<i64>, list: &mut List) {
    let (min, max) = (min.into(), max.into());
    let message = format!("下限 {min} 比上限 {max} 还大，请改正其中一个");
    list.add(place, "floor_above_ceiling", message);
}

/// Whoever applies needs something to choose and a form to fill.
fn application(notice: &Notice, list: &mut List) {
    for (empty, name, label) in [
        (notice.subject.is_empty(), "subject", "推选对象"),
        (notice.category.is_empty(), "category", "类别"),
        (notice.route.is_empty(), "route", "申报途径"),
        (notice.step.is_empty(), "step", "审核环节"),
    ] {
        if empty {
            let message = format!(
                "要有至少一个 [[{name}]]（{label}）；不接受申报的榜单请写 intake = \"organiser_list\""
            );
            list.add(format!("/{name}"), "nothing_to_choose", message);
        }
    }
    for (key, name, label) in [
        (&notice.form.name_field, "name_field", "账号或作品名称"),
        (&notice.form.operator_field, "operator_field", "运营主体"),
        (&notice.form.title, "title", "申报表名称"),
    ] {
        if key.is_empty() {
            let message = if name == "title" {
                format!("缺少 `{name}`：请写明{label}")
            } else {
                format!("缺少 `{name}`：请写明哪一栏是{label}")
            };
            list.add(format!("/form/{name}"), "form_field_unnamed", message);
        }
    }
}
