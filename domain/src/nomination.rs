//! 推荐表: what a body names on its list, and when it may send it.

use serde::{Deserialize, Serialize};

use crate::agency::Agency;
use crate::form::Answers;
use crate::form_check::{check_cells, tidy_cells};
use crate::notice::{NominationList, Notice, QuotaHolder, QuotaTaken, Via, Window};
use crate::refusal::{Refusal, Violation};

/// Key of the cell that names the account.
pub const NAME: &str = "name";

/// Key of the box for the seal of the body (推荐单位盖章).
pub const SEAL: &str = "agency";
/// What stands beside that box.
pub const SEAL_LABEL: &str = "推荐单位（盖章）";

/// A list as its body writes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nomination {
    pub head: Answers,
    pub items: Vec<Item>,
}

/// One row: whom the body recommends in a category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub category: String,
    pub cells: Answers,
}

impl Item {
    /// The account's name; empty while the row is not filled.
    #[must_use]
    pub fn name(&self) -> &str {
        self.cells.text(NAME).unwrap_or_default()
    }
}

/// Is the body one that the notice means? `parent` is the body right above it.
#[must_use]
pub fn is_meant(via: &Via, agency: &Agency, parent: Option<&Agency>) -> bool {
    via.tier == agency.tier
        && via.system.as_ref().is_none_or(|s| *s == agency.system)
        && via
            .under
            .is_none_or(|tier| parent.is_some_and(|p| p.tier == tier))
}

/// The list that this body fills in.
#[must_use]
pub fn list_of<'a>(
    notice: &'a Notice,
    agency: &Agency,
    parent: Option<&Agency>,
) -> Option<&'a NominationList> {
    notice
        .nomination
        .iter()
        .find(|list| is_meant(&list.by, agency, parent))
}

impl Nomination {
    /// As it is stored: texts tidy, empty cells and rows gone.
    #[must_use]
    pub fn tidied(self, list: &NominationList) -> Nomination {
        let items = self.items.into_iter().map(|i| Item {
            category: i.category,
            cells: tidy_cells(&list.column, i.cells),
        });
        Nomination {
            head: tidy_cells(&list.head, self.head),
            items: items.filter(|i| !i.cells.0.is_empty()).collect(),
        }
    }

    /// 推荐数量: rows that name somebody; computed, never typed.
    #[must_use]
    pub fn count(&self) -> u32 {
        let filled = self.items.iter().filter(|i| !i.name().is_empty()).count();
        u32::try_from(filled).unwrap_or(u32::MAX)
    }

    /// Every fault. A draft may be unfinished: `whole` also asks for what is missing.
    #[must_use]
    pub fn check(&self, notice: &Notice, list: &NominationList, whole: bool) -> Vec<Violation> {
        let counted = list.counted.as_deref();
        let asked: Vec<_> = list
            .head
            .iter()
            .filter(|f| Some(f.key.as_str()) != counted)
            .cloned()
            .collect();
        let mut faults = check_cells(notice, &asked, &self.head, whole, "head.");
        for (at, item) in self.items.iter().enumerate() {
            let place = format!("items.{at}.");
            faults.extend(check_cells(
                notice,
                &list.column,
                &item.cells,
                whole,
                &place,
            ));
            if !notice.category.iter().any(|c| c.key == item.category) {
                faults.push(Violation {
                    field: format!("{place}category"),
                    code: "category_unknown".into(),
                    value: Some(item.category.clone()),
                    message: "通知中没有这个类别".into(),
                    ..Violation::default()
                });
            }
        }
        faults.extend(self.too_many(notice, list));
        faults
    }

    fn too_many(&self, notice: &Notice, list: &NominationList) -> Vec<Violation> {
        let mut faults = Vec::new();
        let mut hold = |field: &str, label: &str, found: usize, cap: u32, clause: &str| {
            if found > cap as usize {
                faults.push(Violation {
                    field: field.to_owned(),
                    code: "quota_used_up".into(),
                    limit: Some(cap.to_string()),
                    value: Some(found.to_string()),
                    clause: Some(clause.to_owned()),
                    message: format!("{label}最多推荐{cap}个，现有{found}个"),
                    ..Violation::default()
                });
            }
        };
        let in_category = |key: &str| self.items.iter().filter(|i| i.category == key).count();
        for category in &notice.category {
            let found = in_category(&category.key);
            let quota = notice.quota.iter().find(|q| {
                q.taken == QuotaTaken::Nomination && q.per == QuotaHolder::Agency && q.each_category
            });
            let (cap, clause) = match quota {
                Some(q) if q.max <= list.per_category => (q.max, &q.clause),
                _ => (list.per_category, &list.clause),
            };
            hold(&category.key, &category.label, found, cap, clause);
        }
        let whole = notice.quota.iter().filter(|q| {
            q.taken == QuotaTaken::Nomination && q.per == QuotaHolder::Agency && !q.each_category
        });
        for quota in whole {
            hold(
                &quota.key,
                &quota.label,
                self.items.len(),
                quota.max,
                &quota.clause,
            );
        }
        faults
    }
}

/// May the list be sent now? A late one is given up where the notice says so (逾期视为放弃推荐).
pub fn may_send(
    list: &NominationList,
    window: Option<Window>,
    when: &str,
    stage_clause: Option<&str>,
    now: i64,
) -> Result<(), Refusal> {
    let closed = |message: &str| match stage_clause {
        Some(clause) => Refusal::by_clause("window_closed", message, clause),
        None => Refusal::new("window_closed", message),
    };
    match window {
        Some(window) if window.is_open(now) => Ok(()),
        Some(window) if now >= window.closes => match &list.late {
            Some(late) if late.given_up => Err(Refusal::by_clause(
                "nomination_given_up",
                format!("推荐表报送已截止（{when}），逾期视为放弃推荐"),
                &late.clause,
            )),
            _ => Err(closed(when)),
        },
        _ => Err(closed(when)),
    }
}

/// May a list that was sent be returned by a body above? Only while it can be sent again.
pub fn may_return(window: Option<Window>, clause: Option<&str>, now: i64) -> Result<(), Refusal> {
    if window.is_some_and(|w| w.is_open(now)) {
        return Ok(());
    }
    let message = "推荐表的报送时间已过，退回后不能重新报送";
    Err(match clause {
        Some(clause) => Refusal::by_clause("window_closed", message, clause),
        None => Refusal::new("window_closed", message),
    })
}

/// How an entry stands on the list of the body that it goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnList {
    /// There is none, or only a draft.
    NotSent,
    /// The list came back and was not sent again.
    Returned,
    /// The list went up without it.
    LeftOut,
    /// Named, or endorsed before by a row that is still there, under whatever name: what a slip had corrected stays recommended.
    Named,
}

/// May the body endorse an entry that goes through it? Only what it named on its list, as that was sent, is recommended.
pub fn must_name(list: &NominationList, entry: OnList) -> Result<(), Refusal> {
    let (code, message) = match entry {
        OnList::Named => return Ok(()),
        OnList::NotSent => ("nomination_not_sent", "请先报送推荐表，再同意推荐"),
        OnList::Returned => (
            "nomination_not_sent",
            "推荐表已被退回，请修改并重新报送后，再同意推荐",
        ),
        OnList::LeftOut => (
            "not_nominated",
            "贵单位已报送的推荐表中没有该申报（名称、类别须一致），不能推荐",
        ),
    };
    Err(Refusal::by_clause(code, message, &list.clause))
}

/// May a list go up again without these (name, category in words), which its body has recommended already? What was endorsed is
/// undone by the body above, which returns the entry: then the list may name another.
pub fn must_keep(list: &NominationList, left_out: &[(String, String)]) -> Result<(), Refusal> {
    if left_out.is_empty() {
        return Ok(());
    }
    let fault = |(name, category): &(String, String)| Violation {
        field: "items".into(),
        code: "nomination_leaves_out".into(),
        value: Some(name.clone()),
        clause: Some(list.clause.clone()),
        message: format!("“{name}”（{category}）已由贵单位同意推荐，推荐表中没有"),
        ..Violation::default()
    };
    let message = "推荐表须列明贵单位已同意推荐的申报；确需改换的，请先由上级单位退回该申报";
    let faults = left_out.iter().map(fault).collect();
    Err(Refusal::with("nomination_leaves_out", message, faults))
}

/// What a stamp on a list is judged by.
#[derive(Debug)]
pub struct StampAsked<'a> {
    /// The list is the stamping body's own.
    pub own: bool,
    pub sent: bool,
    /// Of the list as it was last saved.
    pub digest: &'a str,
    /// The digest that the officer looked at.
    pub reviewed: &'a str,
    pub filled: bool,
}

/// May the list be stamped? Refused by another body, after it was sent, twice, and when it changed since it was looked at.
pub fn may_stamp(asked: &StampAsked<'_>) -> Result<(), Refusal> {
    if !asked.own {
        return Err(Refusal::new("slot_not_yours", "此盖章处不由贵单位使用"));
    }
    if asked.sent {
        return Err(Refusal::new("nomination_sent", "推荐表已报送，不能再盖章"));
    }
    if asked.digest != asked.reviewed {
        let message = "推荐表在您查看之后有变动，请重新查看后再盖章";
        return Err(Refusal::new("digest_changed", message));
    }
    if asked.filled {
        return Err(Refusal::new("slot_filled", "推荐表已经盖章，或正在盖章"));
    }
    Ok(())
}

/// A list that carries the body's seal is sent with it: set here, or in ink on a scan.
pub fn check_sealed(list: &NominationList, stamped: bool, scanned: bool) -> Result<(), Refusal> {
    if !list.stamped || stamped || scanned {
        return Ok(());
    }
    let message = "推荐表尚未盖章：请在线盖章，或上传盖章后的扫描件";
    Err(Refusal::by_clause("seal_missing", message, &list.clause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Answer;

    fn shanxi() -> Notice {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../notices/shanxi-2024/notice.toml"
        );
        Notice::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn cells(pairs: &[(&str, &str)]) -> Answers {
        let text = |(k, v): &(&str, &str)| ((*k).to_owned(), Answer::Text((*v).to_owned()));
        Answers(pairs.iter().map(text).collect())
    }

    fn row(category: &str, name: &str) -> Item {
        Item {
            category: category.into(),
            cells: cells(&[
                ("name", name),
                ("platform", "wechat"),
                ("contact", "张某"),
                ("phone", "13800138000"),
            ]),
        }
    }

    fn nomination(items: Vec<Item>) -> Nomination {
        Nomination {
            head: cells(&[
                ("agency", "太原市委网信办"),
                ("contact", "李某"),
                ("phone", "0351-1234567"),
            ]),
            items,
        }
    }

    /// 「在5个类别中各推荐1个」.
    #[test]
    fn one_in_each_category_and_no_more() {
        let (notice, list) = (shanxi(), shanxi().nomination[0].clone());
        let five: Vec<Item> = notice
            .category
            .iter()
            .map(|c| row(&c.key, "晋风"))
            .collect();
        let whole = nomination(five.clone());
        assert_eq!(whole.check(&notice, &list, true), []);
        assert_eq!(whole.count(), 5);
        let mut six = five;
        six.push(row("media", "并州"));
        let faults = nomination(six).check(&notice, &list, true);
        assert_eq!(faults.len(), 1);
        assert_eq!(
            (faults[0].field.as_str(), faults[0].code.as_str()),
            ("media", "quota_used_up")
        );
        assert_eq!(
            faults[0].clause.as_deref(),
            Some(notice.quota[0].clause.as_str())
        );
    }

    /// An input method writes figures in full width; they are meant as plain ones.
    #[test]
    fn a_full_width_number_is_kept_as_a_plain_one() {
        let list = shanxi().nomination[0].clone();
        let mut wide = row("media", "晋风");
        let number = Answer::Text("１３８００１３８０００".into());
        wide.cells.0.insert("phone".into(), number);
        let kept = nomination(vec![wide]).tidied(&list);
        assert_eq!(kept.items[0].cells.text("phone"), Some("13800138000"));
    }

    #[test]
    fn a_draft_may_be_unfinished_and_its_empty_rows_do_not_count() {
        let (notice, list) = (shanxi(), shanxi().nomination[0].clone());
        let mut empty = row("media", " ");
        empty.cells = cells(&[("name", " ")]);
        let draft = Nomination {
            head: Answers::default(),
            items: vec![row("government", "晋风"), empty],
        }
        .tidied(&list);
        assert_eq!(draft.count(), 1);
        assert_eq!(draft.check(&notice, &list, false), []);
        let fields: Vec<String> = draft
            .check(&notice, &list, true)
            .into_iter()
            .map(|v| v.field)
            .collect();
        assert_eq!(fields, ["head.agency", "head.contact", "head.phone"]);
    }

    /// 推荐数量 is computed: typed, it is a cell that the list does not have.
    #[test]
    fn what_the_list_does_not_ask_for_is_refused() {
        let (notice, list) = (shanxi(), shanxi().nomination[0].clone());
        let mut typed = nomination(vec![row("culture", "晋风")]);
        typed
            .head
            .0
            .insert("count".into(), Answer::Text("9".into()));
        typed.items[0]
            .cells
            .0
            .insert("phone".into(), Answer::Text("1".into()));
        let codes: Vec<String> = typed
            .check(&notice, &list, true)
            .into_iter()
            .map(|v| format!("{} {}", v.field, v.code))
            .collect();
        assert_eq!(
            codes,
            [
                "head.count field_unknown",
                "items.0.phone field_format",
                "items.0.category category_unknown"
            ]
        );
    }

    /// 「请各推荐单位填写《各地市网信办推荐表》」: whoever is not on it yet is told what is to be done first.
    #[test]
    fn only_what_the_list_names_is_endorsed() {
        let list = shanxi().nomination[0].clone();
        let told = |entry| must_name(&list, entry).map_err(|r| (r.code, r.message));
        assert_eq!(told(OnList::Named), Ok(()));
        for (entry, code, word) in [
            (OnList::NotSent, "nomination_not_sent", "请先报送"),
            (OnList::Returned, "nomination_not_sent", "退回"),
            (OnList::LeftOut, "not_nominated", "没有该申报"),
        ] {
            let (is, message) = told(entry).unwrap_err();
            assert!(is == code && message.contains(word), "{is} {message}");
        }
    }

    #[test]
    fn a_list_goes_up_again_with_whatever_was_recommended() {
        let list = shanxi().nomination[0].clone();
        assert_eq!(must_keep(&list, &[]), Ok(()));
        let refusal = must_keep(&list, &[("晋风".into(), "政务类".into())]).unwrap_err();
        assert_eq!(refusal.code, "nomination_leaves_out");
        assert_eq!(refusal.violations[0].value.as_deref(), Some("晋风"));
    }

    /// 「推荐单位（盖章）」.
    #[test]
    fn a_list_is_stamped_once_by_its_own_body_as_it_was_looked_at() {
        let asked = |own, sent, reviewed, filled| StampAsked {
            own,
            sent,
            digest: "a",
            reviewed,
            filled,
        };
        let code = |a: StampAsked<'_>| may_stamp(&a).map_err(|r| r.code);
        assert_eq!(code(asked(true, false, "a", false)), Ok(()));
        assert_eq!(code(asked(false, false, "a", false)), Err("slot_not_yours"));
        assert_eq!(code(asked(true, true, "a", false)), Err("nomination_sent"));
        assert_eq!(code(asked(true, false, "b", false)), Err("digest_changed"));
        assert_eq!(code(asked(true, false, "a", true)), Err("slot_filled"));
    }

    /// 「将扫描件或电子版发送至邮箱」.
    #[test]
    fn a_sealed_list_is_sent_with_either_seal() {
        let list = shanxi().nomination[0].clone();
        let code = |list: &NominationList, stamped, scanned| {
            check_sealed(list, stamped, scanned).map_err(|r| r.code)
        };
        assert_eq!(code(&list, false, false), Err("seal_missing"));
        assert_eq!(code(&list, true, false), Ok(()));
        assert_eq!(code(&list, false, true), Ok(()));
        let plain = NominationList {
            stamped: false,
            ..list
        };
        assert_eq!(code(&plain, false, false), Ok(()));
    }

    #[test]
    fn only_inside_the_window_and_late_is_given_up() {
        let list = shanxi().nomination[0].clone();
        let window = Some(Window {
            opens: 10,
            closes: 20,
        });
        let code = |list: &NominationList, window, now| {
            may_send(list, window, "时间", None, now).map_err(|r| r.code)
        };
        assert_eq!(code(&list, window, 9), Err("window_closed"));
        assert_eq!(code(&list, window, 10), Ok(()));
        assert_eq!(code(&list, window, 19), Ok(()));
        assert_eq!(code(&list, window, 20), Err("nomination_given_up"));
        assert_eq!(code(&list, None, 15), Err("window_closed"));
        let refusal = may_send(&list, window, "时间", None, 20).unwrap_err();
        assert_eq!(
            refusal.violations[0].clause.as_deref(),
            Some("逾期视为放弃推荐")
        );
        let lenient = NominationList { late: None, ..list };
        assert_eq!(code(&lenient, window, 20), Err("window_closed"));
    }
}
