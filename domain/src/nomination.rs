//! 推荐表: what a body names on its list, and when it may send it.

use serde::{Deserialize, Serialize};

use crate::agency::Agency;
use crate::form::{Answer, Answers};
use crate::form_check::check_cells;
use crate::notice::{NominationList, Notice, QuotaHolder, QuotaTaken, Via, Window};
use crate::refusal::{Refusal, Violation};
use crate::text::tidy;

/// Key of the cell that names the account.
pub const NAME: &str = "name";

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
    pub fn tidied(self) -> Nomination {
        let cells = |answers: Answers| {
            let kept = answers.0.into_iter().filter_map(|(key, answer)| {
                let answer = match answer {
                    Answer::Text(text) => Answer::Text(tidy(&text)),
                    other => other,
                };
                (answer != Answer::Text(String::new())).then_some((key, answer))
            });
            Answers(kept.collect())
        };
        let items = self.items.into_iter().map(|i| Item {
            category: i.category,
            cells: cells(i.cells),
        });
        Nomination {
            head: cells(self.head),
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_draft_may_be_unfinished_and_its_empty_rows_do_not_count() {
        let (notice, list) = (shanxi(), shanxi().nomination[0].clone());
        let mut empty = row("media", " ");
        empty.cells = cells(&[("name", " ")]);
        let draft = Nomination {
            head: Answers::default(),
            items: vec![row("government", "晋风"), empty],
        }
        .tidied();
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
