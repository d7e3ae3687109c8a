//! 检查: every rule of a notice at once, on what is written and attached, with the places left.

use std::sync::Arc;

use domain::actor::Applicant;
use domain::agency::{Agency, Tier};
use domain::eligibility::{self, Alike, Facts};
use domain::evidence::{self as evidence_rules, Attached};
use domain::finding::{Finding, blocking};
use domain::form::Answers;
use domain::form_check::check_form;
use domain::nomination::is_meant;
use domain::notice::{Effect, QuotaTaken};
use domain::quota::{Holders, QuotaNeed, needs};
use domain::refusal::Refusal;
use domain::review::{Chain, chain};
use domain::text::fold;
use entity::evidence;

use super::campaigns::{self, Campaign};
use super::entries::{Written, tidied};
use super::{forms, negative_lines, virus_checks};
use crate::db::Conn;
use crate::db::{entries, others, quotas};
use crate::error::{Error, Result};
use crate::state::{App, Shared};

/// A check's answer: every finding and the places left.
#[derive(Debug, Clone)]
pub struct Checked {
    pub findings: Vec<Finding>,
    pub quotas: Vec<(QuotaNeed, u32)>,
    /// Of the same needs, what the ledger says; `None` where nobody ever took a place.
    pub ledger: Vec<Option<u32>>,
    /// What was looked up of others.
    pub facts: Facts,
}

/// The agencies of a campaign: who stands where.
pub struct Bodies {
    pub all: Arc<Vec<Agency>>,
}

impl Bodies {
    /// Of a campaign.
    #[must_use]
    pub fn of(campaign: &Campaign) -> Bodies {
        Bodies {
            all: campaign.agencies.clone(),
        }
    }

    fn get(&self, id: Option<&str>) -> Option<&Agency> {
        self.all.iter().find(|a| Some(a.id.as_str()) == id)
    }

    /// The places that an act takes for what is written; the holder is named, so that a refusal says whose are used up.
    #[must_use]
    pub fn places(
        &self,
        campaign: &Campaign,
        w: &Written,
        applicant: &str,
        taken: QuotaTaken,
    ) -> Vec<QuotaNeed> {
        let notice = &campaign.notice;
        let operator = w.answers.text(&notice.form.operator_field);
        // shorter than the entry's column: a claim's key holds it beside quota, category and entry
        let operator: String = fold(operator.unwrap_or_default())
            .chars()
            .take(150)
            .collect();
        let holders = Holders {
            agency: w.agency_id.as_deref(),
            operator: &operator,
            applicant,
        };
        let mut all = needs(notice, &w.choice, &w.answers, holders, taken);
        for need in &mut all {
            if let Some(agency) = self.get(Some(&need.holder)) {
                need.label = format!("{}（{}）", need.label, agency.name);
            }
        }
        all
    }

    /// The steps of what is written, each with its agencies.
    pub fn chain<'a>(
        &self,
        campaign: &'a Campaign,
        w: &Written,
    ) -> std::result::Result<Chain<'a>, Refusal> {
        let (unit, via) = (
            self.get(w.unit_id.as_deref()),
            self.get(w.agency_id.as_deref()),
        );
        chain(
            &campaign.notice,
            &w.choice,
            &w.answers,
            unit,
            via,
            &w.region,
            &self.all,
        )
    }
}

/// Checks what is written without storing it: for the first screen.
pub async fn check(app: &Shared, who: &Applicant, slug: &str, written: Written) -> Result<Checked> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let check = Check {
        app,
        who,
        bodies: &Bodies::of(&campaign),
        campaign: &campaign,
        id: "",
        handed_in_before: false,
        written: &tidied(&campaign, written),
        files: &[],
        declared: None,
    };
    check.run(app.db.read()).await
}

/// All findings on a stored entry.
pub async fn findings(app: &Shared, who: &Applicant, id: &str) -> Result<Checked> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let files = entries::evidence(app.db.read(), id).await?;
    let check = Check {
        app,
        who,
        bodies: &Bodies::of(&campaign),
        campaign: &campaign,
        id,
        handed_in_before: row.round > 0,
        written: &entry.clone().into(),
        files: &files,
        declared: None,
    };
    let mut checked = check.run(app.db.read()).await?;
    let harmful = virus_checks::findings(app, app.db.read(), &entry, &files).await?;
    checked.findings.extend(harmful);
    Ok(checked)
}

/// A draft may be unfinished, but what is there must be takeable: known choices, sound fields.
pub fn sound(campaign: &Campaign, written: Written) -> Result<Written> {
    let mut findings = eligibility::check_choice(&campaign.notice, &written.choice);
    findings.extend(check_form(
        &campaign.notice,
        &written.choice,
        &written.answers,
        false,
    ));
    findings.extend(outside(campaign, &written));
    let bodies = Bodies::of(campaign);
    findings.extend(check_bodies(campaign, &written, &bodies));
    let faults = blocking(&findings);
    if faults.is_empty() {
        Ok(tidied(campaign, written))
    } else {
        Err(Error::Invalid(faults))
    }
}

/// An entry from outside of the campaign's territory.
fn outside(campaign: &Campaign, written: &Written) -> Option<Finding> {
    let inside = domain::agency::region_covers(&campaign.notice.region, &written.region);
    let message = "所在地区不在本次推选范围内";
    (!inside).then(|| Finding::block("region", "region", "field_format", message))
}

/// Whom the applicant names is to suit the route and the entry's own region: nobody chooses who reviews it.
fn check_bodies(campaign: &Campaign, written: &Written, bodies: &Bodies) -> Vec<Finding> {
    let notice = &campaign.notice;
    let unfit = |field: &str, message: &str, clause: Option<&str>| {
        Finding::block(field, field, "agency_unfit", message).clause(clause)
    };
    let mut findings = Vec::new();
    if let Some(route) = notice.route.iter().find(|r| r.key == written.choice.route) {
        let named = written.agency_id.as_deref();
        let fault = match (&route.via, named, bodies.get(named)) {
            (None, None, _) => None,
            (None, Some(_), _) => Some("这种申报途径不经过单位，请不要选择"),
            (Some(_), None, _) => Some("请选择申报所经的单位"),
            (Some(via), _, Some(agency))
                if is_meant(via, agency, agency.parent_in(&bodies.all)) =>
            {
                let outside = agency.tier.is_territorial() && !agency.covers(&written.region);
                outside.then_some("所在地区不由所选单位办理，请选择本地的单位")
            }
            _ => Some("所选单位不适用于这种申报途径"),
        };
        findings.extend(fault.map(|m| unfit("agency_id", m, route.clause.as_deref())));
    }
    if let Some(unit) = written.unit_id.as_deref()
        && bodies.get(Some(unit)).is_none_or(|a| a.tier != Tier::Unit)
    {
        let step = notice.step.iter().find(|s| s.tier == Tier::Unit);
        let clause = step.and_then(|s| s.clause.as_deref());
        let message = "没有这个单位，或它不能作为申报人的所在单位";
        findings.push(unfit("unit_id", message, clause));
    }
    findings
}

/// A file as the rules see it.
pub fn attached(file: &evidence::Model) -> Attached {
    Attached {
        slot: file.slot.clone(),
        media_type: file.media_type.clone(),
        duration_ms: file.duration_ms,
        header_ms: file.header_ms,
    }
}

/// What is looked at: by whom, in which campaign, what is written and attached.
pub struct Check<'a> {
    pub app: &'a App,
    pub who: &'a Applicant,
    pub campaign: &'a Campaign,
    pub bodies: &'a Bodies,
    /// The stored entry, empty for none.
    pub id: &'a str,
    /// A stored entry that may hold places and accounts of its own.
    pub handed_in_before: bool,
    pub written: &'a Written,
    pub files: &'a [evidence::Model],
    /// Declarations confirmed; given when the entry is handed in.
    pub declared: Option<&'a [String]>,
}

impl Check<'_> {
    /// Every rule at once, and the places such an entry needs.
    pub async fn run(&self, db: &Conn) -> Result<Checked> {
        let notice = &self.campaign.notice;
        let (choice, answers) = (&self.written.choice, &self.written.answers);
        let mut findings = eligibility::check_choice(notice, choice);
        if !findings.is_empty() {
            return Ok(Checked {
                findings,
                quotas: vec![],
                ledger: vec![],
                facts: Facts::default(),
            });
        }
        let attached: Vec<Attached> = self.files.iter().map(attached).collect();
        let facts = facts(db, self.campaign, answers, self.id).await?;
        findings.extend(check_form(notice, choice, answers, true));
        findings.extend(eligibility::check_rules(
            notice, choice, answers, &attached, &facts,
        ));
        findings.extend(forms::unprintable(self.app, notice, answers));
        findings.extend(eligibility::check_operator(notice, choice, answers, &facts));
        findings.extend(evidence_rules::check_evidence(
            notice, choice, answers, &attached,
        ));
        findings.extend(outside(self.campaign, self.written));
        findings.extend(check_bodies(self.campaign, self.written, self.bodies));
        if let Err(refusal) = self.bodies.chain(self.campaign, self.written) {
            findings.push(Finding::block(
                "chain",
                "agency_id",
                refusal.code,
                refusal.message,
            ));
        }
        findings.extend(self.missing_declarations());
        let needs = self.quota_needs();
        let ledger = quotas::used(db, &self.campaign.head.id, &needs).await?;
        let (full, quotas) = self.places(db, needs, &ledger).await?;
        findings.extend(full);
        Ok(Checked {
            findings,
            quotas,
            ledger,
            facts,
        })
    }

    fn missing_declarations(&self) -> Vec<Finding> {
        let Some(declared) = self.declared else {
            return vec![];
        };
        let (choice, answers) = (&self.written.choice, &self.written.answers);
        let asked = &self.campaign.notice.form.declaration;
        asked
            .iter()
            .filter(|d| d.when.holds(choice, answers) && !declared.contains(&d.key))
            .map(|d| {
                let message = format!("请确认：{}", d.text);
                Finding::block(&d.key, "declarations", "declaration_missing", message)
                    .clause(d.clause.as_deref())
            })
            .collect()
    }

    /// Quotas that are used up by others, and every place needed with how many are used.
    async fn places(
        &self,
        db: &Conn,
        needs: Vec<QuotaNeed>,
        ledger: &[Option<u32>],
    ) -> Result<(Vec<Finding>, Vec<(QuotaNeed, u32)>)> {
        let (mut full, mut places) = (Vec::new(), Vec::new());
        let held = match self.handed_in_before {
            true => quotas::held(db, self.id, "quota").await?,
            false => vec![],
        };
        for (need, used) in needs.into_iter().zip(ledger) {
            let used = used.unwrap_or_default();
            let place = quotas::place_prefix(&need);
            let mine = held.iter().any(|h| h.key_fold.starts_with(&place));
            if let (false, Err(refusal)) = (mine, domain::quota::take(&need, used)) {
                full.extend(refusal.violations.into_iter().map(|violation| Finding {
                    rule: need.quota.clone(),
                    effect: Effect::Block,
                    violation,
                }));
            }
            places.push((need, used));
        }
        Ok((full, places))
    }

    /// The places that handing it in takes.
    pub fn quota_needs(&self) -> Vec<QuotaNeed> {
        let taken = QuotaTaken::Submission;
        self.bodies
            .places(self.campaign, self.written, &self.who.id, taken)
    }
}

/// What the rules ask of others than the entry itself.
pub async fn facts(db: &Conn, campaign: &Campaign, answers: &Answers, id: &str) -> Result<Facts> {
    let claims = eligibility::account_claims(&campaign.notice, answers);
    let keys: Vec<String> = claims.iter().map(|c| c.key.clone()).collect();
    let name = answers.text(&campaign.notice.form.name_field);
    let name = name.unwrap_or_default();
    let marks = eligibility::operator_marks(&campaign.notice, answers);
    let asked = others::Asked {
        accounts: &keys,
        name,
        marks: &marks,
        operator: answers
            .text(&campaign.notice.form.operator_field)
            .unwrap_or_default(),
    };
    let others = others::of(db, &campaign.head.id, asked, id).await?;
    Ok(Facts {
        occupied: claims
            .into_iter()
            .filter(|c| others.occupied.contains(&c.key))
            .map(|c| c.name)
            .collect(),
        alike: (others.alike.into_iter())
            .map(|e| Alike {
                name: e.name,
                platform: e.platform,
                operator_fold: e.operator_fold,
            })
            .collect(),
        same_operator: others.same_operator,
        negative: negative_lines::facts(db, campaign, answers).await?,
    })
}
