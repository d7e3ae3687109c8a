//! 统一报送: a body gathers entries, sends them up, and the body above ticks what arrived.

use std::collections::BTreeSet;

use domain::actor::Officer;
use domain::agency::Agency;
use domain::batch::{Ticks, batch_of, is_in, may_join};
use domain::nomination::is_meant;
use domain::notice::Batch;
use domain::refusal::{Refusal, Violation};
use entity::{batch, entry};

use super::campaigns::{self, Campaign};
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::{batches, entries};
use crate::error::{Error, Result, require_reason};
use crate::state::Shared;

/// A batch with its entries.
pub struct Sent {
    pub row: batch::Model,
    pub entries: Vec<entry::Model>,
}

/// Gathers entries of the officer's agency into a batch for the body that takes them. An entry is in one live batch. The
/// same key again gives the same batch.
pub async fn create(
    app: &Shared,
    who: &Officer,
    slug: &str,
    ids: Vec<String>,
    call: Call,
) -> Result<Sent> {
    if let Some(earlier) = call.earlier(app.db.read()).await? {
        return seen(app.db.read(), who, &earlier).await;
    }
    let campaign = campaigns::by_slug(app, slug).await?;
    let all = campaigns::agencies(app, &campaign).await?;
    let (app2, who, by) = (app.clone(), who.clone(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    return seen(tx, &who, &earlier).await;
                }
                let id = new_id();
                let joining = Joining {
                    app: &app2,
                    campaign: &campaign,
                    all: &all,
                    own: &who.agency,
                };
                let (to, rows) = joining.gather(tx, &id, ids).await?;
                let row = batch::Model {
                    id,
                    campaign_id: campaign.head.id.clone(),
                    agency_id: who.agency.id.clone(),
                    to_agency_id: to,
                    state: "draft".into(),
                    note: String::new(),
                    paper_received_at: None,
                    electronic_received_at: None,
                    sent_at: None,
                    received_at: None,
                    version: 1,
                    created_at: by.at,
                };
                batches::insert(tx, row.clone()).await?;
                batches::replace(tx, &row, &rows).await?;
                tell(tx, &row, &rows, &by, "batch_created").await?;
                call.keep(tx, row.id.clone(), by.at).await?;
                Ok(Sent { row, entries: rows })
            })
        })
        .await
}

/// Puts other entries into a batch that was not sent yet, or was returned, over the version seen.
pub async fn change(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    ids: Vec<String>,
) -> Result<Sent> {
    let old = batches::own(app.db.read(), &who.agency.id, id).await?;
    let campaign = campaigns::by_id(app, &old.campaign_id).await?;
    let all = campaigns::agencies(app, &campaign).await?;
    let (app2, who, id) = (app.clone(), who.clone(), id.to_owned());
    let by = By::officer(&who, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let old = draft(tx, &who, &id, version).await?;
                let joining = Joining {
                    app: &app2,
                    campaign: &campaign,
                    all: &all,
                    own: &who.agency,
                };
                let (to, rows) = joining.gather(tx, &id, ids).await?;
                // whom it goes to now has not seen it before
                let elsewhere = to != old.to_agency_id;
                let row = batch::Model {
                    state: if elsewhere { "draft".into() } else { old.state },
                    to_agency_id: to,
                    version: version + 1,
                    ..old
                };
                batches::save(tx, row.clone(), version).await?;
                batches::replace(tx, &row, &rows).await?;
                tell(tx, &row, &rows, &by, "batch_changed").await?;
                Ok(Sent { row, entries: rows })
            })
        })
        .await
}

/// Gives a batch up that was not sent yet, or was returned; its entries are free for another.
pub async fn cancel(app: &Shared, who: &Officer, id: &str, version: i64) -> Result<Sent> {
    let (who, id, by) = (who.clone(), id.to_owned(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = batch::Model {
                    state: "cancelled".into(),
                    version: version + 1,
                    ..draft(tx, &who, &id, version).await?
                };
                batches::save(tx, row.clone(), version).await?;
                batches::replace(tx, &row, &[]).await?;
                tell(tx, &row, &[], &by, "batch_cancelled").await?;
                Ok(Sent {
                    row,
                    entries: vec![],
                })
            })
        })
        .await
}

/// The agency's own batch at this version, as long as it may still be changed.
async fn draft(tx: &Conn, who: &Officer, id: &str, version: i64) -> Result<batch::Model> {
    let row = batches::own(tx, &who.agency.id, id).await?;
    if row.version != version {
        return Err(Error::Stale {
            sent: version,
            stored: row.version,
        });
    }
    match row.state.as_str() {
        "draft" | "returned" => Ok(row),
        "cancelled" => Err(Error::Conflict(Refusal::new(
            "batch_cancelled",
            "该批次已取消",
        ))),
        _ => Err(Error::Conflict(Refusal::new("batch_sent", "该批次已报送"))),
    }
}

/// The agency's own batch as it stands.
async fn seen(db: &Conn, who: &Officer, id: &str) -> Result<Sent> {
    whole(db, batches::own(db, &who.agency.id, id).await?).await
}

/// A batch with the entries that are in it.
async fn whole(db: &Conn, row: batch::Model) -> Result<Sent> {
    let entries = batches::entries(db, vec![row.id.clone()]).await?;
    Ok(Sent {
        row,
        entries: entries.into_iter().map(|(_, e)| e).collect(),
    })
}

/// A batch that was sent to the officer's agency at this version, as long as it is there.
async fn arrived(tx: &Conn, who: &Officer, id: &str, version: i64) -> Result<batch::Model> {
    let row = batches::sent_to(tx, &who.agency.id, id).await?;
    if row.version != version {
        return Err(Error::Stale {
            sent: version,
            stored: row.version,
        });
    }
    if row.state == "returned" {
        let message = "该批次已退回，尚未重新报送";
        return Err(Error::Conflict(Refusal::new("batch_returned", message)));
    }
    Ok(row)
}

async fn tell(
    tx: &Conn,
    row: &batch::Model,
    entries: &[entry::Model],
    by: &By,
    kind: &str,
) -> Result<()> {
    let ids: Vec<&String> = entries.iter().map(|e| &e.id).collect();
    let body = serde_json::json!({ "batch": row.id, "to": row.to_agency_id, "entries": ids });
    events::append_raw(tx, &row.campaign_id, None, by, kind, &body).await
}

/// Whose entries may join which batch.
struct Joining<'a> {
    app: &'a Shared,
    campaign: &'a Campaign,
    all: &'a [Agency],
    own: &'a Agency,
}

impl Joining<'_> {
    /// The body that takes these entries, and their rows; or everything that stands against each.
    async fn gather(
        &self,
        tx: &Conn,
        batch: &str,
        ids: Vec<String>,
    ) -> Result<(String, Vec<entry::Model>)> {
        let ids: BTreeSet<String> = ids.into_iter().collect();
        let (ids, own) = (ids.into_iter().collect::<Vec<_>>(), self.own);
        let campaign = &self.campaign.head.id;
        let rows = batches::entries_of_agency(tx, campaign, &own.id, &ids).await?;
        if rows.len() != ids.len() {
            return Err(Error::Absent);
        }
        let undecided = batches::undecided(tx, &own.id, &ids).await?;
        let taken = batches::taken(tx, &own.id, &ids, batch).await?;
        let (mut faults, mut receivers) = (Vec::new(), BTreeSet::new());
        for row in &rows {
            let entry = entries::to_entry(row, &self.app.sealing)?;
            let asked = batch_of(&self.campaign.notice, own, own.parent_in(self.all), &entry);
            if let Err(no) = may_join(&entry, asked, undecided.contains(&row.id)) {
                faults.push(fault(row, no.code, &no.message));
            } else if taken.contains(&row.id) {
                faults.push(fault(row, "entry_in_batch", "该申报已在另一批次中"));
            }
            receivers.extend(asked.and_then(|a| receiver(self.all, own, a)));
        }
        if !faults.is_empty() {
            let message = "有申报不能列入本批次，请按提示调整";
            return Err(Refusal::with("batch_refused", message, faults).into());
        }
        let mut receivers = receivers.into_iter();
        let (Some(to), None) = (receivers.next(), receivers.next()) else {
            let message = "所选申报没有共同的接收单位，请分批报送";
            return Err(Refusal::new("batch_receiver", message).into());
        };
        Ok((to, rows))
    }
}

fn fault(row: &entry::Model, code: &str, message: &str) -> Violation {
    Violation {
        field: format!("entries.{}", row.id),
        code: code.to_owned(),
        message: format!("{}：{message}", row.name),
        ..Violation::default()
    }
}

/// The body that the notice names, or the one right above where it names no participant.
fn receiver(all: &[Agency], own: &Agency, asked: &Batch) -> Option<String> {
    let named = all.iter().find(|a| a.name == asked.to && a.id != own.id);
    named
        .or_else(|| own.parent_in(all))
        .map(|agency| agency.id.clone())
}

/// Sends a batch up, inside the window of its stage, which does not bind what came late with leave or back from a slip.
/// Entries that were returned or ended meanwhile are left out.
pub async fn dispatch(app: &Shared, who: &Officer, id: &str, version: i64) -> Result<Sent> {
    let seen = batches::own(app.db.read(), &who.agency.id, id).await?;
    let campaign = campaigns::by_id(app, &seen.campaign_id).await?;
    let all = campaigns::agencies(app, &campaign).await?;
    let (app2, who, id) = (app.clone(), who.clone(), id.to_owned());
    let by = By::officer(&who, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = draft(tx, &who, &id, version).await?;
                let (mut inside, mut out) = (Vec::new(), Vec::new());
                for (_, row) in batches::entries(tx, vec![id.clone()]).await? {
                    let entry = entries::to_entry(&row, &app2.sealing)?;
                    let own = &who.agency;
                    let asked = batch_of(&campaign.notice, own, own.parent_in(&all), &entry);
                    match asked.filter(|_| is_in(&entry.state)) {
                        None => out.push(row.id),
                        Some(asked) => {
                            if !entry.comes_after() {
                                in_window(&campaign, asked, by.at)?;
                            }
                            inside.push(row);
                        }
                    }
                }
                if inside.is_empty() {
                    let message = "批次中的申报均已退回或终止，没有可报送的申报";
                    return Err(Refusal::new("batch_empty", message).into());
                }
                let ids: Vec<&String> = inside.iter().map(|e| &e.id).collect();
                let body = serde_json::json!({ "batch": id, "entries": ids, "left_out": out });
                batches::leave_out(tx, &id, out).await?;
                let new = batch::Model {
                    state: "sent".into(),
                    note: String::new(),
                    sent_at: Some(by.at),
                    version: version + 1,
                    ..row
                };
                batches::save(tx, new.clone(), version).await?;
                events::append_raw(tx, &campaign.head.id, None, &by, "batch_sent", &body).await?;
                Ok(Sent {
                    row: new,
                    entries: inside,
                })
            })
        })
        .await
}

fn in_window(campaign: &Campaign, asked: &Batch, now: i64) -> std::result::Result<(), Refusal> {
    let Some(key) = &asked.stage else {
        return Ok(());
    };
    let open = campaign
        .stages()
        .any(|(stage, window)| stage.key == *key && window.is_open(now));
    if open {
        return Ok(());
    }
    let message = format!("{}不在规定的时间内", asked.label);
    Err(Refusal::by_clause("window_closed", message, &asked.clause))
}

/// Returns a batch to its sender, with a reason, by the agency that it was sent to; while one of the stages is open in which
/// the sender may send. What was ticked off arrives again. Records the reason. The same call again answers as it did the first
/// time.
pub async fn give_back(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    reason: String,
) -> Result<Sent> {
    require_reason(&reason, "请写明退回的理由")?;
    let seen = batches::sent_to(app.db.read(), &who.agency.id, id).await?;
    if seen.state == "returned" && seen.version == version + 1 && seen.note == reason {
        return whole(app.db.read(), seen).await;
    }
    let campaign = campaigns::by_id(app, &seen.campaign_id).await?;
    let all = campaigns::agencies(app, &campaign).await?;
    let by = By::officer(who, app.now());
    if let Some(sender) = all.iter().find(|a| a.id == seen.agency_id) {
        let above = sender.parent_in(&all);
        let asked = campaign.notice.batch.iter();
        let asked = asked.filter(|batch| is_meant(&batch.by, sender, above));
        let told: Vec<_> = asked.map(|b| in_window(&campaign, b, by.at)).collect();
        if told.iter().all(std::result::Result::is_err) {
            told.into_iter().next().transpose()?;
        }
    }
    let (who, id) = (who.clone(), id.to_owned());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = arrived(tx, &who, &id, version).await?;
                let new = batch::Model {
                    state: "returned".into(),
                    note: reason.clone(),
                    paper_received_at: None,
                    electronic_received_at: None,
                    sent_at: None,
                    received_at: None,
                    version: version + 1,
                    ..row
                };
                batches::save(tx, new.clone(), version).await?;
                let body =
                    serde_json::json!({ "batch": id, "agency": new.agency_id, "reason": reason });
                events::append_raw(tx, &new.campaign_id, None, &by, "batch_returned", &body)
                    .await?;
                whole(tx, new).await
            })
        })
        .await
}

/// A page of what the officer's agency sent or drafted, and what agencies below it sent; one that was returned stays on it.
pub async fn list(
    app: &Shared,
    who: &Officer,
    slug: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Sent>> {
    let campaign = campaigns::id_of(app, slug).await?;
    let db = app.db.read();
    let rows = batches::visible(db, who, &campaign, after, limit).await?;
    let ids = rows.iter().map(|r| r.id.clone()).collect();
    let mut found = batches::entries(db, ids).await?;
    let sent = rows.into_iter().map(|row| {
        let (here, rest) = std::mem::take(&mut found)
            .into_iter()
            .partition(|(batch, _)| *batch == row.id);
        found = rest;
        let here: Vec<(String, entry::Model)> = here;
        Sent {
            row,
            entries: here.into_iter().map(|(_, e)| e).collect(),
        }
    });
    Ok(sent.collect())
}

/// Ticks what arrived of a batch sent to the officer's agency. With everything that the notice asks for it is received.
pub async fn receive(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    paper: bool,
    electronic: bool,
) -> Result<Sent> {
    let seen = batches::sent_to(app.db.read(), &who.agency.id, id).await?;
    let campaign = campaigns::by_id(app, &seen.campaign_id).await?;
    let (who, id, by) = (who.clone(), id.to_owned(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = arrived(tx, &who, &id, version).await?;
                let ticks = Ticks {
                    paper: row.paper_received_at,
                    electronic: row.electronic_received_at,
                };
                let ticks = ticks.tick(paper, electronic, by.at)?;
                let complete = ticks.are_complete(&campaign.notice);
                let new = batch::Model {
                    paper_received_at: ticks.paper,
                    electronic_received_at: ticks.electronic,
                    received_at: row.received_at.or(complete.then_some(by.at)),
                    state: if complete { "received" } else { "sent" }.into(),
                    version: version + 1,
                    ..row
                };
                batches::save(tx, new.clone(), version).await?;
                let body = serde_json::json!({
                    "batch": id, "paper": ticks.paper.is_some(), "electronic": ticks.electronic.is_some(), "complete": complete,
                });
                events::append_raw(tx, &new.campaign_id, None, &by, "batch_received", &body).await?;
                whole(tx, new).await
            })
        })
        .await
}
