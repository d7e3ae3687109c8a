use super::*;
use crate::form::Answer;

fn bozhou() -> Notice {
    Notice::parse(include_str!("../../../notices/bozhou-2022/notice.toml")).unwrap()
}

fn account() -> Choice {
    Choice {
        subject: "account".into(),
        category: "government".into(),
        route: "county".into(),
    }
}

fn operated_by(kind: &str) -> Answers {
    Answers([("operator_kind".to_owned(), Answer::Text(kind.into()))].into())
}

fn file(slot: &str, media: &str) -> Attached {
    Attached {
        slot: slot.into(),
        media_type: media.into(),
        duration_ms: media.starts_with("video/").then_some(300_000),
        header_ms: None,
    }
}

/// What is found for a person's account: no papers are asked.
fn found_for(files: &[Attached]) -> Vec<(String, Effect)> {
    let found = check_evidence(&bozhou(), &account(), &operated_by("individual"), files);
    let told = found.into_iter();
    told.map(|f| (f.violation.code, f.effect)).collect()
}

#[test]
fn an_order_names_every_file_of_the_slot_once() {
    let told = |asked: &[&str]| {
        let asked: Vec<String> = asked.iter().map(|id| (*id).to_owned()).collect();
        is_other_order(&["a", "b", "c"], &asked).map_err(|refusal| refusal.code)
    };
    assert_eq!(told(&["a", "b", "c"]), Ok(false));
    assert_eq!(told(&["c", "a", "b"]), Ok(true));
    for asked in [
        &["a", "b"][..],
        &["a", "b", "b"],
        &["a", "b", "c", "c"],
        &["a", "b", "d"],
        &[],
    ] {
        assert_eq!(told(asked), Err("evidence_changed"), "{asked:?}");
    }
}

#[test]
fn a_floor_among_alternatives_counts_only_once_the_slot_is_used() {
    let codes = |pictures: usize, video: usize| {
        let mut files = vec![file("pictures", "image/jpeg"); pictures];
        files.extend(vec![file("video", "video/mp4"); video]);
        found_for(&files)
            .into_iter()
            .map(|(code, _)| code)
            .collect::<Vec<_>>()
    };
    assert!(codes(3, 0).is_empty());
    assert!(codes(0, 1).is_empty());
    assert_eq!(codes(2, 1), ["evidence_short"]);
    assert_eq!(codes(4, 0), ["evidence_many"]);
    assert_eq!(codes(0, 2), ["evidence_many"]);
}

#[test]
fn papers_are_asked_of_those_who_have_them() {
    let codes = |kind: &str, papers: usize| {
        let files = vec![file("qualification", "application/pdf"); papers];
        let found = check_evidence(&bozhou(), &account(), &operated_by(kind), &files);
        let told = found.into_iter();
        told.map(|f| (f.violation.code, f.effect))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        codes("party", 0),
        [("evidence_short".into(), Effect::Block)]
    );
    assert_eq!(codes("party", 1), []);
    assert_eq!(codes("party", 3), []);
    assert_eq!(codes("party", 4), [("evidence_many".into(), Effect::Block)]);
    assert_eq!(codes("individual", 0), []);
    assert_eq!(
        codes("individual", 1),
        [("evidence_not_asked".into(), Effect::Warn)]
    );
}

#[test]
fn five_minutes_are_in_and_a_second_more_is_not() {
    for (ms, expected) in [
        (Some(300_000), None),
        (Some(300_999), None),
        (Some(301_000), Some(("video_too_long", Effect::Block))),
        (None, Some(("video_length_unknown", Effect::Warn))),
    ] {
        let video = Attached {
            duration_ms: ms,
            ..file("video", "video/mp4")
        };
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(c, e)| (c.to_owned(), e))
            .collect();
        assert_eq!(found_for(&[video]), expected, "{ms:?}");
    }
    assert_eq!(
        (seconds(300_000), seconds(300_001)),
        ("300".into(), "300.001".into())
    );
}

#[test]
fn five_minutes_are_advice_where_the_notice_says_so() {
    let mut notice = bozhou();
    let slot = notice
        .evidence
        .iter_mut()
        .find(|s| s.key == "video")
        .unwrap();
    slot.seconds_effect = Some(Effect::Warn);
    let video = Attached {
        duration_ms: Some(301_000),
        ..file("video", "video/mp4")
    };
    let found = check_evidence(&notice, &account(), &operated_by("individual"), &[video]);
    assert_eq!((found.len(), found[0].effect), (1, Effect::Warn));
}

#[test]
fn what_is_refused_names_the_slot_the_limit_and_what_to_do() {
    let (notice, party) = (bozhou(), operated_by("party"));
    let told = |there, media| {
        let answer = may_attach(&notice, &account(), &party, there, "pictures", Some(media));
        let refusal = answer.unwrap_err();
        let v = refusal.violations.into_iter().next().unwrap();
        (v.field, v.limit.unwrap(), v.value.unwrap(), v.message)
    };
    let (field, limit, value, message) = told(3, "image/png");
    assert_eq!(
        (field.as_str(), limit.as_str(), value.as_str()),
        ("pictures", "3", "4")
    );
    assert!(message.ends_with("请先删除一件再上传"), "{message}");
    let (field, limit, value, message) = told(0, "video/mp4");
    assert_eq!((field.as_str(), value.as_str()), ("pictures", "video/mp4"));
    assert!(
        message.contains(&limit) && message.ends_with("请另选文件"),
        "{message}"
    );
}

#[test]
fn a_picture_that_moves_is_refused_or_flattened_as_the_notice_says() {
    let notice = bozhou();
    let slot = notice.evidence.iter().find(|s| s.key == "pictures");
    let slot = slot.unwrap().clone();
    assert_eq!(is_flattened(&slot, false), Ok(false));
    let refusal = is_flattened(&slot, true).unwrap_err();
    assert_eq!(refusal.violations[0].code, "picture_animated");
    let slot = EvidenceSlot {
        animation: Animation::Flatten,
        ..slot
    };
    assert_eq!(is_flattened(&slot, true), Ok(true));
    assert_eq!(is_flattened(&slot, false), Ok(false));
}

#[test]
fn a_video_that_is_too_long_is_refused_at_once_where_it_is_no_advice() {
    let notice = bozhou();
    let slot = notice.evidence.iter().find(|s| s.key == "video").unwrap();
    let keep = |slot: &EvidenceSlot, ms, most| {
        let video = Attached {
            duration_ms: Some(ms),
            ..file("video", "video/mp4")
        };
        may_keep(slot, &video, most)
    };
    assert_eq!(keep(slot, 300_999, 9), Ok(()));
    let refusal = keep(slot, 301_000, 9).unwrap_err();
    assert_eq!(refusal.code, "video_too_long");
    assert_eq!(refusal.violations[0].clause, slot.clause);
    let silent = EvidenceSlot {
        max_seconds: None,
        ..slot.clone()
    };
    assert_eq!(keep(&silent, 10_000, 9).unwrap_err().code, "video_too_long");
    let advice = EvidenceSlot {
        seconds_effect: Some(Effect::Warn),
        ..slot.clone()
    };
    assert_eq!(keep(&advice, 301_000, 9), Ok(()));
}

#[test]
fn a_header_that_says_something_else_is_told_and_never_counts() {
    let told = |ms, header| {
        let video = Attached {
            duration_ms: Some(ms),
            header_ms: Some(header),
            ..file("video", "video/mp4")
        };
        found_for(&[video])
    };
    assert_eq!(told(120_000, 121_999), []);
    assert_eq!(told(120_000, 0), []);
    let warned = [("video_header".to_owned(), Effect::Warn)];
    assert_eq!(told(120_000, 122_000), warned);
    assert_eq!(told(120_000, 3_600_000), warned);
    assert_eq!(
        told(600_000, 10_000),
        [
            ("video_too_long".to_owned(), Effect::Block),
            ("video_header".to_owned(), Effect::Warn)
        ]
    );
}

#[test]
fn another_container_is_warned_about_and_another_kind_refused() {
    let one = |media| found_for(&[file("video", media)]);
    assert_eq!(one("video/mp4"), []);
    assert_eq!(one("video/quicktime"), [("container".into(), Effect::Warn)]);
    assert_eq!(
        one("application/pdf")[0],
        ("evidence_type".into(), Effect::Block)
    );
}

#[test]
fn one_more_file_goes_into_a_slot_that_is_there_has_room_and_takes_it() {
    let notice = bozhou();
    let may = |answers: &Answers, there, slot, media| {
        let answer = may_attach(&notice, &account(), answers, there, slot, Some(media));
        answer.map(|s| s.key.clone()).map_err(|r| r.code)
    };
    let party = operated_by("party");
    for (there, slot, media, expected) in [
        (2, "pictures", "image/webp", Ok("pictures".to_owned())),
        (3, "pictures", "image/webp", Err("evidence_full")),
        (0, "pictures", "application/pdf", Err("evidence_type")),
        (
            0,
            "qualification",
            "application/pdf",
            Ok("qualification".to_owned()),
        ),
        (
            0,
            "qualification",
            "image/png",
            Ok("qualification".to_owned()),
        ),
        (0, "qualification", "video/mp4", Err("evidence_type")),
        (0, "video", "video/quicktime", Ok("video".to_owned())),
        (0, "video", "image/png", Err("evidence_type")),
        (0, "permit", "image/png", Err("slot_unknown")),
        (0, "nothing", "image/png", Err("slot_unknown")),
    ] {
        assert_eq!(
            may(&party, there, slot, media),
            expected,
            "{slot} {there} {media}"
        );
    }
    let person = operated_by("individual");
    assert_eq!(
        may(&person, 0, "qualification", "image/png"),
        Err("slot_unknown")
    );
}
