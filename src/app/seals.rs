//! 印章登记: seals are registered, suspended, resumed and revoked by the organiser of the tree.

use std::sync::Arc;

use documents::authority::AGENCY_VALID;
use documents::seal::{SealArt, SealFace};
use domain::actor::{Officer, Role};
use domain::agency::Agency;
use domain::refusal::Refusal;
use domain::seal::register::{self, Seal, SealAct, SealKind, SealState};
use entity::{seal, stamp};
use serde_json::json;

use super::keys::{self, NewKey};
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::{officers, seals as rows};
use crate::error::{Error, Result, invalid};
use crate::media;
use crate::state::Shared;

/// Longest time for which a seal is registered; then it is looked at anew.
const LONGEST: i64 = 10 * 366 * 24 * 3600 * 1000;

/// A seal to be registered.
#[derive(Clone)]
pub struct NewSeal {
    pub agency_id: String,
    pub kind: SealKind,
    pub name: String,
    pub keeper_id: Option<String>,
    pub valid: (i64, i64),
    pub key: NewKey,
}

/// Registers a seal of an agency of the officer's own tree; an agency out of sight is absent. The same call again answers
/// with the seal of the first time.
pub async fn register(
    app: &Shared,
    who: &Officer,
    call: Call,
    new: NewSeal,
) -> Result<seal::Model> {
    let now = app.now();
    check_period(new.valid, now)?;
    let agency = officers::agency(app.db.read(), &new.agency_id)
        .await?
        .filter(|a| who.agency.is_above_or_same(a))
        .ok_or(Error::Absent)?;
    if let Some(earlier) = call.earlier(app.db.read()).await? {
        let row = rows::get(app.db.read(), &earlier).await?;
        return row.ok_or(Error::Absent);
    }
    let brought = keys::bring(app, &agency, new.key.clone()).await?;
    let brought = brought.map(Arc::new);
    let (app2, by) = (app.clone(), By::officer(who, now));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    return rows::get(tx, &earlier).await?.ok_or(Error::Absent);
                }
                if let Some(keeper) = &new.keeper_id {
                    check_keeper(tx, &agency, keeper).await?;
                }
                let row = row_of(new, &by);
                keep(tx, &row, &by).await?;
                if let Some(brought) = brought {
                    keys::keep_brought(tx, &app2, &row, &brought, &by).await?;
                }
                call.keep(tx, row.id.clone(), now).await?;
                Ok(row)
            })
        })
        .await
}

fn check_period((from, until): (i64, i64), now: i64) -> Result<()> {
    let sound = from < until && until > now && until.saturating_sub(from) <= LONGEST && from >= 0;
    if sound {
        return Ok(());
    }
    Err(invalid(
        "valid_until",
        "seal_period",
        "有效期的截止时间应晚于开始时间和现在，且不超过十年",
    ))
}

async fn check_keeper(tx: &Conn, agency: &Agency, keeper: &str) -> Result<()> {
    let row = officers::get(tx, keeper).await?;
    let fits = row.is_some_and(|o| {
        o.agency_id == agency.id
            && o.disabled_at.is_none()
            && o.roles.split(',').any(|r| r == Role::SealKeeper.as_str())
    });
    if fits {
        return Ok(());
    }
    Err(invalid(
        "keeper_id",
        "keeper_unknown",
        "保管人应为该单位在岗的印章保管人",
    ))
}

fn row_of(new: NewSeal, by: &By) -> seal::Model {
    let source = new.key.source();
    seal::Model {
        id: new_id(),
        agency_id: new.agency_id,
        kind: new.kind.as_str().into(),
        name: new.name,
        keeper_id: new.keeper_id,
        valid_from: new.valid.0,
        valid_until: new.valid.1,
        state: SealState::Active.as_str().into(),
        reason: None,
        state_at: by.at,
        source: source.as_str().into(),
        image_sha256: None,
        version: 1,
        created_by: by.id.clone(),
        created_at: by.at,
    }
}

async fn keep(tx: &Conn, row: &seal::Model, by: &By) -> Result<()> {
    rows::insert(tx, row.clone()).await?;
    let body = json!({
        "seal": row.id, "agency": row.agency_id, "seal_kind": row.kind, "name": row.name, "keeper": row.keeper_id,
        "from": row.valid_from, "until": row.valid_until, "source": row.source,
    });
    events::append_raw(tx, events::SYSTEM, None, by, "seal_registered", &body).await
}

/// Suspends, resumes or revokes a seal of the officer's own tree, with the reason. Revocation takes its keys out of use
/// for good; what was stamped before stays valid.
pub async fn change(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    act: SealAct,
    reason: String,
) -> Result<seal::Model> {
    let (who, id, by) = (who.clone(), id.to_owned(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = rows::visible(tx, &who, &id).await?;
                fresh(&row, version)?;
                let state = rows::to_seal(&row)?.after(act).map_err(Error::Conflict)?;
                let body = json!({ "seal": row.id, "agency": row.agency_id, "reason": reason });
                if state == SealState::Revoked {
                    rows::revoke_keys(tx, &row.id, by.at).await?;
                }
                let new = seal::Model {
                    state: state.as_str().into(),
                    reason: Some(reason),
                    state_at: by.at,
                    version: version + 1,
                    ..row
                };
                rows::save(tx, new.clone(), version).await?;
                events::append_raw(tx, events::SYSTEM, None, &by, act.event(), &body).await?;
                Ok(new)
            })
        })
        .await
}

fn fresh(row: &seal::Model, version: i64) -> Result<()> {
    if row.version == version {
        return Ok(());
    }
    Err(Error::Stale {
        sent: version,
        stored: row.version,
    })
}

/// Gives a seal of the officer's own tree a picture of its own: a PNG with a transparent ground. Refused for a revoked seal.
pub async fn set_image(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    bytes: Vec<u8>,
) -> Result<seal::Model> {
    let seen = rows::visible(app.db.read(), who, id).await?;
    fresh(&seen, version)?;
    let clean = media::seal_picture(bytes).await?;
    let sha256 = app.files.put(&clean).await?;
    let (who, id, by) = (who.clone(), id.to_owned(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = rows::visible(tx, &who, &id).await?;
                fresh(&row, version)?;
                if row.state == SealState::Revoked.as_str() {
                    let gone = Refusal::new("seal_revoked", "印章已注销，不能再变更");
                    return Err(Error::Conflict(gone));
                }
                let body = json!({ "seal": row.id, "agency": row.agency_id, "sha256": sha256 });
                let new = seal::Model {
                    image_sha256: Some(sha256),
                    version: version + 1,
                    ..row
                };
                rows::save(tx, new.clone(), version).await?;
                events::append_raw(tx, events::SYSTEM, None, &by, "seal_image_set", &body).await?;
                Ok(new)
            })
        })
        .await
}

/// The seal that an officer uses: the one named, or the first of the agency that may be used. An agency without any gets
/// its own registered at this, its first need.
pub async fn to_use(app: &Shared, who: &Officer, asked: Option<&str>) -> Result<seal::Model> {
    let now = app.now();
    let mut found = rows::of_agency(app.db.read(), &who.agency.id).await?;
    if found.is_empty() && asked.is_none() {
        found = first_seal(app, who, now).await?;
    }
    let values: Vec<Seal> = found.iter().map(rows::to_seal).collect::<Result<_>>()?;
    let chosen = match asked {
        Some(id) => {
            let seal = values.iter().find(|s| s.id == id);
            let seal = seal.ok_or_else(register::foreign)?;
            seal.may_be_used(&who.agency.id, &who.id, now)?;
            seal
        }
        None => register::choose(&values, &who.agency.id, &who.id, now)?,
    };
    let row = found.iter().find(|r| r.id == chosen.id);
    row.cloned().ok_or(Error::Absent)
}

/// Refuses a stamp whose seal or key may no longer be used by whoever acts.
pub async fn still_usable(tx: &Conn, plan: &stamp::Model, by: &By) -> Result<()> {
    let id = plan.seal_id.as_deref().unwrap_or_default();
    let row = rows::get(tx, id).await?.ok_or_else(register::foreign)?;
    rows::to_seal(&row)?.may_be_used(&plan.agency_id, &by.id, by.at)?;
    if rows::is_withdrawn(tx, &plan.serial).await? {
        return Err(Refusal::new("seal_revoked", "印章的证书已注销，不能盖章").into());
    }
    Ok(())
}

/// It holds from a minute before, for it is made a moment after the call that needs it came, and two may come at once.
async fn first_seal(app: &Shared, who: &Officer, now: i64) -> Result<Vec<seal::Model>> {
    let by = By::officer(who, now);
    let new = NewSeal {
        agency_id: who.agency.id.clone(),
        kind: SealKind::Official,
        name: format!("{}电子印章", who.agency.name),
        keeper_id: None,
        valid: (by.at - 60_000, by.at + AGENCY_VALID),
        key: NewKey::Embedded,
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let there = rows::of_agency(tx, &new.agency_id).await?;
                if !there.is_empty() {
                    return Ok(there);
                }
                let row = row_of(new, &by);
                keep(tx, &row, &by).await?;
                rows::adopt_keys(tx, &row.agency_id, &row.id).await?;
                Ok(vec![row])
            })
        })
        .await
}

/// What the seal looks like: its own picture, or drawn from the agency's name.
pub async fn art(app: &Shared, seal: &seal::Model, agency: &str) -> Result<SealArt> {
    let Some(sha256) = &seal.image_sha256 else {
        let foot = rows::to_seal(seal)?.kind.foot().map(str::to_owned);
        return Ok(SealFace {
            foot,
            ..SealFace::of(agency)
        }
        .draw());
    };
    let picture = media::open_seal_picture(app.files.get(sha256).await?).await?;
    Ok(SealArt::of_pixels(
        picture.width,
        picture.height,
        &picture.rgba,
    ))
}
