//! 申报: an [`Entry`] and the acts of its applicant.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::form::Answers;
use crate::notice::Choice;
use crate::refusal::{Refusal, Violation};

/// 申报、参选作品.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: String,
    pub campaign_id: String,
    pub applicant_id: String,
    pub choice: Choice,
    /// The agency through which it goes, where the route has one.
    pub agency_id: Option<String>,
    /// The applicant's own unit, when that has an office here.
    pub unit_id: Option<String>,
    /// GB/T 2260 code of the place it belongs to.
    pub region: String,
    pub answers: Answers,
    pub state: EntryState,
    /// Counts submissions; 0 before the first.
    pub round: u32,
    pub late: bool,
    pub receipt: Option<String>,
    /// SHA-256 of what was submitted last: answers, choice and evidence.
    pub digest: Option<String>,
    /// Grows by one with every change.
    pub version: i64,
}

/// What is chosen before the form is filled, by the names under which a slip may reopen it; and in words. No field can have such
/// a name, for keys have no dots: many forms have a place of their own.
pub const CHOICES: [(&str, &str); 6] = [
    ("choice.subject", "申报对象"),
    ("choice.category", "申报类别"),
    ("choice.route", "申报途径"),
    ("choice.agency_id", "申报经由单位"),
    ("choice.unit_id", "所在单位"),
    ("choice.region", "所在地区"),
];

/// Where an entry stands. Which steps there are is the notice's affair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EntryState {
    /// 草稿.
    Draft,
    /// 审核中, at one step of the chain.
    UnderReview { step: String },
    /// 退回补正 by one step.
    Returned { step: String },
    /// 通过: the last step endorsed it.
    Endorsed,
    /// 不予推荐.
    Declined { step: String },
    /// 撤回.
    Withdrawn,
}

impl EntryState {
    /// The word used in the contract and the database.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            EntryState::Draft => "draft",
            EntryState::UnderReview { .. } => "under_review",
            EntryState::Returned { .. } => "returned",
            EntryState::Endorsed => "endorsed",
            EntryState::Declined { .. } => "declined",
            EntryState::Withdrawn => "withdrawn",
        }
    }

    /// The step it stands at, where the state has one.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        match self {
            EntryState::UnderReview { step }
            | EntryState::Returned { step }
            | EntryState::Declined { step } => Some(step),
            _ => None,
        }
    }

    /// Puts word and step together again; `None` when they do not fit.
    #[must_use]
    pub fn from_parts(word: &str, step: Option<&str>) -> Option<EntryState> {
        let step = step.map(str::to_owned);
        Some(match (word, step) {
            ("draft", _) => EntryState::Draft,
            ("under_review", Some(step)) => EntryState::UnderReview { step },
            ("returned", Some(step)) => EntryState::Returned { step },
            ("endorsed", _) => EntryState::Endorsed,
            ("declined", Some(step)) => EntryState::Declined { step },
            ("withdrawn", _) => EntryState::Withdrawn,
            _ => return None,
        })
    }
}

impl Entry {
    /// Did it come with leave after closing, or back from a slip? Then the stage in which others had to be dealt with may be
    /// over.
    #[must_use]
    pub fn comes_after(&self) -> bool {
        self.late || self.round > 1
    }
}

/// What decides whether a submission is taken; the caller looked it up.
#[derive(Debug, Clone)]
pub struct Submission<'a> {
    /// Why it is out of time: by the window for applying, or by the slip's due date.
    pub too_late: Option<Refusal>,
    /// A named officer admitted this applicant after closing.
    pub admitted_late: bool,
    /// Faults that block.
    pub blocking: Vec<Violation>,
    /// Rules that warn or ask.
    pub warnings: Vec<String>,
    pub receipt: &'a str,
    pub digest: &'a str,
    pub first_step: &'a str,
}

impl Entry {
    /// Writes new answers into a draft, or into the reopened fields of a returned entry.
    /// `reopened` lists field and evidence keys of the open slip; it is not looked at for a draft.
    pub fn amend(mut self, answers: Answers, reopened: &[String]) -> Result<Entry, Refusal> {
        self.may_be_written()?;
        if self.state != EntryState::Draft {
            self.only_reopened(&answers, reopened)?;
        }
        self.answers = answers;
        self.version += 1;
        Ok(self)
    }

    /// Is it its applicant's turn?
    pub fn may_be_written(&self) -> Result<(), Refusal> {
        match self.state {
            EntryState::Draft | EntryState::Returned { .. } => Ok(()),
            _ => Err(not_open(&self.state)),
        }
    }

    fn only_reopened(&self, answers: &Answers, reopened: &[String]) -> Result<(), Refusal> {
        let keys = self.answers.0.keys().chain(answers.0.keys());
        let mut closed: Vec<&String> = keys
            .filter(|k| self.answers.0.get(*k) != answers.0.get(*k))
            .filter(|k| !reopened.contains(k))
            .collect();
        closed.sort();
        closed.dedup();
        if closed.is_empty() {
            return Ok(());
        }
        let violations = closed
            .into_iter()
            .map(|field| Violation {
                field: field.clone(),
                code: "field_closed".into(),
                message: "补正通知没有要求修改此项，不能改动".into(),
                ..Violation::default()
            })
            .collect();
        Err(Refusal::with(
            "field_closed",
            "只能修改补正通知中列出的内容",
            violations,
        ))
    }

    /// May evidence of this slot be added, taken away or put in another order now?
    pub fn may_change_evidence(&self, slot: &str, reopened: &[String]) -> Result<(), Refusal> {
        match self.state {
            EntryState::Draft => Ok(()),
            EntryState::Returned { .. } if reopened.iter().any(|k| k == slot) => Ok(()),
            EntryState::Returned { .. } => Err(Refusal::new(
                "field_closed",
                "补正通知没有要求修改此项材料，不能改动",
            )),
            _ => Err(not_open(&self.state)),
        }
    }

    /// Hands the entry in: the first time, or again after a return. The chain starts at its first
    /// step, because whoever has stamped stamped other content.
    pub fn submit(mut self, with: &Submission<'_>) -> Result<(Entry, Event), Refusal> {
        self.may_be_written()?;
        if let (Some(refusal), false) = (&with.too_late, with.admitted_late) {
            return Err(refusal.clone());
        }
        if !with.blocking.is_empty() {
            return Err(Refusal::with(
                "not_eligible",
                "申报内容不符合通知要求，请按提示修改后再提交",
                with.blocking.clone(),
            ));
        }
        self.round += 1;
        self.version += 1;
        self.late = self.late || with.too_late.is_some();
        self.receipt.get_or_insert_with(|| with.receipt.to_owned());
        self.digest = Some(with.digest.to_owned());
        self.state = EntryState::UnderReview {
            step: with.first_step.to_owned(),
        };
        let event = Event::EntrySubmitted {
            round: self.round,
            receipt: self.receipt.clone().unwrap_or_default(),
            digest: with.digest.to_owned(),
            late: self.late,
            step: with.first_step.to_owned(),
            warnings: with.warnings.clone(),
        };
        Ok((self, event))
    }

    /// Takes the entry back; it frees its places and cannot be revived.
    pub fn withdraw(mut self, reason: &str) -> Result<(Entry, Event), Refusal> {
        match self.state {
            EntryState::Draft | EntryState::UnderReview { .. } | EntryState::Returned { .. } => {}
            _ => return Err(not_open(&self.state)),
        }
        self.state = EntryState::Withdrawn;
        self.version += 1;
        Ok((
            self,
            Event::EntryWithdrawn {
                reason: reason.to_owned(),
            },
        ))
    }
}

fn not_open(state: &EntryState) -> Refusal {
    let message = match state {
        EntryState::Draft => "申报尚未提交",
        EntryState::UnderReview { .. } => "申报正在审核中，不能修改；如需修改请先联系审核单位退回",
        EntryState::Returned { .. } => "申报已退回，请补正后重新提交",
        EntryState::Endorsed => "申报已通过审核，不能修改",
        EntryState::Declined { .. } => "申报未获推荐，不能修改",
        EntryState::Withdrawn => "申报已撤回，不能恢复",
    };
    Refusal::new("entry_state", message)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::form::Answer;

    pub(crate) fn draft() -> Entry {
        Entry {
            id: "e".into(),
            campaign_id: "c".into(),
            applicant_id: "a".into(),
            choice: Choice {
                subject: "account".into(),
                category: "government".into(),
                route: "county".into(),
            },
            agency_id: None,
            unit_id: None,
            region: "341602".into(),
            answers: Answers::default(),
            state: EntryState::Draft,
            round: 0,
            late: false,
            receipt: None,
            digest: None,
            version: 1,
        }
    }

    fn taken() -> Submission<'static> {
        Submission {
            too_late: None,
            admitted_late: false,
            blocking: vec![],
            warnings: vec![],
            receipt: "R1",
            digest: "d1",
            first_step: "county",
        }
    }

    #[test]
    fn only_an_open_entry_is_submitted() {
        for state in [
            EntryState::UnderReview {
                step: "county".into(),
            },
            EntryState::Endorsed,
            EntryState::Declined {
                step: "city".into(),
            },
            EntryState::Withdrawn,
        ] {
            let entry = Entry { state, ..draft() };
            assert_eq!(entry.submit(&taken()).unwrap_err().code, "entry_state");
        }
        let (entry, _) = draft().submit(&taken()).unwrap();
        assert_eq!(
            entry.state,
            EntryState::UnderReview {
                step: "county".into()
            }
        );
        assert_eq!((entry.round, entry.receipt.as_deref()), (1, Some("R1")));
    }

    #[test]
    fn after_closing_only_an_admitted_applicant_submits_and_is_marked_late() {
        let late = Submission {
            too_late: Some(Refusal::new("window_closed", "申报时间为5月23日至6月3日")),
            ..taken()
        };
        let refusal = draft().submit(&late).unwrap_err();
        assert_eq!(refusal.code, "window_closed");
        let (entry, _) = draft()
            .submit(&Submission {
                admitted_late: true,
                ..late
            })
            .unwrap();
        assert!(entry.late);
    }

    #[test]
    fn the_receipt_stays_over_rounds() {
        let (entry, _) = draft().submit(&taken()).unwrap();
        let returned = Entry {
            state: EntryState::Returned {
                step: "county".into(),
            },
            ..entry
        };
        let (entry, _) = returned
            .submit(&Submission {
                receipt: "R2",
                ..taken()
            })
            .unwrap();
        assert_eq!((entry.round, entry.receipt.as_deref()), (2, Some("R1")));
    }

    #[test]
    fn a_return_opens_only_its_fields() {
        let with = |name: &str, mail: &str| {
            Answers(
                [
                    ("name".to_owned(), Answer::Text(name.into())),
                    ("email".to_owned(), Answer::Text(mail.into())),
                ]
                .into(),
            )
        };
        let entry = Entry {
            answers: with("旧", "a@b.cn"),
            state: EntryState::Returned {
                step: "county".into(),
            },
            ..draft()
        };
        let open = vec!["name".to_owned()];
        assert!(entry.clone().amend(with("新", "a@b.cn"), &open).is_ok());
        let refusal = entry.amend(with("新", "c@d.cn"), &open).unwrap_err();
        assert_eq!(refusal.violations[0].field, "email");
    }
}
