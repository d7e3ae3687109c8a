//! 申报: an applicant begins, saves and takes back an entry.

use domain::actor::Applicant;
use domain::entry::{CHOICES, Entry, EntryState};
use domain::event::Event;
use domain::form::Answers;
use domain::form_check::tidy_answers;
use domain::notice::{Choice, StageAct};
use domain::refusal::{Refusal, Violation};
use domain::review::reopened as reopened_by;
use entity::{entry, evidence};
use serde::{Deserialize, Serialize};

use super::campaigns::{self, Campaign};
use super::checks;
use crate::clock::new_id;
use crate::db::entries::Named;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::together::Together;
use crate::db::{entries, evidence_copies, late_admissions, quotas, reviews, scans};
use crate::error::{Error, Result};
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

impl From<Entry> for Written {
    fn from(entry: Entry) -> Written {
        Written {
            choice: entry.choice,
            agency_id: entry.agency_id,
            unit_id: entry.unit_id,
            region: entry.region,
            answers: entry.answers,
        }
    }
}

/// An entry as an act left it, with what the act had at hand, so that showing it asks for nothing again. Without it when
/// the answer is an earlier call's.
pub struct Left {
    pub row: entry::Model,
    pub at_hand: Option<(Campaign, Vec<evidence::Model>)>,
}

impl From<entry::Model> for Left {
    fn from(row: entry::Model) -> Left {
        Left { row, at_hand: None }
    }
}

/// Begins a draft. The same key again gives the same draft.
pub async fn begin(
    app: &Shared,
    who: &Applicant,
    slug: &str,
    written: Written,
    call: Call,
) -> Result<Left> {
    let now = app.now();
    let (campaign, entry) = match new_draft(app, who, slug, written, now).await {
        Ok(new) => new,
        // A repeated call is answered whatever may have changed since, such as the window.
        Err(refused) => match call.earlier(app.db.read()).await? {
            Some(earlier) => {
                let row = entries::of_applicant(app.db.read(), &who.id, &earlier).await?;
                return Ok(row.into());
            }
            None => return Err(refused),
        },
    };
    let row = entries::to_row(&entry, &named(&campaign, &entry), &app.sealing, now, now)?;
    let by = By::applicant(&who.id, now);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    return Ok(entries::get(tx, &earlier).await?.into());
                }
                let c = &entry.choice;
                let begun = Event::EntryBegun {
                    subject: c.subject.clone(),
                    category: c.category.clone(),
                    route: c.route.clone(),
                };
                let mut changes = Together::default();
                changes.insert([row.clone()]);
                let of = &entry.campaign_id;
                events::append_with(&mut changes, tx, of, &entry.id, &by, &begun).await?;
                changes.insert([call.kept(entry.id.clone(), now)]);
                changes.run(tx).await?;
                Ok(Left {
                    row,
                    at_hand: Some((campaign, vec![])),
                })
            })
        })
        .await
}

/// A draft of what is written, refused out of time and where what is written cannot be taken.
async fn new_draft(
    app: &Shared,
    who: &Applicant,
    slug: &str,
    written: Written,
    now: i64,
) -> Result<(Campaign, Entry)> {
    let campaign = campaigns::by_slug(app, slug).await?;
    if !may_apply(app, &campaign, who, now).await? {
        let (window, clause) = campaign.when(StageAct::Apply);
        return Err(
            Refusal::by_clause("window_closed", window, &clause.unwrap_or_default()).into(),
        );
    }
    let most = app.settings.limits.person_drafts;
    if entries::has_drafts(app.db.read(), &who.id, most).await? {
        let message = format!("您已有{most}份未提交的草稿，请先提交或撤回其中的草稿，再新建申报");
        return Err(Refusal::new("too_many_drafts", message).into());
    }
    let written = checks::sound(&campaign, written)?;
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
    Ok((campaign, entry))
}

async fn may_apply(app: &Shared, campaign: &Campaign, who: &Applicant, now: i64) -> Result<bool> {
    if campaign.is_open(StageAct::Apply, now) {
        return Ok(true);
    }
    let admitted =
        late_admissions::open(app.db.read(), &campaign.head.id, &who.id, None, now).await?;
    Ok(admitted.is_some())
}

/// Answers as they are stored: white space and what does not apply left out.
pub fn tidied(campaign: &Campaign, mut written: Written) -> Written {
    written.answers = tidy_answers(&campaign.notice, &written.choice, written.answers);
    written
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
    let entry = entries::to_entry(&row, &app.sealing)?;
    // before anything is said of what was written: another device may not know that the entry is with an office
    entry.may_be_written()?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let written = checks::sound(&campaign, written)?;
    let reopened = reopened(app, &entry).await?;
    if entry.state != EntryState::Draft {
        only_reopened(&entry.clone().into(), &written, &reopened)?;
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

/// Refuses choices that the slip does not ask for.
fn only_reopened(before: &Written, after: &Written, reopened: &[String]) -> Result<()> {
    let closed = chosen_anew(before, after).into_iter().map(|c| c.0);
    let closed = closed.filter(|key| !reopened.iter().any(|open| open == key));
    let violation = |key: &str| Violation {
        field: key.to_owned(),
        code: "field_closed".into(),
        message: "补正通知没有要求更改此项，不能改动".into(),
        ..Violation::default()
    };
    let violations: Vec<Violation> = closed.map(violation).collect();
    if violations.is_empty() {
        return Ok(());
    }
    let message = "补正通知没有要求更改对象、类别、途径、单位或地区的，不能更改";
    Err(Refusal::with("field_closed", message, violations).into())
}

/// A choice: its name, before and after.
pub type ChosenAnew = (&'static str, Option<String>, Option<String>);

/// The choices that two writings differ in.
pub fn chosen_anew(before: &Written, after: &Written) -> Vec<ChosenAnew> {
    let all = |w: &Written| {
        let Written {
            choice,
            agency_id,
            unit_id,
            region,
            ..
        } = w.clone();
        [
            Some(choice.subject),
            Some(choice.category),
            Some(choice.route),
            agency_id,
            unit_id,
            Some(region),
        ]
    };
    let named = CHOICES.iter().map(|(key, _)| *key);
    let both = all(before).into_iter().zip(all(after));
    let changes = named.zip(both).map(|(key, (b, a))| (key, b, a));
    changes
        .filter(|(_, before, after)| before != after)
        .collect()
}

/// Fields, slots and choices that the open slip reopens.
pub async fn reopened(app: &Shared, entry: &Entry) -> Result<Vec<String>> {
    if !matches!(entry.state, EntryState::Returned { .. }) {
        return Ok(vec![]);
    }
    let Some(slip) = reviews::slip(app.db.read(), &entry.id, entry.round).await? else {
        return Ok(vec![]);
    };
    let items: Vec<Violation> = serde_json::from_str(&slip.items)?;
    let notice = &campaigns::by_id(app, &entry.campaign_id).await?.notice;
    Ok(reopened_by(notice, &items))
}

/// What lists search, out of the answers.
pub fn named(campaign: &Campaign, entry: &Entry) -> Named {
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
                if new.round == 0 {
                    // nobody else has seen its files, and nobody will
                    for file in entries::evidence(tx, &id).await? {
                        entries::remove_evidence(tx, &file.id).await?;
                        scans::remove(tx, &file.id).await?;
                        evidence_copies::remove(tx, &file.id).await?;
                    }
                }
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
