use super::*;
use crate::agency::Tier;
use crate::entry::tests::draft;
use crate::notice::Window;

fn step(mode: StepMode) -> ReviewStep {
    ReviewStep {
        key: "county".into(),
        label: "县区委网信办、县文明办审核".into(),
        tier: Tier::County,
        system: vec!["cyberspace".into(), "civilisation".into()],
        mode,
        when: Default::default(),
        optional: false,
        stage: None,
        return_days: 3,
        slot: vec![],
        clause: Some("进行审核并盖章".into()),
    }
}

fn duties(second: DutyState) -> Vec<Duty> {
    vec![
        Duty {
            id: "d1".into(),
            agency_id: "wang".into(),
            state: DutyState::Open,
        },
        Duty {
            id: "d2".into(),
            agency_id: "wen".into(),
            state: second,
        },
    ]
}

fn situation<'a>(step: &'a ReviewStep, duties: &'a [Duty]) -> Situation<'a> {
    Situation {
        step,
        duties,
        agency_id: "wang",
        unstamped: &[],
        undecided: &[],
        rejected: &[],
        stamps: 1,
        next: Some("city"),
    }
}

fn under_review() -> Entry {
    Entry {
        state: EntryState::UnderReview {
            step: "county".into(),
        },
        round: 1,
        ..draft()
    }
}

fn agree() -> Decision {
    Decision::Endorse {
        opinion: "同意推荐".into(),
    }
}

fn slip() -> Slip {
    Slip {
        items: vec![Violation {
            field: "summary".into(),
            message: "字数过少".into(),
            ..Violation::default()
        }],
        due_at: 5,
    }
}

#[test]
fn a_joint_step_waits_for_every_partner() {
    let step = step(StepMode::All);
    let first = decide(
        under_review(),
        &situation(&step, &duties(DutyState::Open)),
        agree(),
    )
    .unwrap();
    assert_eq!(
        first.entry.state,
        EntryState::UnderReview {
            step: "county".into()
        }
    );
    assert!(first.voided.is_empty());
    let second = decide(
        under_review(),
        &situation(&step, &duties(DutyState::Done)),
        agree(),
    )
    .unwrap();
    assert_eq!(
        second.entry.state,
        EntryState::UnderReview {
            step: "city".into()
        }
    );
}

#[test]
fn one_partner_is_enough_where_the_notice_says_so() {
    let step = step(StepMode::Any);
    let done = decide(
        under_review(),
        &situation(&step, &duties(DutyState::Open)),
        agree(),
    )
    .unwrap();
    assert_eq!(done.next.as_deref(), Some("city"));
    assert_eq!(done.voided, ["d2"]);
}

#[test]
fn a_return_by_one_partner_ends_the_step_for_both_and_voids_stamps() {
    let step = step(StepMode::All);
    for second in [DutyState::Open, DutyState::Done] {
        let duties = duties(second);
        let out = decide(
            under_review(),
            &situation(&step, &duties),
            Decision::Return(slip()),
        )
        .unwrap();
        assert_eq!(
            out.entry.state,
            EntryState::Returned {
                step: "county".into()
            }
        );
        assert!(out.void_stamps);
        assert_eq!(out.voided.is_empty(), second == DutyState::Done);
    }
}

#[test]
fn what_cannot_be_decided_is_refused() {
    let step = step(StepMode::All);
    let open = duties(DutyState::Open);
    let code =
        |at: &Situation<'_>, entry: Entry, d: Decision| decide(entry, at, d).unwrap_err().code;
    let at = situation(&step, &open);
    assert_eq!(
        code(
            &at,
            Entry {
                state: EntryState::Endorsed,
                ..draft()
            },
            agree()
        ),
        "step_over"
    );
    assert_eq!(
        code(
            &at,
            under_review(),
            Decision::Return(Slip {
                items: vec![],
                due_at: 0
            })
        ),
        "slip_empty"
    );
    assert_eq!(
        code(
            &at,
            under_review(),
            Decision::Decline { reason: " ".into() }
        ),
        "reason_missing"
    );
    assert_eq!(
        code(
            &Situation {
                agency_id: "other",
                ..situation(&step, &open)
            },
            under_review(),
            agree()
        ),
        "not_your_step"
    );
    let empty = ["county-cyberspace".to_owned()];
    assert_eq!(
        code(
            &Situation {
                unstamped: &empty,
                ..situation(&step, &open)
            },
            under_review(),
            agree()
        ),
        "stamp_missing"
    );
    let asked = ["same_name".to_owned()];
    assert_eq!(
        code(
            &Situation {
                undecided: &asked,
                ..situation(&step, &open)
            },
            under_review(),
            agree()
        ),
        "finding_undecided"
    );
    let rejected = [Violation {
        code: "operator_kind".into(),
        clause: Some("由企业运营的须……".into()),
        ..Violation::default()
    }];
    let refusal = decide(
        under_review(),
        &Situation {
            rejected: &rejected,
            ..situation(&step, &open)
        },
        agree(),
    )
    .unwrap_err();
    assert_eq!(
        (refusal.code, refusal.violations.as_slice()),
        ("finding_rejected", &rejected[..])
    );
    let mut done = duties(DutyState::Open);
    done[0].state = DutyState::Done;
    assert_eq!(
        code(&situation(&step, &done), under_review(), agree()),
        "already_decided"
    );
}

fn review_stage() -> Stage {
    Stage {
        key: "society".into(),
        label: "汇总".into(),
        opens: chrono::NaiveDate::from_ymd_opt(2021, 7, 14).unwrap(),
        closes: chrono::NaiveDate::from_ymd_opt(2021, 8, 10).unwrap(),
        within: None,
        act: vec![StageAct::Review],
        upload_grace_minutes: None,
        clause: Some("于8月10日前".into()),
    }
}

/// 「于8月10日前…发送至宣传处邮箱」: but nobody is locked out of what came in the last hour, late with leave, or from a slip.
#[test]
fn a_step_is_over_with_its_own_stage() {
    let (step, own) = (step(StepMode::All), review_stage());
    let closes = own.window().closes;
    let first = under_review();
    assert_eq!(in_stage(&step, &own, closes, &first, closes - 1), Ok(()));
    let over = in_stage(&step, &own, closes, &first, closes).unwrap_err();
    assert_eq!(over.code, "window_closed");
    assert!(over.message.contains("2021年8月10日 23:59:59"), "{over:?}");
    assert_eq!(over.violations[0].clause.as_deref(), Some("于8月10日前"));
    for entry in [
        Entry {
            round: 2,
            ..under_review()
        },
        Entry {
            late: true,
            ..under_review()
        },
    ] {
        assert_eq!(in_stage(&step, &own, closes, &entry, closes), Ok(()));
    }
    let applying = Stage {
        act: vec![StageAct::Apply, StageAct::Review],
        ..review_stage()
    };
    assert_eq!(in_stage(&step, &applying, closes, &first, closes), Ok(()));
}

fn returned() -> Entry {
    Entry {
        state: EntryState::Returned {
            step: "county".into(),
        },
        ..under_review()
    }
}

/// 2022-05-25 10:00 and 2022-05-28 23:59:59.999 in Asia/Shanghai.
const RETURNED: i64 = 1_653_444_000_000;
const DUE: i64 = 1_653_753_599_999;

#[test]
fn a_slip_is_due_at_the_end_of_its_last_day() {
    for now in [RETURNED, DUE - 3 * 86_400_000, DUE - 4 * 86_400_000 + 1] {
        assert_eq!(due_at(now, 3, None), DUE, "{now}");
    }
    let slip = Slip {
        due_at: DUE,
        items: vec![Violation {
            clause: Some("1500字".into()),
            ..slip().items.remove(0)
        }],
    };
    assert!(!slip.is_overdue(DUE));
    assert!(slip.is_overdue(DUE + 1));
    let told = slip.overdue();
    assert!(told.message.contains("2022年5月28日 23:59:59"), "{told}");
    let item = &told.violations[0];
    assert_eq!(
        (item.field.as_str(), item.clause.as_deref()),
        ("summary", Some("1500字"))
    );
}

#[test]
fn a_slip_ends_with_reviews_at_the_latest() {
    // reviews end at 17:00 of the second day after
    let closes = DUE + 1 - 86_400_000 - 7 * 3_600_000;
    let reviews = Window {
        opens: RETURNED,
        closes,
    };
    assert_eq!(due_at(RETURNED, 1, Some(reviews)), DUE - 2 * 86_400_000);
    for days in [2, 3, 60] {
        assert_eq!(due_at(RETURNED, days, Some(reviews)), closes - 1);
    }
    let stage = review_stage();
    assert_eq!(within_reviews(RETURNED, 2, &stage, reviews), Ok(()));
    let refused = within_reviews(RETURNED, 3, &stage, reviews).unwrap_err();
    assert_eq!(refused.code, "slip_too_long");
    assert!(
        refused.message.contains("2022年5月27日 16:59:59"),
        "{refused}"
    );
    let told = &refused.violations[0];
    assert_eq!(
        (told.limit.as_deref(), told.clause.as_deref()),
        (Some("2"), Some("于8月10日前"))
    );
}

#[test]
fn an_overdue_entry_is_given_up_or_gets_more_time_and_one_in_time_only_the_latter() {
    let slip = || Slip {
        due_at: DUE,
        ..slip()
    };
    fn code<T: std::fmt::Debug>(done: Result<T, Refusal>) -> &'static str {
        done.unwrap_err().code
    }
    assert_eq!(
        code(slip().give_up(returned(), "未补正", DUE)),
        "slip_running"
    );
    assert_eq!(
        code(slip().give_up(returned(), " ", DUE + 1)),
        "reason_missing"
    );
    assert_eq!(
        code(slip().give_up(under_review(), "未补正", DUE + 1)),
        "not_returned"
    );
    let (entry, event) = slip().give_up(returned(), "未补正", DUE + 1).unwrap();
    assert_eq!(
        (entry.state.as_str(), entry.state.step()),
        ("declined", Some("county"))
    );
    assert_eq!(event.parts().0, "entry_declined");
    assert_eq!(
        code(slip().extend(&under_review(), DUE + 1, "来函说明")),
        "not_returned"
    );
    assert_eq!(
        code(slip().extend(&returned(), DUE, "来函说明")),
        "slip_not_extended"
    );
    assert_eq!(
        code(slip().extend(&returned(), DUE + 1, "")),
        "reason_missing"
    );
    let mut longer = slip();
    let event = longer.extend(&returned(), DUE + 1, "来函说明").unwrap();
    assert_eq!(longer.due_at, DUE + 1);
    assert_eq!(event.parts().0, "slip_extended");
}
