use super::List;
use crate::notice::{Conversion, Honoured, Intake, Notice, PartSource, StandardUse};

/// What a notice leaves open about scores, votes and honours.
pub(super) fn advise(notice: &Notice, list: &mut List) {
    score(notice, list);
    poll(notice, list);
    honours(notice, list);
}

fn score(notice: &Notice, list: &mut List) {
    let Some(score) = &notice.score else { return };
    for (i, part) in score.part.iter().enumerate() {
        let at = format!("/score/part/{i}");
        let label = &part.label;
        match part.weight {
            None => list.add(
                &at,
                "weight_open",
                format!("“{label}”没有权重，须在申报开始前确定并公布"),
            ),
            Some(weight @ 1..) if part.source == PartSource::Vote => list.add(
                format!("{at}/weight"),
                "vote_weighs",
                format!("投票占 {weight}%：请对照整治“指尖上的形式主义”的要求研究，默认只作参考"),
            ),
            Some(_) => {}
        }
        let measured = matches!(part.source, PartSource::Index | PartSource::Vote);
        let open = matches!(part.conversion, None | Some(Conversion::RankOpen));
        if measured && open && part.weight.is_some() {
            let message = format!("“{label}”怎样换算成得分没有写明，须在开始前公布");
            list.add(format!("{at}/conversion"), "conversion_open", message);
        }
    }
    if score.ties.is_none() && score.part.iter().any(|p| p.weight.is_some()) {
        list.add("/score", "ties_open", "同分怎样处理没有写明，请确定");
    }
    for (i, rubric) in notice.rubric.iter().enumerate() {
        let at = format!("/rubric/{i}");
        if rubric.criterion.iter().any(|c| c.points.is_none()) {
            let message = format!("“{}”各项标准没有分值，请确定", rubric.label);
            list.add(format!("{at}/criterion"), "points_open", message);
        }
        for (j, criterion) in rubric.criterion.iter().enumerate() {
            for (k, item) in criterion.item.iter().enumerate() {
                if item.indicator.is_some() && item.band.is_empty() {
                    let message = format!("“{}”怎样分档没有写明，请确定", item.label);
                    list.add(
                        format!("{at}/criterion/{j}/item/{k}"),
                        "bands_open",
                        message,
                    );
                }
            }
        }
    }
    let scored = notice
        .standard
        .iter()
        .any(|s| s.used == StandardUse::Scored);
    for (i, standard) in notice.standard.iter().enumerate() {
        if scored && standard.used == StandardUse::Gate {
            let message = format!("“{}”列为标准却不计分，作为前提条件办理", standard.label);
            list.add(format!("/standard/{i}"), "standard_not_scored", message);
        }
    }
}

fn poll(notice: &Notice, list: &mut List) {
    if let Some(poll) = &notice.poll
        && (poll.unit.is_none()
            || poll.period.is_none()
            || poll.picks.is_none()
            || poll.totals.is_none())
    {
        let message = "投票的单位、周期、票数或公布方式没有写全，须在第一张选票之前确定";
        list.add("/poll", "poll_open", message);
    }
    for (i, publicity) in notice.publicity.iter().enumerate() {
        if publicity.asked_of_entrants {
            let message = format!(
                "“{}”要求参评者参与，不宜作为参评条件或考核依据",
                publicity.label
            );
            list.add(format!("/publicity/{i}"), "asked_of_entrants", message);
        }
    }
}

fn honours(notice: &Notice, list: &mut List) {
    let entries = || {
        notice
            .honour
            .iter()
            .enumerate()
            .filter(|(_, h)| h.of == Honoured::Entry)
    };
    let sum: u64 = entries().filter_map(|(_, h)| h.seats).map(u64::from).sum();
    let hundred = notice.title.contains("百佳") || notice.program.label.contains("百佳");
    if hundred && sum != 100 && entries().all(|(_, h)| h.seats.is_some()) {
        let message = format!("名称是“百佳”，各类名额合计 {sum} 个");
        list.add("/honour", "seats_not_hundred", message);
    }
    for (i, honour) in notice.honour.iter().enumerate() {
        let at = format!("/honour/{i}");
        match honour.seats {
            None => list.add(
                at,
                "seats_open",
                format!("“{}”没有名额，由主办单位确定", honour.label),
            ),
            Some(seats) if !honour.listed.is_empty() && honour.listed.len() != seats as usize => {
                let message = format!("写明 {seats} 个，只列出 {} 个", honour.listed.len());
                list.add(format!("{at}/listed"), "list_incomplete", message);
            }
            Some(_) => {}
        }
    }
    if notice.intake == Intake::Application {
        names(notice, list);
    }
}

/// An award named otherwise than its category, or in another order, is often left over from an earlier edition.
fn names(notice: &Notice, list: &mut List) {
    let mut last = 0;
    for (i, honour) in notice.honour.iter().enumerate() {
        let [only] = honour.category.as_slice() else {
            continue;
        };
        let found = notice.category.iter().enumerate();
        let Some((place, category)) = found.into_iter().find(|(_, c)| c.key == *only) else {
            continue;
        };
        // “百佳” before “政务” is the campaign's own name; “国有” before “企事业单位” is another scope.
        let stem = category
            .label
            .trim_end_matches('类')
            .trim_end_matches("账号");
        let before = honour.label.split_once(stem).map(|(before, _)| before);
        if before.is_none_or(|b| !notice.program.label.contains(b)) {
            let message = format!(
                "奖项“{}”与类别“{}”名称不一致，请确认范围是否相同",
                honour.label, category.label
            );
            list.add(format!("/honour/{i}/label"), "honour_name", message);
        }
        if place < last {
            let message = format!("奖项“{}”的次序与类别不同", honour.label);
            list.add(format!("/honour/{i}"), "honour_order", message);
        }
        last = last.max(place);
    }
}
