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

/// The places that submitting such an entry takes.
#[must_use]
pub fn needs(
    notice: &Notice,
    choice: &Choice,
    answers: &Answers,
    holders: Holders<'_>,
) -> Vec<QuotaNeed> {
    let counted = notice
        .quota
        .iter()
        .filter(|q| q.taken == QuotaTaken::Submission && q.when.holds(choice, answers));
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
        }],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_never_exceeded_in_any_order() {
        let need = QuotaNeed {
            quota: "county".into(),
            label: "县区".into(),
            holder: "a".into(),
            category: String::new(),
            cap: 3,
            clause: "不超过3个".into(),
        };
        let mut state = 20_220_523_u64;
        let mut used = 0;
        for _ in 0..10_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            match (state >> 33) % 2 {
                0 => match take(&need, used) {
                    Ok(now) => used = now,
                    Err(refusal) => assert_eq!((used, refusal.code), (3, "quota_used_up")),
                },
                _ => used = u32::saturating_sub(used, 1),
            }
            assert!(used <= 3);
        }
    }
}
