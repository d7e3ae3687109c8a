//! 提交: an entry is handed in, for good.

use std::sync::{Arc, Mutex, PoisonError};

use domain::actor::Applicant;
use domain::agency::Agency;
use domain::eligibility::{self, Facts};
use domain::entry::{Entry, EntryState, Submission};
use domain::event::Event;
use domain::finding::{Finding, blocking};
use domain::notice::{Effect, StageAct};
use domain::refusal::Refusal;
use domain::review::Chain;
use entity::{duty, entry, evidence, submission};
use serde::{Deserialize, Serialize};

use super::campaigns::{self, Campaign};
use super::checks::{self, Bodies, Check};
use super::content_checks;
use super::entries::{Left, Written, named};
use super::virus_checks;
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::campaigns::Standing;
use crate::db::entries::Named;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::others::{OPERATOR, mark_of};
use crate::db::together::Together;
use crate::db::{entries, late_admissions, quotas, reviews, uploads};
use crate::error::{Error, Result};
use crate::security::{random_code, sha256_hex};
use crate::state::Shared;

/// What was handed in, as kept for good.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Content {
    pub written: Written,
    pub declarations: Vec<String>,
    /// Slot and SHA-256 of every file.
    pub evidence: Vec<(String, String)>,
    /// How each was called, in the same order; none where it was handed in before this was kept.
    #[serde(default)]
    pub file_names: Vec<String>,
}

/// Hands an entry in: rules, places, accounts, submission, duties and event in one commit; answered after it.
///
/// In the last hour everybody waits for one writer. A first submission that has to wait is looked at before its turn, and the act makes
/// sure that what it stands on is still so. Where it is not, the act looks at everything again.
pub async fn submit(
    app: &Shared,
    who: &Applicant,
    id: &str,
    version: i64,
    declared: Vec<String>,
    call: Call,
) -> Result<Left> {
    let handing_in = HandingIn {
        app: app.clone(),
        who: who.clone(),
        id: id.to_owned(),
        version,
        declared,
        now: app.now(),
    };
    let ready = match app.db.is_writing() {
        true => handing_in.ready().await,
        false => None,
    };
    // taken by the first try: another process may be why there is a second
    let ready = Arc::new(Mutex::new(ready));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let ready = ready.lock().unwrap_or_else(PoisonError::into_inner).take();
                handing_in.run(tx, ready, call).await
            })
        })
        .await
}

/// One call to hand an entry in.
#[derive(Clone)]
struct HandingIn {
    app: Shared,
    who: Applicant,
    id: String,
    version: i64,
    declared: Vec<String>,
    now: i64,
}

/// A submission that passed every rule, with what it stands on and all that is left to write.
struct Ready {
    campaign: Campaign,
    files: Vec<evidence::Model>,
    /// As it was, with what it had found.
    entry: Entry,
    facts: Facts,
    harmful: Vec<Finding>,
    row: entry::Model,
    event: Event,
    changes: Together,
}

impl Ready {
    /// Is it still so? The entry's version stands for its files as well; its own, the campaign's and the places are looked at by
    /// the changes.
    async fn holds(&self, app: &Shared, tx: &Conn) -> Result<bool> {
        let (entry, files) = (&self.entry, &self.files);
        let facts = checks::facts(tx, &self.campaign, &entry.answers, &entry.id).await?;
        Ok(facts == self.facts
            && virus_checks::findings(app, tx, entry, files).await? == self.harmful)
    }

    async fn write(mut self, tx: &Conn, by: &HandingIn, call: Call) -> Result<Left> {
        let (campaign, id, now) = (&self.campaign, &by.id, by.now);
        let who = By::applicant(&by.who.id, now);
        let of = &campaign.head.id;
        events::append_with(&mut self.changes, tx, of, id, &who, &self.event).await?;
        self.changes.insert([call.kept(id.clone(), now)]);
        self.changes.run(tx).await?;
        content_checks::plan(&by.app, tx, campaign, &self.row, &self.files, now).await?;
        Ok(Left {
            row: self.row,
            at_hand: Some((self.campaign, self.files)),
        })
    }
}

impl HandingIn {
    /// A first submission within the window, looked at beside the writer; `None` for all others, and for what may be refused, since
    /// what the readers show from one question to the next is no reason for that.
    async fn ready(&self) -> Option<Ready> {
        let db = self.app.db.read();
        let found = entries::of_applicant_and_standing(db, &self.who.id, &self.id).await;
        let (row, standing) = found.ok()?;
        let campaign = self.app.campaigns.get(&standing)?;
        if row.round > 0 || !campaign.is_open(StageAct::Apply, self.now) {
            return None;
        }
        let files = entries::evidence(db, &self.id).await.ok()?;
        self.checked(db, campaign, row, files).await.ok()
    }

    async fn run(self, tx: &Conn, ready: Option<Ready>, call: Call) -> Result<Left> {
        if let Some(ready) = ready
            && ready.holds(&self.app, tx).await?
        {
            return ready.write(tx, &self, call).await;
        }
        if let Some(earlier) = call.earlier(tx).await? {
            let row = entries::of_applicant(tx, &self.who.id, &earlier).await?;
            return Ok(row.into());
        }
        let found = entries::of_applicant_and_standing(tx, &self.who.id, &self.id).await;
        let (row, standing) = found?;
        let campaign = campaigns::at(&self.app, tx, &standing).await?;
        let files = entries::evidence(tx, &self.id).await?;
        let ready = self.checked(tx, campaign, row, files).await?;
        ready.write(tx, &self, call).await
    }

    /// By every rule. Changes nothing that [`Ready::write`] does not, but what an earlier round or a late admission holds.
    async fn checked(
        &self,
        db: &Conn,
        campaign: Campaign,
        row: entry::Model,
        files: Vec<evidence::Model>,
    ) -> Result<Ready> {
        let (app, id, now) = (&self.app, &self.id, self.now);
        if row.version != self.version {
            return Err(Error::Stale {
                sent: self.version,
                stored: row.version,
            });
        }
        let before = entries::to_entry(&row, &app.sealing)?;
        let written = Written::from(before.clone());
        let bodies = Bodies::of(&campaign);
        let check = Check {
            app,
            who: &self.who,
            campaign: &campaign,
            bodies: &bodies,
            id,
            handed_in_before: row.round > 0,
            written: &written,
            files: &files,
            declared: Some(&self.declared),
        };
        let checked = check.run(db).await?;
        let mut findings = checked.findings;
        let harmful = virus_checks::findings(app, db, &before, &files).await?;
        findings.extend(harmful.clone());
        let blocking = blocking(&findings);
        let steps = if blocking.is_empty() {
            bodies.chain(&campaign, &written)?
        } else {
            vec![]
        };
        let warnings: Vec<String> = findings
            .iter()
            .filter(|f| f.effect != Effect::Block)
            .map(|f| f.rule.clone())
            .collect();
        let content = serde_json::to_string(&Content {
            written: written.clone(),
            declarations: self.declared.clone(),
            evidence: files
                .iter()
                .map(|f| (f.slot.clone(), f.sha256.clone()))
                .collect(),
            file_names: files.iter().map(|f| f.file_name.clone()).collect(),
        })?;
        let digest = sha256_hex(content.as_bytes());
        let too_late = self.too_late(db, &campaign, &before, &files).await?;
        let admitted = match &too_late {
            None => None,
            Some(_) => {
                late_admissions::open(db, &campaign.head.id, &self.who.id, Some(id), now).await?
            }
        };
        let first_step = steps.first().map_or("", |(step, _)| step.key.as_str());
        let (entry, event) = before.clone().submit(&Submission {
            too_late,
            admitted_late: admitted.is_some(),
            blocking,
            warnings: warnings.clone(),
            receipt: &format!("{}-{}", campaign.notice.region, random_code(10)),
            digest: &digest,
            first_step,
        })?;
        let mut changes = Together::default();
        self.take_places(db, &mut changes, &check, checked.ledger)
            .await?;
        if let Some(admission) = &admitted {
            late_admissions::set_entry(db, &admission.id, id).await?;
        }
        let submission = submission::Model {
            id: new_id(),
            entry_id: id.clone(),
            round: i32::try_from(entry.round).unwrap_or(i32::MAX),
            content: app
                .sealing
                .seal(&format!("submission.content.{id}"), content.as_bytes())?,
            findings: serde_json::to_string(&findings)?,
            digest,
            submitted_at: now,
        };
        entries::keep_submission(&mut changes, submission, &files);
        let named = Named {
            submitted_at: Some(row.submitted_at.unwrap_or(now)),
            flags: warnings.join(","),
            ..named(&campaign, &entry)
        };
        let new = entries::to_row(&entry, &named, &app.sealing, row.created_at, now)?;
        let standing = Standing {
            id: campaign.head.id.clone(),
            version: campaign.head.version,
        };
        changes.update(entries::saving(new.clone(), self.version, &standing));
        let flagged = !warnings.is_empty();
        changes.insert(duties(&entry, &steps, first_step, flagged, now)?);
        Ok(Ready {
            facts: checked.facts,
            harmful,
            row: new,
            event,
            changes,
            entry: before,
            campaign,
            files,
        })
    }

    /// In time is a first submission within the window, or in the grace after it when a file was on its way as it closed; an
    /// answer to a slip by its due date.
    async fn too_late(
        &self,
        db: &Conn,
        campaign: &Campaign,
        entry: &Entry,
        files: &[evidence::Model],
    ) -> Result<Option<Refusal>> {
        if matches!(entry.state, EntryState::Returned { .. })
            && let Some(row) = reviews::slip(db, &entry.id, entry.round).await?
        {
            let slip = reviews::to_slip(&row)?;
            return Ok(slip.is_overdue(self.now).then(|| slip.overdue()));
        }
        if campaign.is_open(StageAct::Apply, self.now) {
            return Ok(None);
        }
        if let Some(grace) = campaign.grace(self.now) {
            let came: Vec<String> = (files.iter())
                .filter(|f| f.created_at >= grace.opens)
                .map(|f| f.id.clone())
                .collect();
            if uploads::begun_before(db, came, grace.opens).await? {
                return Ok(None);
            }
        }
        let (window, clause) = campaign.when(StageAct::Apply);
        let clause = clause.unwrap_or_default();
        Ok(Some(Refusal::by_clause("window_closed", window, &clause)))
    }

    /// Places and accounts of the round before are given back first.
    async fn take_places(
        &self,
        db: &Conn,
        changes: &mut Together,
        check: &Check<'_>,
        mut ledger: Vec<Option<u32>>,
    ) -> Result<()> {
        let (campaign, id, needs) = (&check.campaign.head.id, &self.id, check.quota_needs());
        if check.handed_in_before {
            quotas::free(db, campaign, id).await?;
            ledger = quotas::used(db, campaign, &needs).await?;
        }
        let mut held = quotas::take(changes, campaign, id, &needs, &ledger)?;
        let claims = eligibility::account_claims(&check.campaign.notice, &check.written.answers);
        held.extend(claims.into_iter().map(|claim| ("account", claim.key)));
        let marks = eligibility::operator_marks(&check.campaign.notice, &check.written.answers);
        held.extend((marks.iter()).map(|mark| (OPERATOR, mark_of(mark, id))));
        quotas::hold(changes, campaign, id, held, self.now);
        Ok(())
    }
}

/// One open duty per agency of a step.
pub fn duties(
    entry: &Entry,
    steps: &Chain<'_>,
    key: &str,
    flagged: bool,
    now: i64,
) -> Result<Vec<duty::Model>> {
    let Some((step, agencies)) = steps.iter().find(|(s, _)| s.key == key) else {
        return Err(Error::Bug(format!("no step {key}")));
    };
    let duty = |agency: &Agency| duty::Model {
        id: new_id(),
        campaign_id: entry.campaign_id.clone(),
        entry_id: entry.id.clone(),
        step: step.key.clone(),
        agency_id: agency.id.clone(),
        round: i32::try_from(entry.round).unwrap_or(i32::MAX),
        state: "open".into(),
        category: entry.choice.category.clone(),
        region_code: entry.region.clone(),
        late: entry.late,
        flagged,
        decision: None,
        decided_by: None,
        opinion: None,
        opened_at: now,
        decided_at: None,
        version: 1,
    };
    Ok(agencies.iter().map(duty).collect())
}

/// The chain of a stored entry.
pub fn chain_of<'a>(campaign: &'a Campaign, entry: &Entry) -> Result<Chain<'a>> {
    Ok(Bodies::of(campaign).chain(campaign, &entry.clone().into())?)
}
