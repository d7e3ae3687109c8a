//! 后续材料: what an applicant hands in after the application, each under a number of its own and for good.

use chrono::Days;

use crate::entry::EntryState;
use crate::form::Answers;
use crate::form_check::check_cells;
use crate::notice::{Deliverable, Notice, Window, day_start};
use crate::refusal::{Refusal, Violation};

/// Most pieces of one kind; more is a mistake of somebody's program.
pub const MOST: u32 = 50;

/// When it may be handed in. `stage` is its stage's window as written in the notice and as it stands now: a due day that
/// ends with its stage moves with it, an earlier one stays. `None`: the notice gives no time.
#[must_use]
pub fn window(deliverable: &Deliverable, stage: Option<(Window, Window)>) -> Option<Window> {
    let due = deliverable.due.map(|day| day_start(day + Days::new(1)));
    match (due, stage) {
        (Some(due), Some((written, now))) if due < written.closes => Some(Window {
            opens: now.opens,
            closes: due.min(now.closes),
        }),
        (_, Some((_, now))) => Some(now),
        (Some(due), None) => Some(Window {
            opens: i64::MIN,
            closes: due,
        }),
        (None, None) => None,
    }
}

/// What handing in is judged by.
#[derive(Debug)]
pub struct HandingIn<'a> {
    pub deliverable: &'a Deliverable,
    pub state: &'a EntryState,
    pub window: Option<Window>,
    /// The window in words.
    pub when: &'a str,
    /// Pieces of this kind that were handed in already.
    pub already: u32,
    pub now: i64,
}

impl HandingIn<'_> {
    /// The number that the next piece gets, from 1; or why there is none.
    pub fn number(&self) -> Result<u32, Refusal> {
        let state = match self.state {
            EntryState::Draft => Some("申报提交之后才能报送后续材料"),
            EntryState::Withdrawn => Some("申报已撤回，不能再报送材料"),
            EntryState::Declined { .. } => Some("申报未获推荐，不能再报送材料"),
            EntryState::UnderReview { .. } | EntryState::Returned { .. } | EntryState::Endorsed => {
                None
            }
        };
        if let Some(message) = state {
            return Err(Refusal::new("entry_state", message));
        }
        let (label, clause) = (&self.deliverable.label, &self.deliverable.clause);
        match self.window {
            Some(window) if self.now < window.opens => {
                let message = format!("现在还不能报送{label}：{}", self.when);
                return Err(Refusal::by_clause("window_closed", message, clause));
            }
            Some(window) if self.now >= window.closes => {
                let lost = match self.deliverable.part {
                    Some(_) => "，视作放弃该部分分数",
                    None => "",
                };
                let message = format!("{label}报送已截止（{}）{lost}", self.when);
                return Err(Refusal::by_clause("deliverable_late", message, clause));
            }
            _ => {}
        }
        if self.already >= MOST {
            let violation = Violation {
                field: self.deliverable.key.clone(),
                code: "too_many".into(),
                limit: Some(MOST.to_string()),
                value: Some((self.already + 1).to_string()),
                message: format!("最多报送{MOST}份"),
                ..Violation::default()
            };
            let message = format!("{label}最多报送{MOST}份");
            return Err(Refusal::with("too_many", message, vec![violation]));
        }
        Ok(self.already + 1)
    }
}

/// Refuses what is not filled as the cells ask, with every fault.
pub fn check(notice: &Notice, deliverable: &Deliverable, answers: &Answers) -> Result<(), Refusal> {
    let faults = check_cells(notice, &deliverable.field, answers, true, "answers.");
    if faults.is_empty() {
        return Ok(());
    }
    let message = format!("{}还没有填写完整，请按提示修改", deliverable.label);
    Err(Refusal::with("deliverable_faulty", message, faults))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Answer;

    fn shaanxi() -> Notice {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../notices/shaanxi-universities-2024/notice.toml"
        );
        Notice::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn summary(notice: &Notice) -> Deliverable {
        let found = notice.deliverable.iter().find(|d| d.key == "summary");
        found.unwrap().clone()
    }

    /// 2024-09-21 00:00:00 in Shanghai.
    const AFTER: i64 = 1_726_848_000_000;
    const WINDOW: Window = Window {
        opens: AFTER - 1_000_000,
        closes: AFTER,
    };

    fn code(d: &Deliverable, state: EntryState, already: u32, now: i64) -> Result<u32, String> {
        let asked = HandingIn {
            deliverable: d,
            state: &state,
            window: Some(WINDOW),
            when: "时间",
            already,
            now,
        };
        asked.number().map_err(|r| r.code.to_owned())
    }

    /// 「于9月20日前报送活动总结」: the day included, to its last millisecond.
    #[test]
    fn the_last_day_counts_and_the_next_one_does_not() {
        let notice = shaanxi();
        let d = summary(&notice);
        let stage = notice.stage.iter().find(|s| s.key == "practice").unwrap();
        let found = window(&d, Some((stage.window(), stage.window()))).unwrap();
        assert_eq!(found.closes, AFTER);
        assert_eq!(code(&d, EntryState::Endorsed, 0, AFTER - 1), Ok(1));
        let late = code(&d, EntryState::Endorsed, 0, AFTER);
        assert_eq!(late, Err("deliverable_late".into()));
        let early = code(&d, EntryState::Endorsed, 0, WINDOW.opens - 1);
        assert_eq!(early, Err("window_closed".into()));
    }

    #[test]
    fn a_due_day_moves_with_the_stage_it_ends_with_and_an_earlier_one_stays() {
        let d = summary(&shaanxi());
        let (written, moved) = (
            WINDOW,
            Window {
                closes: AFTER + 5,
                ..WINDOW
            },
        );
        assert_eq!(window(&d, Some((written, moved))), Some(moved));
        let longer = Window {
            closes: AFTER + 1,
            ..WINDOW
        };
        assert_eq!(window(&d, Some((longer, moved))), Some(WINDOW));
        assert_eq!(window(&d, None).map(|w| w.closes), Some(AFTER));
        let open = Deliverable { due: None, ..d };
        assert_eq!(window(&open, None), None);
        assert_eq!(window(&open, Some((written, moved))), Some(moved));
    }

    #[test]
    fn only_of_an_entry_that_is_in_and_not_without_end() {
        let d = summary(&shaanxi());
        let step = || "university".to_owned();
        let refused = Err("entry_state".to_owned());
        assert_eq!(code(&d, EntryState::Draft, 0, AFTER - 1), refused);
        assert_eq!(code(&d, EntryState::Withdrawn, 0, AFTER - 1), refused);
        let declined = EntryState::Declined { step: step() };
        assert_eq!(code(&d, declined, 0, AFTER - 1), refused);
        let under_review = EntryState::UnderReview { step: step() };
        assert_eq!(code(&d, under_review, 1, AFTER - 1), Ok(2));
        let full = code(&d, EntryState::Endorsed, MOST, AFTER - 1);
        assert_eq!(full, Err("too_many".into()));
    }

    /// 「如未在规定期限内开展互动实践活动的,视作放弃该部分分数」.
    #[test]
    fn a_late_one_says_what_is_lost() {
        let d = summary(&shaanxi());
        let asked = HandingIn {
            deliverable: &d,
            state: &EntryState::Endorsed,
            window: Some(WINDOW),
            when: "时间",
            already: 0,
            now: AFTER,
        };
        let refusal = asked.number().unwrap_err();
        assert!(refusal.message.contains("视作放弃该部分分数"));
        assert_eq!(refusal.violations[0].clause.as_ref(), Some(&d.clause));
    }

    #[test]
    fn every_cell_is_asked_for_and_unknown_ones_are_refused() {
        let notice = shaanxi();
        let d = summary(&notice);
        let mut written = Answers::default();
        written.0.insert("x".into(), Answer::Text("y".into()));
        let refusal = check(&notice, &d, &written).unwrap_err();
        assert_eq!(refusal.code, "deliverable_faulty");
        let told: Vec<String> = (refusal.violations.iter())
            .map(|v| format!("{} {}", v.field, v.code))
            .collect();
        assert_eq!(
            told,
            [
                "answers.x field_unknown",
                "answers.situation field_missing",
                "answers.effect field_missing",
                "answers.publicity field_missing",
            ]
        );
    }
}
