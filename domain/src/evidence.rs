//! 佐证材料: what may be attached, and how much is enough.

use crate::finding::Finding;
use crate::form::Answers;
use crate::notice::{Choice, Effect, EvidenceKind, EvidenceSlot, Notice, RuleKind};
use crate::refusal::Refusal;

/// A file as measured from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub slot: String,
    /// By content, e.g. `image/jpeg`.
    pub media_type: String,
    /// Length of the longest track, milliseconds.
    pub duration_ms: Option<i64>,
}

/// May one more file of this type go into the slot?
pub fn may_attach<'a>(
    notice: &'a Notice,
    choice: &Choice,
    answers: &Answers,
    there: usize,
    slot: &str,
    media_type: &str,
) -> Result<&'a EvidenceSlot, Refusal> {
    let slot = notice
        .evidence
        .iter()
        .find(|s| s.key == slot && s.when.holds(choice, answers))
        .ok_or_else(|| Refusal::new("slot_unknown", "本次申报没有这一项材料"))?;
    if there >= slot.max as usize {
        let message = format!("{}最多{}件", slot.label, slot.max);
        return Err(Refusal::by_clause(
            "evidence_full",
            message,
            slot.clause.as_deref().unwrap_or_default(),
        ));
    }
    if !takes(slot.kind, media_type) {
        let message = format!("{}只接受{}", slot.label, accepted(slot.kind));
        return Err(Refusal::by_clause(
            "evidence_type",
            message,
            slot.clause.as_deref().unwrap_or_default(),
        ));
    }
    Ok(slot)
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
        EvidenceKind::Video => "MP4视频",
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
    let spare = |key: &String| either.contains(&key) && !attached.iter().any(|a| a.slot == *key);
    notice
        .evidence
        .iter()
        .filter(|s| s.when.holds(choice, answers) && !spare(&s.key))
        .flat_map(|slot| check_slot(slot, attached))
        .collect()
}

fn check_slot(slot: &EvidenceSlot, attached: &[Attached]) -> Vec<Finding> {
    let mine: Vec<&Attached> = attached.iter().filter(|a| a.slot == slot.key).collect();
    let clause = slot.clause.as_deref();
    let mut findings = Vec::new();
    if mine.len() < slot.min as usize {
        let message = format!("{}至少{}件，现有{}件", slot.label, slot.min, mine.len());
        findings.push(
            Finding::block(&slot.key, &slot.key, "evidence_short", message)
                .limit(slot.min, mine.len())
                .clause(clause),
        );
    }
    if mine.len() > slot.max as usize {
        let message = format!("{}最多{}件，现有{}件", slot.label, slot.max, mine.len());
        findings.push(
            Finding::block(&slot.key, &slot.key, "evidence_many", message)
                .limit(slot.max, mine.len())
                .clause(clause),
        );
    }
    for one in mine {
        let longest = slot.max_seconds.map(|s| i64::from(s) * 1000);
        if let (Some(longest), Some(ms)) = (longest, one.duration_ms)
            && ms > longest
        {
            let message = format!(
                "{}时长{}秒，应在{}秒以内",
                slot.label,
                (ms + 999) / 1000,
                longest / 1000
            );
            let effect = slot.seconds_effect.unwrap_or(Effect::Block);
            findings.push(
                Finding::block(&slot.key, &slot.key, "video_too_long", message)
                    .limit(longest, ms)
                    .clause(clause)
                    .effect(effect),
            );
        }
        let container = one.media_type.rsplit('/').next().unwrap_or_default();
        if !slot.suggested.is_empty() && !slot.suggested.iter().any(|s| s == container) {
            let message = format!("{}建议使用{}格式", slot.label, slot.suggested.join("、"));
            findings.push(
                Finding::block(&slot.key, &slot.key, "container", message)
                    .clause(clause)
                    .effect(Effect::Warn),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_among_alternatives_counts_only_once_the_slot_is_used() {
        let text = include_str!("../../notices/bozhou-2022/notice.toml");
        let mut notice = Notice::parse(text).unwrap();
        notice
            .evidence
            .retain(|s| s.key == "pictures" || s.key == "video");
        let choice = Choice {
            subject: "account".into(),
            category: "government".into(),
            route: "county".into(),
        };
        let codes = |pictures: usize, video: usize| -> Vec<String> {
            let one = |slot: &str, media: &str| Attached {
                slot: slot.into(),
                media_type: media.into(),
                duration_ms: None,
            };
            let mut files = vec![one("pictures", "image/jpeg"); pictures];
            files.extend(vec![one("video", "video/mp4"); video]);
            let found = check_evidence(&notice, &choice, &Answers::default(), &files);
            found.into_iter().map(|f| f.violation.code).collect()
        };
        assert!(codes(3, 0).is_empty());
        assert!(codes(0, 1).is_empty());
        assert_eq!(codes(2, 1), ["evidence_short"]);
        assert_eq!(codes(4, 0), ["evidence_many"]);
    }
}
