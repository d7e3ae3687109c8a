//! Everything that can have happened. The events are the audit log (审计日志).

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::refusal::Violation;

/// One thing that happened to an entry. Holds no personal data: answers stay with the submission, by digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    EntryBegun {
        subject: String,
        category: String,
        route: String,
    },
    EvidenceAttached {
        slot: String,
        sha256: String,
    },
    EvidenceRemoved {
        slot: String,
        sha256: String,
    },
    /// The files of a slot as they stand now, by their SHA-256.
    EvidenceOrdered {
        slot: String,
        files: Vec<String>,
    },
    /// A scanner found harm in a file; the entry keeps it, nobody gets it.
    VirusFound {
        slot: String,
        sha256: String,
        finding: String,
    },
    /// A person judged a file of which the scanner could not tell.
    VirusJudged {
        slot: String,
        sha256: String,
        harmless: bool,
        reason: String,
    },
    EntrySubmitted {
        round: u32,
        receipt: String,
        digest: String,
        late: bool,
        step: String,
        warnings: Vec<String>,
    },
    EntryWithdrawn {
        reason: String,
    },
    /// One agency agreed; the step waits for its partners.
    EntryEndorsed {
        step: String,
        opinion: String,
        waiting_for: usize,
    },
    /// The step is passed; `next` is absent after the last one.
    StepPassed {
        step: String,
        opinion: String,
        next: Option<String>,
    },
    EntryReturned {
        step: String,
        round: u32,
        items: Vec<Violation>,
        due_at: i64,
        stamps_voided: usize,
    },
    EntryDeclined {
        step: String,
        reason: String,
        stamps_voided: usize,
    },
    /// A returned entry left the batches in which it was sent up; their ids.
    LeftBatches {
        batches: Vec<String>,
    },
    /// A returned applicant got more time; both due dates.
    SlipExtended {
        step: String,
        round: u32,
        from: i64,
        due_at: i64,
        reason: String,
    },
    FindingDecided {
        rule: String,
        accepted: bool,
        reason: String,
    },
    /// 内容安全: what WeChat could not judge, or did not pass.
    ContentDecided {
        check: String,
        /// text, picture, video, document.
        what: String,
        accepted: bool,
        reason: String,
    },
    /// 后续材料: one piece was handed in; `digest` is of all that was written.
    DeliverableHandedIn {
        key: String,
        number: u32,
        digest: String,
    },
    FormRendered {
        code: String,
        sha256: String,
        digest: String,
    },
    StampPlanned {
        slot: String,
        /// Id in the register of seals; empty before there was one.
        #[serde(default)]
        seal: String,
        before: String,
        serial: String,
    },
    /// A stamp that was planned will not be set: refused, failed, or cut off.
    StampGivenUp {
        slot: String,
        seal: String,
        serial: String,
    },
    /// The paper original of a form arrived; `older` when it is of a round that is over.
    PaperReceived {
        code: String,
        round: u32,
        older: bool,
    },
    FormStamped {
        slot: String,
        /// Id in the register of seals; empty before there was one.
        #[serde(default)]
        seal: String,
        before: String,
        after: String,
        serial: String,
    },
}

impl Event {
    /// The word under which it is stored, and the rest as JSON.
    #[must_use]
    pub fn parts(&self) -> (String, serde_json::Value) {
        let mut body = serde_json::to_value(self).unwrap_or_default();
        let kind = body
            .as_object_mut()
            .and_then(|o| o.remove("kind"))
            .and_then(|k| k.as_str().map(str::to_owned))
            .unwrap_or_default();
        (kind, body)
    }

    /// Puts word and rest together again; `None` for what is no event of an entry.
    #[must_use]
    pub fn from_parts(kind: &str, mut body: serde_json::Value) -> Option<Event> {
        let fields = body.as_object_mut()?;
        fields.insert("kind".into(), kind.into());
        serde_json::from_value(body).ok()
    }

    /// What the entry's applicant is told of it; `None` where it is the offices' business. A new kind, and a new field, is kept
    /// from applicants until this says otherwise: reasons of verdicts may quote lines of negative lists.
    #[must_use]
    pub fn for_applicant(self) -> Option<serde_json::Value> {
        Some(match self {
            Event::EntryBegun {
                subject,
                category,
                route,
            } => json!({ "subject": subject, "category": category, "route": route }),
            Event::EvidenceAttached { slot, sha256 } | Event::EvidenceRemoved { slot, sha256 } => {
                json!({ "slot": slot, "sha256": sha256 })
            }
            Event::EvidenceOrdered { slot, files } => json!({ "slot": slot, "files": files }),
            Event::EntrySubmitted {
                round,
                receipt,
                digest,
                late,
                step,
                warnings: _,
            } => {
                json!({ "round": round, "receipt": receipt, "digest": digest, "late": late, "step": step })
            }
            Event::EntryWithdrawn { reason } => json!({ "reason": reason }),
            Event::EntryEndorsed {
                step,
                opinion,
                waiting_for,
            } => json!({ "step": step, "opinion": opinion, "waiting_for": waiting_for }),
            Event::StepPassed {
                step,
                opinion,
                next,
            } => json!({ "step": step, "opinion": opinion, "next": next }),
            Event::EntryReturned {
                step,
                round,
                items,
                due_at,
                stamps_voided: _,
            } => json!({ "step": step, "round": round, "items": items, "due_at": due_at }),
            Event::SlipExtended {
                step,
                round,
                from: _,
                due_at,
                reason,
            } => json!({ "step": step, "round": round, "due_at": due_at, "reason": reason }),
            Event::EntryDeclined {
                step,
                reason,
                stamps_voided: _,
            } => json!({ "step": step, "reason": reason }),
            Event::DeliverableHandedIn {
                key,
                number,
                digest,
            } => json!({ "key": key, "number": number, "digest": digest }),
            Event::PaperReceived { code, round, older } => {
                json!({ "code": code, "round": round, "older": older })
            }
            Event::FormStamped {
                slot,
                seal: _,
                before: _,
                after: _,
                serial: _,
            } => json!({ "slot": slot }),
            Event::VirusFound { .. }
            | Event::VirusJudged { .. }
            | Event::FindingDecided { .. }
            | Event::ContentDecided { .. }
            | Event::LeftBatches { .. }
            | Event::FormRendered { .. }
            | Event::StampPlanned { .. }
            | Event::StampGivenUp { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_applicant_is_told_what_is_meant_for_applicants_only() {
        let told = |kind: &str, body: serde_json::Value| {
            let event = Event::from_parts(kind, body)?;
            event.for_applicant()
        };
        let submitted = json!({
            "round": 1, "receipt": "R", "digest": "d", "late": false, "step": "county", "warnings": ["negative"],
        });
        assert_eq!(
            told("entry_submitted", submitted),
            Some(
                json!({ "round": 1, "receipt": "R", "digest": "d", "late": false, "step": "county" })
            )
        );
        let judged = json!({ "rule": "negative", "accepted": true, "reason": "约谈已整改" });
        assert_eq!(told("finding_decided", judged), None);
        assert_eq!(told("batch_sent", json!({ "batch": "b" })), None);
        let event = Event::EntryWithdrawn {
            reason: "另有安排".into(),
        };
        let (kind, body) = event.parts();
        assert_eq!(Event::from_parts(&kind, body), Some(event));
    }
}
