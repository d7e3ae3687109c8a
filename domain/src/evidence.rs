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
mod tests;
