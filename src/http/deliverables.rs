//! 后续材料 as both faces show them.

use domain::form::Answers;
use poem_openapi::Object;
use poem_openapi::types::Any;
use serde_json::{Value, json};

use super::download::{Download, download};
use super::problem::Problem;
use crate::app::deliverables::{self, Owed, Piece};
use crate::error::{Error, invalid};
use crate::state::Shared;

/// Something that the notice asks for after the application.
#[derive(Object)]
pub struct DeliverableView {
    /// Its name in addresses.
    pub key: String,
    pub label: String,
    /// activity or report.
    pub kind: String,
    /// At least this many.
    pub min: u32,
    /// How many are missing still.
    pub missing: u32,
    /// First instant at which it may be handed in, epoch milliseconds; absent where the notice gives none.
    #[oai(skip_serializing_if_is_none)]
    pub opens: Option<i64>,
    /// First instant after the last.
    #[oai(skip_serializing_if_is_none)]
    pub closes: Option<i64>,
    pub open_now: bool,
    /// What is written down, in the shape of the notice's fields.
    pub fields: Any<Value>,
    /// There is a form to be printed.
    pub has_form: bool,
    /// Key of the part of the score that is given up when it is missing.
    #[oai(skip_serializing_if_is_none)]
    pub part: Option<String>,
    /// The notice's own words.
    pub clause: String,
    /// What was handed in, by number.
    pub pieces: Vec<PieceView>,
}

/// A piece that was handed in.
#[derive(Object)]
pub struct PieceView {
    pub id: String,
    /// Counts the pieces of one kind, from 1; of a report the last one holds.
    pub number: i32,
    pub answers: Any<Value>,
    /// SHA-256 of the answers, hexadecimal.
    pub digest: String,
    /// Epoch milliseconds.
    pub handed_in_at: i64,
}

impl TryFrom<Piece> for PieceView {
    type Error = Problem;

    fn try_from(p: Piece) -> Result<PieceView, Problem> {
        Ok(PieceView {
            id: p.row.id,
            number: p.row.number,
            answers: Any(serde_json::to_value(p.answers).map_err(Error::from)?),
            digest: p.row.digest,
            handed_in_at: p.row.created_at,
        })
    }
}

impl TryFrom<Owed> for DeliverableView {
    type Error = Problem;

    fn try_from(o: Owed) -> Result<DeliverableView, Problem> {
        let d = o.deliverable;
        let handed_in = u32::try_from(o.pieces.len()).unwrap_or(u32::MAX);
        let word = serde_json::to_value(d.kind).map_err(Error::from)?;
        Ok(DeliverableView {
            key: d.key,
            label: d.label,
            kind: word.as_str().unwrap_or_default().to_owned(),
            min: d.min,
            missing: d.min.saturating_sub(handed_in),
            opens: o.window.map(|w| w.opens).filter(|at| *at != i64::MIN),
            closes: o.window.map(|w| w.closes),
            open_now: o.window.is_none_or(|w| w.is_open(o.now)),
            fields: Any(serde_json::to_value(d.field).map_err(Error::from)?),
            has_form: d.template,
            part: d.part,
            clause: d.clause,
            pieces: (o.pieces.into_iter())
                .map(PieceView::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// What is handed in.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct PieceInput {
    /// Field key → text or whole number.
    pub answers: Any<Value>,
}

impl poem_openapi::types::Example for PieceInput {
    fn example() -> PieceInput {
        let answers = json!({
            "topic": "“青春接力”网上答疑", "date": "2024-09-02", "address": "https://example.edu.cn/live/1",
        });
        PieceInput {
            answers: Any(answers),
        }
    }
}

impl PieceInput {
    /// As the app takes it.
    pub fn answers(self) -> Result<Answers, Problem> {
        serde_json::from_value(self.answers.0)
            .map_err(|_| invalid("answers", "field_format", "填写内容应为字段与文字或整数").into())
    }
}

/// All that is asked of an entry.
pub async fn list(
    app: &Shared,
    row: &entity::entry::Model,
) -> Result<Vec<DeliverableView>, Problem> {
    let owed = deliverables::owed(app, row).await?;
    owed.into_iter().map(DeliverableView::try_from).collect()
}

/// The form, filled in or not.
pub async fn form(
    app: &Shared,
    row: &entity::entry::Model,
    key: &str,
    number: Option<u32>,
) -> Result<Download<Vec<u8>>, Problem> {
    let pdf = deliverables::pdf(app, row, key, number).await?;
    Ok(download(pdf, "deliverable.pdf", "后续材料.pdf"))
}
