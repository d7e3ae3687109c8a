//! 佐证材料: what may be attached, and how much is enough.

pub mod file_name;

use crate::finding::Finding;
use crate::form::Answers;
use crate::notice::{Animation, Choice, Effect, EvidenceKind, EvidenceSlot, Notice, RuleKind};
use crate::refusal::Refusal;

/// A file as measured from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub slot: String,
    /// By content, e.g. `image/jpeg`.
    pub media_type: String,
    /// Length of the longest track by its samples, milliseconds.
    pub duration_ms: Option<i64>,
    /// What the header of the file says instead; 0 where it does not.
    pub header_ms: Option<i64>,
}

/// May one more file of this type go into the slot? A type that is not known yet may.
pub fn may_attach<'a>(
    notice: &'a Notice,
    choice: &Choice,
    answers: &Answers,
    there: usize,
    slot: &str,
    media_type: Option<&str>,
) -> Result<&'a EvidenceSlot, Refusal> {
    let asked = notice
        .evidence
        .iter()
        .filter(|s| s.when.holds(choice, answers));
    let slot = asked
        .clone()
        .find(|s| s.key == slot)
        .ok_or_else(|| slot_unknown(asked))?;
    if there >= slot.max as usize {
        let message = format!("{}最多{}件，请先删除一件再上传", slot.label, slot.max);
        let finding = found(slot, "evidence_full", message);
        return Err(refused("evidence_full", finding.limit(slot.max, there + 1)));
    }
    if let Some(media_type) = media_type.filter(|found| !takes(slot.kind, found)) {
        let taken = accepted(slot.kind);
        let message = format!("{}只接受{taken}，请另选文件", slot.label);
        let finding = found(slot, "evidence_type", message);
        return Err(refused("evidence_type", finding.limit(taken, media_type)));
    }
    Ok(slot)
}

/// May this very file stay in the slot? A video that lasts too long is refused at once, with its clause, where the notice
/// does not merely advise; `most_seconds` is for slots of which the notice says nothing.
pub fn may_keep(slot: &EvidenceSlot, file: &Attached, most_seconds: u32) -> Result<(), Refusal> {
    let bounded = EvidenceSlot {
        max_seconds: slot.max_seconds.or(Some(most_seconds)),
        ..slot.clone()
    };
    match check_length(&bounded, file) {
        Some(finding) if finding.effect == Effect::Block => Err(refused("video_too_long", finding)),
        _ => Ok(()),
    }
}

/// Is this picture to be kept as its first frame only? One that moves is refused where the notice does not say so: a reviewer
/// sees, and prints, one frame, and nobody could tell what else there was.
pub fn is_flattened(slot: &EvidenceSlot, animated: bool) -> Result<bool, Refusal> {
    if animated && slot.animation == Animation::Refuse {
        let message = format!("{}不接受动态图片，请改用静态图片或截图", slot.label);
        let finding = found(slot, "picture_animated", message);
        return Err(refused("picture_animated", finding));
    }
    Ok(animated)
}

/// Is this another order of the files of a slot? Whoever orders them names them all, so that nobody puts in order what
/// they have not seen; both lists are ids.
pub fn is_other_order(there: &[&str], asked: &[String]) -> Result<bool, Refusal> {
    let mut all = there.to_vec();
    let mut named: Vec<&str> = asked.iter().map(String::as_str).collect();
    all.sort_unstable();
    named.sort_unstable();
    if all != named {
        let message = "这一项的材料已有增减，顺序没有调整，请刷新后再调整";
        return Err(Refusal::new("evidence_changed", message));
    }
    Ok(there != asked)
}

/// A finding that keeps a file out.
fn refused(code: &'static str, finding: Finding) -> Refusal {
    let message = finding.violation.message.clone();
    Refusal::with(code, message, vec![finding.violation])
}

/// Says which slots there are.
fn slot_unknown<'a>(asked: impl Iterator<Item = &'a EvidenceSlot>) -> Refusal {
    let names: Vec<String> = asked.map(|s| format!("{}（{}）", s.label, s.key)).collect();
    let message = format!("本次申报没有这一项材料，可上传的有：{}", names.join("、"));
    Refusal::new("slot_unknown", message)
}

fn takes(kind: EvidenceKind, media_type: &str) -> bool {
    let (image, pdf) = (
        media_type.starts_with("image/"),
        media_type == "application/pdf",
    );
    match kind {
        EvidenceKind::Image => image,
        EvidenceKind::Video => media_type.starts_with("video/"),
        EvidenceKind::Pdf => pdf,
        EvidenceKind::Scan => image || pdf,
    }
}

fn accepted(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Image => "JPEG、PNG或WebP图片",
        EvidenceKind::Video => "MP4或MOV视频",
        EvidenceKind::Pdf => "PDF文件",
        EvidenceKind::Scan => "PDF文件或图片",
    }
}

/// Is there enough, and nothing over a limit?
#[must_use]
pub fn check_evidence(
    notice: &Notice,
    choice: &Choice,
    answers: &Answers,
    attached: &[Attached],
) -> Vec<Finding> {
    // 图文或视频: a slot that one of several may fill needs its floor only once it is used.
    let either = notice
        .rule
        .iter()
        .filter(|r| r.when.holds(choice, answers))
        .filter_map(|r| match &r.kind {
            RuleKind::AnyEvidence { slot } => Some(slot),
            _ => None,
        });
    let either: Vec<&String> = either.flatten().collect();
    let slots = notice.evidence.iter();
    slots
        .flat_map(|slot| {
            let files: Vec<&Attached> = attached.iter().filter(|a| a.slot == slot.key).collect();
            match slot.when.holds(choice, answers) {
                false => not_asked(slot, &files).into_iter().collect(),
                true if files.is_empty() && either.contains(&&slot.key) => vec![],
                true => check_slot(slot, &files),
            }
        })
        .collect()
}

/// Left from an earlier choice. Only a warning: it harms nobody, and after a return the slot may be closed.
fn not_asked(slot: &EvidenceSlot, files: &[&Attached]) -> Option<Finding> {
    let message = format!(
        "{}不需要提交，已上传的{}件不作审核依据",
        slot.label,
        files.len()
    );
    (!files.is_empty()).then(|| found(slot, "evidence_not_asked", message).effect(Effect::Warn))
}

fn check_slot(slot: &EvidenceSlot, files: &[&Attached]) -> Vec<Finding> {
    let count = files.len();
    let mut findings = Vec::new();
    if count < slot.min as usize {
        let message = format!("{}至少{}件，现有{count}件", slot.label, slot.min);
        findings.push(found(slot, "evidence_short", message).limit(slot.min, count));
    }
    if count > slot.max as usize {
        let message = format!("{}最多{}件，现有{count}件", slot.label, slot.max);
        findings.push(found(slot, "evidence_many", message).limit(slot.max, count));
    }
    for file in files {
        if !takes(slot.kind, &file.media_type) {
            let message = format!("{}只接受{}", slot.label, accepted(slot.kind));
            findings.push(found(slot, "evidence_type", message));
        }
        findings.extend(check_length(slot, file));
        findings.extend(check_header(slot, file));
        findings.extend(check_container(slot, file));
    }
    findings
}

/// What a container rounds, and the sound that outlasts the last picture, milliseconds.
const ROUNDING: i64 = 1000;

/// 「时长5分钟以内」: up to and including 300 s of the longest track, and less than a second of what containers round.
fn check_length(slot: &EvidenceSlot, file: &Attached) -> Option<Finding> {
    let longest = i64::from(slot.max_seconds?) * 1000;
    let Some(ms) = file.duration_ms else {
        let message = format!("{}的时长未能读出，请人工核对", slot.label);
        let video = file.media_type.starts_with("video/");
        return video.then(|| found(slot, "video_length_unknown", message).effect(Effect::Warn));
    };
    let effect = slot.seconds_effect.unwrap_or(Effect::Block);
    let then = match effect {
        Effect::Block => "，请剪短后重新上传",
        Effect::Warn | Effect::Ask => "",
    };
    let message = format!(
        "{}时长{}秒，应在{}秒以内{then}",
        slot.label,
        seconds(ms),
        longest / 1000
    );
    (ms >= longest + ROUNDING).then(|| {
        found(slot, "video_too_long", message)
            .limit(longest, ms)
            .effect(effect)
    })
}

/// A header may differ by what was cut off at the beginning; by more, somebody should look.
const HEADER: i64 = 2000;

/// The length counts by samples; a header that says something else is told to whoever reviews.
fn check_header(slot: &EvidenceSlot, file: &Attached) -> Option<Finding> {
    let (ms, header) = (file.duration_ms?, file.header_ms?);
    let message = format!(
        "{}的文件头写明{}秒，实际画面和声音为{}秒，请人工核对",
        slot.label,
        seconds(header),
        seconds(ms)
    );
    let differs = header > 0 && (header - ms).abs() >= HEADER;
    differs.then(|| {
        found(slot, "video_header", message)
            .limit(header, ms)
            .effect(Effect::Warn)
    })
}

/// Whole seconds, or to the millisecond: 300.001 must not read as 300.
fn seconds(ms: i64) -> String {
    match ms % 1000 {
        0 => (ms / 1000).to_string(),
        rest => format!("{}.{rest:03}", ms / 1000),
    }
}

/// 「建议以MP4标清、高清格式报送」: a suggestion, so another container is only warned about.
fn check_container(slot: &EvidenceSlot, file: &Attached) -> Option<Finding> {
    let subtype = file.media_type.rsplit('/').next().unwrap_or_default();
    let container = match subtype {
        "quicktime" => "mov",
        "jpeg" => "jpg",
        other => other,
    };
    let fits = |s: &String| s == container || s == subtype;
    let message = format!("{}建议使用{}格式", slot.label, slot.suggested.join("、"));
    (!slot.suggested.is_empty() && !slot.suggested.iter().any(fits))
        .then(|| found(slot, "container", message).effect(Effect::Warn))
}

fn found(slot: &EvidenceSlot, code: &str, message: String) -> Finding {
    Finding::block(&slot.key, &slot.key, code, message).clause(slot.clause.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Answer;

    fn bozhou() -> Notice {
        Notice::parse(include_str!("../../notices/bozhou-2022/notice.toml")).unwrap()
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
}
