//! A campaign is set up from a pack: notice and templates frozen, windows made, agencies found or added.

use std::collections::HashMap;

use domain::actor::Officer;
use domain::agency::{Agency, region_covers};
use domain::notice::{AgencySeed, Notice};
use domain::refusal::Refusal;
use entity::{agency, campaign, campaign_window};

use crate::app::{attachments, virus_checks};
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::officers::path_of;
use crate::db::{agencies, attachments as rows, campaigns};
use crate::error::{Error, Result, invalid};
use crate::packs::{Attached, Templates};
use crate::security::sha256_hex;
use crate::state::Shared;

/// A campaign to be set up.
#[derive(Debug, Clone)]
pub struct NewCampaign {
    pub slug: String,
    pub notice: Notice,
    pub templates: Templates,
    /// Files that the notice names, as far as they are at hand.
    pub attachments: Attached,
}

/// Sets a campaign up for the operator; its agencies are known by programme and key, so that a second edition finds
/// them again.
pub async fn create(
    app: &Shared,
    by: &By,
    slug: &str,
    notice: Notice,
    templates: impl Into<Templates>,
) -> Result<String> {
    let new = NewCampaign {
        slug: slug.to_owned(),
        notice,
        templates: templates.into(),
        attachments: Attached::new(),
    };
    create_whole(app, by, new).await
}

/// The same with what comes along.
pub async fn create_whole(app: &Shared, by: &By, new: NewCampaign) -> Result<String> {
    set_up(app, by, None, new, None).await
}

/// Sets a campaign up for an organiser. Its agencies are those of that name in the organiser's own tree; others are added
/// there. Refused for a territory that is not the organiser's. The same key again gives the same campaign.
pub async fn create_by(
    app: &Shared,
    who: &Officer,
    new: NewCampaign,
    call: Call,
) -> Result<String> {
    if !region_covers(&who.agency.region, &new.notice.region) {
        let message = "通知的地域不在本单位的区域内";
        let refusal = Refusal::new("territory_not_yours", message);
        return Err(Error::Forbidden(refusal));
    }
    let by = By::officer(who, app.now());
    set_up(app, &by, Some(who.agency.clone()), new, Some(call)).await
}

async fn set_up(
    app: &Shared,
    by: &By,
    top: Option<Agency>,
    new: NewCampaign,
    call: Option<Call>,
) -> Result<String> {
    check_slug(&new.slug)?;
    let row = to_row(&new, by.at)?;
    let kept = attachments::store(app, &row.id, &new.notice, &new.attachments, by.at).await?;
    let (app2, notice, by) = (app.clone(), new.notice, by.clone());
    let id = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(call) = &call
                    && let Some(earlier) = call.earlier(tx).await?
                {
                    return Ok(earlier);
                }
                if campaigns::by_slug(tx, &row.slug).await?.is_some() {
                    let taken = Refusal::new("slug_taken", "该网址名已被使用");
                    return Err(Error::Conflict(taken));
                }
                let part = seed_agencies(tx, &notice, top.as_ref(), by.at).await?;
                let mut body = serde_json::json!({ "notice": row.notice_key, "sha256": row.notice_sha256, "slug": row.slug });
                if !kept.is_empty() {
                    let named = kept.iter().map(|a| serde_json::json!({ "key": a.key, "sha256": a.sha256 }));
                    body["attachments"] = named.collect();
                }
                let id = row.id.clone();
                campaigns::insert(tx, row, windows(&notice, &id), &part).await?;
                for attachment in kept {
                    virus_checks::open(&app2, tx, &attachment.sha256).await?;
                    rows::insert(tx, attachment).await?;
                }
                events::append_raw(tx, &id, None, &by, "campaign_created", &body).await?;
                if let Some(call) = call {
                    call.keep(tx, id.clone(), by.at).await?;
                }
                Ok(id)
            })
        })
        .await?;
    virus_checks::wake(app);
    Ok(id)
}

fn check_slug(slug: &str) -> Result<()> {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if (3..=60).contains(&slug.len()) && slug.bytes().all(letter) {
        return Ok(());
    }
    let message = "网址名只能用小写字母、数字和连字符，3至60个";
    Err(invalid("slug", "field_format", message))
}

fn to_row(new: &NewCampaign, now: i64) -> Result<campaign::Model> {
    let json = serde_json::to_string(&new.notice)?;
    Ok(campaign::Model {
        id: new_id(),
        slug: new.slug.clone(),
        notice_key: new.notice.key.clone(),
        title: new.notice.title.clone(),
        region_code: new.notice.region.clone(),
        notice_sha256: sha256_hex(json.as_bytes()),
        notice_json: json,
        template: new.templates.form.clone(),
        nomination_template: Some(new.templates.nomination.clone()).filter(|t| !t.is_empty()),
        deliverable_template: Some(new.templates.deliverable.clone()).filter(|t| !t.is_empty()),
        version: 1,
        created_at: now,
    })
}

fn windows(notice: &Notice, campaign: &str) -> Vec<campaign_window::Model> {
    let of = |stage: &domain::notice::Stage| {
        let window = stage.window();
        campaign_window::Model {
            campaign_id: campaign.to_owned(),
            stage: stage.key.clone(),
            opens: window.opens,
            closes: window.closes,
            version: 1,
        }
    };
    notice.stage.iter().map(of).collect()
}

/// Ids of the notice's agencies; those that are not known are added, below `top` where there is one. Only the operator's
/// are kept under their key: an organiser's could be taken for another's.
async fn seed_agencies(
    tx: &Conn,
    notice: &Notice,
    top: Option<&Agency>,
    now: i64,
) -> Result<Vec<String>> {
    let key_of = |seed: &AgencySeed| format!("{}/{}", notice.program.key, seed.key);
    let there = match top {
        None => agencies::seeded(tx, notice.agency.iter().map(key_of).collect()).await?,
        Some(top) => {
            let names = notice.agency.iter().map(|s| s.name.clone()).collect();
            agencies::named(tx, top, names).await?
        }
    };
    let mut known: HashMap<&str, (String, String)> = HashMap::new();
    // the organiser takes part, named or not
    let mut ids: Vec<String> = top.iter().map(|t| t.id.clone()).collect();
    let mut new = Vec::new();
    for seed in &notice.agency {
        let same = |a: &&agency::Model| match top {
            None => a.seed_key.as_ref() == Some(&key_of(seed)),
            Some(_) => a.name == seed.name && a.tier == seed.tier.as_str(),
        };
        let place = match there.iter().find(same) {
            Some(row) => (row.id.clone(), row.path.clone()),
            None => {
                let above = above(seed, &known, top)?;
                let seed_key = top.is_none().then(|| key_of(seed));
                let row = to_agency_row(seed, seed_key, above, now)?;
                let place = (row.id.clone(), row.path.clone());
                new.push(row);
                place
            }
        };
        if !ids.contains(&place.0) {
            ids.push(place.0.clone());
        }
        known.insert(&seed.key, place);
    }
    agencies::insert_all(tx, new).await?;
    Ok(ids)
}

/// Id and path of the agency that a new one stands below.
fn above(
    seed: &AgencySeed,
    known: &HashMap<&str, (String, String)>,
    top: Option<&Agency>,
) -> Result<Option<(String, String)>> {
    match &seed.parent {
        None => Ok(top.map(|t| (t.id.clone(), path_of(t)))),
        Some(parent) => match known.get(parent.as_str()) {
            Some(place) => Ok(Some(place.clone())),
            None => {
                let message = format!("机构“{}”须写在其上级之后", seed.name);
                Err(Refusal::new("pack_fault", message).into())
            }
        },
    }
}

fn to_agency_row(
    seed: &AgencySeed,
    seed_key: Option<String>,
    above: Option<(String, String)>,
    now: i64,
) -> Result<agency::Model> {
    let id = new_id();
    let path = format!("{}{id}/", above.as_ref().map_or("", |(_, path)| path));
    if path.len() > domain::agency::DEEPEST * (id.len() + 1) {
        let message = format!("机构“{}”的层级过深", seed.name);
        return Err(Refusal::new("agency_too_deep", message).into());
    }
    Ok(agency::Model {
        id,
        seed_key,
        name: seed.name.clone(),
        tier: seed.tier.as_str().to_owned(),
        system: seed.system.clone(),
        region_code: seed.region.clone(),
        parent_id: above.map(|(id, _)| id),
        path,
        closed_at: None,
        version: 1,
        created_at: now,
    })
}
