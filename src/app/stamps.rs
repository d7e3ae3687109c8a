//! 盖章: plan, sign, store, mark. A crash leaves the plan; a retry leaves one stamp.

use std::sync::Arc;

use documents::algorithm::Suite;
use documents::seal::SealArt;
use documents::stamp::{Proofs, Sealer, StampError, Stamping};
use documents::timestamp::TimeAuthority;
use documents::verify::{Known, Report, verify_with};
use domain::actor::Officer;
use domain::entry::Entry;
use domain::event::Event;
use domain::notice::Signatures;
use domain::refusal::Refusal;
use domain::review::DutyState;
use domain::seal::{StampRequest, may_stamp};
use entity::{document, seal, stamp};
use serde_json::json;

use super::campaigns::{self, Campaign};
use super::{forms, keys, proofs, seals};
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::{documents as rows, entries, nominations, reviews};
use crate::error::{Error, Result, require_opinion};
use crate::state::Shared;

/// A plan that was not carried out within this time is taken as given up.
pub(super) const PLAN_HOLDS: i64 = 60_000;

/// What an officer asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub slot: &'a str,
    /// The digest that the officer looked at.
    pub reviewed: &'a str,
    pub opinion: &'a str,
    /// Id of a registered seal; the agency's first usable one when absent.
    pub seal: Option<&'a str>,
}

/// Stamps a box of the form for the officer's agency, while a stage for reviews is open. A seal that is expired, suspended,
/// revoked or another's is refused before anything is written.
pub async fn stamp(
    app: &Shared,
    who: &Officer,
    id: &str,
    wish: Wish<'_>,
) -> Result<document::Model> {
    require_opinion(wish.opinion)?;
    let row = reviews::visible(app.db.read(), who, id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let entry = entries::to_entry(&row, &app.sealing)?;
    allowed(app, who, &campaign, &entry, wish).await?;
    let pressing = take_up(app, who, &campaign, wish.seal).await?;
    let by = By::officer(who, app.now());
    let form = forms::ensure(app, &campaign, &entry, &by).await?;
    let plan = plan(app, who, &campaign, &form, wish, &pressing).await?;
    let done = carry_out(app, who, &campaign, &entry, &plan, &pressing).await;
    if done.is_err() {
        abandon(app, plan, By::officer(who, app.now())).await?;
    }
    done
}

/// Gives a plan up that led to no stamp.
pub(super) async fn abandon(app: &Shared, plan: stamp::Model, by: By) -> Result<bool> {
    app.db
        .write(move |tx| Box::pin(async move { give_up(tx, &plan, &by).await }))
        .await
}

/// Gives up every plan that holds no more: its caller went away, or its process ended. Several processes may.
pub async fn clear(app: &Shared) -> Result<usize> {
    let now = app.now();
    let mut cleared = 0;
    for plan in rows::planned_by(app.db.read(), now - PLAN_HOLDS).await? {
        cleared += usize::from(abandon(app, plan, By::system(now)).await?);
    }
    Ok(cleared)
}

/// Gives a plan up and tells so in the trail; false when it is not planned any more.
pub(super) async fn give_up(tx: &Conn, plan: &stamp::Model, by: &By) -> Result<bool> {
    if !rows::give_up(tx, &plan.id).await? {
        return Ok(false);
    }
    let seal = plan.seal_id.clone().unwrap_or_default();
    match entries::get(tx, &plan.entry_id).await {
        Ok(entry) => {
            let event = Event::StampGivenUp {
                slot: plan.slot.clone(),
                seal,
                serial: plan.serial.clone(),
            };
            events::append(tx, &entry.campaign_id, &entry.id, by, &event).await?;
        }
        Err(Error::Absent) => {
            let list = nominations::get(tx, &plan.entry_id).await?;
            let body = json!({ "list": list.id, "seal": seal, "serial": plan.serial });
            let kind = "nomination_stamp_given_up";
            events::append_raw(tx, &list.campaign_id, None, by, kind, &body).await?;
        }
        Err(other) => return Err(other),
    }
    Ok(true)
}

/// How an act on a plan ended. One that is refused gives the plan up as it ends, and must have changed nothing before.
pub(super) async fn settled<T>(
    tx: &Conn,
    plan: &stamp::Model,
    by: &By,
    done: Result<T>,
) -> Result<std::result::Result<T, Refusal>> {
    match done {
        Err(Error::Refused(no)) => {
            give_up(tx, plan, by).await?;
            Ok(Err(no))
        }
        other => other.map(Ok),
    }
}

/// The algorithms under a campaign's forms, as its notice was frozen: one form never holds both.
fn suite_of(campaign: &Campaign) -> Suite {
    match campaign.notice.form.signatures {
        Signatures::International => Suite::International,
        Signatures::Sm2 => Suite::Sm2,
    }
}

/// A seal in hand: its row, its key and its look.
#[derive(Clone)]
pub(super) struct Pressing {
    pub(super) seal: seal::Model,
    /// Serial number of the key's certificate.
    pub(super) serial: String,
    key: Arc<dyn Sealer>,
    art: SealArt,
    /// Of its key, as the campaign's forms are signed.
    suite: Suite,
    /// The suite's embedded authority certified the key: its list goes into the form.
    embedded: bool,
}

/// Takes up the seal asked for, or the agency's first that may be used. Refused before anything is written.
pub(super) async fn take_up(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    asked: Option<&str>,
) -> Result<Pressing> {
    let seal = seals::to_use(app, who, asked).await?;
    let suite = suite_of(campaign);
    let (key, serial) = keys::behind(app, who, &seal, suite).await?;
    let art = seals::art(app, &seal, &who.agency.name).await?;
    Ok(Pressing {
        serial,
        key,
        art,
        suite,
        embedded: keys::is_embedded(&seal)?,
        seal,
    })
}

async fn allowed(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    entry: &Entry,
    wish: Wish<'_>,
) -> Result<()> {
    let (slot, reviewed) = (wish.slot, wish.reviewed);
    let step = entry.state.step().unwrap_or_default();
    let step = campaign
        .notice
        .step
        .iter()
        .find(|s| s.key == step)
        .ok_or_else(|| Refusal::new("step_over", "该申报已不在审核环节，不能盖章"))?;
    let duties = reviews::of_step(app.db.read(), &entry.id, &step.key, entry.round).await?;
    let open = duties
        .iter()
        .any(|d| d.agency_id == who.agency.id && d.state == DutyState::Open);
    if !open {
        return Err(Refusal::new("not_your_step", "本环节不由贵单位办理，或已办结").into());
    }
    let now = app.now();
    campaign.require_step(step, entry, now)?;
    let stamps = rows::stamps(app.db.read(), &entry.id, entry.round).await?;
    let filled = is_filled(&stamps, slot, now);
    may_stamp(
        entry,
        &StampRequest {
            step,
            system: &who.agency.system,
            slot,
            reviewed,
            filled,
        },
    )?;
    Ok(())
}

/// Is a box filled, or about to be?
pub(super) fn is_filled(live: &[stamp::Model], slot: &str, now: i64) -> bool {
    live.iter()
        .any(|s| s.slot == slot && (s.state == "done" || s.planned_at + PLAN_HOLDS > now))
}

/// Writes down what is going to be signed, before the key is used.
async fn plan(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    form: &document::Model,
    wish: Wish<'_>,
    pressing: &Pressing,
) -> Result<stamp::Model> {
    let by = By::officer(who, app.now());
    let row = stamp::Model {
        id: new_id(),
        document_id: form.id.clone(),
        entry_id: form.entry_id.clone(),
        round: form.round,
        slot: wish.slot.to_owned(),
        agency_id: who.agency.id.clone(),
        seal_id: Some(pressing.seal.id.clone()),
        officer_id: who.id.clone(),
        state: "planned".into(),
        live: Some(1),
        before_sha256: form.sha256.clone(),
        after_sha256: None,
        serial: pressing.serial.clone(),
        opinion: wish.opinion.to_owned(),
        planned_at: by.at,
        done_at: None,
    };
    let (campaign, seal) = (campaign.head.id.clone(), pressing.seal.id.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // it may have been suspended since it was chosen
                seals::still_usable(tx, &row, &by).await?;
                for old in rows::stamps(
                    tx,
                    &row.entry_id,
                    u32::try_from(row.round).unwrap_or_default(),
                )
                .await?
                {
                    if old.slot != row.slot {
                        continue;
                    }
                    let holds = old.state == "done" || old.planned_at + PLAN_HOLDS > by.at;
                    if holds || !give_up(tx, &old, &by).await? {
                        let message = "此盖章处已经盖章，或正在盖章";
                        return Err(Refusal::new("slot_filled", message).into());
                    }
                }
                rows::plan(tx, row.clone()).await?;
                let event = Event::StampPlanned {
                    slot: row.slot.clone(),
                    seal,
                    before: row.before_sha256.clone(),
                    serial: row.serial.clone(),
                };
                events::append(tx, &campaign, &row.entry_id, &by, &event).await?;
                Ok(row)
            })
        })
        .await
}

/// Signs and stores; a partner who stamped meanwhile only means to sign its newer bytes.
async fn carry_out(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    entry: &Entry,
    plan: &stamp::Model,
    pressing: &Pressing,
) -> Result<document::Model> {
    for _ in 0..5 {
        let form = rows::of_round(app.db.read(), &entry.id, entry.round)
            .await?
            .ok_or(Error::Absent)?;
        let bytes = app.files.get(&form.sha256).await?;
        let stamped = sign(app, who, plan, &form, bytes, pressing.clone()).await?;
        let after = app.files.put(&stamped).await?;
        match mark(app, who, campaign, entry, plan, &form, after).await {
            Err(Error::Stale { .. }) => {}
            other => return other,
        }
    }
    Err(Error::Outside("form kept changing".into()))
}

/// The stamped bytes. They are verified before anybody keeps them: refused with `seal_untrusted` when the new signature would
/// not be found valid, say because a certificate above the seal's own has lapsed or is no longer trusted.
pub(super) async fn sign(
    app: &Shared,
    who: &Officer,
    plan: &stamp::Model,
    form: &document::Model,
    bytes: Vec<u8>,
    pressing: Pressing,
) -> Result<Vec<u8>> {
    let (agency, signer, plan, before) = (
        who.agency.name.clone(),
        who.name.clone(),
        plan.clone(),
        form.sha256.clone(),
    );
    let list = match pressing.embedded {
        true => Some(keys::withdrawn(app, pressing.suite).await?),
        false => None,
    };
    let roots = keys::roots(app).await?;
    // after the list: one that is younger than the stamp could not have been looked at
    let at = app.now();
    let time = app.timestamp_services.of(pressing.suite);
    let known = Known {
        roots,
        lists: list.iter().cloned().collect(),
        now_ms: at,
        timestamp_roots: app.timestamp_roots.clone(),
        ..Known::default()
    };
    let done = tokio::task::spawn_blocking(move || {
        let date = domain::notice::shanghai(at)
            .format("%Y年%-m月%-d日")
            .to_string();
        let stamping = Stamping {
            slot: &plan.slot,
            agency: &agency,
            opinion: &plan.opinion,
            signer: &signer,
            date: &date,
            at_ms: at,
            expect_sha256: &before,
        };
        let proofs = Proofs {
            list: list.as_deref(),
            time: time.as_ref().map(|t| t as &dyn TimeAuthority),
        };
        let (art, key) = (&pressing.art, &*pressing.key);
        let stamped = documents::stamp::stamp_proved(&bytes, &stamping, art, key, proofs)?;
        let report = verify_with(&stamped, &known);
        let new = report.signatures.last();
        let holds = new.is_some_and(|s| s.valid && s.slot == plan.slot);
        Ok(holds.then_some(stamped))
    });
    let stamped =
        done.await
            .map_err(|e| Error::Bug(e.to_string()))?
            .map_err(|error| match error {
                StampError::Filled(_) => Refusal::new("slot_filled", "此盖章处已经盖章").into(),
                StampError::MissingGlyphs(missing) => super::forms::missing_glyphs(&missing),
                StampError::OpinionTooLong => {
                    Refusal::new("opinion_too_long", "意见过长，盖章处印不下，请缩短后再盖章")
                        .into()
                }
                StampError::OtherAgency(agency) => keys::other_name(&agency),
                StampError::OutOfValidity => {
                    let message = "印章的证书不在有效期内，未盖章，请由主办方登记证书有效的印章";
                    Refusal::new("seal_certificate_not_valid", message).into()
                }
                StampError::Sealer(error) => keys::not_sealed(error),
                StampError::Timestamp(error) => proofs::not_attested(&error),
                other => Error::Bug(other.to_string()),
            })?;
    stamped.ok_or_else(|| {
        let message = "印章的证书或其上级证书已失效，或不再受本平台信任，未盖章，请联系管理员";
        Refusal::new("seal_untrusted", message).into()
    })
}

async fn mark(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    entry: &Entry,
    plan: &stamp::Model,
    form: &document::Model,
    after: String,
) -> Result<document::Model> {
    let (by, campaign, plan, form, seen) = (
        By::officer(who, app.now()),
        campaign.head.id.clone(),
        plan.clone(),
        form.clone(),
        entry.clone(),
    );
    let marked = app.db.write(move |tx| {
        Box::pin(async move {
            let done = mark_now(tx, &by, &campaign, &seen, &plan, form, after).await;
            settled(tx, &plan, &by, done).await
        })
    });
    Ok(marked.await??)
}

/// Refused, with nothing changed, when the entry went on, or seal or key were taken out of use, while the stamp was set.
async fn mark_now(
    tx: &Conn,
    by: &By,
    campaign: &str,
    seen: &Entry,
    plan: &stamp::Model,
    form: document::Model,
    after: String,
) -> Result<document::Model> {
    let now = entries::get(tx, &seen.id).await?;
    let same = now.digest == seen.digest
        && now.state == seen.state.as_str()
        && now.step.as_deref() == seen.state.step();
    if !same {
        let message = "盖章期间该申报已被退回、撤回或办结，未盖章";
        return Err(Refusal::new("step_over", message).into());
    }
    seals::still_usable(tx, plan, by).await?;
    rows::done(tx, &plan.id, &after, by.at).await?;
    rows::move_on(tx, &form, &after).await?;
    let event = Event::FormStamped {
        slot: plan.slot.clone(),
        seal: plan.seal_id.clone().unwrap_or_default(),
        before: form.sha256.clone(),
        after: after.clone(),
        serial: plan.serial.clone(),
    };
    events::append(tx, campaign, &form.entry_id, by, &event).await?;
    Ok(document::Model {
        sha256: after,
        version: form.version + 1,
        ..form
    })
}

/// Judges the form as it is stored.
pub async fn verify(app: &Shared, who: &Officer, id: &str) -> Result<Report> {
    let row = reviews::visible(app.db.read(), who, id).await?;
    let round = u32::try_from(row.round).unwrap_or_default();
    let form = rows::of_round(app.db.read(), id, round)
        .await?
        .ok_or(Error::Absent)?;
    judge(app, &form).await
}

/// Judges a form as it is stored.
pub(super) async fn judge(app: &Shared, form: &document::Model) -> Result<Report> {
    Ok(judged(app, form).await?.1)
}

/// The bytes of a form and the verdict on them.
pub(super) async fn judged(app: &Shared, form: &document::Model) -> Result<(Vec<u8>, Report)> {
    let bytes = app.files.get(&form.sha256).await?;
    let stamps = rows::stamps_of(app.db.read(), &form.id).await?;
    let report = proofs::judge(app, bytes.clone(), &stamps).await?;
    Ok((bytes, report))
}
