//! 盖章扫描件: what was seen on the scan of a stamped form, told as advice. A person decides; nothing here blocks.

use crate::agency::Tier;
use crate::finding::Finding;
use crate::notice::{Effect, Notice};
use crate::text::printed_number;

/// What was seen on a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// No page has colour.
    pub grey: bool,
    /// Number of the form in its foot, where it could be read.
    pub code: Option<String>,
    pub pages: u32,
    /// Id of each box (盖章处), and whether it has a seal.
    pub boxes: Vec<(String, Sight)>,
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

/// A form that was rendered for an entry, or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub code: String,
    pub round: u32,
    pub pages: u32,
}

/// The number of a form out of what its QR code says or somebody typed: `…/v/34-7K2M9QXWPB` or the number alone.
#[must_use]
pub fn form_code(text: &str) -> Option<String> {
    let last = printed_number(text.trim().rsplit('/').next()?);
    let (region, rest) = last.split_once('-')?;
    let digits = region.len() == 2 && region.bytes().all(|b| b.is_ascii_digit());
    let letters = rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    (digits && letters).then_some(last)
}

/// What is on a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// 申报表; its rounds are submissions.
    Form,
    /// 推荐表; its rounds are saves.
    List,
}

impl Paper {
    /// The sentence about a paper of a round that is over.
    #[must_use]
    pub fn older(self, code: &str, round: u32, current: u32) -> Option<String> {
        let made = match self {
            Paper::Form => "提交",
            Paper::List => "保存",
        };
        (round < current).then(|| {
            format!(
                "表单{code}是第{round}次{made}的版本，现为第{current}次{made}，内容可能已经修改"
            )
        })
    }

    /// The sentence about a paper whose seals do not count any more.
    #[must_use]
    pub fn void(self, code: &str) -> String {
        let ended = match self {
            Paper::Form => "申报已退回、未获推荐或已撤回",
            Paper::List => "推荐表已退回",
        };
        format!("表单{code}的{ended}，表上印章不再有效")
    }
}

/// What a scan ought to show.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub paper: Paper,
    /// Key under which findings are told.
    pub key: &'a str,
    pub clause: Option<&'a str>,
    /// Id and label of each box that whoever hands it in must have had sealed by then.
    pub own: &'a [(&'a str, &'a str)],
}

/// The boxes that an applicant must have had sealed before it scans its form, by id and label: those of its own unit. Offices
/// stamp after it was handed in, and what they stamped is void when it comes back.
#[must_use]
pub fn own_boxes(notice: &Notice) -> Vec<(&str, &str)> {
    let steps = notice.step.iter().filter(|step| step.tier == Tier::Unit);
    let boxes = steps.flat_map(|step| &step.slot);
    let required = boxes.filter(|slot| slot.required);
    required
        .map(|slot| (slot.key.as_str(), slot.label.as_str()))
        .collect()
}

/// What whoever handed it in, and a reviewer, ought to know of a scan; `None` for one that could not be looked at. `issued` are
/// the forms that there are of it, oldest first, `round` its round.
#[must_use]
pub fn advise(
    asked: &Asked<'_>,
    scanned: Option<&Scanned>,
    issued: &[Issued],
    round: u32,
) -> Vec<Finding> {
    let Some(scanned) = scanned else {
        let message = "未能查看扫描件中的印章，请人工核对";
        return vec![asked.warn("scan_unreadable", message.into())];
    };
    let seal = asked.about_the_seal(scanned);
    let form = asked.about_the_form(scanned.code.as_deref(), issued, round);
    let pages = asked.about_the_pages(scanned, issued);
    seal.into_iter().chain(form).chain(pages).collect()
}

impl Asked<'_> {
    fn about_the_seal(&self, scanned: &Scanned) -> Option<Finding> {
        if scanned.grey {
            let message = "扫描件没有颜色，无法判断是否盖有红色印章，请上传彩色扫描件";
            return Some(self.warn("scan_no_colour", message.into()));
        }
        let own = |sight| {
            let here = |id: &str| scanned.boxes.iter().any(|b| b.0 == id && b.1 == sight);
            let labels = self.own.iter().filter(|(id, _)| here(id));
            let labels: Vec<String> = labels.map(|(_, label)| format!("“{label}”")).collect();
            labels.join("、")
        };
        let any = scanned.boxes.iter().any(|b| b.1 == Sight::Seen);
        let (empty, unseen) = (own(Sight::NotSeen), own(Sight::CannotTell));
        let at = match empty.as_str() {
            "" => String::new(),
            empty => format!("{empty}处"),
        };
        let (code, message) = match (any, scanned.elsewhere) {
            // a form without a box of its own may bear the seal in any
            (true, _) if empty.is_empty() && unseen.is_empty() => return None,
            _ if empty.is_empty() && !unseen.is_empty() => (
                "scan_box_unseen",
                format!("未能看到{unseen}处，请核对扫描件是否缺页"),
            ),
            (true, _) => (
                "scan_wrong_box",
                format!("{at}未检出印章，检出的印章在其他盖章处，请人工确认"),
            ),
            (false, 0) => (
                "scan_no_seal",
                format!("{at}未检出红色圆形印章，请人工确认"),
            ),
            (false, _) if scanned.boxes.is_empty() => return None,
            (false, _) => (
                "scan_seal_elsewhere",
                format!("{at}未检出印章，检出的印章不在盖章处，请人工确认"),
            ),
        };
        Some(self.warn(code, message))
    }

    /// Before the first submission there is no number to be found.
    fn about_the_form(&self, code: Option<&str>, issued: &[Issued], round: u32) -> Option<Finding> {
        let Some(code) = code else {
            let message = "未能识别扫描件上的表单编号，请人工核对是否为本次提交的表格";
            return (!issued.is_empty()).then(|| self.warn("scan_code_unread", message.into()));
        };
        match issued.iter().find(|form| form.code == code) {
            None => {
                let whose = match self.paper {
                    Paper::Form => "本申报",
                    Paper::List => "本推荐表",
                };
                let message = format!("扫描件上的表单编号{code}不属于{whose}");
                Some(self.warn("scan_other_form", message))
            }
            Some(form) => (self.paper)
                .older(&form.code, form.round, round)
                .map(|message| {
                    self.warn("scan_older_round", message)
                        .limit(round, form.round)
                }),
        }
    }

    /// Compared with the form that it says it is, else with the newest.
    fn about_the_pages(&self, scanned: &Scanned, issued: &[Issued]) -> Option<Finding> {
        let named = |code: &String| issued.iter().find(|form| form.code == *code);
        let form = match &scanned.code {
            Some(code) => named(code)?,
            None => issued.last()?,
        };
        let (is, ought) = (scanned.pages, form.pages);
        (is != ought).then(|| {
            let message = format!("扫描件共{is}页，表格为{ought}页，请核对是否缺页或夹有其他页");
            self.warn("scan_pages", message).limit(ought, is)
        })
    }

    fn warn(&self, code: &str, message: String) -> Finding {
        Finding::block(self.key, self.key, code, message)
            .effect(Effect::Warn)
            .clause(self.clause)
    }
}

#[cfg(test)]
mod tests {
    use super::Sight::{CannotTell, NotSeen, Seen};
    use super::*;

    fn codes(scanned: Option<&Scanned>, round: u32) -> Vec<(String, Effect)> {
        let notice = include_str!("../../notices/bozhou-2022/notice.toml");
        let notice = Notice::parse(notice).unwrap();
        let issued: Vec<Issued> = (1..=round)
            .map(|round| Issued {
                code: format!("34-AAAAAAAAA{round}"),
                round,
                pages: 2,
            })
            .collect();
        let asked = Asked {
            paper: Paper::Form,
            key: "stamped_form",
            clause: None,
            own: &own_boxes(&notice),
        };
        let found = advise(&asked, scanned, &issued, round);
        let told = found.into_iter();
        told.map(|f| (f.violation.code, f.effect)).collect()
    }

    /// A form with the boxes of the unit and of the county.
    fn scanned(boxes: [Sight; 2], code: Option<&str>) -> Scanned {
        let [unit, county] = boxes;
        Scanned {
            grey: false,
            pages: 2,
            code: code.map(str::to_owned),
            boxes: vec![("unit".into(), unit), ("county-cyberspace".into(), county)],
            elsewhere: 0,
        }
    }

    fn only(code: &str) -> Vec<(String, Effect)> {
        vec![(code.to_owned(), Effect::Warn)]
    }

    #[test]
    fn a_sealed_form_of_this_round_needs_no_word() {
        let good = scanned([Seen, NotSeen], Some("34-AAAAAAAAA2"));
        assert_eq!(codes(Some(&good), 2), []);
        let draft = scanned([Seen, NotSeen], None);
        assert_eq!(codes(Some(&draft), 0), []);
    }

    #[test]
    fn whatever_is_missing_is_only_warned_about() {
        let code = Some("34-AAAAAAAAA2");
        assert_eq!(codes(None, 2), only("scan_unreadable"));
        let none = scanned([NotSeen, NotSeen], code);
        assert_eq!(codes(Some(&none), 2), only("scan_no_seal"));
        let beside = Scanned {
            elsewhere: 1,
            ..none.clone()
        };
        assert_eq!(codes(Some(&beside), 2), only("scan_seal_elsewhere"));
        let grey = Scanned {
            grey: true,
            ..scanned([CannotTell, CannotTell], code)
        };
        assert_eq!(codes(Some(&grey), 2), only("scan_no_colour"));
    }

    /// The unit's box is the applicant's to have sealed; offices stamp later.
    #[test]
    fn the_seal_must_be_in_the_box_of_whoever_hands_it_in() {
        let code = Some("34-AAAAAAAAA2");
        for (unit, county, told) in [
            (Seen, Seen, None),
            (Seen, CannotTell, None),
            (NotSeen, Seen, Some("scan_wrong_box")),
            (NotSeen, CannotTell, Some("scan_no_seal")),
            (CannotTell, NotSeen, Some("scan_box_unseen")),
            (CannotTell, Seen, Some("scan_box_unseen")),
        ] {
            let found = codes(Some(&scanned([unit, county], code)), 2);
            assert_eq!(
                found,
                told.map(only).unwrap_or_default(),
                "{unit:?} {county:?}"
            );
        }
        // a form without it may bear the seal in any box, and one without boxes anywhere
        let mut other = scanned([NotSeen, Seen], code);
        other.boxes.remove(0);
        assert_eq!(codes(Some(&other), 2), []);
        other.boxes[0].1 = NotSeen;
        assert_eq!(codes(Some(&other), 2), only("scan_no_seal"));
        other.boxes.clear();
        other.elsewhere = 1;
        assert_eq!(codes(Some(&other), 2), []);
    }

    #[test]
    fn pages_are_counted_once_there_is_a_form() {
        let one = |code| Scanned {
            pages: 1,
            ..scanned([Seen, NotSeen], code)
        };
        assert_eq!(
            codes(Some(&one(Some("34-AAAAAAAAA2"))), 2),
            only("scan_pages")
        );
        assert_eq!(
            codes(Some(&one(Some("34-BBBBBBBBBB"))), 2),
            only("scan_other_form")
        );
        let unread = [only("scan_code_unread"), only("scan_pages")].concat();
        assert_eq!(codes(Some(&one(None)), 2), unread);
        assert_eq!(codes(Some(&one(None)), 0), []);
    }

    #[test]
    fn the_number_says_whose_form_it_is_and_of_which_round() {
        let with = |code| codes(Some(&scanned([Seen, NotSeen], code)), 2);
        assert_eq!(with(None), only("scan_code_unread"));
        assert_eq!(with(Some("34-AAAAAAAAA1")), only("scan_older_round"));
        assert_eq!(with(Some("34-BBBBBBBBBB")), only("scan_other_form"));
        let nobody = scanned([Seen, NotSeen], Some("34-BBBBBBBBBB"));
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
