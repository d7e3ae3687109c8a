//! Forms as Typst templates, rendered in process to PDF/A-2u: the same input gives the same bytes.

use std::sync::OnceLock;

use chrono::{Datelike, TimeZone, Timelike, Utc};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration, Label, Selector, Smart, Value};
use typst::introspection::{Introspector, MetadataElem};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::{LazyHash, PicoStr};
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::{fonts, stamp};

/// What templates share: fonts, tables, boxes for stamps.
const COMMON: &str = include_str!("../templates/common.typ");

/// Renders templates; fonts are read at the first form.
#[derive(Default)]
pub struct Renderer {
    stock: OnceLock<Stock>,
}

struct Stock {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

/// A rendered form.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// PDF/A-2u with an empty signature field for every box.
    pub pdf: Vec<u8>,
    pub pages: usize,
    pub slots: Vec<SlotBox>,
}

/// A box for a stamp (盖章处), in PDF points from the lower left corner of its page.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SlotBox {
    pub id: String,
    /// From 1.
    pub page: usize,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Why a form could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Characters that no font draws.
    #[error("no font draws {0:?}")]
    MissingGlyphs(Vec<char>),
    /// A fault of the template.
    #[error("template: {0}")]
    Template(String),
}

impl Renderer {
    /// With the fonts inside the binary.
    #[must_use]
    pub fn new() -> Renderer {
        Renderer::default()
    }

    fn stock(&self) -> &Stock {
        self.stock.get_or_init(|| {
            let fonts: Vec<Font> = fonts::ALL
                .iter()
                .flat_map(|bytes| Font::iter(Bytes::new(*bytes)))
                .collect();
            Stock {
                library: LazyHash::new(Library::builder().build()),
                book: LazyHash::new(FontBook::from_fonts(&fonts)),
                fonts,
            }
        })
    }

    /// Renders a template with data, as of an instant (epoch milliseconds). Data is never read as markup.
    pub fn render(
        &self,
        template: &str,
        data: &serde_json::Value,
        at_ms: i64,
    ) -> Result<Rendered, RenderError> {
        let mut words = String::new();
        collect(data, &mut words);
        let missing = fonts::missing(&words);
        if !missing.is_empty() {
            return Err(RenderError::MissingGlyphs(missing));
        }
        let desk = Desk::new(self.stock(), template, data);
        let compiled = typst::compile::<PagedDocument>(&desk);
        let document = compiled
            .output
            .map_err(|faults| told(faults.iter().map(|f| f.message.to_string())))?;
        let pdf = export(&document, data, at_ms)?;
        let slots = slots(&document);
        let pages = document.pages().len();
        typst::comemo::evict(10);
        let pdf = stamp::prepare(&pdf, &slots).map_err(|e| RenderError::Template(e.to_string()))?;
        Ok(Rendered { pdf, pages, slots })
    }
}

/// Every text of the data, as written: escapes of JSON would hide control characters.
fn collect(data: &serde_json::Value, words: &mut String) {
    match data {
        serde_json::Value::String(text) => words.push_str(text),
        serde_json::Value::Array(list) => list.iter().for_each(|one| collect(one, words)),
        serde_json::Value::Object(map) => map.values().for_each(|one| collect(one, words)),
        _ => {}
    }
}

fn told(messages: impl Iterator<Item = String>) -> RenderError {
    RenderError::Template(messages.collect::<Vec<_>>().join("; "))
}

fn export(
    document: &PagedDocument,
    data: &serde_json::Value,
    at_ms: i64,
) -> Result<Vec<u8>, RenderError> {
    let ident = data["form_code"].as_str().unwrap_or_default().to_owned();
    let options = PdfOptions {
        ident: Smart::Custom(ident.as_str().into()),
        timestamp: timestamp(at_ms),
        standards: PdfStandards::new(&[PdfStandard::A_2u])
            .map_err(|e| RenderError::Template(format!("{e:?}")))?,
        tagged: false,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options)
        .map_err(|faults| told(faults.iter().map(|f| f.message.to_string())))
}

fn timestamp(at_ms: i64) -> Option<Timestamp> {
    let at = Utc.timestamp_millis_opt(at_ms + 8 * 3_600_000).single()?;
    let small = |n: u32| u8::try_from(n).unwrap_or_default();
    let date = Datetime::from_ymd_hms(
        at.year(),
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
    )?;
    Timestamp::new_local(date, 480)
}

/// Boxes are told by `<stamp-slot>` marks in the template.
fn slots(document: &PagedDocument) -> Vec<SlotBox> {
    let introspector = document.introspector();
    let Some(label) = Label::new(PicoStr::intern("stamp-slot")) else {
        return vec![];
    };
    let marks = introspector.query(&Selector::Label(label));
    marks
        .iter()
        .filter_map(|mark| {
            let value = &mark.to_packed::<MetadataElem>()?.value;
            let Value::Dict(dict) = value else {
                return None;
            };
            let number = |key: &str| dict.get(key).ok()?.clone().cast::<f64>().ok();
            let (width, height) = (number("w")?, number("h")?);
            let position = introspector.position(mark.location()?)?;
            let page = position.page.get();
            let page_height = document.pages().get(page - 1)?.frame.height().to_pt();
            Some(SlotBox {
                id: dict.get("id").ok()?.clone().cast::<String>().ok()?,
                page,
                x: position.point.x.to_pt(),
                y: page_height - position.point.y.to_pt() - height,
                width,
                height,
            })
        })
        .collect()
}

/// One rendering's files: the template, what is shared, the data.
struct Desk<'a> {
    stock: &'a Stock,
    main: Source,
    common: Source,
    data: (FileId, Bytes),
}

impl<'a> Desk<'a> {
    fn new(stock: &'a Stock, template: &str, data: &serde_json::Value) -> Desk<'a> {
        Desk {
            stock,
            main: Source::new(file("/main.typ"), template.to_owned()),
            common: Source::new(file("/common.typ"), COMMON.to_owned()),
            data: (
                file("/data.json"),
                Bytes::new(data.to_string().into_bytes()),
            ),
        }
    }
}

#[expect(clippy::expect_used, reason = "three constant names, all sound")]
fn file(path: &str) -> FileId {
    FileId::new(RootedPath::new(
        VirtualRoot::Project,
        VirtualPath::new(path).expect("a sound path"),
    ))
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.stock.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.stock.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        [&self.main, &self.common]
            .into_iter()
            .find(|s| s.id() == id)
            .cloned()
            .ok_or_else(|| FileError::NotFound("template".into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data.0 {
            Ok(self.data.1.clone())
        } else {
            Err(FileError::NotFound("file".into()))
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.stock.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// A QR code as SVG, error level M.
pub fn qr_svg(text: &str) -> String {
    let code = qrcode::QrCode::with_error_correction_level(text.as_bytes(), qrcode::EcLevel::M);
    code.map(|c| {
        c.render::<qrcode::render::svg::Color<'_>>()
            .min_dimensions(120, 120)
            .build()
    })
    .unwrap_or_default()
}
