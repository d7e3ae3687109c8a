//! 推荐名额: how many, counted per whom.

use crate::form::Answers;
use crate::notice::{Choice, Clause, Notice, QuotaHolder, QuotaTaken};
use crate::refusal::{Refusal, Violation};

/// A place that an entry needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaNeed {
    pub quota: String,
    pub label: String,
    /// Agency id, operator's folded name, applicant id, or `campaign`.
    pub holder: String,
    /// Category key where each is counted apart, else empty.
    pub category: String,
    pub cap: u32,
    pub clause: Clause,
}

/// Who could hold the places of one entry.
#[derive(Debug, Clone, Copy)]
pub struct Holders<'a> {
    pub agency: Option<&'a str>,
    pub operator: &'a str,
    pub applicant: &'a str,
}

/// The places that an act takes for such an entry.
#[must_use]
pub fn needs(
    notice: &Notice,
    choice: &Choice,
    answers: &Answers,
    holders: Holders<'_>,
    taken: QuotaTaken,
) -> Vec<QuotaNeed> {
    let counted = notice
        .quota
        .iter()
        .filter(|q| q.taken == taken && q.when.holds(choice, answers));
    counted
        .filter_map(|q| {
            let holder = match q.per {
                QuotaHolder::Agency => holders.agency?,
                QuotaHolder::Operator => holders.operator,
                QuotaHolder::Applicant => holders.applicant,
                QuotaHolder::Campaign => "campaign",
            };
            Some(QuotaNeed {
                quota: q.key.clone(),
                label: q.label.clone(),
                holder: holder.to_owned(),
                category: if q.each_category {
                    choice.category.clone()
                } else {
                    String::new()
                },
                cap: q.max,
                clause: q.clause.clone(),
            })
        })
        .collect()
}

/// Takes one more place.
pub fn take(need: &QuotaNeed, used: u32) -> Result<u32, Refusal> {
    if used < need.cap {
        return Ok(used + 1);
    }
    let message = format!("{}：名额{}个已用完", need.label, need.cap);
    Err(Refusal::with(
        "quota_used_up",
        message.clone(),
        vec![Violation {
            field: need.quota.clone(),
            code: "quota_used_up".into(),
            limit: Some(need.cap.to_string()),
            value: Some((used + 1).to_string()),
            clause: Some(need.clause.clone()),
            message,
            ..Violation::default()
        }],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Answer;

    fn pack(name: &str) -> Notice {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../notices");
        let text = std::fs::read_to_string(format!("{folder}/{name}/notice.toml")).unwrap();
        Notice::parse(&text).unwrap()
    }

    fn need(cap: u32) -> QuotaNeed {
        QuotaNeed {
            quota: "county".into(),
            label: "县（区）名额".into(),
            holder: "a".into(),
            category: String::new(),
            cap,
            clause: "不超过3个".into(),
        }
    }

    fn needed(notice: &Notice, route: &str, category: &str, agency: Option<&str>) -> Vec<String> {
        needed_by(QuotaTaken::Submission, notice, route, category, agency)
    }

    fn needed_by(
        taken: QuotaTaken,
        notice: &Notice,
        route: &str,
        category: &str,
        agency: Option<&str>,
    ) -> Vec<String> {
        let choice = Choice {
            subject: "account".into(),
            category: category.into(),
            route: route.into(),
        };
        let kind = Answer::Text("x".into());
        let answers = Answers([("operator_kind".to_owned(), kind)].into());
        let holders = Holders {
            agency,
            operator: "op",
            applicant: "me",
        };
        let needs = needs(notice, &choice, &answers, holders, taken);
        let told = needs.into_iter();
        told.map(|n| format!("{} {} {}/{}", n.quota, n.holder, n.cap, n.category))
            .collect()
    }

    /// 「市直及中央、省驻亳有关单位、网站平台申报账号1个，各县（区）委网信办申报账号不超过3个」,
    /// 「同一运营主体的账号申报不超过1个」.
    #[test]
    fn an_entry_takes_the_places_of_its_route_and_of_its_operator() {
        let notice = pack("bozhou-2022");
        assert_eq!(
            needed(&notice, "county", "government", Some("qc")),
            ["county qc 3/", "operator op 1/"]
        );
        assert_eq!(
            needed(&notice, "direct", "government", Some("edu")),
            ["direct edu 1/", "operator op 1/"]
        );
        assert_eq!(
            needed(&notice, "county", "government", None),
            ["operator op 1/"]
        );
    }

    /// 「在5个类别中各推荐1个」: counted apart; and a place that a nomination takes is not taken by submission.
    #[test]
    fn each_holder_category_and_act_is_counted_apart() {
        let mut notice = pack("bozhou-2022");
        notice.quota.retain(|q| q.key == "operator");
        for (per, holder) in [
            (QuotaHolder::Agency, "qc"),
            (QuotaHolder::Operator, "op"),
            (QuotaHolder::Applicant, "me"),
            (QuotaHolder::Campaign, "campaign"),
        ] {
            notice.quota[0].per = per;
            notice.quota[0].each_category = true;
            let expected = format!("operator {holder} 1/government");
            assert_eq!(
                needed(&notice, "county", "government", Some("qc")),
                [expected]
            );
        }
        notice.quota[0].taken = QuotaTaken::Nomination;
        assert_eq!(needed(&notice, "county", "government", Some("qc")), [""; 0]);
    }

    /// 「请各单位积极推选优秀账号（每单位限1个）」, 「在5个类别中各推荐1个」: taken by the endorsement, not by handing in.
    #[test]
    fn a_place_of_nomination_is_the_endorsing_bodys() {
        let by = |pack_of: &str, route: &str, category: &str| {
            let notice = pack(pack_of);
            needed_by(QuotaTaken::Nomination, &notice, route, category, Some("a"))
        };
        assert_eq!(by("cast-2021", "society", "account"), ["society a 1/"]);
        assert_eq!(by("shanxi-2024", "nominated", "media"), ["city a 1/media"]);
        assert_eq!(by("shanxi-2024", "self", "media"), [""; 0]);
    }

    #[test]
    fn the_last_place_is_taken_and_the_next_refused_with_its_clause() {
        assert_eq!(take(&need(3), 2), Ok(3));
        let refusal = take(&need(3), 3).unwrap_err();
        assert_eq!(refusal.code, "quota_used_up");
        let fault = &refusal.violations[0];
        assert_eq!(fault.clause.as_deref(), Some("不超过3个"));
        assert_eq!(
            (fault.limit.as_deref(), fault.value.as_deref()),
            (Some("3"), Some("4"))
        );
        assert_eq!(take(&need(0), 0).unwrap_err().code, "quota_used_up");
    }

    /// Entries come and go in any order: places used always equal the entries inside and never pass the cap.
    #[test]
    fn a_cap_is_never_exceeded_in_any_order() {
        for seed in 1..=200_u64 {
            println!("seed {seed}");
            let mut state = seed;
            let mut draw = |below: u64| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) % below
            };
            let need = need(u32::try_from(draw(5)).unwrap());
            let (mut inside, mut used) = ([false; 12], 0);
            for _ in 0..500 {
                let entry = usize::try_from(draw(12)).unwrap();
                match (inside[entry], take(&need, used)) {
                    (true, _) => (inside[entry], used) = (false, used - 1),
                    (false, Ok(now)) => (inside[entry], used) = (true, now),
                    (false, Err(_)) => assert_eq!(used, need.cap),
                }
                assert!(used <= need.cap);
                assert_eq!(inside.iter().filter(|x| **x).count(), used as usize);
            }
        }
    }
}
