//! 提交: an entry is handed in, for good.

use domain::actor::Applicant;
use domain::agency::Agency;
use domain::eligibility;
use domain::entry::{Entry, EntryState, Submission};
use domain::finding::blocking;
use domain::notice::{Effect, StageAct};
use domain::review::Chain;
use entity::{duty, entry, evidence, submission};
use serde::{Deserialize, Serialize};

use super::campaigns::{self, Campaign};
use super::checks::{Bodies, Check};
use super::content_checks;
use super::entries::{Left, Written, named};
use super::virus_checks;
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::entries::Named;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
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
}

/// Hands an entry in: rules, places, accounts, submission, duties and event in one commit; answered after it.
pub async fn submit(
    app: &Shared,
    who: &Applicant,
    id: &str,
    version: i64,
    declared: Vec<String>,
    call: Call,
) -> Result<Left> {
    let (app2, who, id, now) = (app.clone(), who.clone(), id.to_owned(), app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    let row = entries::of_applicant(tx, &who.id, &earlier).await?;
                    return Ok(row.into());
                }
                let (row, standing) = entries::of_applicant_and_standing(tx, &who.id, &id).await?;
                let campaign = campaigns::at(&app2, tx, &standing).await?;
                let handing_in = HandingIn {
                    receipt: format!("{}-{}", campaign.notice.region, random_code(10)),
                    app: app2,
                    who,
                    campaign,
                    id,
                    version,
                    declared,
                    now,
                };
                let files = entries::evidence(tx, &handing_in.id).await?;
                let row = handing_in.run(tx, row, &files, call).await?;
                Ok(Left {
                    row,
                    at_hand: Some((handing_in.campaign, files)),
                })
            })
        })
        .await
}

/// One try to hand an entry in.
struct HandingIn {
    app: Shared,
    who: Applicant,
    campaign: Campaign,
    id: String,
    version: i64,
    declared: Vec<String>,
    now: i64,
    receipt: String,
}

impl HandingIn {
    async fn run(
        &self,
        tx: &Conn,
        row: entry::Model,
        files: &[evidence::Model],
        call: Call,
    ) -> Result<entry::Model> {
        let (app, campaign, id, now) = (&self.app, &self.campaign, &self.id, self.now);
        if row.version != self.version {
            return Err(Error::Stale {
                sent: self.version,
                stored: row.version,
            });
        }
        let entry = entries::to_entry(&row, &app.sealing)?;
        let written = Written::from(entry.clone());
        let bodies = Bodies::of(campaign);
        let check = Check {
            who: &self.who,
            campaign,
            bodies: &bodies,
            id,
            handed_in_before: row.round > 0,
            written: &written,
            files,
            declared: Some(&self.declared),
        };
        let checked = check.run(tx).await?;
        let mut findings = checked.findings;
        findings.extend(virus_checks::findings(app, tx, &entry, files).await?);
        let blocking = blocking(&findings);
        let steps = if blocking.is_empty() {
            bodies.chain(campaign, &written)?
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
        })?;
        let digest = sha256_hex(content.as_bytes());
        let (window, clause) = campaign.when(StageAct::Apply);
        let in_time = self.in_time(tx, &entry, files).await?;
        let admitted = match in_time {
            true => None,
            false => late_admissions::open(tx, &campaign.head.id, &self.who.id, now).await?,
        };
        let first_step = steps.first().map_or("", |(step, _)| step.key.as_str());
        let (entry, event) = entry.submit(&Submission {
            in_time,
            admitted_late: admitted.is_some(),
            window: &window,
            window_clause: clause.as_deref(),
            blocking,
            warnings: warnings.clone(),
            receipt: &self.receipt,
            digest: &digest,
            first_step,
        })?;
        let mut changes = Together::default();
        self.take_places(tx, &mut changes, &check, checked.ledger)
            .await?;
        if let (false, Some(admission)) = (in_time, &admitted) {
            late_admissions::set_entry(tx, &admission.id, id).await?;
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
        entries::keep_submission(&mut changes, submission, files);
        let named = Named {
            submitted_at: Some(row.submitted_at.unwrap_or(now)),
            flags: warnings.join(","),
            ..named(campaign, &entry)
        };
        let new = entries::to_row(&entry, &named, &app.sealing, row.created_at, now)?;
        changes.update(entries::saving(new.clone(), self.version));
        let flagged = !warnings.is_empty();
        changes.insert(duties(&entry, &steps, first_step, flagged, now)?);
        let by = By::applicant(&self.who.id, now);
        changes.insert([events::next(tx, &campaign.head.id, id, &by, &event).await?]);
        changes.insert([call.kept(id.clone(), now)]);
        changes.run(tx).await?;
        content_checks::plan(app, tx, campaign, &new, files, now).await?;
        Ok(new)
    }

    /// A first submission within the window, or in the grace after it when a file was on its way as it closed; an answer to
    /// a slip by its due date.
    async fn in_time(&self, tx: &Conn, entry: &Entry, files: &[evidence::Model]) -> Result<bool> {
        if matches!(entry.state, EntryState::Returned { .. })
            && let Some(slip) = reviews::slip(tx, &entry.id, entry.round).await?
        {
            return Ok(self.now <= slip.due_at);
        }
        if self.campaign.is_open(StageAct::Apply, self.now) {
            return Ok(true);
        }
        let Some(grace) = self.campaign.grace(self.now) else {
            return Ok(false);
        };
        let came: Vec<String> = (files.iter())
            .filter(|f| f.created_at >= grace.opens)
            .map(|f| f.id.clone())
            .collect();
        uploads::begun_before(tx, came, grace.opens).await
    }

    /// Places and accounts of the round before are given back first.
    async fn take_places(
        &self,
        tx: &Conn,
        changes: &mut Together,
        check: &Check<'_>,
        mut ledger: Vec<Option<u32>>,
    ) -> Result<()> {
        let (campaign, id, needs) = (&self.campaign.head.id, &self.id, check.quota_needs());
        if check.handed_in_before {
            quotas::free(tx, campaign, id).await?;
            ledger = quotas::used(tx, campaign, &needs).await?;
        }
        let mut held = quotas::take(changes, campaign, id, &needs, &ledger)?;
        let claims = eligibility::account_claims(&self.campaign.notice, &check.written.answers);
        held.extend(claims.into_iter().map(|claim| ("account", claim.key)));
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
