//! Papers beside the JSON: receipt (申报回执), slip (补正通知), list of a batch (报送清单). Each is drawn from what is
//! stored and as of the time it was stored, so that the same data gives the same bytes.

use std::collections::HashMap;

use documents::papers::{Cover, CoverRow, Paper, Receipt, ReceiptFile, Signer, Slip, SlipItem};
use documents::render::{RenderError, qr_svg};
use domain::actor::Officer;
use domain::entry::{CHOICES, Entry};
use domain::event::Event;
use domain::form_check::CATEGORY_OTHER;
use domain::notice::{Notice, shanghai, to_the_second};
use domain::refusal::{Refusal, Violation};
use entity::{document, entry, evidence, slip};
use serde_json::Value;

use super::campaigns::{self, Campaign};
use super::entries::named;
use super::forms;
use super::submissions::Content;
use super::verification;
use crate::db::{batches, documents as rows, entries, events, officers, reviews};
use crate::error::{Error, Result};
use crate::state::Shared;

/// What was handed in in the newest round, whatever a returned applicant is writing now.
pub struct HandedIn {
    pub campaign: Campaign,
    pub content: Content,
    /// The entry with these answers.
    pub entry: Entry,
    pub digest: String,
    /// Epoch milliseconds.
    pub at: i64,
}

/// The newest round that was handed in; absent before there is one.
pub async fn handed_in(app: &Shared, row: &entry::Model) -> Result<HandedIn> {
    let submission = entries::submission(app.db.read(), &row.id, row.round)
        .await?
        .ok_or(Error::Absent)?;
    let place = format!("submission.content.{}", row.id);
    let content: Content = serde_json::from_slice(&app.sealing.open(&place, &submission.content)?)?;
    let entry = Entry {
        answers: content.written.answers.clone(),
        choice: content.written.choice.clone(),
        ..entries::to_entry(row, &app.sealing)?
    };
    Ok(HandedIn {
        campaign: campaigns::by_id(app, &row.campaign_id).await?,
        content,
        entry,
        digest: submission.digest,
        at: submission.submitted_at,
    })
}

/// The receipt of the newest round that was handed in; absent before there is one.
pub async fn receipt(app: &Shared, row: &entry::Model) -> Result<Vec<u8>> {
    let HandedIn {
        campaign,
        content,
        entry,
        digest,
        at,
    } = handed_in(app, row).await?;
    let files = entries::evidence(app.db.read(), &row.id).await?;
    let notice = &campaign.notice;
    let mut left = files;
    let evidence = (content.evidence.iter())
        .map(|(slot, sha256)| handed_file(notice, &mut left, slot, sha256))
        .collect();
    let choice = &content.written.choice;
    let route = notice.route.iter().find(|r| r.key == choice.route);
    let number = row.receipt.clone().unwrap_or_default();
    let paper = Receipt {
        title: "申报回执".into(),
        qr_svg: qr_svg(&verification::address(app, &number)),
        form_code: number.clone(),
        receipt: number,
        campaign: notice.title.clone(),
        name: named(&campaign, &entry).name,
        category: category(notice, &choice.category),
        route: route.map_or(choice.route.clone(), |r| r.label.clone()),
        submitted: to_the_second(at),
        late: row.late,
        round: u32::try_from(row.round).unwrap_or_default(),
        digest,
        evidence,
    };
    draw(app, &paper, at).await
}

/// A file as it was handed in, its row taken: the same bytes may have been sent under several names. Name and size are
/// those of the row, which is gone once a returned applicant took the file away.
fn handed_file(
    notice: &Notice,
    left: &mut Vec<evidence::Model>,
    slot: &str,
    sha256: &str,
) -> ReceiptFile {
    let its_own = |f: &evidence::Model| f.sha256 == sha256 && f.slot == slot;
    let row = left.iter().position(its_own).map(|at| left.remove(at));
    let bytes = row.as_ref().map(|f| f.bytes);
    ReceiptFile {
        label: item(notice, slot),
        file_name: row.map(|f| f.file_name).unwrap_or_default(),
        size: bytes.map_or("—".into(), size),
        sha256: sha256.to_owned(),
    }
}

/// The slip of the newest round; absent when it was not returned.
pub async fn slip(app: &Shared, row: &entry::Model) -> Result<Vec<u8>> {
    let round = u32::try_from(row.round).unwrap_or_default();
    let slip = reviews::slip(app.db.read(), &row.id, round)
        .await?
        .ok_or(Error::Absent)?;
    let HandedIn {
        campaign, entry, ..
    } = handed_in(app, row).await?;
    let notice = &campaign.notice;
    let agency = officers::agency(app.db.read(), &slip.agency_id).await?;
    let agency = agency.map(|a| a.name).unwrap_or_default();
    let step = notice.step.iter().find(|s| s.key == slip.step);
    let named = named(&campaign, &entry);
    let receipt = row.receipt.clone().unwrap_or_default();
    let items: Vec<Violation> = serde_json::from_str(&slip.items)?;
    let number = format!("{receipt}-{round}");
    let paper = Slip {
        title: "补正通知".into(),
        qr_svg: qr_svg(&verification::address(app, &number)),
        form_code: number,
        to: if named.operator.is_empty() {
            named.name.clone()
        } else {
            named.operator
        },
        campaign: notice.title.clone(),
        name: named.name,
        receipt,
        round,
        step: step.map_or(slip.step.clone(), |s| s.label.clone()),
        items: items
            .into_iter()
            .map(|i| SlipItem {
                label: item(notice, &i.field),
                message: i.message,
                clause: i.clause.unwrap_or_default(),
            })
            .collect(),
        due: due(app, &slip).await?,
        date: day(slip.created_at),
        signers: vec![signer(&agency)],
        agency,
    };
    draw(app, &paper, slip.created_at).await
}

/// Until when a slip is to be answered. Its number and date stay when it is given more time, so it tells until when it ran before.
async fn due(app: &Shared, slip: &slip::Model) -> Result<String> {
    let mut first = None;
    let mut last = None;
    for event in events::of_entry(app.db.read(), &slip.entry_id).await? {
        let body = serde_json::from_str(&event.body)?;
        if let Some(Event::SlipExtended { round, from, .. }) = Event::from_parts(&event.kind, body)
            && i64::from(round) == i64::from(slip.round)
        {
            first.get_or_insert(from);
            last = Some(event.at);
        }
    }
    let due = minute(slip.due_at);
    Ok(match (first, last) {
        (Some(first), Some(last)) => {
            let (first, last) = (minute(first), day(last));
            format!("{due}（原期限{first}，{last}准予延长）")
        }
        _ => due,
    })
}

/// The list on top of a batch, for the agency that sends it and the one that receives it. What was returned since it was sent is
/// marked.
pub async fn cover(app: &Shared, who: &Officer, id: &str) -> Result<Vec<u8>> {
    let db = app.db.read();
    let batch = batches::of_party(db, &who.agency.id, id).await?;
    if batch.state == "cancelled" {
        let gone = Refusal::new("batch_cancelled", "该批次已取消");
        return Err(Error::Conflict(gone));
    }
    let campaign = campaigns::by_id(app, &batch.campaign_id).await?;
    let sides = vec![batch.agency_id.clone(), batch.to_agency_id.clone()];
    let sides = officers::agencies(db, sides).await?;
    let name = |id: &str| {
        let found = sides.iter().find(|a| a.id == id);
        found.map(|a| a.name.clone()).unwrap_or_default()
    };
    let inside = batches::entries(db, vec![batch.id.clone()]).await?;
    let ids = inside.iter().map(|(_, e)| e.id.clone()).collect();
    let codes = codes(rows::of_entries(db, ids).await?);
    let inside = inside.into_iter().map(|(_, e)| (e, false));
    // the list that lies on the paper was sealed with them
    let left = batches::left(db, &batch).await?;
    let mut inside: Vec<_> = inside.chain(left.into_iter().map(|e| (e, true))).collect();
    inside.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let number = domain::batch::number(&campaign.notice.region, &batch.id);
    let paper = Cover {
        title: "报送清单".into(),
        qr_svg: qr_svg(&verification::address(app, &number)),
        form_code: number,
        to: name(&batch.to_agency_id),
        campaign: campaign.notice.title.clone(),
        rows: (inside.iter())
            .map(|(row, left)| cover_row(app, &campaign, row, *left, &codes))
            .collect::<Result<_>>()?,
        // who carries it and can be called is written by hand: the system knows no officer's telephone
        clerk: "　　　　　　".into(),
        phone: "　　　　　　".into(),
        date: batch.sent_at.map_or("　　年　　月　　日".into(), day),
        signers: vec![signer(&name(&batch.agency_id))],
    };
    draw(app, &paper, batch.sent_at.unwrap_or(batch.created_at)).await
}

fn cover_row(
    app: &Shared,
    campaign: &Campaign,
    row: &entry::Model,
    left: bool,
    codes: &HashMap<(String, i32), String>,
) -> Result<CoverRow> {
    let entry = entries::to_entry(row, &app.sealing)?;
    // a form has no number before somebody asked for it
    let code = match left {
        true => Some("已退回"),
        false => (codes.get(&(row.id.clone(), row.round))).map(String::as_str),
    };
    Ok(CoverRow {
        name: row.name.clone(),
        category: category(&campaign.notice, &row.category),
        operator: named(campaign, &entry).operator,
        receipt: row.receipt.clone().unwrap_or_default(),
        form_code: code.unwrap_or("—").into(),
    })
}

/// Numbers of forms by entry and round.
fn codes(forms: Vec<document::Model>) -> HashMap<(String, i32), String> {
    let pair = |form: document::Model| ((form.entry_id, form.round), form.code);
    forms.into_iter().map(pair).collect()
}

/// Draws a paper of the office's own. A character that no font has is printed as its number, for a receipt is owed
/// whatever a file is called; a form or a certificate would be refused instead.
pub async fn draw<P: Paper>(app: &Shared, paper: &P, at: i64) -> Result<Vec<u8>> {
    let data = serde_json::to_value(paper)?;
    let template = || P::TEMPLATE.to_owned();
    let drawn = app.typesetter.render(template(), data.clone(), at).await?;
    if let Some(Err(RenderError::MissingGlyphs(missing))) = drawn {
        let spelt = spelt(data, &missing);
        return Ok(forms::render(app, template(), spelt, at).await?.pdf);
    }
    Ok(forms::judged(drawn)?.pdf)
}

/// The same data, with characters as their numbers.
pub fn spelt(data: Value, missing: &[char]) -> Value {
    let number = |c: char| match missing.contains(&c) {
        true => format!("〔U+{:04X}〕", u32::from(c)),
        false => c.to_string(),
    };
    match data {
        Value::String(text) => text.chars().map(number).collect::<String>().into(),
        Value::Array(list) => list.into_iter().map(|v| spelt(v, missing)).collect(),
        Value::Object(map) => {
            let pairs = map.into_iter().map(|(k, v)| (k, spelt(v, missing)));
            Value::Object(pairs.collect())
        }
        other => other,
    }
}

/// An office that signs by hand and seals with ink.
fn signer(agency: &str) -> Signer {
    Signer {
        id: String::new(),
        agency: agency.to_owned(),
    }
}

/// A category in words.
pub fn category(notice: &Notice, key: &str) -> String {
    let found = notice.category.iter().find(|c| c.key == key);
    found.map_or(key, |c| c.label.as_str()).to_owned()
}

/// A field, an evidence slot or a choice in words.
pub fn item(notice: &Notice, key: &str) -> String {
    let field = notice.form.field.iter().find(|f| f.key == key);
    let slot = notice.evidence.iter().find(|e| e.key == key);
    let label = field.map(|f| f.label.as_str());
    let label = label.or(slot.map(|e| e.label.as_str()));
    let choice = CHOICES.iter().find(|(name, _)| *name == key);
    let label = label.or(choice.map(|(_, label)| *label));
    let label = label.or((key == CATEGORY_OTHER).then_some("“其他”的具体类型"));
    label.unwrap_or(key).to_owned()
}

/// 2022年5月25日.
pub fn day(at: i64) -> String {
    shanghai(at).format("%Y年%-m月%-d日").to_string()
}

/// 2022年5月25日10时00分.
pub fn minute(at: i64) -> String {
    shanghai(at).format("%Y年%-m月%-d日%H时%M分").to_string()
}

/// A number of bytes, as people say it.
pub fn size(bytes: i64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
