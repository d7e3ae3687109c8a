//! 推荐表: an agency drafts its list and sends it in time; the agency above sees what was sent.

pub mod paper;

use std::collections::{HashMap, HashSet};

use domain::actor::Officer;
use domain::agency::Agency;
use domain::entry::Entry;
use domain::form::Answer;
use domain::nomination::{
    Nomination, check_sealed, list_of, may_return, may_send, must_keep, must_name,
};
use domain::notice::{NominationList, QuotaTaken, StageAct, Window, day_start};
use domain::refusal::Refusal;
use entity::{nomination, nomination_list};

use super::campaigns::{self, Campaign};
use super::checks::Bodies;
use super::papers;
use super::scans::{self, Looked};
use super::virus_checks;
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::nominations::Recommended;
use crate::db::together::Together;
use crate::db::{documents, entries, nominations, officers, quotas};
use crate::error::{Error, Result, require_reason};
use crate::state::{App, Shared};

/// Key of the head's cell that names the recommending body; it is known, so nobody types it.
const BODY: &str = "agency";

/// A list as officers see it.
pub struct Listed {
    /// Absent before the first save.
    pub row: Option<nomination_list::Model>,
    pub agency: Agency,
    pub list: NominationList,
    pub nomination: Nomination,
    /// For each row: a submitted entry of the campaign bears this name.
    pub registered: Vec<bool>,
    /// SHA-256 of the list as it was last saved; a stamp is bound to it.
    pub digest: Option<String>,
    /// It carries the body's seal, set here.
    pub stamped: bool,
    /// What was seen on its scan.
    pub scan: Option<Looked>,
}

/// The officer's agency's own list; absent when the notice asks none of it.
pub async fn mine(app: &Shared, who: &Officer, slug: &str) -> Result<Listed> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let list = asked_of(app, &campaign, &who.agency).await?;
    let row = nominations::of_agency(app.db.read(), &campaign.head.id, &who.agency.id).await?;
    let own = vec![(who.agency.clone(), list, row)];
    only(listed(app, &campaign, own).await?)
}

/// Returns a list that was sent by an agency below, with a reason; its sender corrects it and sends it again. Only inside the
/// window of the list. Records the reason. The same call again answers as it did the first time.
pub async fn give_back(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    reason: String,
) -> Result<Listed> {
    require_reason(&reason, "请写明退回的理由")?;
    let db = app.db.read();
    let row = nominations::visible(db, &who.agency, id).await?;
    if row.agency_id == who.agency.id {
        return Err(Refusal::new("own_nomination", "本单位的推荐表由上级单位退回").into());
    }
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let returned = row.state == "returned";
    if returned && row.version == version + 1 && row.return_reason.as_ref() == Some(&reason) {
        return only(shown(app, &campaign, vec![row]).await?);
    }
    if row.version != version {
        return Err(Error::Stale {
            sent: version,
            stored: row.version,
        });
    }
    if returned {
        let message = "推荐表已退回，尚未重新报送";
        return Err(Error::Conflict(Refusal::new(
            "nomination_returned",
            message,
        )));
    }
    let by = By::officer(who, app.now());
    let new = nomination_list::Model {
        state: "returned".into(),
        sent_at: None,
        return_reason: Some(reason.clone()),
        version: version + 1,
        ..row.clone()
    };
    let mut listed = only(shown(app, &campaign, vec![row]).await?)?;
    let (window, clause) = window_of(&campaign, &listed.list);
    may_return(window, clause.as_deref(), by.at)?;
    listed.row = Some(new.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let campaign = new.campaign_id.clone();
                let body =
                    serde_json::json!({ "list": new.id, "agency": new.agency_id, "reason": reason });
                nominations::save(tx, new, version).await?;
                events::append_raw(tx, &campaign, None, &by, "nomination_returned", &body).await
            })
        })
        .await?;
    Ok(listed)
}

/// Lists that reached the officer's agency from below, a page; one that was returned stays on it.
pub async fn received(
    app: &Shared,
    who: &Officer,
    slug: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Listed>> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let (db, of) = (app.db.read(), &campaign.head.id);
    let lists = nominations::sent_below(db, of, &who.agency, after, limit).await?;
    shown(app, &campaign, lists).await
}

/// Lists of other agencies, as officers see them.
async fn shown(
    app: &App,
    campaign: &Campaign,
    lists: Vec<nomination_list::Model>,
) -> Result<Vec<Listed>> {
    let db = app.db.read();
    // closed ones too, and those that were taken out since
    let senders = officers::agencies(db, lists.iter().map(|l| l.agency_id.clone()).collect());
    let senders = senders.await?;
    let above = senders.iter().filter_map(|a| a.path.iter().rev().nth(1));
    let mut all = officers::agencies(db, above.cloned().collect()).await?;
    all.extend(senders);
    let asked = lists.into_iter().map(|row| {
        let agency = all
            .iter()
            .find(|a| a.id == row.agency_id)
            .ok_or_else(|| Error::Bug("list of no agency".into()))?
            .clone();
        let list = list_of(&campaign.notice, &agency, agency.parent_in(&all))
            .cloned()
            .ok_or_else(|| Error::Bug("list that the notice does not ask".into()))?;
        Ok((agency, list, Some(row)))
    });
    let asked = asked.collect::<Result<_>>()?;
    listed(app, campaign, asked).await
}

fn only(mut lists: Vec<Listed>) -> Result<Listed> {
    lists.pop().ok_or(Error::Absent)
}

/// Lists with all that is told of them: a few questions, however many they are.
async fn listed(
    app: &App,
    campaign: &Campaign,
    lists: Vec<(Agency, NominationList, Option<nomination_list::Model>)>,
) -> Result<Vec<Listed>> {
    let db = app.db.read();
    let stored: Vec<_> = lists.iter().filter_map(|(.., row)| row.as_ref()).collect();
    let ids: Vec<String> = stored.iter().map(|row| row.id.clone()).collect();
    let rows = nominations::rows(db, ids.clone()).await?;
    let folds = rows.iter().map(|row| row.name_fold.clone()).collect();
    let known = entries::registered(db, &campaign.head.id, folds).await?;
    let known: HashSet<String> = known.into_iter().collect();
    let stamped = documents::stamped(db, ids).await?;
    let mut scans = scans::OfLists::of(app, &stored).await?;
    let mut of_list: HashMap<String, Vec<nomination::Model>> = HashMap::new();
    for row in rows {
        of_list.entry(row.list_id.clone()).or_default().push(row);
    }
    let told = lists.into_iter().map(|(agency, list, row)| {
        let rows = row.as_ref().and_then(|row| of_list.remove(&row.id));
        let rows = rows.unwrap_or_default();
        let registered = rows.iter().map(|r| known.contains(&r.name_fold)).collect();
        let nomination = match &row {
            None => Nomination::default(),
            Some(row) => nominations::to_nomination(row, rows, &app.sealing)?,
        };
        Ok(Listed {
            registered,
            digest: (row.as_ref())
                .map(|r| paper::digest(r, &nomination))
                .transpose()?,
            stamped: row.as_ref().is_some_and(|r| {
                let (id, round) = (&r.id, r.round.unwrap_or_default());
                stamped.iter().any(|(i, n)| i == id && *n == round)
            }),
            scan: row.as_ref().and_then(|row| scans.look(row, &list)),
            row,
            agency,
            list,
            nomination,
        })
    });
    told.collect()
}

/// The list that the notice asks of an agency; for an agency that takes no part it is absent.
async fn asked_of(app: &Shared, campaign: &Campaign, agency: &Agency) -> Result<NominationList> {
    let all = campaigns::agencies(app, campaign).await?;
    if !all.iter().any(|a| a.id == agency.id) {
        return Err(Error::Absent);
    }
    list_of(&campaign.notice, agency, agency.parent_in(&all))
        .cloned()
        .ok_or(Error::Absent)
}

/// Saves the draft over the version seen, 0 before the first save. A stamp or scan of what was there before is void.
/// Refused once it was sent, until it is returned; records how many rows.
pub async fn save(
    app: &Shared,
    who: &Officer,
    slug: &str,
    version: i64,
    written: Nomination,
) -> Result<Listed> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let list = asked_of(app, &campaign, &who.agency).await?;
    let written = written.tidied(&list);
    let mut faults = written.check(&campaign.notice, &list, false);
    faults.extend(nameless(&written));
    faults.extend(twice(&written));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let (app2, by) = (app.clone(), By::officer(who, app.now()));
    let (campaign_id, agency_id) = (campaign.head.id.clone(), who.agency.id.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let old = nominations::of_agency(tx, &campaign_id, &agency_id).await?;
                let stored = old.as_ref().map_or(0, |row| row.version);
                if stored != version {
                    return Err(Error::Stale {
                        sent: version,
                        stored,
                    });
                }
                if old.as_ref().is_some_and(|row| row.state == "sent") {
                    return Err(already_sent());
                }
                let is_new = old.is_none();
                let mut row = old.unwrap_or_else(|| blank(&campaign_id, &agency_id, by.at));
                row.contact_sealed = nominations::seal_head(&row.id, &written.head, &app2.sealing)?;
                row.version = version + 1;
                row.round = Some(row.round.unwrap_or_default() + 1);
                row.document_sha256 = None;
                documents::void_stamps(tx, &row.id).await?;
                let before = nominations::rows(tx, vec![row.id.clone()]).await?;
                let rows =
                    nominations::to_rows(&row, &written.items, &before, &app2.sealing, by.at)?;
                let body = serde_json::json!({ "list": row.id, "count": written.count() });
                let id = row.id.clone();
                if is_new {
                    nominations::insert(tx, row).await?;
                } else {
                    nominations::save(tx, row, version).await?;
                }
                nominations::replace_rows(tx, &id, rows).await?;
                events::append_raw(tx, &campaign_id, None, &by, "nomination_saved", &body).await
            })
        })
        .await?;
    mine(app, who, slug).await
}

fn blank(campaign: &str, agency: &str, now: i64) -> nomination_list::Model {
    nomination_list::Model {
        id: new_id(),
        campaign_id: campaign.to_owned(),
        agency_id: agency.to_owned(),
        state: "draft".into(),
        contact_sealed: None,
        document_sha256: None,
        round: None,
        sent_at: None,
        version: 0,
        created_at: now,
        return_reason: None,
    }
}

fn already_sent() -> Error {
    Error::Conflict(Refusal::new("nomination_sent", "推荐表已报送，不能再修改"))
}

fn nameless(written: &Nomination) -> Vec<domain::refusal::Violation> {
    let rows = written.items.iter().enumerate();
    rows.filter(|(_, item)| item.name().is_empty())
        .map(|(at, _)| fault(at, "field_missing", "请填写被推荐账号名称，或删去此行"))
        .collect()
}

/// The same name twice in one category is one recommendation.
fn twice(written: &Nomination) -> Vec<domain::refusal::Violation> {
    let key = |at: usize| {
        let item = &written.items[at];
        (&item.category, entries::name_fold(item.name()))
    };
    (1..written.items.len())
        .filter(|at| (0..*at).any(|before| key(before) == key(*at)))
        .map(|at| fault(at, "duplicate", "同一类别中重复推荐"))
        .collect()
}

fn fault(at: usize, code: &str, message: &str) -> domain::refusal::Violation {
    domain::refusal::Violation {
        field: format!("items.{at}.name"),
        code: code.into(),
        message: message.into(),
        ..Default::default()
    }
}

/// Sends the list up: complete, sealed where the notice asks for it, once, inside its window. Late it is given up where the notice
/// says so. Again after a return, with everything on it that the body has recommended already.
pub async fn dispatch(app: &Shared, who: &Officer, slug: &str, version: i64) -> Result<Listed> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let seen = mine(app, who, slug).await?;
    let row = seen.row.as_ref().ok_or_else(empty)?;
    if row.version != version {
        return Err(Error::Stale {
            sent: version,
            stored: row.version,
        });
    }
    if row.state == "sent" {
        return Err(already_sent());
    }
    let by = By::officer(who, app.now());
    let (window, clause) = window_of(&campaign, &seen.list);
    let (when, _) = campaign.when(StageAct::Nominate);
    may_send(&seen.list, window, &when, clause.as_deref(), by.at)?;
    if seen.nomination.count() == 0 {
        return Err(empty());
    }
    let mut whole = seen.nomination.clone();
    whole
        .head
        .0
        .entry(BODY.into())
        .or_insert_with(|| Answer::Text(who.agency.name.clone()));
    if !seen.list.head.iter().any(|f| f.key == BODY) {
        whole.head.0.remove(BODY);
    }
    let faults = whole.check(&campaign.notice, &seen.list, true);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    check_sealed(&seen.list, seen.stamped, row.document_sha256.is_some())?;
    if let Some(scan) = &row.document_sha256 {
        virus_checks::require_sendable_scan(app, scan).await?;
    }
    let body = serde_json::json!({ "list": row.id, "count": whole.count() });
    let list = seen.list.clone();
    let new = nomination_list::Model {
        state: "sent".into(),
        sent_at: Some(by.at),
        return_reason: None,
        version: version + 1,
        ..row.clone()
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                keeps(tx, &campaign, &list, &new).await?;
                nominations::save(tx, new, version).await?;
                let of = &campaign.head.id;
                events::append_raw(tx, of, None, &by, "nomination_sent", &body).await
            })
        })
        .await?;
    mine(app, who, slug).await
}

/// Refused when the list leaves out what its body has recommended.
async fn keeps(
    tx: &Conn,
    campaign: &Campaign,
    list: &NominationList,
    row: &nomination_list::Model,
) -> Result<()> {
    let rows = nominations::rows(tx, vec![row.id.clone()]).await?;
    let mut found = nominations::recommended(tx, &campaign.head.id, &row.agency_id).await?;
    found.retain(|e| {
        let mut rows = rows.iter();
        !rows.any(|r| nominations::is_of(r, &e.id, &e.category, &e.name_fold))
    });
    let named = |e: Recommended| (e.name, papers::category(&campaign.notice, &e.category));
    let left_out: Vec<_> = found.into_iter().map(named).collect();
    Ok(must_keep(list, &left_out)?)
}

/// What the endorsement of an entry by the body it goes through asks and takes: its name on that body's list, as it was sent,
/// and the places counted by nomination. Another body's endorsement takes nothing.
pub async fn endorse(
    tx: &Conn,
    changes: &mut Together,
    campaign: &Campaign,
    entry: &Entry,
    name_fold: &str,
    by: &Agency,
    now: i64,
) -> Result<()> {
    if entry.agency_id.as_ref() != Some(&by.id) {
        return Ok(());
    }
    let (of, bodies) = (&campaign.head.id, Bodies::of(campaign));
    if let Some(list) = list_of(&campaign.notice, by, by.parent_in(&bodies.all)) {
        let (stands, row) = nominations::on_list(tx, of, &by.id, entry, name_fold).await?;
        must_name(list, stands)?;
        if let Some(row) = row.filter(|r| r.entry_id.as_ref() != Some(&entry.id)) {
            changes.update(nominations::standing_for(&row, &entry.id));
        }
    }
    let (applicant, taken) = (entry.applicant_id.clone(), QuotaTaken::Nomination);
    let mut needs = bodies.places(campaign, &entry.clone().into(), &applicant, taken);
    if needs.is_empty() {
        return Ok(());
    }
    // it may act in more than one step
    let held = quotas::held(tx, &entry.id, "quota").await?;
    needs.retain(|n| {
        let place = quotas::place_prefix(n);
        !held.iter().any(|h| h.key_fold.starts_with(&place))
    });
    let ledger = quotas::used(tx, of, &needs).await?;
    let places = quotas::take(changes, of, &entry.id, &needs, &ledger)?;
    quotas::hold(changes, of, &entry.id, places, now);
    Ok(())
}

/// Frees the places of nomination of an entry that is returned: whoever endorsed it decides anew.
pub async fn undo(tx: &Conn, campaign: &Campaign, entry: &str) -> Result<()> {
    let quotas = campaign.notice.quota.iter();
    let keys: Vec<&str> = quotas
        .filter(|q| q.taken == QuotaTaken::Nomination)
        .map(|q| q.key.as_str())
        .collect();
    quotas::free_of(tx, &campaign.head.id, entry, &keys).await
}

fn empty() -> Error {
    Refusal::new("nomination_empty", "推荐表还没有填写推荐账号").into()
}

/// The window of the list: its stage as it stands now, no longer than the last day on the list itself.
fn window_of(campaign: &Campaign, list: &NominationList) -> (Option<Window>, Option<String>) {
    let found = campaign.stages().find(|(stage, _)| match &list.stage {
        Some(key) => stage.key == *key,
        None => stage.act.contains(&StageAct::Nominate),
    });
    let Some((stage, mut window)) = found else {
        return (None, None);
    };
    if let Some(last) = list.closes {
        window.closes = window.closes.min(day_start(last + chrono::Days::new(1)));
    }
    (Some(window), stage.clause.clone())
}
