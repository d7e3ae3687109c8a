use super::Links;
use crate::notice::{PartSource, Ties};

impl Links<'_> {
    /// What cuts, scores, rubrics, the poll and later deliverables refer to.
    pub(super) fn selection(&mut self) {
        let n = self.notice;
        let (indicators, rubrics, cuts) = (keys!(n.indicator), keys!(n.rubric), keys!(n.cut));
        let parts = n.score.as_ref().map_or(vec![], |s| keys!(s.part));
        for (i, standard) in n.standard.iter().enumerate() {
            self.each(
                &format!("/standard/{i}/indicator"),
                &standard.indicator,
                &indicators,
                "数据指标",
            );
        }
        for (i, cut) in n.cut.iter().enumerate() {
            self.stage(format!("/cut/{i}/stage"), cut.stage.as_ref());
        }
        for (i, rubric) in n.rubric.iter().enumerate() {
            for (j, criterion) in rubric.criterion.iter().enumerate() {
                for (k, item) in criterion.item.iter().enumerate() {
                    let place = format!("/rubric/{i}/criterion/{j}/item/{k}/indicator");
                    self.some(place, item.indicator.as_ref(), &indicators, "数据指标");
                }
            }
        }
        if let Some(score) = &n.score {
            for (i, part) in score.part.iter().enumerate() {
                let at = format!("/score/part/{i}");
                self.some(
                    format!("{at}/rubric"),
                    part.rubric.as_ref(),
                    &rubrics,
                    "评分细则",
                );
                self.each(
                    &format!("{at}/indicator"),
                    &part.indicator,
                    &indicators,
                    "数据指标",
                );
                self.stage(format!("{at}/stage"), part.stage.as_ref());
            }
            if let Some(Ties::Part { part }) = &score.ties {
                self.must("/score/ties/part".into(), part, &parts, "评分项");
            }
        }
        if let Some(poll) = &n.poll {
            self.stage("/poll/stage".into(), poll.stage.as_ref());
            self.some("/poll/after".into(), poll.after.as_ref(), &cuts, "入围环节");
            self.some("/poll/part".into(), poll.part.as_ref(), &parts, "评分项");
            let fed = n
                .score
                .iter()
                .flat_map(|s| &s.part)
                .find(|p| Some(&p.key) == poll.part.as_ref());
            if fed.is_some_and(|p| p.source != PartSource::Vote) {
                let message = "投票只能计入 source = \"vote\" 的评分项";
                self.list.add("/poll/part", "part_not_vote", message);
            }
        }
        for (i, d) in n.deliverable.iter().enumerate() {
            self.stage(format!("/deliverable/{i}/stage"), d.stage.as_ref());
            self.some(
                format!("/deliverable/{i}/part"),
                d.part.as_ref(),
                &parts,
                "评分项",
            );
        }
    }

    /// What the result and what surrounds it refers to.
    pub(super) fn outcome(&mut self) {
        let n = self.notice;
        let (honours, cuts) = (keys!(n.honour), keys!(n.cut));
        if let Some(announcement) = &n.announcement {
            self.stage("/announcement/stage".into(), Some(&announcement.stage));
        }
        for (i, h) in n.honour.iter().enumerate() {
            self.each(
                &format!("/honour/{i}/category"),
                &h.category,
                &keys!(n.category),
                "类别",
            );
        }
        for (i, print) in n.print.iter().enumerate() {
            self.each(
                &format!("/print/{i}/honour"),
                &print.honour,
                &honours,
                "奖项",
            );
        }
        for (i, publicity) in n.publicity.iter().enumerate() {
            self.stage(format!("/publicity/{i}/stage"), publicity.stage.as_ref());
        }
        for (i, g) in n.gathering.iter().enumerate() {
            let at = format!("/gathering/{i}");
            self.stage(format!("{at}/stage"), g.stage.as_ref());
            self.some(format!("{at}/after"), g.after.as_ref(), &cuts, "入围环节");
            self.each(&format!("{at}/honour"), &g.honour, &honours, "奖项");
        }
        for (i, figure) in n.figure.iter().enumerate() {
            let place = format!("/figure/{i}/platform");
            self.some(place, figure.platform.as_ref(), &keys!(n.platform), "平台");
        }
    }
}
