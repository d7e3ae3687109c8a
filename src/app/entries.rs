//! 申报: what an applicant does with an entry.

use domain::actor::Applicant;
use domain::agency::Agency;
use domain::eligibility::{self, Alike, Facts};
use domain::entry::{Entry, EntryState, Submission};
use domain::event::Event;
use domain::evidence::{self as evidence_rules, Attached};
use domain::finding::{Finding, blocking};
use domain::form::Answers;
use domain::form_check::{check_form, tidy_answers};
use domain::notice::{Choice, Effect, StageAct, Via};
use domain::quota::{Holders, QuotaNeed, needs};
use domain::refusal::{Refusal, Violation};
use domain::review::{Chain, chain};
use domain::text::fold;
use entity::{duty, entry, evidence, submission};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::campaigns::{self, Campaign};
use crate::clock::new_id;
use crate::db::entries::Named;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::{entries, officers, quotas, reviews};
use crate::error::{Error, Result};
use crate::security::{random_code, sha256_hex};
use crate::state::Shared;

/// What an applicant writes: choices and answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Written {
    pub choice: Choice,
    /// The agency of the route, when it has one.
    pub agency_id: Option<String>,
    /// The applicant's own unit, when it has an office here.
    pub unit_id: Option<String>,
    /// GB/T 2260 code.
    pub region: String,
    pub answers: Answers,
}

/// What was handed in, as kept for good.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Content {
    pub written: Written,
    pub declarations: Vec<String>,
    /// Slot and SHA-256 of every file.
    pub evidence: Vec<(String, String)>,
}

/// A check's answer: every finding and the places left.
#[derive(Debug, Clone)]
pub struct Checked {
    pub findings: Vec<Finding>,
    pub quotas: Vec<(QuotaNeed, u32)>,
}

/// Places by agencies: who stands where.
struct Bodies {
    all: Vec<Agency>,
}

impl Bodies {
    fn get(&self, id: Option<&str>) -> Option<&Agency> {
        self.all.iter().find(|a| Some(a.id.as_str()) == id)
    }

    fn chain<'a>(
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
    let written = tidied(&campaign, written);
    examine(app, app.db.read(), who, &campaign, "", &written, &[], None).await
}

fn tidied(campaign: &Campaign, mut written: Written) -> Written {
    written.answers = tidy_answers(&campaign.notice, &written.choice, written.answers);
    written
}

/// Begins a draft. The same key again gives the same draft.
pub async fn begin(
    app: &Shared,
    who: &Applicant,
    slug: &str,
    written: Written,
    call: Call,
) -> Result<entry::Model> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let now = app.now();
    if !may_apply(app, &campaign, who, now).await? {
        let (window, clause) = campaign.when(StageAct::Apply);
        return Err(
            Refusal::by_clause("window_closed", window, &clause.unwrap_or_default()).into(),
        );
    }
    let written = sound(app, &campaign, written).await?;
    let entry = Entry {
        id: new_id(),
        campaign_id: campaign.head.id.clone(),
        applicant_id: who.id.clone(),
        choice: written.choice,
        agency_id: written.agency_id,
        unit_id: written.unit_id,
        region: written.region,
        answers: written.answers,
        state: EntryState::Draft,
        round: 0,
        late: false,
        receipt: None,
        digest: None,
        version: 1,
    };
    let row = entries::to_row(&entry, &named(&campaign, &entry), &app.sealing, now, now)?;
    let by = By::applicant(&who.id, now);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    return entries::get(tx, &earlier).await;
                }
                entries::insert(tx, row.clone()).await?;
                let c = &entry.choice;
                let begun = Event::EntryBegun {
                    subject: c.subject.clone(),
                    category: c.category.clone(),
                    route: c.route.clone(),
                };
                events::append(tx, &entry.campaign_id, &entry.id, &by, &begun).await?;
                call.keep(tx, entry.id.clone(), now).await?;
                Ok(row)
            })
        })
        .await
}

async fn may_apply(app: &Shared, campaign: &Campaign, who: &Applicant, now: i64) -> Result<bool> {
    if campaign.is_open(StageAct::Apply, now) {
        return Ok(true);
    }
    let admitted =
        crate::db::campaigns::late_admission(app.db.read(), &campaign.head.id, &who.id, now)
            .await?;
    Ok(admitted.is_some())
}

/// A draft may be unfinished, but what is there must be takeable: known choices, sound fields.
async fn sound(app: &Shared, campaign: &Campaign, written: Written) -> Result<Written> {
    let mut findings = eligibility::check_choice(&campaign.notice, &written.choice);
    findings.extend(check_form(
        &campaign.notice,
        &written.choice,
        &written.answers,
        false,
    ));
    if !domain::agency::region_covers(&campaign.notice.region, &written.region) {
        findings.push(Finding::block(
            "region",
            "region",
            "field_format",
            "所在地区不在本次推选范围内",
        ));
    }
    let bodies = Bodies {
        all: campaigns::agencies(app, campaign).await?,
    };
    findings.extend(check_via(campaign, &written, &bodies));
    let faults = blocking(&findings);
    if faults.is_empty() {
        Ok(tidied(campaign, written))
    } else {
        Err(Error::Invalid(faults))
    }
}

fn check_via(campaign: &Campaign, written: &Written, bodies: &Bodies) -> Vec<Finding> {
    let Some(route) = campaign
        .notice
        .route
        .iter()
        .find(|r| r.key == written.choice.route)
    else {
        return vec![];
    };
    let fault = |message: &str| {
        vec![
            Finding::block("agency_id", "agency_id", "agency_unfit", message)
                .clause(route.clause.as_deref()),
        ]
    };
    match (&route.via, bodies.get(written.agency_id.as_deref())) {
        (None, _) => vec![],
        (Some(_), None) => fault("请选择申报所经的单位"),
        (Some(via), Some(agency)) if fits(via, agency, bodies) => vec![],
        _ => fault("所选单位不适用于这种申报途径"),
    }
}

fn fits(via: &Via, agency: &Agency, bodies: &Bodies) -> bool {
    let above = agency
        .path
        .iter()
        .rev()
        .nth(1)
        .and_then(|id| bodies.get(Some(id)));
    agency.tier == via.tier
        && via.system.as_ref().is_none_or(|s| *s == agency.system)
        && via
            .under
            .is_none_or(|tier| above.is_some_and(|a| a.tier == tier))
}

/// Autosave: writes over the version the applicant saw.
pub async fn amend(
    app: &Shared,
    who: &Applicant,
    id: &str,
    version: i64,
    written: Written,
) -> Result<entry::Model> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    if row.version != version {
        return Err(Error::Stale {
            sent: version,
            stored: row.version,
        });
    }
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let written = sound(app, &campaign, written).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let reopened = reopened(app, &entry).await?;
    let fixed = (
        &entry.choice,
        &entry.agency_id,
        &entry.unit_id,
        &entry.region,
    ) != (
        &written.choice,
        &written.agency_id,
        &written.unit_id,
        &written.region,
    );
    if fixed && entry.state != EntryState::Draft {
        return Err(Refusal::new("field_closed", "退回补正时不能更改类别、途径和单位").into());
    }
    let mut entry = entry.amend(written.answers, &reopened)?;
    (entry.choice, entry.agency_id, entry.unit_id, entry.region) = (
        written.choice,
        written.agency_id,
        written.unit_id,
        written.region,
    );
    let new = entries::to_row(
        &entry,
        &Named {
            submitted_at: row.submitted_at,
            flags: row.flags,
            ..named(&campaign, &entry)
        },
        &app.sealing,
        row.created_at,
        app.now(),
    )?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                entries::save(tx, new.clone(), version).await?;
                Ok(new)
            })
        })
        .await
}

/// Fields and slots that the open slip reopens.
pub async fn reopened(app: &Shared, entry: &Entry) -> Result<Vec<String>> {
    if !matches!(entry.state, EntryState::Returned { .. }) {
        return Ok(vec![]);
    }
    let Some(slip) = reviews::slip(app.db.read(), &entry.id, entry.round).await? else {
        return Ok(vec![]);
    };
    let items: Vec<Violation> = serde_json::from_str(&slip.items)?;
    let mut open: Vec<String> = items.into_iter().map(|i| i.field).collect();
    // What hangs on a reopened answer opens with it, or a new answer could ask for a closed field.
    let notice = &campaigns::by_id(app, &entry.campaign_id).await?.notice;
    let hangs =
        |when: &domain::notice::Condition| when.answer.iter().any(|a| open.contains(&a.field));
    let fields = notice
        .form
        .field
        .iter()
        .filter(|f| hangs(&f.when))
        .map(|f| f.key.clone());
    let slots = notice
        .evidence
        .iter()
        .filter(|e| hangs(&e.when))
        .map(|e| e.key.clone());
    let more: Vec<String> = fields.chain(slots).collect();
    open.extend(more);
    open.sort();
    open.dedup();
    Ok(open)
}

fn named(campaign: &Campaign, entry: &Entry) -> Named {
    let form = &campaign.notice.form;
    let text = |field: &str| entry.answers.text(field).unwrap_or_default().to_owned();
    Named {
        name: text(&form.name_field),
        operator: text(&form.operator_field),
        platform: form
            .platform_field
            .as_deref()
            .map(text)
            .filter(|p| !p.is_empty())
            .map(|p| p.chars().take(60).collect()),
        ..Named::default()
    }
}

/// All findings on a stored entry.
pub async fn findings(app: &Shared, who: &Applicant, id: &str) -> Result<Checked> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let files = entries::evidence(app.db.read(), id).await?;
    examine(
        app,
        app.db.read(),
        who,
        &campaign,
        id,
        &written_of(&entry),
        &files,
        None,
    )
    .await
}

fn written_of(entry: &Entry) -> Written {
    Written {
        choice: entry.choice.clone(),
        agency_id: entry.agency_id.clone(),
        unit_id: entry.unit_id.clone(),
        region: entry.region.clone(),
        answers: entry.answers.clone(),
    }
}

fn attached(files: &[evidence::Model]) -> Vec<Attached> {
    files
        .iter()
        .map(|f| Attached {
            slot: f.slot.clone(),
            media_type: f.media_type.clone(),
            duration_ms: f.duration_ms,
        })
        .collect()
}

/// Every rule at once. `declared` is given when the entry is handed in.
#[expect(
    clippy::too_many_arguments,
    reason = "what a check looks at, one name each"
)]
async fn examine<C: ConnectionTrait>(
    app: &Shared,
    db: &C,
    who: &Applicant,
    campaign: &Campaign,
    id: &str,
    written: &Written,
    files: &[evidence::Model],
    declared: Option<&[String]>,
) -> Result<Checked> {
    let notice = &campaign.notice;
    let (choice, answers) = (&written.choice, &written.answers);
    let mut findings = eligibility::check_choice(notice, choice);
    if !findings.is_empty() {
        return Ok(Checked {
            findings,
            quotas: vec![],
        });
    }
    let attached = attached(files);
    let facts = facts(db, campaign, answers, id).await?;
    findings.extend(check_form(notice, choice, answers, true));
    findings.extend(eligibility::check_rules(
        notice, choice, answers, &attached, &facts,
    ));
    findings.extend(evidence_rules::check_evidence(
        notice, choice, answers, &attached,
    ));
    let bodies = Bodies {
        all: campaigns::agencies(app, campaign).await?,
    };
    findings.extend(check_via(campaign, written, &bodies));
    if let Err(refusal) = bodies.chain(campaign, written) {
        findings.push(Finding::block(
            "chain",
            "agency_id",
            refusal.code,
            refusal.message,
        ));
    }
    if let Some(declared) = declared {
        let asked = notice
            .form
            .declaration
            .iter()
            .filter(|d| d.when.holds(choice, answers) && !declared.contains(&d.key));
        findings.extend(asked.map(|d| {
            Finding::block(
                &d.key,
                "declarations",
                "declaration_missing",
                format!("请确认：{}", d.text),
            )
            .clause(d.clause.as_deref())
        }));
    }
    let mut places = Vec::new();
    let held = quotas::held(db, id, "quota").await?;
    for need in quota_needs(campaign, who, written, &bodies) {
        let used = quotas::used(db, &campaign.head.id, &need).await?;
        let mine = held.iter().any(|h| {
            h.key_fold
                .starts_with(&format!("{}\u{1f}{}\u{1f}", need.quota, need.holder))
        });
        if let (false, Err(refusal)) = (mine, domain::quota::take(&need, used)) {
            findings.extend(refusal.violations.into_iter().map(|violation| Finding {
                rule: need.quota.clone(),
                effect: Effect::Block,
                violation,
            }));
        }
        places.push((need, used));
    }
    Ok(Checked {
        findings,
        quotas: places,
    })
}

async fn facts<C: ConnectionTrait>(
    db: &C,
    campaign: &Campaign,
    answers: &Answers,
    id: &str,
) -> Result<Facts> {
    let claims = eligibility::account_claims(&campaign.notice, answers);
    let keys: Vec<String> = claims.iter().map(|c| c.key.clone()).collect();
    let occupied = quotas::occupied(db, &campaign.head.id, &keys, id).await?;
    let name = answers
        .text(&campaign.notice.form.name_field)
        .unwrap_or_default();
    let alike = if name.is_empty() {
        vec![]
    } else {
        entries::alike(db, &campaign.head.id, name, id).await?
    };
    Ok(Facts {
        occupied: claims
            .into_iter()
            .filter(|c| occupied.contains(&c.key))
            .map(|c| c.name)
            .collect(),
        alike: alike
            .into_iter()
            .map(|e| Alike {
                name: e.name,
                platform: e.platform,
                operator_fold: e.operator_fold,
            })
            .collect(),
        negative: vec![],
    })
}

/// The places an entry needs; the holder is named, so that a refusal says whose places are used up.
fn quota_needs(
    campaign: &Campaign,
    who: &Applicant,
    written: &Written,
    bodies: &Bodies,
) -> Vec<QuotaNeed> {
    let operator = fold(
        written
            .answers
            .text(&campaign.notice.form.operator_field)
            .unwrap_or_default(),
    );
    let operator: String = operator.chars().take(150).collect();
    let holders = Holders {
        agency: written.agency_id.as_deref(),
        operator: &operator,
        applicant: &who.id,
    };
    let mut all = needs(&campaign.notice, &written.choice, &written.answers, holders);
    for need in &mut all {
        if let Some(agency) = bodies.get(Some(&need.holder)) {
            need.label = format!("{}（{}）", need.label, agency.name);
        }
    }
    all
}

/// Hands an entry in: rules, places, accounts, submission, duties and event in one commit; answered after it.
pub async fn submit(
    app: &Shared,
    who: &Applicant,
    id: &str,
    version: i64,
    declared: Vec<String>,
    call: Call,
) -> Result<entry::Model> {
    let (app2, who, id) = (app.clone(), who.clone(), id.to_owned());
    let row = entries::of_applicant(app.db.read(), &who.id, &id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let (now, receipt) = (
        app.now(),
        format!("{}-{}", campaign.notice.region, random_code(10)),
    );
    app.db
        .write(move |tx| {
            Box::pin(async move {
                submit_in(
                    &app2, tx, &who, &id, version, declared, call, &campaign, now, &receipt,
                )
                .await
            })
        })
        .await
}

#[expect(clippy::too_many_arguments, reason = "an act's inputs, one name each")]
async fn submit_in<C: ConnectionTrait>(
    app: &Shared,
    tx: &C,
    who: &Applicant,
    id: &str,
    version: i64,
    declared: Vec<String>,
    call: Call,
    campaign: &Campaign,
    now: i64,
    receipt: &str,
) -> Result<entry::Model> {
    if let Some(earlier) = call.earlier(tx).await? {
        return entries::of_applicant(tx, &who.id, &earlier).await;
    }
    let row = entries::of_applicant(tx, &who.id, id).await?;
    if row.version != version {
        return Err(Error::Stale {
            sent: version,
            stored: row.version,
        });
    }
    let entry = entries::to_entry(&row, &app.sealing)?;
    let written = written_of(&entry);
    let files = entries::evidence(tx, id).await?;
    let bodies = Bodies {
        all: officers::agencies_of(tx, &campaign.head.id).await?,
    };
    let checked = examine(
        app,
        tx,
        who,
        campaign,
        id,
        &written,
        &files,
        Some(&declared),
    )
    .await?;
    let warnings: Vec<String> = checked
        .findings
        .iter()
        .filter(|f| f.effect != Effect::Block)
        .map(|f| f.rule.clone())
        .collect();
    let slip = match entry.state {
        EntryState::Returned { .. } => reviews::slip(tx, id, entry.round).await?,
        _ => None,
    };
    let in_time = slip.as_ref().map_or_else(
        || campaign.is_open(StageAct::Apply, now),
        |s| now <= s.due_at,
    );
    let admitted = crate::db::campaigns::late_admission(tx, &campaign.head.id, &who.id, now)
        .await?
        .is_some();
    let (window, clause) = campaign.when(StageAct::Apply);
    let evidence = files
        .iter()
        .map(|f| (f.slot.clone(), f.sha256.clone()))
        .collect();
    let content = serde_json::to_string(&Content {
        written: written.clone(),
        declarations: declared,
        evidence,
    })?;
    let digest = sha256_hex(content.as_bytes());
    let blocking = blocking(&checked.findings);
    let steps = if blocking.is_empty() {
        bodies.chain(campaign, &written)?
    } else {
        vec![]
    };
    let first_step = steps.first().map_or("", |(step, _)| step.key.as_str());
    let (entry, event) = entry.submit(&Submission {
        in_time,
        admitted_late: admitted,
        window: &window,
        window_clause: clause.as_deref(),
        blocking,
        warnings: warnings.clone(),
        receipt,
        digest: &digest,
        first_step,
    })?;
    quotas::free(tx, &campaign.head.id, id).await?;
    for need in quota_needs(campaign, who, &written, &bodies) {
        quotas::take(tx, &campaign.head.id, id, &need, now).await?;
    }
    for claim in eligibility::account_claims(&campaign.notice, &entry.answers) {
        quotas::hold(tx, &campaign.head.id, "account", &claim.key, id, now).await?;
    }
    let submission = submission::Model {
        id: new_id(),
        entry_id: id.to_owned(),
        round: i32::try_from(entry.round).unwrap_or(i32::MAX),
        content: app
            .sealing
            .seal(&format!("submission.content.{id}"), content.as_bytes())?,
        findings: serde_json::to_string(&checked.findings)?,
        digest,
        submitted_at: now,
    };
    entries::keep_submission(tx, submission).await?;
    let flags: String = warnings.join(",");
    let named = Named {
        submitted_at: Some(row.submitted_at.unwrap_or(now)),
        flags,
        ..named(campaign, &entry)
    };
    let new = entries::to_row(&entry, &named, &app.sealing, row.created_at, now)?;
    entries::save(tx, new.clone(), version).await?;
    open_duties(tx, &entry, &steps, first_step, !warnings.is_empty(), now).await?;
    events::append(
        tx,
        &campaign.head.id,
        id,
        &By::applicant(&who.id, now),
        &event,
    )
    .await?;
    call.keep(tx, id.to_owned(), now).await?;
    Ok(new)
}

/// Opens one duty per agency of a step.
pub async fn open_duties<C: ConnectionTrait>(
    tx: &C,
    entry: &Entry,
    steps: &Chain<'_>,
    key: &str,
    flagged: bool,
    now: i64,
) -> Result<()> {
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
    reviews::open(tx, agencies.iter().map(duty).collect()).await
}

/// The chain of a stored entry.
pub async fn chain_of<'a, C: ConnectionTrait>(
    db: &C,
    campaign: &'a Campaign,
    entry: &Entry,
) -> Result<Chain<'a>> {
    let bodies = Bodies {
        all: officers::agencies_of(db, &campaign.head.id).await?,
    };
    Ok(bodies.chain(campaign, &written_of(entry))?)
}

/// Takes an entry back; frees its places and accounts, ends open duties and voids its stamps.
pub async fn withdraw(
    app: &Shared,
    who: &Applicant,
    id: &str,
    version: i64,
    reason: String,
) -> Result<entry::Model> {
    let (app2, who, id, now) = (app.clone(), who.clone(), id.to_owned(), app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = entries::of_applicant(tx, &who.id, &id).await?;
                if row.version != version {
                    return Err(Error::Stale {
                        sent: version,
                        stored: row.version,
                    });
                }
                let (entry, event) = entries::to_entry(&row, &app2.sealing)?.withdraw(&reason)?;
                let new = entry::Model {
                    state: entry.state.as_str().into(),
                    step: None,
                    version: entry.version,
                    updated_at: now,
                    ..row
                };
                entries::save(tx, new.clone(), version).await?;
                quotas::free(tx, &new.campaign_id, &id).await?;
                reviews::void_open(tx, &id, now).await?;
                crate::db::documents::void_stamps(tx, &id).await?;
                events::append(
                    tx,
                    &new.campaign_id,
                    &id,
                    &By::applicant(&who.id, now),
                    &event,
                )
                .await?;
                Ok(new)
            })
        })
        .await
}

/// A file as it came.
#[derive(Debug)]
pub struct Upload {
    pub slot: String,
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// Attaches a file: judged from its bytes, stored, then its row.
pub async fn attach(
    app: &Shared,
    who: &Applicant,
    id: &str,
    upload: Upload,
) -> Result<evidence::Model> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let reopened = reopened(app, &entry).await?;
    entry.may_change_evidence(&upload.slot, &reopened)?;
    let facts = crate::media::examine(upload.bytes, &app.settings.limits).await?;
    let there = entries::evidence(app.db.read(), id)
        .await?
        .iter()
        .filter(|f| f.slot == upload.slot)
        .count();
    evidence_rules::may_attach(
        &campaign.notice,
        &entry.choice,
        &entry.answers,
        there,
        &upload.slot,
        facts.media_type,
    )?;
    let sha256 = app.files.put(&facts.bytes).await?;
    let (now, who, slot, app2) = (app.now(), who.clone(), upload.slot, app.clone());
    let file = evidence::Model {
        id: new_id(),
        entry_id: id.to_owned(),
        slot: slot.clone(),
        sha256: sha256.clone(),
        media_type: facts.media_type.to_owned(),
        bytes: i64::try_from(facts.bytes.len()).unwrap_or(i64::MAX),
        width: facts
            .size
            .map(|(w, _)| i32::try_from(w).unwrap_or(i32::MAX)),
        height: facts
            .size
            .map(|(_, h)| i32::try_from(h).unwrap_or(i32::MAX)),
        pages: facts.pages.map(|p| i32::try_from(p).unwrap_or(i32::MAX)),
        duration_ms: None,
        file_name: upload
            .file_name
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect(),
        created_at: now,
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // Counted again inside, so that uploads side by side cannot pass the ceiling together.
                let there = entries::evidence(tx, &file.entry_id)
                    .await?
                    .iter()
                    .filter(|f| f.slot == slot)
                    .count();
                evidence_rules::may_attach(
                    &campaign.notice,
                    &entry.choice,
                    &entry.answers,
                    there,
                    &slot,
                    &file.media_type,
                )?;
                let row = entries::of_applicant(tx, &who.id, &file.entry_id).await?;
                entries::to_entry(&row, &app2.sealing)?.may_change_evidence(&slot, &reopened)?;
                entries::bump(tx, &row, now).await?;
                entries::add_evidence(tx, file.clone()).await?;
                let event = Event::EvidenceAttached { slot, sha256 };
                events::append(
                    tx,
                    &row.campaign_id,
                    &row.id,
                    &By::applicant(&who.id, now),
                    &event,
                )
                .await?;
                Ok(file)
            })
        })
        .await
}

/// Removes a file from a draft or a reopened slot.
pub async fn detach(app: &Shared, who: &Applicant, id: &str, file: &str) -> Result<()> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    let reopened = reopened(app, &entry).await?;
    let found = entries::evidence(app.db.read(), id)
        .await?
        .into_iter()
        .find(|f| f.id == file)
        .ok_or(Error::Absent)?;
    entry.may_change_evidence(&found.slot, &reopened)?;
    let by = By::applicant(&who.id, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                entries::bump(tx, &row, by.at).await?;
                entries::remove_evidence(tx, &found.id).await?;
                let event = Event::EvidenceRemoved {
                    slot: found.slot,
                    sha256: found.sha256,
                };
                events::append(tx, &row.campaign_id, &row.id, &by, &event).await
            })
        })
        .await
}
