/// The keys of a list.
macro_rules! keys {
    ($list:expr) => {
        $list.iter().map(|x| x.key.as_str()).collect::<Vec<&str>>()
    };
}

mod rules;
mod selection;

use super::list::List;
use super::near::hint;
use crate::notice::{
    AnswerIs, Condition, Field, FieldKind, Notice, Quota, QuotaHolder, QuotaTaken, ReviewStep,
    Route, StepMode,
};

/// Every key that is referred to exists, and is of the right kind.
pub(super) fn check(notice: &Notice, list: &mut List) {
    let mut links = Links { notice, list };
    links.agencies();
    links.form();
    links.entries();
    links.rules();
    links.chain();
    links.selection();
    links.outcome();
}

struct Links<'a> {
    notice: &'a Notice,
    list: &'a mut List,
}

impl Links<'_> {
    fn must(&mut self, at: String, key: &str, known: &[&str], what: &str) {
        // An unreadable key stands as an empty one; it might have been the one that is meant.
        if !known.contains(&key) && !known.contains(&"") {
            let hint = hint(key, known.iter().copied());
            let message = format!("没有叫 `{key}` 的{what}{hint}");
            self.list.add(at, "dangling", message);
        }
    }

    fn each(&mut self, at: &str, wanted: &[String], known: &[&str], what: &str) {
        for (i, key) in wanted.iter().enumerate() {
            self.must(format!("{at}/{i}"), key, known, what);
        }
    }

    fn some(&mut self, at: String, wanted: Option<&String>, known: &[&str], what: &str) {
        if let Some(key) = wanted {
            self.must(at, key, known, what);
        }
    }

    fn stage(&mut self, at: String, stage: Option<&String>) {
        let known = keys!(self.notice.stage);
        self.some(at, stage, &known, "阶段");
    }

    fn when(&mut self, at: &str, when: &Condition) {
        let n = self.notice;
        self.each(
            &format!("{at}/when/subject"),
            &when.subject,
            &keys!(n.subject),
            "推选对象",
        );
        self.each(
            &format!("{at}/when/category"),
            &when.category,
            &keys!(n.category),
            "类别",
        );
        self.each(
            &format!("{at}/when/route"),
            &when.route,
            &keys!(n.route),
            "申报途径",
        );
        for (i, answer) in when.answer.iter().enumerate() {
            let place = format!("{at}/when/answer/{i}");
            self.field(&format!("{place}/field"), &answer.field, Wanted::Any);
            self.options(&format!("{place}/is"), &answer.field, &answer.is);
        }
    }

    /// The field exists and holds what is wanted of it.
    fn field(&mut self, at: &str, key: &str, wanted: Wanted) {
        let Some(field) = self.notice.form.field.iter().find(|f| f.key == key) else {
            return self.must(
                at.to_owned(),
                key,
                &keys!(self.notice.form.field),
                "申报表栏目",
            );
        };
        if !wanted.fits(field) {
            let place = self.notice.form.field.iter().position(|f| f.key == key);
            let other = format!("/form/field/{}/kind", place.unwrap_or_default());
            let message = format!("栏目“{}”不合用：这里要的是{}", field.label, wanted.name());
            self.list.add_with(at, &[other], "field_kind", message);
        }
    }

    /// Values of a choice are among its options.
    fn options(&mut self, at: &str, field: &str, values: &[String]) {
        let found = self.notice.form.field.iter().find(|f| f.key == field);
        match found.map(|f| &f.kind) {
            Some(FieldKind::Choice { options }) => self.each(at, values, &keys!(options), "选项"),
            Some(FieldKind::Platform) => {
                self.each(at, values, &keys!(self.notice.platform), "平台")
            }
            _ => {}
        }
    }

    fn agencies(&mut self) {
        let n = self.notice;
        let known = keys!(n.agency);
        for (i, agency) in n.agency.iter().enumerate() {
            let place = format!("/agency/{i}/parent");
            self.some(place.clone(), agency.parent.as_ref(), &known, "机构");
            if comes_back(&agency.key, agency.parent.as_ref(), n.agency.len(), |key| {
                let above = n.agency.iter().find(|a| a.key == *key)?;
                above.parent.as_ref()
            }) {
                let message = format!("机构“{}”的上级绕成了圈，最上一级不写 parent", agency.name);
                self.list.add(place, "agency_cycle", message);
            }
        }
        for (i, stage) in n.stage.iter().enumerate() {
            self.stage(format!("/stage/{i}/within"), stage.within.as_ref());
        }
        for (i, forward) in n.forward.iter().enumerate() {
            self.stage(format!("/forward/{i}/stage"), Some(&forward.stage));
        }
        for (i, complaint) in n.complaint.iter().enumerate() {
            self.stage(format!("/complaint/{i}/from"), Some(&complaint.from));
        }
    }

    fn form(&mut self) {
        let form = &self.notice.form;
        for (name, key, wanted) in [
            ("name_field", &form.name_field, Wanted::Text),
            ("operator_field", &form.operator_field, Wanted::Text),
        ] {
            if !key.is_empty() {
                self.field(&format!("/form/{name}"), key, wanted);
            }
        }
        if let Some(key) = &form.platform_field {
            self.field("/form/platform_field", key, Wanted::Platform);
        }
        for (i, field) in form.field.iter().enumerate() {
            self.when(&format!("/form/field/{i}"), &field.when);
        }
        for (i, declaration) in form.declaration.iter().enumerate() {
            self.when(&format!("/form/declaration/{i}"), &declaration.when);
        }
    }

    fn entries(&mut self) {
        let n = self.notice;
        let subjects = keys!(n.subject);
        for (i, category) in n.category.iter().enumerate() {
            self.each(
                &format!("/category/{i}/subject"),
                &category.subject,
                &subjects,
                "推选对象",
            );
        }
        for (i, quota) in n.quota.iter().enumerate() {
            self.when(&format!("/quota/{i}"), &quota.when);
            let routes = n
                .route
                .iter()
                .filter(|r| quota.when.route.is_empty() || quota.when.route.contains(&r.key));
            if quota.per == QuotaHolder::Agency && routes.clone().all(|r| r.via.is_none()) {
                let message = "名额按机构计算，但没有一条申报途径经过机构（via）";
                self.list
                    .add(format!("/quota/{i}/per"), "quota_without_agency", message);
            }
            let counted = |r: &Route| always_endorsed(n, quota, r);
            if quota.taken == QuotaTaken::Nomination && !routes.clone().all(counted) {
                let message = "名额在推荐时占用，但有申报途径不经过机构（via），或审核环节（step）中没有该机构必须办理的一环，无法计数";
                self.list
                    .add(format!("/quota/{i}/taken"), "quota_uncounted", message);
            }
        }
        for (i, nomination) in n.nomination.iter().enumerate() {
            let at = format!("/nomination/{i}");
            self.stage(format!("{at}/stage"), nomination.stage.as_ref());
            let must = nomination.must_register.as_ref().map(|m| &m.stage);
            self.stage(format!("{at}/must_register/stage"), must);
            let head = keys!(nomination.head);
            self.some(
                format!("{at}/counted"),
                nomination.counted.as_ref(),
                &head,
                "推荐表栏目",
            );
            let by = &nomination.by;
            let mut routes = n.route.iter().filter(|r| {
                let via = r.via.as_ref();
                via.is_some_and(|v| v.tier == by.tier && alike(&v.system, &by.system))
            });
            let passed_by = |r: &Route| n.step.iter().any(|s| takes(s, r) && !needs_each(s));
            if routes.any(passed_by) {
                let message = "推荐表由该机构报送，但其审核环节（step）不必由它办理也能通过（mode = \"any\" 或 optional），推荐表就不起作用";
                self.list.add(format!("{at}/by"), "list_passed_by", message);
            }
        }
        for (i, batch) in n.batch.iter().enumerate() {
            self.stage(format!("/batch/{i}/stage"), batch.stage.as_ref());
            self.when(&format!("/batch/{i}"), &batch.when);
        }
        for (i, slot) in n.evidence.iter().enumerate() {
            self.when(&format!("/evidence/{i}"), &slot.when);
        }
        for (i, receipt) in n.receipt.iter().enumerate() {
            self.stage(format!("/receipt/{i}/stage"), receipt.stage.as_ref());
        }
    }

    fn chain(&mut self) {
        for (i, step) in self.notice.step.iter().enumerate() {
            let at = format!("/step/{i}");
            self.stage(format!("{at}/stage"), step.stage.as_ref());
            self.when(&at, &step.when);
            if step.system.is_empty() {
                let message = format!("环节“{}”没有写明由哪个条线办理（system）", step.label);
                self.list
                    .add(format!("{at}/system"), "step_without_system", message);
            }
            for (j, slot) in step.slot.iter().enumerate() {
                let place = format!("{at}/slot/{j}");
                self.when(&place, &slot.when);
                if !step.system.is_empty() && !step.system.contains(&slot.system) {
                    let systems = step.system.join("、");
                    let message = format!(
                        "盖章处的条线 `{}` 不在本环节的条线之内（{systems}）",
                        slot.system
                    );
                    self.list.add_with(
                        format!("{place}/system"),
                        &[format!("{at}/system")],
                        "slot_system",
                        message,
                    );
                }
            }
        }
    }
}

/// Does every entry that the quota counts on a route come to a step that does not pass without the agency it runs through?
fn always_endorsed(notice: &Notice, quota: &Quota, route: &Route) -> bool {
    let when = &quota.when;
    let among = |keys: &[String], key: &String| keys.is_empty() || keys.contains(key);
    let subjects = (notice.subject.iter()).filter(|s| among(&when.subject, &s.key));
    subjects.into_iter().all(|subject| {
        let categories = notice
            .category
            .iter()
            .filter(|c| among(&when.category, &c.key) && among(&c.subject, &subject.key));
        categories.into_iter().all(|category| {
            notice.step.iter().any(|step| {
                takes(step, route)
                    && needs_each(step)
                    && among(&step.when.subject, &subject.key)
                    && among(&step.when.category, &category.key)
                    && (step.when.answer.iter()).all(|a| is_implied(a, &when.answer))
            })
        })
    })
}

/// Is it the agency that a route runs through that takes the step?
fn takes(step: &ReviewStep, route: &Route) -> bool {
    let Some(via) = &route.via else { return false };
    let system = |s: &String| s == "*" || via.system.as_ref().is_none_or(|v| v == s);
    let walked = &step.when.route;
    step.tier == via.tier
        && step.system.iter().any(system)
        && (walked.is_empty() || walked.contains(&route.key))
}

/// Does nobody pass the step without each of its agencies? A partner may do so alone (`any`), and without an office of a
/// partner's it may be passed over (`optional`).
fn needs_each(step: &ReviewStep) -> bool {
    step.system.len() == 1 || (step.mode == StepMode::All && !step.optional)
}

/// Can two systems be the same?
fn alike(one: &Option<String>, other: &Option<String>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// Does an answer that is asked for follow from those that hold already?
fn is_implied(asked: &AnswerIs, given: &[AnswerIs]) -> bool {
    let mut same = given.iter().filter(|g| g.field == asked.field);
    same.any(|g| g.is.iter().all(|value| asked.is.contains(value)))
}

/// Does going up step by step lead back to where it began?
pub(super) fn comes_back<'a>(
    start: &str,
    first: Option<&'a String>,
    most: usize,
    up: impl Fn(&String) -> Option<&'a String>,
) -> bool {
    let mut above = first;
    for _ in 0..most {
        match above {
            Some(key) if key == start => return true,
            Some(key) => above = up(key),
            None => return false,
        }
    }
    false
}

/// What a reference wants of a field.
#[derive(Clone, Copy)]
enum Wanted {
    Any,
    Text,
    Number,
    Choice,
    Platform,
    Region,
    Children,
}

impl Wanted {
    fn fits(self, field: &Field) -> bool {
        let kind = &field.kind;
        match self {
            Wanted::Any => true,
            Wanted::Text => matches!(kind, FieldKind::Text { .. }),
            Wanted::Number => matches!(
                kind,
                FieldKind::Integer { .. } | FieldKind::Percent | FieldKind::ChildrenFollowers
            ),
            Wanted::Choice => matches!(kind, FieldKind::Choice { .. }),
            Wanted::Platform => matches!(kind, FieldKind::Platform),
            Wanted::Region => matches!(kind, FieldKind::Region),
            Wanted::Children => matches!(kind, FieldKind::Children { .. }),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Wanted::Any => "任何栏目",
            Wanted::Text => "一行文字（text）",
            Wanted::Number => "数字（integer、percent 或 children_followers）",
            Wanted::Choice => "选择（choice）",
            Wanted::Platform => "平台（platform）",
            Wanted::Region => "属地（region）",
            Wanted::Children => "矩阵账号（children）",
        }
    }
}
