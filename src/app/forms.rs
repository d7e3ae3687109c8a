//! 申报表: rendered once from what was submitted, then only stamped.

use chrono::NaiveDate;
use documents::render::{RenderError, Rendered};
use domain::entry::{Entry, EntryState};
use domain::event::Event;
use domain::finding::Finding;
use domain::form::{Answer, Answers};
use domain::form_check::CATEGORY_OTHER;
use domain::notice::{Field, FieldKind, Notice};
use domain::refusal::{Refusal, Violation};
use domain::seal::all_slots;
use entity::document;
use serde_json::{Value, json};

use super::campaigns::Campaign;
use super::submissions::{Content, chain_of};
use super::typesetting::Drawn;
use super::verification;
use crate::clock::new_id;
use crate::db::events::{self, By};
use crate::db::{Conn, documents as rows, entries, regions};
use crate::error::{Error, Result};
use crate::security::random_code;
use crate::state::{App, Shared};

/// The form as PDF: of a submitted round with its stamps, or of a draft, marked as one.
pub async fn pdf(app: &Shared, campaign: &Campaign, entry: &Entry, by: &By) -> Result<Vec<u8>> {
    if matches!(entry.state, EntryState::Draft) {
        return Ok(draft(app, campaign, entry).await?.pdf);
    }
    let form = ensure(app, campaign, entry, by).await?;
    app.files.get(&form.sha256).await
}

/// The form of what is written so far, without a number and marked as a draft.
pub async fn draft(app: &Shared, campaign: &Campaign, entry: &Entry) -> Result<Rendered> {
    let words = in_words(app.db.read(), &campaign.notice.form.field, &entry.answers).await?;
    let data = data(campaign, entry, &words, "草稿", "", true)?;
    let template = template(app, campaign).await?;
    judged(app.typesetter.draft(template, data, app.now()).await?)
}

/// The form with nothing on it, marked so that it is not taken for one to be stamped; it has no number.
pub async fn blank(app: &Shared, campaign: &Campaign) -> Result<Rendered> {
    let template = template(app, campaign).await?;
    let notice = &campaign.notice;
    let slots = (notice.step.iter().flat_map(|s| &s.slot))
        .map(|s| json!({ "id": s.key, "label": s.label, "agency": "" }))
        .collect();
    let sheet = Sheet {
        code: "",
        url: "",
        draft: true,
        round: 1,
        receipt: "",
        category: "",
        category_other: "",
        children: vec![],
        slots,
    };
    let mut data = sheet.data(notice, |_| String::new());
    data["mark"] = "空白样表".into();
    render(app, template, data, app.now()).await
}

/// The form of the newest round; rendered at the first demand, from the submission and as of its time, so
/// that the rush before a deadline does not wait for typesetting.
pub async fn ensure(
    app: &Shared,
    campaign: &Campaign,
    entry: &Entry,
    by: &By,
) -> Result<document::Model> {
    if let Some(form) = rows::of_round(app.db.read(), &entry.id, entry.round).await? {
        return Ok(form);
    }
    let round = i32::try_from(entry.round).unwrap_or(i32::MAX);
    let submission = entries::submission(app.db.read(), &entry.id, round)
        .await?
        .ok_or(Error::Absent)?;
    let place = format!("submission.content.{}", entry.id);
    let content: Content = serde_json::from_slice(&app.sealing.open(&place, &submission.content)?)?;
    let submitted = Entry {
        answers: content.written.answers,
        choice: content.written.choice,
        digest: Some(submission.digest.clone()),
        ..entry.clone()
    };
    let code = format!("{}-{}", &campaign.notice.region[..2], random_code(10));
    let url = verification::address(app, &code);
    let words = in_words(
        app.db.read(),
        &campaign.notice.form.field,
        &submitted.answers,
    )
    .await?;
    let data = data(campaign, &submitted, &words, &code, &url, false)?;
    let rendered = render(
        app,
        template(app, campaign).await?,
        data,
        submission.submitted_at,
    )
    .await?;
    let sha256 = app.files.put(&rendered.pdf).await?;
    let form = document::Model {
        id: new_id(),
        entry_id: entry.id.clone(),
        round,
        code,
        sha256,
        digest: submission.digest,
        slots: serde_json::to_string(&rendered.slots)?,
        pages: i32::try_from(rendered.pages).unwrap_or(i32::MAX),
        version: 1,
        created_at: app.now(),
    };
    let (campaign, by) = (campaign.head.id.clone(), by.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // Somebody may have asked for the same form meanwhile; the first one stays.
                if let Some(first) = rows::of_round(
                    tx,
                    &form.entry_id,
                    u32::try_from(form.round).unwrap_or_default(),
                )
                .await?
                {
                    return Ok(first);
                }
                rows::insert(tx, form.clone()).await?;
                let event = Event::FormRendered {
                    code: form.code.clone(),
                    sha256: form.sha256.clone(),
                    digest: form.digest.clone(),
                };
                events::append(tx, &campaign, &form.entry_id, &by, &event).await?;
                Ok(form)
            })
        })
        .await
}

/// Absent for a campaign to which nobody applies.
async fn template(app: &Shared, campaign: &Campaign) -> Result<String> {
    crate::db::campaigns::template(app.db.read(), &campaign.head.id)
        .await?
        .filter(|template| !template.is_empty())
        .ok_or(Error::Absent)
}

/// Draws a template with data as of an instant; a character that no font has is named.
pub async fn render(app: &Shared, template: String, data: Value, at: i64) -> Result<Rendered> {
    judged(app.typesetter.render(template, data, at).await?)
}

/// A drawing, or why there is none.
pub fn judged(drawn: Option<Drawn>) -> Result<Rendered> {
    let slow = || Error::Bug("template: not drawn in time".into());
    drawn.ok_or_else(slow)?.map_err(|error| match error {
        RenderError::MissingGlyphs(missing) => missing_glyphs(&missing),
        other => Error::Bug(other.to_string()),
    })
}

/// Answers that the form could not show: told to who writes them, before an office is to stamp what cannot be printed.
#[must_use]
pub fn unprintable(app: &App, notice: &Notice, answers: &Answers) -> Vec<Finding> {
    let of_field = |f: &Field| {
        let children = answers.children(&f.key);
        let texts = children
            .iter()
            .flat_map(|c| [&c.name, &c.platform, &c.account_id]);
        let words = texts.fold(shown(notice, f, answers), |words, text| words + text);
        (f.key.clone(), words)
    };
    let other = answers.text(CATEGORY_OTHER).unwrap_or_default();
    let cells = notice.form.field.iter().map(of_field);
    cells
        .chain([(CATEGORY_OTHER.to_owned(), other.to_owned())])
        .filter_map(|(field, words)| {
            let missing = app.typesetter.missing(&words);
            let named = (!missing.is_empty()).then(|| glyphs(&missing))?;
            let message = format!("字库中没有以下字，无法印在申报表上，请换用其他写法：{named}");
            let mut finding = Finding::block(&field, &field, "glyph_missing", message);
            finding.violation.value = Some(named);
            Some(finding)
        })
        .collect()
}

fn glyphs(missing: &[char]) -> String {
    (missing.iter())
        .map(|c| format!("{c}（U+{:04X}）", u32::from(*c)))
        .collect()
}

/// Characters that cannot be printed, named.
pub fn missing_glyphs(missing: &[char]) -> Error {
    let named = glyphs(missing);
    let violations = vec![Violation {
        code: "glyph_missing".into(),
        value: Some(named.clone()),
        message: "字库中没有这些字".into(),
        ..Violation::default()
    }];
    Error::Refused(Refusal::with(
        "glyph_missing",
        format!("字库中没有以下字，无法印出，请换用其他写法：{named}"),
        violations,
    ))
}

/// What the template gets; the order of fields is the notice's. `words` are the answers as [`in_words`] has them.
fn data(
    campaign: &Campaign,
    entry: &Entry,
    words: &Answers,
    code: &str,
    url: &str,
    draft: bool,
) -> Result<Value> {
    let notice = &campaign.notice;
    let chain = match draft {
        true => vec![],
        false => chain_of(campaign, entry)?,
    };
    let agency = |step: &str, system: &str| {
        let found = chain.iter().find(|(s, _)| s.key == step);
        found
            .and_then(|(s, all)| {
                s.system
                    .iter()
                    .zip(all)
                    .find(|(x, _)| *x == system)
                    .map(|(_, a)| a.name.clone())
            })
            .unwrap_or_default()
    };
    let on_chain = |step: &str| draft || chain.iter().any(|(s, _)| s.key == step);
    let slots: Vec<Value> = all_slots(notice, entry)
        .into_iter()
        .filter(|(step, _)| on_chain(&step.key))
        .map(|(step, slot)| json!({ "id": slot.key, "label": slot.label, "agency": agency(&step.key, &slot.system) }))
        .collect();
    let children: Vec<Value> = notice
        .form
        .field
        .iter()
        .flat_map(|f| entry.answers.children(&f.key))
        .map(|c| json!({ "name": c.name, "platform": c.platform, "account_id": c.account_id, "followers": c.followers.to_string() }))
        .collect();
    let sheet = Sheet {
        code,
        url,
        draft,
        round: entry.round.max(1),
        receipt: entry.receipt.as_deref().unwrap_or_default(),
        category: &entry.choice.category,
        category_other: entry.answers.text(CATEGORY_OTHER).unwrap_or_default(),
        children,
        slots,
    };
    Ok(sheet.data(notice, |f| shown(notice, f, words)))
}

/// What a form shows besides the answers.
pub struct Sheet<'a> {
    pub code: &'a str,
    /// Printed as a QR code; empty: none.
    pub url: &'a str,
    pub draft: bool,
    pub round: u32,
    pub receipt: &'a str,
    /// Key of the category that is ticked.
    pub category: &'a str,
    pub category_other: &'a str,
    pub children: Vec<Value>,
    pub slots: Vec<Value>,
}

impl Sheet<'_> {
    /// The data that a template gets; `text` is a field's answer as people read it.
    pub fn data(self, notice: &Notice, text: impl Fn(&Field) -> String) -> Value {
        let fields: Vec<Value> = (notice.form.field.iter())
            .map(|f| json!({ "key": f.key, "label": f.label, "text": text(f) }))
            .collect();
        let categories: Vec<Value> = (notice.category.iter())
            .map(|c| {
                let ticked = c.key == self.category;
                let other = if ticked { self.category_other } else { "" };
                json!({ "key": c.key, "label": c.label, "ticked": ticked, "other": other })
            })
            .collect();
        let qr = match self.url {
            "" => String::new(),
            url => documents::render::qr_svg(url),
        };
        json!({
            "title": notice.form.title, "duplex": notice.form.duplex, "form_code": self.code, "round": self.round.to_string(), "draft": self.draft, "qr_svg": qr,
            "campaign": notice.title, "receipt": self.receipt,
            "categories": categories, "fields": fields, "children": self.children, "slots": self.slots,
        })
    }
}

/// Answers to these fields, with the names of places for their codes.
pub async fn in_words(db: &Conn, fields: &[Field], answers: &Answers) -> Result<Answers> {
    let mut words = answers.clone();
    let places = fields
        .iter()
        .filter(|f| matches!(f.kind, FieldKind::Region));
    for field in places {
        if let Some(Answer::Text(code)) = words.0.get_mut(&field.key) {
            let name = regions::full_name(&regions::path(db, code).await?);
            if !name.is_empty() {
                *code = name;
            }
        }
    }
    Ok(words)
}

/// An answer as the form shows it. Of a place the name where [`in_words`] has put it, and its code else.
pub fn shown(notice: &Notice, field: &Field, answers: &Answers) -> String {
    match (&field.kind, answers.0.get(&field.key)) {
        (FieldKind::Percent, Some(Answer::Number(n))) => format!("{}.{:02}%", n / 100, n % 100),
        (_, Some(Answer::Number(n))) => n.to_string(),
        (FieldKind::Choice { options }, Some(Answer::Text(key))) => options
            .iter()
            .find(|o| o.key == *key)
            .map_or(key.clone(), |o| o.label.clone()),
        (FieldKind::Platform, Some(Answer::Text(key))) => notice
            .platform
            .iter()
            .find(|p| p.key == *key)
            .map_or(key.clone(), |p| p.label.clone()),
        (FieldKind::Date, Some(Answer::Text(day))) => NaiveDate::parse_from_str(day, "%Y-%m-%d")
            .map_or(day.clone(), |day| day.format("%Y年%-m月%-d日").to_string()),
        (_, Some(Answer::Text(text))) => text.clone(),
        _ => String::new(),
    }
}
