//! 盖章扫描件: what was seen on the scan of a stamped form, told as advice. A person decides; nothing here blocks.

use crate::finding::Finding;
use crate::notice::{Effect, EvidenceSlot};

/// What was seen on a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// No page has colour.
    pub grey: bool,
    /// Number of the form in its foot, where it could be read.
    pub code: Option<String>,
    /// One for each box (盖章处).
    pub boxes: Vec<Sight>,
    /// Seals outside the boxes.
    pub elsewhere: usize,
}

/// Is there a red round seal?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Seen,
    NotSeen,
    CannotTell,
}

impl Sight {
    /// The word under which it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Sight::Seen => "seen",
            Sight::NotSeen => "not_seen",
            Sight::CannotTell => "cannot_tell",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Sight> {
        let all = [Sight::Seen, Sight::NotSeen, Sight::CannotTell];
        all.into_iter().find(|sight| sight.as_str() == word)
    }
}

/// A form that was rendered for an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub code: String,
    pub round: u32,
}

/// The number of a form out of what its QR code says or somebody typed: `…/v/34-7K2M9QXWPB` or the number alone.
#[must_use]
pub fn form_code(text: &str) -> Option<String> {
    let last = text.trim().rsplit('/').next()?.to_ascii_uppercase();
    let (region, rest) = last.split_once('-')?;
    let digits = region.len() == 2 && region.bytes().all(|b| b.is_ascii_digit());
    let letters = rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    (digits && letters).then_some(last)
}

/// What an applicant and a reviewer ought to know of a scan; `None` for one that could not be looked at. `issued` are
/// the entry's own forms, `round` its round.
#[must_use]
pub fn advise(
    slot: &EvidenceSlot,
    scanned: Option<&Scanned>,
    issued: &[Issued],
    round: u32,
) -> Vec<Finding> {
    let Some(scanned) = scanned else {
        let message = "未能查看扫描件中的印章，请人工核对";
        return vec![warn(slot, "scan_unreadable", message.into())];
    };
    let form = about_the_form(slot, scanned.code.as_deref(), issued, round);
    about_the_seal(slot, scanned)
        .into_iter()
        .chain(form)
        .collect()
}

fn about_the_seal(slot: &EvidenceSlot, scanned: &Scanned) -> Option<Finding> {
    if scanned.grey {
        let message = "扫描件没有颜色，无法判断是否盖有红色印章，请上传彩色扫描件";
        return Some(warn(slot, "scan_no_colour", message.into()));
    }
    let (any, boxes) = (
        scanned.boxes.contains(&Sight::Seen),
        !scanned.boxes.is_empty(),
    );
    match (any, scanned.elsewhere) {
        (true, _) => None,
        (false, 0) => {
            let message = "未检出红色圆形印章，请人工确认";
            Some(warn(slot, "scan_no_seal", message.into()))
        }
        (false, _) if boxes => {
            let message = "检出的印章不在盖章处，请人工确认";
            Some(warn(slot, "scan_seal_elsewhere", message.into()))
        }
        _ => None,
    }
}

/// Before the first submission there is no number to be found.
fn about_the_form(
    slot: &EvidenceSlot,
    code: Option<&str>,
    issued: &[Issued],
    round: u32,
) -> Option<Finding> {
    let Some(code) = code else {
        let message = "未能识别扫描件上的表单编号，请人工核对是否为本次提交的表格";
        return (!issued.is_empty()).then(|| warn(slot, "scan_code_unread", message.into()));
    };
    match issued.iter().find(|form| form.code == code) {
        None => {
            let message = format!("扫描件上的表单编号{code}不属于本申报");
            Some(warn(slot, "scan_other_form", message))
        }
        Some(form) => older(&form.code, form.round, round)
            .map(|message| warn(slot, "scan_older_round", message).limit(round, form.round)),
    }
}

/// The sentence about a form of a round that is over.
#[must_use]
pub fn older(code: &str, round: u32, current: u32) -> Option<String> {
    (round < current).then(|| {
        format!("表单{code}是第{round}次提交的版本，现为第{current}次提交，内容可能已经修改")
    })
}

fn warn(slot: &EvidenceSlot, code: &str, message: String) -> Finding {
    Finding::block(&slot.key, &slot.key, code, message)
        .effect(Effect::Warn)
        .clause(slot.clause.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::Notice;

    fn codes(scanned: Option<&Scanned>, round: u32) -> Vec<(String, Effect)> {
        let notice = include_str!("../../notices/bozhou-2022/notice.toml");
        let notice = Notice::parse(notice).unwrap();
        let slot = notice.evidence.iter().find(|s| s.stamped_form).unwrap();
        let issued: Vec<Issued> = (1..=round)
            .map(|round| Issued {
                code: format!("34-AAAAAAAAA{round}"),
                round,
            })
            .collect();
        let found = advise(slot, scanned, &issued, round);
        let told = found.into_iter();
        told.map(|f| (f.violation.code, f.effect)).collect()
    }

    fn scanned(boxes: &[Sight], code: Option<&str>) -> Scanned {
        Scanned {
            grey: false,
            code: code.map(str::to_owned),
            boxes: boxes.to_vec(),
            elsewhere: 0,
        }
    }

    fn only(code: &str) -> Vec<(String, Effect)> {
        vec![(code.to_owned(), Effect::Warn)]
    }

    #[test]
    fn a_sealed_form_of_this_round_needs_no_word() {
        let good = scanned(&[Sight::Seen, Sight::NotSeen], Some("34-AAAAAAAAA2"));
        assert_eq!(codes(Some(&good), 2), []);
        let draft = scanned(&[Sight::Seen], None);
        assert_eq!(codes(Some(&draft), 0), []);
    }

    #[test]
    fn whatever_is_missing_is_only_warned_about() {
        let code = Some("34-AAAAAAAAA2");
        assert_eq!(codes(None, 2), only("scan_unreadable"));
        let none = scanned(&[Sight::NotSeen], code);
        assert_eq!(codes(Some(&none), 2), only("scan_no_seal"));
        let beside = Scanned {
            elsewhere: 1,
            ..none.clone()
        };
        assert_eq!(codes(Some(&beside), 2), only("scan_seal_elsewhere"));
        let grey = Scanned {
            grey: true,
            ..scanned(&[Sight::CannotTell], code)
        };
        assert_eq!(codes(Some(&grey), 2), only("scan_no_colour"));
    }

    #[test]
    fn the_number_says_whose_form_it_is_and_of_which_round() {
        let with = |code| codes(Some(&scanned(&[Sight::Seen], code)), 2);
        assert_eq!(with(None), only("scan_code_unread"));
        assert_eq!(with(Some("34-AAAAAAAAA1")), only("scan_older_round"));
        assert_eq!(with(Some("34-BBBBBBBBBB")), only("scan_other_form"));
        let nobody = scanned(&[Sight::Seen], Some("34-BBBBBBBBBB"));
        assert_eq!(codes(Some(&nobody), 0), only("scan_other_form"));
    }

    #[test]
    fn a_number_is_read_from_an_address_or_as_typed() {
        let number = Some("34-7K2M9QXWPB".to_owned());
        for text in [
            "https://tx.example.cn/v/34-7K2M9QXWPB",
            "34-7K2M9QXWPB",
            " 34-7k2m9qxwpb\n",
        ] {
            assert_eq!(form_code(text), number, "{text}");
        }
        for text in [
            "",
            "34",
            "34-",
            "3x-7K2M9QXWPB",
            "34-7K2M9QXWP",
            "34-7K2M9QXWPBB",
            "WIFI:T:WPA",
        ] {
            assert_eq!(form_code(text), None, "{text}");
        }
    }
}
