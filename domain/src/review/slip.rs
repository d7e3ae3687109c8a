//! 补正通知: what is to be mended until when, and what becomes of an entry whose applicant lets that pass.

use chrono::Days;
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, EntryState};
use crate::event::Event;
use crate::notice::{Stage, Window, day_start, shanghai_day, to_the_second};
use crate::refusal::{Refusal, Violation};

/// 补正通知: the defects, per field or evidence slot; only these reopen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    pub items: Vec<Violation>,
    /// Last instant to answer, epoch milliseconds.
    pub due_at: i64,
}

/// The last instant to answer a slip: the end of the `days`-th day after today, in Asia/Shanghai; or the end of `reviews`, where
/// that is earlier, for nobody could decide what is answered later.
#[must_use]
pub fn due_at(now: i64, days: u32, reviews: Option<Window>) -> i64 {
    let due = day_start(shanghai_day(now) + Days::new(u64::from(days) + 1)) - 1;
    reviews.map_or(due, |reviews| due.min(reviews.closes - 1))
}

/// Refuses more days than until the one on which reviews end, by the stage that ends last.
pub fn within_reviews(now: i64, days: u32, stage: &Stage, window: Window) -> Result<(), Refusal> {
    let last = window.closes - 1;
    let most = (shanghai_day(last) - shanghai_day(now)).num_days().max(0);
    if i64::from(days) <= most {
        return Ok(());
    }
    let message = format!(
        "审核至{}结束（{}），补正期限不能晚于此时；如需更长时间，请联系主办方调整时间",
        to_the_second(last),
        stage.label
    );
    let violation = Violation {
        field: "days".into(),
        code: "slip_too_long".into(),
        clause: stage.clause.clone(),
        message: message.clone(),
        limit: Some(most.to_string()),
        value: Some(days.to_string()),
        ..Violation::default()
    };
    Err(Refusal::with("slip_too_long", message, vec![violation]))
}

impl Slip {
    /// Is an answer refused by now?
    #[must_use]
    pub fn is_overdue(&self, now: i64) -> bool {
        now > self.due_at
    }

    /// The refusal of an answer that comes too late: the due date, and everything that was to be mended with its clause.
    #[must_use]
    pub fn overdue(&self) -> Refusal {
        let due = to_the_second(self.due_at);
        let item = |item: &Violation| Violation {
            code: "slip_overdue".into(),
            limit: Some(due.clone()),
            ..item.clone()
        };
        Refusal::with(
            "slip_overdue",
            format!("补正期限为{due}，已经超过；如需延期，请联系退回的审核单位"),
            self.items.iter().map(item).collect(),
        )
    }

    /// 延长补正期限, for a reason; before or after it ran out. The entry stays as it is: whoever is mending it goes on.
    pub fn extend(&mut self, entry: &Entry, due_at: i64, reason: &str) -> Result<Event, Refusal> {
        let EntryState::Returned { step } = &entry.state else {
            return Err(Refusal::new("not_returned", "该申报现在不是退回补正的状态"));
        };
        if reason.trim().is_empty() {
            return Err(Refusal::new("reason_missing", "请写明延长补正期限的理由"));
        }
        if due_at <= self.due_at {
            let due = to_the_second(self.due_at);
            return Err(Refusal::new(
                "slip_not_extended",
                format!("新的补正期限须晚于现在的期限（{due}）"),
            ));
        }
        let event = Event::SlipExtended {
            step: step.clone(),
            round: entry.round,
            from: self.due_at,
            due_at,
            reason: reason.to_owned(),
        };
        self.due_at = due_at;
        Ok(event)
    }

    /// 不予推荐 of an entry whose applicant let the due date pass: whoever returned it need not wait for ever. Its stamps
    /// were voided by the return.
    pub fn give_up(
        &self,
        mut entry: Entry,
        reason: &str,
        now: i64,
    ) -> Result<(Entry, Event), Refusal> {
        let EntryState::Returned { step } = entry.state else {
            return Err(Refusal::new("not_returned", "该申报现在不是退回补正的状态"));
        };
        if !self.is_overdue(now) {
            let due = to_the_second(self.due_at);
            return Err(Refusal::new(
                "slip_running",
                format!("补正期限为{due}，在此之前申报人仍可补正"),
            ));
        }
        if reason.trim().is_empty() {
            return Err(Refusal::new("reason_missing", "请写明不予推荐的理由"));
        }
        let event = Event::EntryDeclined {
            step: step.clone(),
            reason: reason.to_owned(),
            stamps_voided: 0,
        };
        entry.state = EntryState::Declined { step };
        entry.version += 1;
        Ok((entry, event))
    }
}
