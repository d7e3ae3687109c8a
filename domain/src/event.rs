//! Everything that can have happened. The events are the audit log (审计日志).

use serde::{Deserialize, Serialize};

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
    /// Reads back what [`Event::parts`] gave; `None` for a kind that is not known here.
    #[must_use]
    pub fn of(kind: &str, mut body: serde_json::Value) -> Option<Event> {
        body.as_object_mut()?.insert("kind".into(), kind.into());
        serde_json::from_value(body).ok()
    }

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
}
