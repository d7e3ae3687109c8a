//! 后续材料: what the notice asks for after the application, handed in piece by piece and drawn on its form.

use domain::actor::Applicant;
use domain::deliverable::{HandingIn, check, window};
use domain::event::Event;
use domain::form::Answers;
use domain::form_check::tidy_cells;
use domain::notice::{Deliverable, Field, Notice, Window};
use entity::{deliverable, entry};
use serde_json::{Value, json};

use super::campaigns::{self, Campaign, span};
use super::forms;
use crate::clock::new_id;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::{deliverables, entries};
use crate::error::{Error, Result};
use crate::security::sha256_hex;
use crate::state::{App, Shared};

/// Something that the notice asks for, with what an entry handed in of it.
pub struct Owed {
    pub deliverable: Deliverable,
    /// `None`: the notice gives no time.
    pub window: Option<Window>,
    pub now: i64,
    pub pieces: Vec<Piece>,
}

/// A piece that was handed in.
pub struct Piece {
    pub row: deliverable::Model,
    pub answers: Answers,
}

impl Piece {
    fn open(app: &App, row: deliverable::Model) -> Result<Piece> {
        let answers = deliverables::answers(&row, &app.sealing)?;
        Ok(Piece { row, answers })
    }
}

/// All that is asked of an entry, in the notice's order.
pub async fn owed(app: &Shared, row: &entry::Model) -> Result<Vec<Owed>> {
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let rows = deliverables::of_entry(app.db.read(), &row.id).await?;
    let asked = campaign.notice.deliverable.iter();
    asked
        .map(|deliverable| {
            let mine = rows.iter().filter(|r| r.name == deliverable.key).cloned();
            Ok(Owed {
                window: time(&campaign, deliverable).0,
                deliverable: deliverable.clone(),
                now: app.now(),
                pieces: mine.map(|r| Piece::open(app, r)).collect::<Result<_>>()?,
            })
        })
        .collect()
}

fn asked<'a>(notice: &'a Notice, key: &str) -> Result<&'a Deliverable> {
    let found = notice.deliverable.iter().find(|d| d.key == key);
    found.ok_or(Error::Absent)
}

/// When it may be handed in, also in words.
fn time(campaign: &Campaign, deliverable: &Deliverable) -> (Option<Window>, String) {
    let stage = deliverable.stage.as_ref();
    let stage = stage.and_then(|key| campaign.stages().find(|(s, _)| s.key == *key));
    let window = window(deliverable, stage.map(|(s, now)| (s.window(), now)));
    let words = match (stage, window) {
        (Some((stage, _)), Some(window)) => span(&stage.label, window),
        (None, Some(window)) => span(&deliverable.label, window),
        (_, None) => String::new(),
    };
    (window, words)
}

/// Hands a piece in, for good; it gets the next number of its name. The same key again answers with the same piece.
pub async fn hand_in(
    app: &Shared,
    who: &Applicant,
    id: &str,
    key: &str,
    answers: Answers,
    call: Call,
) -> Result<Piece> {
    let row = entries::of_applicant(app.db.read(), &who.id, id).await?;
    if let Some(earlier) = call.earlier(app.db.read()).await? {
        return again(app, &earlier).await;
    }
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let deliverable = asked(&campaign.notice, key)?.clone();
    let answers = tidy_cells(&deliverable.field, answers);
    check(&campaign.notice, &deliverable, &answers)?;
    if deliverable.template {
        printable(app, &campaign.notice, &deliverable, &answers)?;
    }
    let content = serde_json::to_vec(&answers)?;
    let (id, now) = (new_id(), app.now());
    let piece = deliverable::Model {
        content: deliverables::seal(&id, &content, &app.sealing)?,
        digest: sha256_hex(&content),
        id,
        entry_id: row.id,
        name: deliverable.key.clone(),
        number: 0,
        created_at: now,
    };
    let (app2, who) = (app.clone(), who.clone());
    let row = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    let row = deliverables::get(tx, &earlier).await?;
                    return row.ok_or(Error::Absent);
                }
                let row = entries::of_applicant(tx, &who.id, &piece.entry_id).await?;
                let campaign = campaigns::within(&app2, tx, &row.campaign_id).await?;
                let already = deliverables::count(tx, &row.id, &piece.name).await?;
                let (window, when) = time(&campaign, &deliverable);
                let number = HandingIn {
                    deliverable: &deliverable,
                    state: &entries::to_entry(&row, &app2.sealing)?.state,
                    window,
                    when: &when,
                    already: u32::try_from(already).unwrap_or(u32::MAX),
                    now,
                }
                .number()?;
                let piece = deliverable::Model {
                    number: i32::try_from(number).unwrap_or(i32::MAX),
                    ..piece
                };
                deliverables::insert(tx, piece.clone()).await?;
                let event = Event::DeliverableHandedIn {
                    key: piece.name.clone(),
                    number,
                    digest: piece.digest.clone(),
                };
                let by = By::applicant(&who.id, now);
                events::append(tx, &row.campaign_id, &row.id, &by, &event).await?;
                call.keep(tx, piece.id.clone(), now).await?;
                Ok(piece)
            })
        })
        .await?;
    Piece::open(app, row)
}

async fn again(app: &Shared, id: &str) -> Result<Piece> {
    let row = deliverables::get(app.db.read(), id).await?;
    Piece::open(app, row.ok_or(Error::Absent)?)
}

/// Refuses, by name, characters that its form could not show.
fn printable(
    app: &Shared,
    notice: &Notice,
    deliverable: &Deliverable,
    answers: &Answers,
) -> Result<()> {
    let cells = deliverable.field.iter();
    let words: String = cells.map(|f| forms::shown(notice, f, answers)).collect();
    let missing = app.typesetter.missing(&words);
    match missing.is_empty() {
        true => Ok(()),
        false => Err(forms::missing_glyphs(&missing)),
    }
}

/// The form as PDF: of a piece, or without a number to be filled in by hand. Absent where the notice has no form for it.
pub async fn pdf(
    app: &Shared,
    row: &entry::Model,
    key: &str,
    number: Option<u32>,
) -> Result<Vec<u8>> {
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let deliverable = asked(&campaign.notice, key)?;
    let template =
        crate::db::campaigns::deliverable_template(app.db.read(), &row.campaign_id).await?;
    let template = template.filter(|_| deliverable.template);
    let template = template.ok_or(Error::Absent)?;
    let piece = match number {
        None => None,
        Some(number) => {
            let number = i32::try_from(number).map_err(|_| Error::Absent)?;
            let found = deliverables::numbered(app.db.read(), &row.id, key, number).await?;
            Some(Piece::open(app, found.ok_or(Error::Absent)?)?)
        }
    };
    let entry = entries::to_entry(row, &app.sealing)?;
    let sheet = Sheet {
        number,
        receipt: entry.receipt.as_deref().unwrap_or_default(),
    };
    let empty = Answers::default();
    let answers = piece.as_ref().map_or(&empty, |p| &p.answers);
    let notice = &campaign.notice;
    let db = app.db.read();
    let written = forms::in_words(db, &deliverable.field, answers).await?;
    let applied = forms::in_words(db, &notice.form.field, &entry.answers).await?;
    let data = sheet.data(
        notice,
        deliverable,
        |f| forms::shown(notice, f, &written),
        |f| forms::shown(notice, f, &applied),
    );
    let at = piece.map_or(app.now(), |p| p.row.created_at);
    Ok(forms::render(app, template, data, at).await?.pdf)
}

/// What a form shows besides what was written.
pub struct Sheet<'a> {
    /// Absent on a form that is still to be filled in.
    pub number: Option<u32>,
    /// 回执 of the application.
    pub receipt: &'a str,
}

impl Sheet<'_> {
    /// The data that the template gets; both texts are as people read them.
    pub fn data(
        self,
        notice: &Notice,
        deliverable: &Deliverable,
        written: impl Fn(&Field) -> String,
        applied: impl Fn(&Field) -> String,
    ) -> Value {
        let cell =
            |f: &Field, text: String| json!({ "key": f.key, "label": f.label, "text": text });
        let written = deliverable.field.iter().map(|f| cell(f, written(f)));
        let applied = notice.form.field.iter().map(|f| cell(f, applied(f)));
        json!({
            "key": deliverable.key, "title": deliverable.label, "campaign": notice.title,
            "number": self.number.map_or(String::new(), |n| n.to_string()), "receipt": self.receipt,
            "form_code": "", "round": "", "draft": false, "qr_svg": "",
            "fields": written.collect::<Vec<_>>(), "application": applied.collect::<Vec<_>>(),
        })
    }
}
