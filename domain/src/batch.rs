//! 统一报送: what a body sends up together, and the two ticks of the body that takes it.

use crate::agency::Agency;
use crate::entry::{Entry, EntryState};
use crate::nomination::is_meant;
use crate::notice::{Batch, Medium, Notice};
use crate::refusal::Refusal;

/// Letters of a batch's id that its number shows: the last ones, which are random.
const SHOWN: usize = 10;

/// 清单编号 of a batch: the province of its campaign, and the end of its own id.
#[must_use]
pub fn number(region: &str, id: &str) -> String {
    let (province, _) = region.split_at_checked(2).unwrap_or((region, ""));
    let end = id.len().saturating_sub(SHOWN);
    format!("{province}-{}", id.get(end..).unwrap_or(id).to_uppercase())
}

/// The end of the id that a number was made of; none of what is no such number.
#[must_use]
pub fn id_end(number: &str) -> Option<String> {
    let (province, end) = number.split_once('-')?;
    let shown = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
    let sound = province.len() == 2 && end.len() == SHOWN && end.bytes().all(shown);
    sound.then(|| end.to_lowercase())
}

/// What the notice asks this body to send up for the entry. `parent` is the body right above it.
#[must_use]
pub fn batch_of<'a>(
    notice: &'a Notice,
    agency: &Agency,
    parent: Option<&Agency>,
    entry: &Entry,
) -> Option<&'a Batch> {
    notice.batch.iter().find(|batch| {
        is_meant(&batch.by, agency, parent) && batch.when.holds(&entry.choice, &entry.answers)
    })
}

/// May the entry be sent up by a body that has (`undecided`) or has not its own decision still open?
pub fn may_join(entry: &Entry, batch: Option<&Batch>, undecided: bool) -> Result<(), Refusal> {
    if batch.is_none() {
        return Err(Refusal::new(
            "batch_not_asked",
            "通知没有要求贵单位统一报送此申报",
        ));
    }
    if !is_in(&entry.state) {
        return Err(Refusal::new(
            "entry_not_in",
            "该申报未提交、已退回或已终止，不能报送",
        ));
    }
    if undecided {
        return Err(Refusal::new(
            "entry_undecided",
            "该申报在贵单位尚未办结，不能报送",
        ));
    }
    Ok(())
}

/// Is it handed in and neither returned nor over?
#[must_use]
pub fn is_in(state: &EntryState) -> bool {
    matches!(state, EntryState::UnderReview { .. } | EntryState::Endorsed)
}

/// When the paper and the files of a batch arrived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticks {
    pub paper: Option<i64>,
    pub electronic: Option<i64>,
}

impl Ticks {
    /// Ticks what arrived; a tick once made stays. Refused when it says nothing new.
    pub fn tick(self, paper: bool, electronic: bool, now: i64) -> Result<Ticks, Refusal> {
        let after = Ticks {
            paper: self.paper.or(paper.then_some(now)),
            electronic: self.electronic.or(electronic.then_some(now)),
        };
        if after == self {
            return Err(Refusal::new(
                "receipt_known",
                "没有新的签收内容：请勾选本次收到的纸质版或电子版",
            ));
        }
        Ok(after)
    }

    /// Is everything there that the notice asks for? Where it names nothing, either will do.
    #[must_use]
    pub fn are_complete(self, notice: &Notice) -> bool {
        let here = |medium: Medium| match medium {
            Medium::Paper => self.paper.is_some(),
            Medium::Electronic => self.electronic.is_some(),
        };
        let mut asked = notice.receipt.iter().filter(|r| r.required).peekable();
        match asked.peek() {
            None => self.paper.is_some() || self.electronic.is_some(),
            Some(_) => asked.all(|r| here(r.medium)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agency::Tier;
    use crate::form::Answers;
    use crate::notice::Choice;

    fn pack(name: &str) -> Notice {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../notices");
        let text = std::fs::read_to_string(format!("{folder}/{name}/notice.toml")).unwrap();
        Notice::parse(&text).unwrap()
    }

    fn agency(tier: Tier, system: &str) -> Agency {
        Agency {
            id: "a".into(),
            name: "某机构".into(),
            tier,
            system: system.into(),
            region: "341602".into(),
            path: vec!["a".into()],
        }
    }

    fn entry(route: &str, state: EntryState) -> Entry {
        Entry {
            id: "e".into(),
            campaign_id: "c".into(),
            applicant_id: "p".into(),
            choice: Choice {
                subject: "account".into(),
                category: "government".into(),
                route: route.into(),
            },
            agency_id: None,
            unit_id: None,
            region: "341602".into(),
            answers: Answers::default(),
            state,
            round: 1,
            late: false,
            receipt: None,
            digest: None,
            version: 1,
        }
    }

    #[test]
    fn a_number_tells_the_end_of_the_id_it_was_made_of() {
        let id = "019ad5f0-7c1e-7abc-8def-0123456789ab";
        assert_eq!(number("341600", id), "34-23456789AB");
        assert_eq!(id_end("34-23456789AB").as_deref(), Some("23456789ab"));
        for other in [
            "23456789AB",
            "341-23456789AB",
            "34-23456789ab",
            "34-3456789AB",
            "34-%3456789AB",
            "34-QXWPB45678",
        ] {
            assert_eq!(id_end(other), None, "{other}");
        }
    }

    /// 「将申报材料加盖公章后统一报市委网信办」.
    #[test]
    fn a_county_sends_up_the_entries_of_its_route_only() {
        let notice = pack("bozhou-2022");
        let county = agency(Tier::County, "cyberspace");
        let city = agency(Tier::City, "cyberspace");
        let key = |agency: &Agency, parent: Option<&Agency>, route: &str| {
            let entry = entry(route, EntryState::Endorsed);
            batch_of(&notice, agency, parent, &entry).map(|b| b.key.as_str())
        };
        assert_eq!(key(&county, Some(&city), "county"), Some("county"));
        assert_eq!(key(&county, Some(&city), "direct"), None);
        assert_eq!(
            key(&agency(Tier::County, "civilisation"), Some(&city), "county"),
            None
        );
        let unit = agency(Tier::Unit, "education");
        assert_eq!(key(&unit, Some(&city), "direct"), Some("direct"));
        assert_eq!(key(&unit, Some(&county), "direct"), None);
        assert_eq!(key(&unit, None, "direct"), None);
    }

    #[test]
    fn only_what_is_handed_in_and_decided_is_sent_up() {
        let batch = pack("bozhou-2022").batch[0].clone();
        let review = EntryState::UnderReview {
            step: "city".into(),
        };
        let code = |state: EntryState, batch, undecided| {
            may_join(&entry("county", state), batch, undecided).map_err(|r| r.code)
        };
        assert_eq!(code(review.clone(), Some(&batch), false), Ok(()));
        assert_eq!(code(EntryState::Endorsed, Some(&batch), false), Ok(()));
        assert_eq!(
            code(review.clone(), Some(&batch), true),
            Err("entry_undecided")
        );
        assert_eq!(code(review, None, false), Err("batch_not_asked"));
        for state in [
            EntryState::Draft,
            EntryState::Withdrawn,
            EntryState::Returned {
                step: "city".into(),
            },
            EntryState::Declined {
                step: "city".into(),
            },
        ] {
            assert_eq!(code(state, Some(&batch), false), Err("entry_not_in"));
        }
    }

    /// 「材料须同时报送纸质版和电子版」.
    #[test]
    fn both_ticks_make_it_complete_and_a_tick_stays() {
        let notice = pack("bozhou-2022");
        let paper = Ticks::default().tick(true, false, 5).unwrap();
        assert!(!paper.are_complete(&notice));
        assert_eq!(
            paper.tick(true, false, 6).unwrap_err().code,
            "receipt_known"
        );
        assert_eq!(
            paper.tick(false, false, 6).unwrap_err().code,
            "receipt_known"
        );
        let both = paper.tick(true, true, 7).unwrap();
        assert_eq!((both.paper, both.electronic), (Some(5), Some(7)));
        assert!(both.are_complete(&notice));
        let mut silent = notice;
        silent.receipt.clear();
        assert!(paper.are_complete(&silent));
        assert!(!Ticks::default().are_complete(&silent));
    }
}
