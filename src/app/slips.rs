//! 补正通知 after it was given: more time, or an end when its due date has passed. Both are for the agency that returned.

use domain::actor::Officer;
use domain::entry::Entry;
use domain::event::Event;
use domain::notice::StageAct;
use domain::refusal::Refusal;
use domain::review::{due_at, within_reviews};
use entity::{entry, slip};

use super::campaigns::{self, Campaign};
use super::messages;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::together::Together;
use crate::db::{entries, quotas, reviews};
use crate::error::{Error, Result};
use crate::state::{App, Shared};

/// Days that a slip may give at once.
pub(super) const MOST_DAYS: u32 = 60;

/// Gives a returned applicant until the end of the `days`-th day after today, for a reason; not past the end of reviews. What the
/// applicant is writing meanwhile is saved as if nothing had been: the entry keeps its version.
pub async fn extend(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    days: u32,
    reason: String,
) -> Result<(entry::Model, slip::Model)> {
    let (app2, who, id, now) = (app.clone(), who.clone(), id.to_owned(), app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let (row, standing) = reviews::visible_and_standing(tx, &who, &id).await?;
                if row.version != version {
                    return Err(Error::Stale {
                        sent: version,
                        stored: row.version,
                    });
                }
                let campaign = campaigns::at(&app2, tx, &standing).await?;
                campaign.require_open(StageAct::Review, "审核", now)?;
                let entry = entries::to_entry(&row, &app2.sealing)?;
                let given = own(tx, &who, &entry).await?;
                let mut longer = reviews::to_slip(&given)?;
                let until = until(&campaign, now, days)?;
                let event = longer.extend(&entry, until, &reason)?;
                let mut changes = Together::default();
                changes.update(reviews::extending(&given, longer.due_at));
                let given = slip::Model {
                    due_at: longer.due_at,
                    ..given
                };
                let by = By::officer(&who, now);
                let new = keep(&app2, tx, row, &entry, &by, &event, changes).await?;
                Ok((new, given))
            })
        })
        .await
}

/// The last instant of the days that an officer gives.
pub(super) fn until(campaign: &Campaign, now: i64, days: u32) -> Result<i64> {
    let days = days.clamp(1, MOST_DAYS);
    let reviews = campaign.last_review();
    if let Some((stage, window)) = reviews {
        within_reviews(now, days, stage, window)?;
    }
    Ok(due_at(now, days, reviews.map(|(_, window)| window)))
}

/// Declines an entry whose slip was not answered in time, after the end of reviews too; its places are free again.
pub(super) async fn give_up(
    app: &App,
    tx: &Conn,
    who: &Officer,
    row: entry::Model,
    entry: Entry,
    reason: &str,
    now: i64,
) -> Result<entry::Model> {
    let slip = reviews::to_slip(&own(tx, who, &entry).await?)?;
    let (entry, event) = slip.give_up(entry, reason, now)?;
    quotas::free(tx, &row.campaign_id, &row.id).await?;
    let by = By::officer(who, now);
    keep(app, tx, row, &entry, &by, &event, Together::default()).await
}

/// The slip of the entry's round, when the officer's agency gave it.
async fn own(tx: &Conn, who: &Officer, entry: &Entry) -> Result<slip::Model> {
    let slip = reviews::slip(tx, &entry.id, entry.round).await?;
    let slip = slip.ok_or_else(|| Refusal::new("not_returned", "该申报没有被退回补正"))?;
    if slip.agency_id != who.agency.id {
        let refusal = Refusal::new("not_your_step", "该申报不是由贵单位退回的");
        return Err(refusal.into());
    }
    Ok(slip)
}

async fn keep(
    app: &App,
    tx: &Conn,
    row: entry::Model,
    entry: &Entry,
    by: &By,
    event: &Event,
    mut changes: Together,
) -> Result<entry::Model> {
    let from = row.version;
    let new = entry::Model {
        state: entry.state.as_str().into(),
        step: entry.state.step().map(str::to_owned),
        version: entry.version,
        updated_at: by.at,
        ..row
    };
    changes.update(entries::moving_on(&new, from));
    events::append_with(&mut changes, tx, &new.campaign_id, &new.id, by, event).await?;
    changes.run(tx).await?;
    messages::plan(app, tx, &new, event, by.at).await?;
    Ok(new)
}
