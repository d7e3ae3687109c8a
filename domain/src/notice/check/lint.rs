mod selection;

use super::Fault;
use super::holiday::{holiday, is_weekend, spring_festival};
use super::list::List;
use crate::notice::{EvidenceKind, Notice, RuleKind, Stage, StageAct};

/// Advice about a notice that is in order: what it leaves open, and what an organiser may have overlooked.
/// Nothing here keeps a pack from being used. Lines are 0, because there is no text; [`super::check`] knows them.
#[must_use]
pub fn lint(notice: &Notice) -> Vec<Fault> {
    let found = advise(notice).found.into_iter();
    found
        .map(|f| Fault {
            line: 0,
            path: f.at.trim_start_matches('/').replace('/', "."),
            code: f.code,
            message: f.message,
        })
        .collect()
}

pub(super) fn advise(notice: &Notice) -> List {
    let mut list = List::default();
    schedule(notice, &mut list);
    chain(notice, &mut list);
    evidence(notice, &mut list);
    nominations(notice, &mut list);
    selection::advise(notice, &mut list);
    announcement(notice, &mut list);
    quotes(notice, &mut list);
    list
}

fn schedule(notice: &Notice, list: &mut List) {
    let own: Vec<(usize, &Stage)> = notice
        .stage
        .iter()
        .enumerate()
        .filter(|(_, s)| s.within.is_none())
        .collect();
    for pair in own.windows(2) {
        if let [(_, before), (i, stage)] = pair
            && before.closes == stage.opens
        {
            list.add(
                format!("/stage/{i}/opens"),
                "shared_day",
                format!(
                    "{} 同属“{}”和“{}”，当天两个阶段都开放",
                    stage.opens, before.label, stage.label
                ),
            );
        }
    }
    for (i, stage) in notice.stage.iter().enumerate() {
        let hands_in = [StageAct::Apply, StageAct::Nominate, StageAct::Deliver];
        if !stage.act.iter().any(|a| hands_in.contains(a)) {
            continue;
        }
        let place = format!("/stage/{i}/closes");
        if let Some(name) = holiday(stage.closes) {
            let message = format!("截止日 {} 是{name}，请安排值守或顺延", stage.closes);
            list.add(place, "deadline_on_holiday", message);
        } else if is_weekend(stage.closes) {
            let message = format!("截止日 {} 是周末，请安排值守或顺延", stage.closes);
            list.add(place, "deadline_on_weekend", message);
        }
        let sent = notice
            .forward
            .iter()
            .find(|f| f.stage == stage.key)
            .map_or(notice.issued, |f| f.issued);
        let days = sent.map(|day| (stage.closes - day).num_days());
        if let (true, Some(days @ 0..=14)) = (stage.act.contains(&StageAct::Apply), days) {
            let message = format!("从印发到截止只有 {days} 天，请尽早通知到申报单位");
            list.add(format!("/stage/{i}/closes"), "short_notice", message);
        }
    }
}

fn chain(notice: &Notice, list: &mut List) {
    for (i, step) in notice.step.iter().enumerate() {
        for system in step.system.iter().filter(|s| *s != "*") {
            let acts = notice
                .agency
                .iter()
                .any(|a| a.tier == step.tier && a.system == *system);
            if !acts && !notice.agency.is_empty() && !step.optional {
                let message = format!(
                    "环节“{}”没有条线 `{system}` 的机构，申报将无法提交",
                    step.label
                );
                list.add(format!("/step/{i}/system"), "step_without_agency", message);
            }
        }
        for (j, slot) in step.slot.iter().enumerate() {
            if !slot.required {
                let message = format!("“{}”可以不盖章", slot.label);
                list.add(
                    format!("/step/{i}/slot/{j}/required"),
                    "seal_optional",
                    message,
                );
            }
        }
    }
    let tested = |key: &str| notice.rule.iter().any(|r| tests(&r.kind, key));
    for (i, field) in notice.form.field.iter().enumerate() {
        if field.added && tested(&field.key) {
            let message = format!(
                "通知的表格没有“{}”，而推选要求要用到，已增加此栏",
                field.label
            );
            list.add(format!("/form/field/{i}"), "field_added", message);
        }
    }
}

fn tests(rule: &RuleKind, key: &str) -> bool {
    match rule {
        RuleKind::AtLeast { field, .. }
        | RuleKind::AtMost { field, .. }
        | RuleKind::PlatformNamed { field, .. }
        | RuleKind::CategoryTakes { field, .. }
        | RuleKind::AnswerAmong { field, .. }
        | RuleKind::CountedBetween { field, .. }
        | RuleKind::InTerritory { field }
        | RuleKind::MatrixChildren { field, .. }
        | RuleKind::MatrixName { field, .. }
        | RuleKind::MatrixExclusive { field } => field == key,
        RuleKind::ThresholdTable {
            field,
            platform_field,
            level_field,
            ..
        } => field == key || platform_field == key || level_field.as_deref() == Some(key),
        RuleKind::OneRoute
        | RuleKind::SameName
        | RuleKind::AnyEvidence { .. }
        | RuleKind::PersonDecides { .. }
        | RuleKind::NegativeList { .. } => false,
    }
}

fn evidence(notice: &Notice, list: &mut List) {
    for (i, slot) in notice.evidence.iter().enumerate() {
        let open_above = slot
            .clause
            .as_ref()
            .is_some_and(|c| c.contains("以上") || c.contains("不少于"));
        if slot.kind == EvidenceKind::Image && open_above && slot.min == slot.max {
            let message = format!(
                "通知只写了下限，现在恰好 {} 张；主办单位可以在发布前调高上限",
                slot.max
            );
            list.add(format!("/evidence/{i}/max"), "image_ceiling", message);
        }
    }
}

fn nominations(notice: &Notice, list: &mut List) {
    for (i, nomination) in notice.nomination.iter().enumerate() {
        if nomination.closes.is_none() {
            let message = format!("“{}”没有截止日期，请确定", nomination.label);
            list.add(
                format!("/nomination/{i}"),
                "nomination_deadline_open",
                message,
            );
        }
    }
}

fn announcement(notice: &Notice, list: &mut List) {
    let Some(announcement) = &notice.announcement else {
        return list.add(
            "",
            "announcement_missing",
            "没有安排公示；如需公示请写 [announcement]",
        );
    };
    if announcement.days.is_none() {
        list.add(
            "/announcement",
            "announcement_length_open",
            "没有写公示几天，请确定",
        );
    }
    let stage = notice.stage.iter().find(|s| s.key == announcement.stage);
    if let Some(day) = stage.and_then(|s| spring_festival(s.opens, s.closes)) {
        let message = format!("公示阶段跨春节（{day}），请确定起止日和工作日");
        list.add("/announcement/stage", "announcement_over_holiday", message);
    }
}

/// Quotes are short; the original is not copied into the project.
fn quotes(notice: &Notice, list: &mut List) {
    const LONG: usize = 100;
    fn walk(value: &serde_json::Value, at: &str, list: &mut List) {
        match value {
            serde_json::Value::Object(entries) => {
                for (key, inner) in entries {
                    let long = inner.as_str().is_some_and(|t| t.chars().count() > LONG);
                    if key == "clause" && long {
                        list.add(
                            format!("{at}/clause"),
                            "quote_long",
                            "引文过长，只抄录要点，用…略去其余",
                        );
                    }
                    walk(inner, &format!("{at}/{key}"), list);
                }
            }
            serde_json::Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    walk(item, &format!("{at}/{i}"), list);
                }
            }
            _ => {}
        }
    }
    if let Ok(json) = serde_json::to_value(notice) {
        walk(&json, "", list);
    }
}
