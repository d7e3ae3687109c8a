//! 推荐表 on paper: drawn from the list as it was last saved, stamped by the body's seal keeper or scanned with its ink.

use documents::render::RenderError;
use documents::verify::Report;
use domain::actor::Officer;
use domain::agency::Agency;
use domain::form::Answers;
use domain::nomination::{Nomination, SEAL, SEAL_LABEL, StampAsked, list_of, may_stamp};
use domain::notice::{Field, NominationList, Notice};
use domain::refusal::{Refusal, Violation};
use entity::{document, nomination_list, stamp};
use serde_json::{Value, json};

use super::{BODY, already_sent};
use crate::app::campaigns::{self, Campaign};
use crate::app::stamps::{self, Pressing};
use crate::app::{forms, seals, verification, virus_checks};
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::together::Together;
use crate::db::{documents as rows, nominations, officers, scans};
use crate::error::{Error, Result, require_opinion};
use crate::security::{random_code, sha256_hex};
use crate::state::Shared;

/// A list with what is needed to draw it.
struct Sheet {
    campaign: Campaign,
    row: nomination_list::Model,
    agency: Agency,
    list: NominationList,
    nomination: Nomination,
}

/// SHA-256 (hex) of a list as it was last saved; a stamp is bound to it.
pub fn digest(row: &nomination_list::Model, nomination: &Nomination) -> Result<String> {
    let content = serde_json::to_string(&(&row.id, row.round, nomination))?;
    Ok(sha256_hex(content.as_bytes()))
}

/// The officer's agency's own list, or one that was sent from below; any other is absent.
async fn sheet(app: &Shared, who: &Officer, id: &str) -> Result<Sheet> {
    let db = app.db.read();
    let row = nominations::visible(db, &who.agency, id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let agency = officers::agency(db, &row.agency_id).await?;
    let agency = agency.ok_or(Error::Absent)?;
    let parent = match agency.path.iter().rev().nth(1) {
        Some(above) => officers::agency(db, above).await?,
        None => None,
    };
    let list = list_of(&campaign.notice, &agency, parent.as_ref()).cloned();
    let list = list.ok_or(Error::Absent)?;
    let lines = nominations::rows(db, vec![row.id.clone()]).await?;
    let nomination = nominations::to_nomination(&row, lines, &app.sealing)?;
    Ok(Sheet {
        campaign,
        row,
        agency,
        list,
        nomination,
    })
}

fn round(row: &nomination_list::Model) -> u32 {
    u32::try_from(row.round.unwrap_or_default()).unwrap_or_default()
}

/// The form as PDF, with its stamp once it has one. Absent where the pack has no template for it.
pub async fn pdf(app: &Shared, who: &Officer, id: &str) -> Result<Vec<u8>> {
    let sheet = sheet(app, who, id).await?;
    let form = ensure(app, &sheet, &By::officer(who, app.now())).await?;
    app.files.get(&form.sha256).await
}

/// Judges the form as it is stored.
pub async fn verify(app: &Shared, who: &Officer, id: &str) -> Result<Report> {
    let sheet = sheet(app, who, id).await?;
    let form = rows::of_round(app.db.read(), id, round(&sheet.row)).await?;
    stamps::judge(app, &form.ok_or(Error::Absent)?).await
}

/// The form of the list as it was last saved; drawn at the first demand.
async fn ensure(app: &Shared, sheet: &Sheet, by: &By) -> Result<document::Model> {
    let (id, round) = (&sheet.row.id, round(&sheet.row));
    if let Some(form) = rows::of_round(app.db.read(), id, round).await? {
        return Ok(form);
    }
    let template = crate::db::campaigns::nomination_template(app.db.read(), &sheet.row.campaign_id)
        .await?
        .ok_or(Error::Absent)?;
    let notice = &sheet.campaign.notice;
    let (db, list) = (app.db.read(), &sheet.list);
    let mut nomination = sheet.nomination.clone();
    nomination.head = forms::in_words(db, &list.head, &nomination.head).await?;
    for item in &mut nomination.items {
        item.cells = forms::in_words(db, &list.column, &item.cells).await?;
    }
    let code = format!("{}-{}", &notice.region[..2], random_code(10));
    let url = verification::address(app, &code);
    let data = Printed {
        code: &code,
        url: &url,
        round,
        agency: &sheet.agency.name,
    }
    .data(notice, list, &nomination);
    let drawn = app.typesetter.render(template, data, by.at).await?;
    let slow = || Error::Bug("template: not drawn in time".into());
    let drawn = drawn.ok_or_else(slow)?.map_err(|error| match error {
        RenderError::MissingGlyphs(missing) => forms::missing_glyphs(&missing),
        other => Error::Bug(other.to_string()),
    })?;
    let form = document::Model {
        id: new_id(),
        entry_id: id.clone(),
        round: i32::try_from(round).unwrap_or(i32::MAX),
        code,
        sha256: app.files.put(&drawn.pdf).await?,
        digest: digest(&sheet.row, &sheet.nomination)?,
        slots: serde_json::to_string(&drawn.slots)?,
        pages: i32::try_from(drawn.pages).unwrap_or(i32::MAX),
        version: 1,
        created_at: by.at,
    };
    let (campaign, by) = (sheet.row.campaign_id.clone(), by.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // somebody may have asked for it meanwhile; the first one stays
                if let Some(first) = rows::of_round(tx, &form.entry_id, round).await? {
                    return Ok(first);
                }
                rows::insert(tx, form.clone()).await?;
                let body = json!({ "list": form.entry_id, "code": form.code, "sha256": form.sha256, "digest": form.digest });
                let kind = "nomination_form_rendered";
                events::append_raw(tx, &campaign, None, &by, kind, &body).await?;
                Ok(form)
            })
        })
        .await
}

/// What is printed on a list besides its cells.
pub struct Printed<'a> {
    pub code: &'a str,
    /// Printed as a QR code.
    pub url: &'a str,
    pub round: u32,
    /// 推荐单位.
    pub agency: &'a str,
}

impl Printed<'_> {
    /// The data that the template gets; who recommends and how many is known, not typed.
    pub fn data(&self, notice: &Notice, list: &NominationList, nomination: &Nomination) -> Value {
        let head = |f: &Field| match f.key.as_str() {
            BODY => self.agency.to_owned(),
            key if list.counted.as_deref() == Some(key) => nomination.count().to_string(),
            _ => forms::shown(notice, f, &nomination.head),
        };
        let fields: Vec<Value> = (list.head.iter())
            .map(|f| json!({ "key": f.key, "label": f.label, "text": head(f) }))
            .collect();
        let cells = |cells: &Answers| -> Value {
            let shown = |f: &Field| (f.key.clone(), forms::shown(notice, f, cells).into());
            Value::Object(list.column.iter().map(shown).collect())
        };
        let categories: Vec<Value> = (notice.category.iter())
            .map(|c| {
                let here = nomination.items.iter().filter(|i| i.category == c.key);
                let rows: Vec<Value> = here.map(|i| cells(&i.cells)).collect();
                json!({ "key": c.key, "label": c.label, "rows": rows })
            })
            .collect();
        json!({
            "title": list.label, "form_code": self.code, "round": self.round.to_string(), "draft": false,
            "qr_svg": documents::render::qr_svg(self.url), "campaign": notice.title, "receipt": "",
            "fields": fields, "categories": categories,
            "slots": [{ "id": SEAL, "label": SEAL_LABEL, "agency": self.agency }],
        })
    }
}

/// Stamps the officer's agency's list, as it was when its digest was looked at. Any later change of the list voids it.
pub async fn stamp(
    app: &Shared,
    who: &Officer,
    id: &str,
    reviewed: &str,
    opinion: &str,
) -> Result<document::Model> {
    require_opinion(opinion)?;
    let sheet = sheet(app, who, id).await?;
    let round = round(&sheet.row);
    let live = rows::stamps(app.db.read(), id, round).await?;
    may_stamp(&StampAsked {
        own: sheet.agency.id == who.agency.id,
        sent: sheet.row.state == "sent",
        digest: &digest(&sheet.row, &sheet.nomination)?,
        reviewed,
        filled: stamps::is_filled(&live, SEAL, app.now()),
    })?;
    let pressing = stamps::take_up(app, who, &sheet.campaign, None).await?;
    let form = ensure(app, &sheet, &By::officer(who, app.now())).await?;
    let plan = plan(app, who, &sheet, &form, opinion, &pressing).await?;
    let done = carry_out(app, who, &sheet, &plan, &form, pressing).await;
    if done.is_err() {
        stamps::abandon(app, plan, By::officer(who, app.now())).await?;
    }
    done
}

async fn carry_out(
    app: &Shared,
    who: &Officer,
    sheet: &Sheet,
    plan: &stamp::Model,
    form: &document::Model,
    pressing: Pressing,
) -> Result<document::Model> {
    let bytes = app.files.get(&form.sha256).await?;
    let stamped = stamps::sign(app, who, plan, form, bytes, pressing).await?;
    let after = app.files.put(&stamped).await?;
    mark(app, who, sheet, plan, form, after).await
}

/// Writes down what is going to be signed, before the key is used.
async fn plan(
    app: &Shared,
    who: &Officer,
    sheet: &Sheet,
    form: &document::Model,
    opinion: &str,
    pressing: &Pressing,
) -> Result<stamp::Model> {
    let by = By::officer(who, app.now());
    let row = stamp::Model {
        id: new_id(),
        document_id: form.id.clone(),
        entry_id: form.entry_id.clone(),
        round: form.round,
        slot: SEAL.into(),
        agency_id: who.agency.id.clone(),
        seal_id: Some(pressing.seal.id.clone()),
        officer_id: who.id.clone(),
        state: "planned".into(),
        live: Some(1),
        before_sha256: form.sha256.clone(),
        after_sha256: None,
        serial: pressing.serial.clone(),
        opinion: opinion.to_owned(),
        planned_at: by.at,
        done_at: None,
    };
    let (campaign, round) = (sheet.row.campaign_id.clone(), round(&sheet.row));
    let seal = pressing.seal.id.clone();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // it may have been suspended since it was chosen
                seals::still_usable(tx, &row, &by).await?;
                let live = rows::stamps(tx, &row.entry_id, round).await?;
                let mut filled = stamps::is_filled(&live, SEAL, by.at);
                if let (false, Some(old)) = (filled, live.first()) {
                    filled = !stamps::give_up(tx, old, &by).await?;
                }
                if filled {
                    let message = "推荐表已经盖章，或正在盖章";
                    return Err(Refusal::new("slot_filled", message).into());
                }
                rows::plan(tx, row.clone()).await?;
                let body = json!({ "list": row.entry_id, "seal": seal, "before": row.before_sha256, "serial": row.serial });
                let kind = "nomination_stamp_planned";
                events::append_raw(tx, &campaign, None, &by, kind, &body).await?;
                Ok(row)
            })
        })
        .await
}

/// The form moves on to its stamped bytes, unless the list was changed or sent meanwhile, or seal or key taken out of use.
async fn mark(
    app: &Shared,
    who: &Officer,
    sheet: &Sheet,
    plan: &stamp::Model,
    form: &document::Model,
    after: String,
) -> Result<document::Model> {
    // the end of the time in which the stamp was set: after the signature says when it was made
    let by = By::officer(who, app.now());
    let (seen, plan, form) = (sheet.row.clone(), plan.clone(), form.clone());
    let marked = app.db.write(move |tx| {
        Box::pin(async move {
            let done = mark_now(tx, &by, &seen, &plan, form, after).await;
            stamps::settled(tx, &plan, &by, done).await
        })
    });
    Ok(marked.await??)
}

async fn mark_now(
    tx: &Conn,
    by: &By,
    seen: &nomination_list::Model,
    plan: &stamp::Model,
    form: document::Model,
    after: String,
) -> Result<document::Model> {
    let now = nominations::get(tx, &seen.id).await?;
    if now.round != seen.round || now.state != seen.state {
        let message = "盖章期间推荐表有变动，未盖章，请重新查看";
        return Err(Refusal::new("digest_changed", message).into());
    }
    seals::still_usable(tx, plan, by).await?;
    rows::done(tx, &plan.id, &after, by.at).await?;
    rows::move_on(tx, &form, &after).await?;
    let body = json!({ "list": seen.id, "before": form.sha256, "after": after, "seal": plan.seal_id, "serial": plan.serial, "digest": form.digest });
    let kind = "nomination_stamped";
    events::append_raw(tx, &seen.campaign_id, None, by, kind, &body).await?;
    Ok(document::Model {
        sha256: after,
        version: form.version + 1,
        ..form
    })
}

/// Keeps a scan of the list stamped with ink, in the place of an earlier one. A PDF, judged from its bytes; what is seen on it
/// is told as advice.
pub async fn keep_scan(
    app: &Shared,
    who: &Officer,
    id: &str,
    version: i64,
    bytes: Vec<u8>,
) -> Result<()> {
    let seen = nominations::visible(app.db.read(), &who.agency, id).await?;
    if seen.agency_id != who.agency.id {
        let message = "只有推荐单位可以上传自己的推荐表";
        return Err(Error::Forbidden(Refusal::new("not_your_list", message)));
    }
    let (facts, bytes) = crate::media::examine(bytes, &app.settings.limits).await?;
    if facts.media_type != "application/pdf" {
        return Err(Error::Unsupported(Violation {
            field: "file".into(),
            code: "not_pdf".into(),
            limit: Some("application/pdf".into()),
            value: Some(facts.media_type.into()),
            message: "推荐表扫描件须为PDF".into(),
            ..Violation::default()
        }));
    }
    let sha256 = app.files.put(&bytes).await?;
    let scan = look(app, who, id, bytes).await?;
    let (by, app2) = (By::officer(who, app.now()), app.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = nominations::get(tx, &seen.id).await?;
                if row.state == "sent" {
                    return Err(already_sent());
                }
                virus_checks::open(&app2, tx, &sha256).await?;
                let body = json!({ "list": row.id, "sha256": sha256 });
                let campaign = row.campaign_id.clone();
                let stored = row.version;
                if stored != version {
                    return Err(Error::Stale {
                        sent: version,
                        stored,
                    });
                }
                let new = nomination_list::Model {
                    document_sha256: Some(sha256),
                    version: version + 1,
                    ..row
                };
                nominations::save(tx, new, version).await?;
                keep_look(tx, scan).await?;
                let kind = "nomination_scanned";
                events::append_raw(tx, &campaign, None, &by, kind, &body).await
            })
        })
        .await?;
    virus_checks::wake(app);
    Ok(())
}

/// Compares a scan with the list's form, which is drawn for it where the pack has one.
async fn look(app: &Shared, who: &Officer, id: &str, bytes: Vec<u8>) -> Result<scans::Row> {
    let sheet = sheet(app, who, id).await?;
    match ensure(app, &sheet, &By::officer(who, app.now())).await {
        // no template, or a character that no font draws
        Ok(_) | Err(Error::Absent | Error::Refused(_)) => {}
        Err(other) => return Err(other),
    }
    crate::app::scans::look_at_list(app, id, bytes).await
}

async fn keep_look(tx: &Conn, (scan, boxes): scans::Row) -> Result<()> {
    scans::remove(tx, &scan.evidence_id).await?;
    let mut changes = Together::default();
    changes.insert([scan]);
    changes.insert(boxes);
    changes.run(tx).await
}

/// The scan; absent where there is none.
pub async fn scan(app: &Shared, who: &Officer, id: &str) -> Result<Vec<u8>> {
    let row = nominations::visible(app.db.read(), &who.agency, id).await?;
    let sha256 = row.document_sha256.ok_or(Error::Absent)?;
    virus_checks::require_harmless_scan(app, &sha256).await?;
    app.files.get(&sha256).await
}
