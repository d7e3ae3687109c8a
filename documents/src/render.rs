//! Forms as Typst templates, rendered in process to PDF/A-2u (ISO 19005-2): the same input gives the same bytes.

mod stock;
mod world;

use std::path::PathBuf;
use std::sync::OnceLock;

use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Dict, Label, Selector, Smart, Value};
use typst::introspection::{Introspector, MetadataElem};
use typst::utils::PicoStr;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::civil;
use crate::prepare::prepare;
use stock::Stock;
use world::Desk;

/// Renders templates; fonts are read at the first form. Share one: it is `Sync`.
#[derive(Default)]
pub struct Renderer {
    own_fonts: Option<PathBuf>,
    stock: OnceLock<Stock>,
}

/// A rendered form.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// PDF/A-2u with an empty signature field for every box.
    pub pdf: Vec<u8>,
    pub pages: usize,
    /// In the order of the template.
    pub slots: Vec<SlotBox>,
}

/// A box for a stamp (盖章处), in PDF points from the lower left corner of its page.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SlotBox {
    /// ASCII letters, figures, `-` and `_`.
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
    /// Characters that no font draws, each once.
    #[error("no font draws {0:?}")]
    MissingGlyphs(Vec<char>),
    /// A fault of the template.
    #[error("template: {0}")]
    Template(String),
    /// Faults of the template, each at its line.
    #[error("template: {}", .0.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join("; "))]
    Flaws(Vec<Flaw>),
    /// More pages than a form may have.
    #[error("{0} pages; a form has at most {MAX_PAGES}")]
    TooManyPages(usize),
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Flaw {
    /// Line of the template, from 1; 0 when the fault shows elsewhere.
    pub line: usize,
    pub message: String,
}

/// Most pages of a form.
pub const MAX_PAGES: usize = 200;

impl Renderer {
    /// With the fonts inside the binary.
    #[must_use]
    pub fn new() -> Renderer {
        Renderer::default()
    }

    /// With an operator's fonts (`.ttf`, `.otf`, `.ttc` in a folder) beside those inside the binary;
    /// templates prefer 仿宋_GB2312 and 方正小标宋 when they are there. An empty path: none.
    #[must_use]
    pub fn with_fonts(folder: PathBuf) -> Renderer {
        Renderer {
            own_fonts: Some(folder).filter(|f| !f.as_os_str().is_empty()),
            stock: OnceLock::new(),
        }
    }

    fn stock(&self) -> &Stock {
        self.stock
            .get_or_init(|| Stock::new(self.own_fonts.as_deref()))
    }

    /// Characters of a text that no font draws, each once: to be told when a field is filled in.
    #[must_use]
    pub fn missing_glyphs(&self, text: &str) -> Vec<char> {
        self.stock().missing(text)
    }

    /// Renders a template with data, as of an instant (epoch milliseconds). Data is never read as markup.
    ///
    /// The template imports `/common.typ`; `templates/common.typ` tells the shape of the data. One that says `duplex` is to be
    /// printed on both sides (双面打印), and its file asks for that. Refused when a character of the data has no glyph, when the
    /// template fails, and when PDF/A cannot be kept.
    pub fn render(
        &self,
        template: &str,
        data: &serde_json::Value,
        at_ms: i64,
    ) -> Result<Rendered, RenderError> {
        self.render_with(template, data, Vec::new(), at_ms)
    }

    /// The same for a template that nobody has proved yet. Refused as well when none of the fonts that it names in one place is
    /// there: what is set in them would be left out, and nothing would tell.
    pub fn prove(
        &self,
        template: &str,
        data: &serde_json::Value,
        at_ms: i64,
    ) -> Result<Rendered, RenderError> {
        let rendered = self.render(template, data, at_ms)?;
        let lost = self.lost_fonts(template, data);
        match lost.is_empty() {
            true => Ok(rendered),
            false => Err(RenderError::Flaws(lost)),
        }
    }

    /// Fonts that are not there, nor any other of those named with them. Typst tells the absent ones; where there are no fonts at
    /// all, it tells all that are named.
    fn lost_fonts(&self, template: &str, data: &serde_json::Value) -> Vec<Flaw> {
        let told = |stock: &Stock| {
            let desk = Desk::new(stock, template, data, Vec::new());
            let warnings = typst::compile::<PagedDocument>(&desk).warnings.into_iter();
            let family = |w: SourceDiagnostic| {
                let family = w.message.strip_prefix("unknown font family: ")?;
                Some((
                    w.span,
                    line_of(&desk, &w).unwrap_or_default(),
                    family.to_owned(),
                ))
            };
            warnings.filter_map(family).collect::<Vec<_>>()
        };
        let absent = told(self.stock());
        if absent.is_empty() {
            return Vec::new();
        }
        let named = told(&self.stock().without_fonts());
        let lost = absent.iter().filter(|(place, ..)| {
            let mut there = named
                .iter()
                .filter(|n| n.0 == *place && !absent.contains(n));
            there.next().is_none()
        });
        let flaw = |(_, line, family): &(_, usize, String)| Flaw {
            line: *line,
            message: format!("没有字体“{family}”，也没有同时列出的其他字体，用它排的文字印不出来"),
        };
        lost.map(flaw).collect()
    }

    /// The same with files that the template may show or attach: the first is `/enclosed/0`. Then the result is
    /// PDF/A-3u, the part of the standard that lets a file carry others.
    pub fn render_with(
        &self,
        template: &str,
        data: &serde_json::Value,
        enclosed: Vec<Vec<u8>>,
        at_ms: i64,
    ) -> Result<Rendered, RenderError> {
        let standard = match enclosed.is_empty() {
            true => PdfStandard::A_2u,
            false => PdfStandard::A_3u,
        };
        let missing = self.missing_glyphs(&words(data));
        if !missing.is_empty() {
            return Err(RenderError::MissingGlyphs(missing));
        }
        let desk = Desk::new(self.stock(), template, data, enclosed);
        let compiled = typst::compile::<PagedDocument>(&desk);
        let rendered = compiled
            .output
            .map_err(|faults| told(&desk, &faults))
            .and_then(|document| finish(&desk, &document, data, at_ms, standard));
        // what was laid out is kept for a few forms, so that memory stays flat
        typst::comemo::evict(3);
        rendered
    }
}

fn finish(
    desk: &Desk<'_>,
    document: &PagedDocument,
    data: &serde_json::Value,
    at_ms: i64,
    standard: PdfStandard,
) -> Result<Rendered, RenderError> {
    let pages = document.pages().len();
    if pages > MAX_PAGES {
        return Err(RenderError::TooManyPages(pages));
    }
    let pdf = export(desk, document, data, at_ms, standard)?;
    let slots = slots(document);
    let duplex = data["duplex"] == true;
    let pdf = prepare(pdf, &slots, duplex).map_err(RenderError::Template)?;
    Ok(Rendered { pdf, pages, slots })
}

/// All text that a form may show.
fn words(data: &serde_json::Value) -> String {
    let mut words = String::new();
    let mut todo = vec![data];
    while let Some(value) = todo.pop() {
        match value {
            serde_json::Value::String(text) => words.push_str(text),
            serde_json::Value::Array(list) => todo.extend(list.iter().rev()),
            serde_json::Value::Object(map) => todo.extend(map.values()),
            _ => {}
        }
    }
    words
}

fn told(desk: &Desk<'_>, faults: &[SourceDiagnostic]) -> RenderError {
    let flaw = |fault: &SourceDiagnostic| Flaw {
        line: line_of(desk, fault).unwrap_or_default(),
        message: fault.message.to_string(),
    };
    RenderError::Flaws(faults.iter().map(flaw).collect())
}

/// The template's own line: where the fault is, or from where what fails was called.
fn line_of(desk: &Desk<'_>, fault: &SourceDiagnostic) -> Option<usize> {
    let calls = fault.trace.iter().map(|call| call.span.into());
    let mut places = std::iter::once(fault.span).chain(calls);
    let span = places.find(|span| span.id() == Some(desk.main()))?;
    let at = desk.range(span)?.start;
    let source = desk.source(desk.main()).ok()?;
    Some(source.lines().byte_to_line(at)? + 1)
}

fn export(
    desk: &Desk<'_>,
    document: &PagedDocument,
    data: &serde_json::Value,
    at_ms: i64,
    standard: PdfStandard,
) -> Result<Vec<u8>, RenderError> {
    let ident = format!("{}/{}", data["form_code"], data["round"]);
    let options = PdfOptions {
        ident: Smart::Custom(ident),
        timestamp: timestamp(at_ms),
        standards: PdfStandards::new(&[standard])
            .map_err(|e| RenderError::Template(format!("{e:?}")))?,
        tagged: false,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options).map_err(|faults| told(desk, &faults))
}

fn timestamp(at_ms: i64) -> Option<Timestamp> {
    let (year, month, day, hour, minute, second) = civil::shanghai(at_ms)?;
    let date = Datetime::from_ymd_hms(year, month, day, hour, minute, second)?;
    Timestamp::new_local(date, 8 * 60)
}

/// Boxes are told by `<stamp-slot>` marks in the template.
fn slots(document: &PagedDocument) -> Vec<SlotBox> {
    let Some(label) = Label::new(PicoStr::intern("stamp-slot")) else {
        return Vec::new();
    };
    let introspector = document.introspector();
    let marks = introspector.query(&Selector::Label(label));
    let boxes = marks.iter().filter_map(|mark| {
        let Value::Dict(dict) = &mark.to_packed::<MetadataElem>()?.value else {
            return None;
        };
        let position = introspector.position(mark.location()?)?;
        let page = position.page.get();
        let page_height = document.pages().get(page - 1)?.frame.height().to_pt();
        let height = number(dict, "h")?;
        Some(SlotBox {
            id: dict.get("id").ok()?.clone().cast::<String>().ok()?,
            page,
            x: position.point.x.to_pt(),
            y: page_height - position.point.y.to_pt() - height,
            width: number(dict, "w")?,
            height,
        })
    });
    boxes.collect()
}

fn number(dict: &Dict, key: &str) -> Option<f64> {
    dict.get(key).ok()?.clone().cast::<f64>().ok()
}

/// A QR code as SVG, error level M; print it 18 mm wide or wider, or scans will not read it. Empty when
/// the text is too long for one (about 2,300 bytes).
#[must_use]
pub fn qr_svg(text: &str) -> String {
    let code = qrcode::QrCode::with_error_correction_level(text.as_bytes(), qrcode::EcLevel::M);
    let svg = code.map(|code| {
        let mut renderer = code.render::<qrcode::render::svg::Color<'_>>();
        renderer.min_dimensions(120, 120).build()
    });
    svg.unwrap_or_default()
}
