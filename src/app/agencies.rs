//! 机构: organisers keep the bodies of their own tree, and say which take part in a campaign.

mod import;

pub use import::import;

use domain::actor::Officer;
use domain::agency::{Agency, NAME_CHARS, SYSTEM_CHARS, Tier, may_stand_below};
use domain::refusal::{Refusal, Violation};
use domain::review::steps_of;
use domain::text::tidy;
use entity::agency;
use sea_orm::Set;
use serde_json::json;

use super::campaigns::{self, Campaign};
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By, SYSTEM};
use crate::db::idempotency::Call;
use crate::db::officers::{path_of, to_agency};
use crate::db::{agencies, officers, regions};
use crate::error::{Error, Result};
use crate::state::{App, Shared};

/// What an organiser writes of an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub name: String,
    pub tier: Tier,
    pub system: String,
    /// GB/T 2260 code.
    pub region: String,
    /// The agency right above; the organiser's own for a new one, or the present one, when not said.
    pub parent_id: Option<String>,
}

/// An agency of the organiser's own tree.
pub async fn get(app: &App, who: &Officer, id: &str) -> Result<agency::Model> {
    agencies::below(app.db.read(), &who.agency, id).await
}

/// Tidies what was written; every fault.
async fn sound(app: &App, written: Written) -> Result<Written> {
    let written = Written {
        name: tidy(&written.name),
        system: tidy(&written.system),
        ..written
    };
    let mut faults = faults(&written);
    let known = regions::known(app.db.read(), vec![written.region.clone()]).await?;
    if !known.contains(&written.region) {
        faults.push(fault("region", "region_unknown", "没有这个行政区划代码"));
    }
    if faults.is_empty() {
        Ok(written)
    } else {
        Err(Error::Invalid(faults))
    }
}

/// Faults that the texts alone tell.
fn faults(written: &Written) -> Vec<Violation> {
    let mut faults = Vec::new();
    if written.name.is_empty() || written.name.chars().any(char::is_control) {
        faults.push(fault("name", "field_format", "请填写机构名称，只写一行"));
    }
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if written.system.is_empty() || !written.system.bytes().all(is_word) {
        let message = "条线用小写字母、数字、连字符表示，如 cyberspace";
        faults.push(fault("system", "field_format", message));
    }
    for (field, text, most) in [
        ("name", &written.name, NAME_CHARS),
        ("system", &written.system, SYSTEM_CHARS),
    ] {
        let found = text.chars().count();
        if found > most {
            faults.push(Violation {
                limit: Some(most.to_string()),
                value: Some(found.to_string()),
                ..fault(
                    field,
                    "field_too_long",
                    &format!("最长{most}个字符，请缩短"),
                )
            });
        }
    }
    faults
}

fn fault(field: &str, code: &str, message: &str) -> Violation {
    Violation {
        field: field.into(),
        code: code.into(),
        message: message.into(),
        ..Violation::default()
    }
}

/// The agency that is to stand above, open, in the organiser's own tree.
async fn parent_of(tx: &Conn, top: &Agency, id: &str) -> Result<(Agency, bool)> {
    match agencies::below(tx, top, id).await {
        Ok(row) => Ok((to_agency(row.clone())?, row.closed_at.is_some())),
        Err(Error::Absent) => Err(Error::Invalid(vec![fault(
            "parent_id",
            "agency_unknown",
            "没有这个上级单位，或不在您的办理范围内",
        )])),
        Err(other) => Err(other),
    }
}

fn row_of(written: Written, parent: &Agency, now: i64) -> agency::Model {
    let id = new_id();
    agency::Model {
        path: format!("{}{id}/", path_of(parent)),
        id,
        seed_key: None,
        name: written.name,
        tier: written.tier.as_str().to_owned(),
        system: written.system,
        region_code: written.region,
        parent_id: Some(parent.id.clone()),
        closed_at: None,
        version: 1,
        created_at: now,
    }
}

/// What the trail keeps of an agency.
fn told(row: &agency::Model) -> serde_json::Value {
    json!({ "name": row.name, "tier": row.tier, "system": row.system, "region": row.region_code, "parent": row.parent_id })
}

/// Adds an agency below one of the organiser's tree. The same key again gives the same agency.
pub async fn add(
    app: &Shared,
    who: &Officer,
    written: Written,
    call: Call,
) -> Result<agency::Model> {
    if let Some(earlier) = call.earlier(app.db.read()).await? {
        return get(app, who, &earlier).await;
    }
    let written = sound(app, written).await?;
    let (who, by) = (who.clone(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    return agencies::below(tx, &who.agency, &earlier).await;
                }
                events::hold(tx, SYSTEM).await?;
                let id = written.parent_id.as_deref().unwrap_or(&who.agency.id);
                let (parent, closed) = parent_of(tx, &who.agency, id).await?;
                let row = row_of(written, &parent, by.at);
                may_stand_below(&row.id, 1, &parent, closed)?;
                officers::insert_agency(tx, row.clone()).await?;
                let body = json!({ "agency": row.id, "is": told(&row) });
                events::append_raw(tx, SYSTEM, None, &by, "agency_added", &body).await?;
                call.keep(tx, row.id.clone(), by.at).await?;
                Ok(row)
            })
        })
        .await
}

/// Renames an agency, corrects what it is, moves it with all below it. Its own agency an organiser does not move.
/// Refused while somebody there has an entry to decide, or the chain of an entry under way leads through it, when it moves, or
/// what it is changes: that chain would change under the entry.
pub async fn change(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    written: Written,
) -> Result<agency::Model> {
    get(app, who, id).await?;
    let written = sound(app, written).await?;
    let (app2, who, id) = (app.clone(), who.clone(), id.to_owned());
    let by = By::officer(&who, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                events::hold(tx, SYSTEM).await?;
                let old = seen(tx, &who.agency, &id, version).await?;
                let to = written.parent_id.clone();
                let to = to.filter(|to| old.parent_id.as_ref() != Some(to));
                let differs = written.tier.as_str() != old.tier
                    || written.system != old.system
                    || written.region != old.region_code;
                if to.is_some() || differs {
                    let was = to_agency(old.clone())?;
                    let is = Agency {
                        tier: written.tier,
                        system: written.system.clone(),
                        region: written.region.clone(),
                        ..was.clone()
                    };
                    may_change(&app2, tx, &old, &[was, is]).await?;
                }
                let change = agency::ActiveModel {
                    name: Set(written.name.clone()),
                    tier: Set(written.tier.as_str().to_owned()),
                    system: Set(written.system.clone()),
                    region_code: Set(written.region.clone()),
                    parent_id: Set(to.clone().or_else(|| old.parent_id.clone())),
                    ..Default::default()
                };
                agencies::save(tx, &old, change).await?;
                if let Some(to) = to {
                    relocate(tx, &who.agency, &old, &to).await?;
                }
                let new = agencies::below(tx, &who.agency, &id).await?;
                let body = json!({ "agency": id, "was": told(&old), "is": told(&new) });
                events::append_raw(tx, SYSTEM, None, &by, "agency_changed", &body).await?;
                Ok(new)
            })
        })
        .await
}

async fn relocate(tx: &Conn, top: &Agency, old: &agency::Model, parent: &str) -> Result<()> {
    if old.id == top.id {
        return Err(Refusal::new("own_agency", "不能移动本单位，请由上级单位办理").into());
    }
    let (parent, closed) = parent_of(tx, top, parent).await?;
    let one = old.id.len() + 1;
    let levels = (agencies::longest_path(tx, &old.path).await? - old.path.len()) / one + 1;
    may_stand_below(&old.id, levels, &parent, closed)?;
    let path = format!("{}{}/", path_of(&parent), old.id);
    agencies::move_subtree(tx, &old.path, &path).await
}

/// The agency as it is stored, when that is what the organiser saw.
async fn seen(tx: &Conn, top: &Agency, id: &str, version: i64) -> Result<agency::Model> {
    let row = agencies::below(tx, top, id).await?;
    if row.version == version {
        return Ok(row);
    }
    Err(Error::Stale {
        sent: version,
        stored: row.version,
    })
}

/// Names the campaign, which may be last year's; what nobody decided in time can still be declined.
fn busy(campaign: &Campaign) -> Error {
    let message = format!(
        "“{}”还有未办结的申报须经该单位或其下级单位办理，请办结后再操作；审核已结束的，由申报所在环节的单位按不予推荐办结",
        campaign.head.title
    );
    Error::Refused(Refusal::new("agency_busy", message))
}

/// Refused while there is something to decide in or below an agency, or a chain under way leads through it in any campaign;
/// as it stands, or as it is to be.
async fn may_change(app: &App, tx: &Conn, row: &agency::Model, forms: &[Agency]) -> Result<()> {
    if let Some(campaign) = agencies::busy_in(tx, &row.path, None).await? {
        return Err(busy(&campaigns::within(app, tx, &campaign).await?));
    }
    for campaign in agencies::campaigns_of(tx, &row.path).await? {
        let campaign = campaigns::within(app, tx, &campaign).await?;
        for agency in forms {
            off_every_chain(tx, &campaign, agency).await?;
        }
    }
    Ok(())
}

/// The steps of an entry are found anew at each decision: none under way may lose the agency of one.
async fn off_every_chain(tx: &Conn, campaign: &Campaign, agency: &Agency) -> Result<()> {
    let steps: Vec<_> = steps_of(&campaign.notice, agency)
        .map(|s| &s.when)
        .collect();
    match agencies::is_on_a_chain(tx, &campaign.head.id, agency, &steps).await? {
        true => Err(busy(campaign)),
        false => Ok(()),
    }
}

/// Closes an agency: it gets no new officers and no new entries. Refused while it, or one below it, has an entry to
/// decide, while an entry under way has it on its chain, while one below it is open, and for the organiser's own agency.
pub async fn close(app: &Shared, who: &Officer, id: &str, version: i64) -> Result<agency::Model> {
    if who.agency.id == id {
        return Err(Refusal::new("own_agency", "不能停用本单位，请由上级单位办理").into());
    }
    set_closed(app, who, id, version, true).await
}

/// Opens a closed agency again; refused while the one above it is closed.
pub async fn reopen(app: &Shared, who: &Officer, id: &str, version: i64) -> Result<agency::Model> {
    set_closed(app, who, id, version, false).await
}

async fn set_closed(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    close: bool,
) -> Result<agency::Model> {
    let (app2, who, id) = (app.clone(), who.clone(), id.to_owned());
    let by = By::officer(&who, app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                events::hold(tx, SYSTEM).await?;
                let old = seen(tx, &who.agency, &id, version).await?;
                if old.closed_at.is_some() == close {
                    let message = if close {
                        "该单位已停用"
                    } else {
                        "该单位没有停用"
                    };
                    return Err(Error::Conflict(Refusal::new("agency_closed", message)));
                }
                if close {
                    may_close(&app2, tx, &old).await?;
                } else if let Some(parent) = &old.parent_id {
                    let above = officers::agency_row(tx, parent).await?;
                    if above.is_some_and(|a| a.closed_at.is_some()) {
                        return Err(Refusal::new("agency_closed", "上级单位已停用").into());
                    }
                }
                let closed_at = close.then_some(by.at);
                let change = agency::ActiveModel {
                    closed_at: Set(closed_at),
                    ..Default::default()
                };
                agencies::save(tx, &old, change).await?;
                let kind = if close {
                    "agency_closed"
                } else {
                    "agency_reopened"
                };
                events::append_raw(tx, SYSTEM, None, &by, kind, &json!({ "agency": id })).await?;
                Ok(agency::Model {
                    closed_at,
                    version: version + 1,
                    ..old
                })
            })
        })
        .await
}

async fn may_close(app: &App, tx: &Conn, row: &agency::Model) -> Result<()> {
    may_change(app, tx, row, &[to_agency(row.clone())?]).await?;
    if agencies::has_open_below(tx, &row.id).await? {
        let message = "该单位还有未停用的下级单位，请先移走或停用";
        return Err(Refusal::new("agency_has_below", message).into());
    }
    Ok(())
}

/// Lets an agency of the organiser's tree take part in its campaign. Twice is once.
pub async fn join(app: &Shared, who: &Officer, campaign: &Campaign, id: &str) -> Result<()> {
    let (who, id, campaign, by) = (
        who.clone(),
        id.to_owned(),
        campaign.head.id.clone(),
        By::officer(who, app.now()),
    );
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = agencies::below(tx, &who.agency, &id).await?;
                if row.closed_at.is_some() {
                    return Err(Refusal::new("agency_closed", "该单位已停用").into());
                }
                if agencies::takes_part(tx, &campaign, &id).await? {
                    return Ok(());
                }
                agencies::join(tx, &campaign, &id).await?;
                let body = json!({ "agency": id });
                events::append_raw(tx, &campaign, None, &by, "agency_joined", &body).await
            })
        })
        .await
}

/// Takes an agency out of a campaign. Refused while it, or one below it, has an entry of the campaign to decide, and while
/// the chain of one that is under way or returned may lead through it.
pub async fn leave(app: &Shared, who: &Officer, campaign: &Campaign, id: &str) -> Result<()> {
    if who.agency.id == id {
        return Err(Refusal::new("own_agency", "主办单位不能退出本活动").into());
    }
    let (who, id, by) = (who.clone(), id.to_owned(), By::officer(who, app.now()));
    let (of, campaign) = (campaign.clone(), campaign.head.id.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = agencies::below(tx, &who.agency, &id).await?;
                if !agencies::takes_part(tx, &campaign, &id).await? {
                    return Err(Error::Absent);
                }
                let busy_in = agencies::busy_in(tx, &row.path, Some(&campaign));
                if busy_in.await?.is_some() {
                    return Err(busy(&of));
                }
                off_every_chain(tx, &of, &to_agency(row)?).await?;
                agencies::leave(tx, &campaign, &id).await?;
                let body = json!({ "agency": id });
                events::append_raw(tx, &campaign, None, &by, "agency_left", &body).await
            })
        })
        .await
}
