use chrono::NaiveDate;

use super::links::comes_back;
use super::list::List;
use crate::notice::{Intake, MOST_GRACE, Notice, RuleKind, StageAct};

/// Windows lie in order, inside the campaign and inside the level above.
pub(super) fn check(notice: &Notice, list: &mut List) {
    if let Some(period) = &notice.period {
        reversed("/period", period.opens, period.closes, list);
    }
    let mut last: Option<usize> = None;
    for (i, stage) in notice.stage.iter().enumerate() {
        let at = format!("/stage/{i}");
        reversed(&at, stage.opens, stage.closes, list);
        if let Some(period) = &notice.period {
            let inside = |name: &str, day: NaiveDate, list: &mut List| {
                if day < period.opens || period.closes < day {
                    let message = format!(
                        "{day} 不在活动时间 {} 至 {} 之内",
                        period.opens, period.closes
                    );
                    list.add_with(
                        format!("{at}/{name}"),
                        &["/period".into()],
                        "window_outside",
                        message,
                    );
                }
            };
            inside("opens", stage.opens, list);
            inside("closes", stage.closes, list);
        }
        if let Some(minutes) = stage.upload_grace_minutes
            && (minutes > MOST_GRACE || !stage.act.contains(&StageAct::Apply))
        {
            let message = "上传宽限只用于申报阶段（act = [\"apply\"]），最长1440分钟";
            list.add(format!("{at}/upload_grace_minutes"), "grace_unfit", message);
        }
        within(notice, i, list);
        if stage.within.is_some() {
            continue;
        }
        if let Some(before) = last.and_then(|j| notice.stage.get(j).map(|s| (j, s)))
            && stage.opens < before.1.opens
        {
            list.add_with(
                format!("{at}/opens"),
                &[format!("/stage/{}/opens", before.0)],
                "window_order",
                format!("比前一阶段“{}”开始得早，请按先后排列", before.1.label),
            );
        }
        last = Some(i);
    }
    let takes = |act: StageAct| notice.stage.iter().any(|s| s.act.contains(&act));
    if notice.intake == Intake::Application && !takes(StageAct::Apply) {
        list.add(
            "/stage",
            "no_apply_stage",
            "没有一个阶段接受申报：请在该阶段写 act = [\"apply\"]",
        );
    }
    hand_up(notice, list);
    days(notice, list);
}

fn reversed(at: &str, opens: NaiveDate, closes: NaiveDate, list: &mut List) {
    if closes < opens {
        let message = format!("结束日 {closes} 早于开始日 {opens}");
        let also = [format!("{at}/opens")];
        list.add_with(format!("{at}/closes"), &also, "window_reversed", message);
    }
}

/// A forwarded notice closes no later than the level above: 8月2日 ≤ 8月10日 ≤ 9月10日.
fn within(notice: &Notice, i: usize, list: &mut List) {
    let Some(stage) = notice.stage.get(i) else {
        return;
    };
    let Some(above) = &stage.within else { return };
    let place = format!("/stage/{i}/closes");
    if let Some((j, above)) = notice
        .stage
        .iter()
        .enumerate()
        .find(|(_, s)| s.key == *above)
        && above.closes < stage.closes
    {
        let message = format!(
            "截止日 {} 晚于上一级“{}”的 {}，应当不晚于它",
            stage.closes, above.label, above.closes
        );
        list.add_with(
            place,
            &[format!("/stage/{j}/closes")],
            "child_deadline",
            message,
        );
    }
    let up = |key: &String| {
        let above = notice.stage.iter().find(|s| s.key == *key)?;
        above.within.as_ref()
    };
    if comes_back(&stage.key, stage.within.as_ref(), notice.stage.len(), up) {
        let message = "阶段的上级绕成了圈，最上一级不写 within";
        list.add(format!("/stage/{i}/within"), "stage_cycle", message);
    }
}

/// What is handed up reaches the parent campaign in time.
fn hand_up(notice: &Notice, list: &mut List) {
    let Some(closes) = notice.parent.as_ref().and_then(|p| p.closes) else {
        return;
    };
    for (i, stage) in notice.stage.iter().enumerate() {
        let hands = stage
            .act
            .iter()
            .any(|a| matches!(a, StageAct::Apply | StageAct::Nominate));
        if hands && closes < stage.closes {
            let message = format!("截止日 {} 晚于上级活动的截止日 {closes}", stage.closes);
            let also = ["/parent/closes".to_owned()];
            list.add_with(
                format!("/stage/{i}/closes"),
                &also,
                "child_deadline",
                message,
            );
        }
    }
}

/// Days that belong to a stage lie in it; periods of rules run forward.
fn days(notice: &Notice, list: &mut List) {
    let mut of = |at: String, day: Option<NaiveDate>, stage: Option<&String>| {
        let Some(day) = day else { return };
        let found = notice.stage.iter().enumerate();
        let Some((i, stage)) = stage.and_then(|key| found.into_iter().find(|(_, s)| s.key == *key))
        else {
            return;
        };
        if day < stage.opens || stage.closes < day {
            let message = format!(
                "{day} 不在阶段“{}”之内（{} 至 {}）",
                stage.label, stage.opens, stage.closes
            );
            list.add_with(at, &[format!("/stage/{i}")], "window_outside", message);
        }
    };
    for (i, d) in notice.deliverable.iter().enumerate() {
        of(format!("/deliverable/{i}/due"), d.due, d.stage.as_ref());
    }
    for (i, n) in notice.nomination.iter().enumerate() {
        of(
            format!("/nomination/{i}/closes"),
            n.closes,
            n.stage.as_ref(),
        );
    }
    for (i, g) in notice.gathering.iter().enumerate() {
        of(format!("/gathering/{i}/day"), g.day, g.stage.as_ref());
    }
    for (i, indicator) in notice.indicator.iter().enumerate() {
        if let (Some(from), Some(to)) = (indicator.from, indicator.to)
            && to < from
        {
            let also = [format!("/indicator/{i}/from")];
            let message = format!("结束日 {to} 早于开始日 {from}");
            list.add_with(
                format!("/indicator/{i}/to"),
                &also,
                "window_reversed",
                message,
            );
        }
    }
    for (i, rule) in notice.rule.iter().enumerate() {
        if let RuleKind::CountedBetween { from, to, .. } = rule.kind
            && to < from
        {
            let also = [format!("/rule/{i}/from")];
            let message = format!("结束日 {to} 早于开始日 {from}");
            list.add_with(format!("/rule/{i}/to"), &also, "window_reversed", message);
        }
    }
}
