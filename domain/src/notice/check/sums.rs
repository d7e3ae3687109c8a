use super::list::List;
use crate::notice::{Band, Conversion, FieldKind, Notice, Rubric, RuleKind, Totals};

/// Weights, marks and tables add up.
pub(super) fn check(notice: &Notice, list: &mut List) {
    weights(notice, list);
    for (i, rubric) in notice.rubric.iter().enumerate() {
        marks(rubric, &format!("/rubric/{i}"), list);
    }
    for (i, part) in notice.score.iter().flat_map(|s| &s.part).enumerate() {
        let at = format!("/score/part/{i}/conversion");
        conversion(part.conversion.as_ref(), &at, list);
    }
    if let Some(Totals::Daily { hour }) = notice.poll.as_ref().and_then(|p| p.totals)
        && hour > 23
    {
        let message = format!("每天没有 {hour} 点，应为 0 至 23");
        list.add("/poll/totals/hour", "bad_hour", message);
    }
    percents(notice, list);
}

fn weights(notice: &Notice, list: &mut List) {
    let Some(score) = &notice.score else { return };
    let given: Vec<u32> = score.part.iter().filter_map(|p| p.weight).collect();
    let sum: u64 = given.iter().map(|w| u64::from(*w)).sum();
    let open = score.part.len() - given.len();
    if score.part.is_empty() {
        list.add(
            "/score",
            "nothing_to_choose",
            "综合评分至少要有一项 [[score.part]]",
        );
    } else if open == 0 && sum != 100 {
        let shown: Vec<String> = given.iter().map(u32::to_string).collect();
        let message = format!("权重合计 {} = {sum}，应为 100", shown.join("+"));
        list.add("/score/part", "weights_sum", message);
    } else if open > 0 && sum >= 100 {
        let message = format!("已写的权重合计 {sum}，还有 {open} 项没有写，分不出来");
        list.add("/score/part", "weights_sum", message);
    }
}

fn marks(rubric: &Rubric, at: &str, list: &mut List) {
    let given: Vec<u32> = rubric.criterion.iter().filter_map(|c| c.points).collect();
    let sum: u64 = given.iter().map(|p| u64::from(*p)).sum();
    if given.len() == rubric.criterion.len() && sum != u64::from(rubric.total) {
        let message = format!("各项标准合计 {sum} 分，总分写的是 {} 分", rubric.total);
        list.add_with(
            format!("{at}/total"),
            &[format!("{at}/criterion")],
            "rubric_sum",
            message,
        );
    } else if !given.is_empty() && given.len() < rubric.criterion.len() {
        let message = "有的标准写了分值，有的没有：请都写，或都不写";
        list.add(format!("{at}/criterion"), "rubric_mixed", message);
    }
    for (i, criterion) in rubric.criterion.iter().enumerate() {
        let place = format!("{at}/criterion/{i}");
        let items: u64 = criterion
            .item
            .iter()
            .map(|item| u64::from(item.points))
            .sum();
        match criterion.points {
            Some(points) if !criterion.item.is_empty() && items != u64::from(points) => {
                let message = format!(
                    "各细则合计 {items} 分，“{}”写的是 {points} 分",
                    criterion.label
                );
                let also = [format!("{place}/item")];
                list.add_with(format!("{place}/points"), &also, "rubric_sum", message);
            }
            _ => {}
        }
        for (k, item) in criterion.item.iter().enumerate() {
            bands(
                &item.band,
                u64::from(item.points) * 100,
                &format!("{place}/item/{k}/band"),
                list,
            );
        }
    }
}

fn conversion(conversion: Option<&Conversion>, at: &str, list: &mut List) {
    const FULL: u64 = 10_000;
    match conversion {
        Some(Conversion::RankLinear { best, worst }) => {
            if worst > best || u64::from(*best) > FULL {
                let message = "应有 10000 ≥ best ≥ worst（以百分之一分为单位）";
                list.add(at, "table_order", message);
            }
        }
        Some(Conversion::RankTable { row }) => {
            let rising = row
                .windows(2)
                .all(|w| matches!(w, [a, b] if a.up_to < b.up_to));
            let falling = row
                .windows(2)
                .all(|w| matches!(w, [a, b] if a.points >= b.points));
            let full = row.iter().all(|r| u64::from(r.points) <= FULL);
            if row.is_empty() || !rising || !falling || !full {
                let message = "换算表应按名次从前到后排列，得分不升，且不超过 10000（百分之一分）";
                list.add(format!("{at}/row"), "table_order", message);
            }
        }
        Some(Conversion::Bands { row }) => {
            if row.is_empty() {
                list.add(format!("{at}/row"), "table_order", "分档表是空的");
            }
            bands(row, FULL, &format!("{at}/row"), list);
        }
        Some(Conversion::Marks | Conversion::RankOpen) | None => {}
    }
}

fn bands(row: &[Band], full: u64, at: &str, list: &mut List) {
    let falling = row
        .windows(2)
        .all(|w| matches!(w, [a, b] if a.from > b.from && a.points >= b.points));
    if !falling || row.iter().any(|b| u64::from(b.points) > full) {
        let message = format!("分档应从高到低排列，得分不升，且不超过 {full}（百分之一分）");
        list.add(at, "table_order", message);
    }
}

/// Per cent is written in hundredths in a rule, 6000 for 60 %.
fn percents(notice: &Notice, list: &mut List) {
    for (i, rule) in notice.rule.iter().enumerate() {
        let (field, limit, name) = match &rule.kind {
            RuleKind::AtLeast { field, min, .. } => (field, *min, "min"),
            RuleKind::AtMost { field, max, .. } => (field, *max, "max"),
            _ => continue,
        };
        let percent = notice
            .form
            .field
            .iter()
            .any(|f| f.key == *field && f.kind == FieldKind::Percent);
        if percent && !(100..=10_000).contains(&limit) {
            let message = format!("百分比以万分之一为单位：60% 写作 6000，现在写的是 {limit}");
            list.add(format!("/rule/{i}/{name}"), "percent_unit", message);
        }
    }
}
