//! 扫描件: a stamped form that came back on paper is looked at, and what was seen is told to a person.
//!
//! Nothing here refuses anything. A red round seal is looked for in each box (盖章处) of the form, the
//! form's code in the foot of its pages; a scan without colour says so instead of saying "no seal".

mod code;
mod ink;
mod pages;
mod raster;
mod rings;
mod seals;
mod weight;

use std::time::Duration;

use hayro::hayro_syntax::Pdf;

use crate::render::SlotBox;
use media::guard;
use pages::{FOR_CODES, FOR_SEALS};
use raster::{Area, Raster};
use seals::Seen;

/// A4 in points: what forms are printed on.
const SHEET: (f64, f64) = (595.28, 841.89);
/// Pages that are drawn; the rest of a long file is not looked at.
const MOST_PAGES: usize = 12;
/// Pages that the code is looked for on.
const CODE_PAGES: usize = 3;
/// How far beside its box the middle of a seal may be: scans are askew, and hands are free. Points.
const SLACK: f64 = 42.0;
/// An unoptimised build draws some twenty times slower.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 5 });
/// Shorter side of a picture in which a seal could be made out: A4 at 60 dpi.
const SMALLEST: usize = 500;
/// A seal that is less sure than this is not told of.
pub const LEAST_CONFIDENCE: f32 = 0.5;

/// What a stamped form ought to look like.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pub boxes: Vec<SlotBox>,
    pub pages: usize,
}

/// What was seen on a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Pages of the scan.
    pub pages: usize,
    /// What the QR code says, where one could be read.
    pub code: Option<String>,
    /// No colour on any page: nobody can tell red ink from black.
    pub grey: bool,
    /// One for each box of the form.
    pub boxes: Vec<BoxLook>,
    /// Seals that stand in no box.
    pub elsewhere: usize,
}

/// What was seen in one box.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxLook {
    pub id: String,
    pub sight: Sight,
    /// 0 to 1; 0 when no seal was seen.
    pub confidence: f32,
    /// The box as it is on the scan, PNG.
    pub picture: Option<Vec<u8>>,
}

/// Is there a seal?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Seen,
    NotSeen,
    /// The page is grey or missing.
    CannotTell,
}

/// A scan that was read: what is on its pages, before anybody says what ought to be.
pub struct Scan {
    pages: usize,
    code: Option<String>,
    /// Pages that could be drawn, by their place in the file.
    sheets: Vec<Option<Sheet>>,
}

/// One page with what was found on it.
struct Sheet {
    page: Raster,
    grey: bool,
    seals: Vec<Seen>,
}

/// Reads a scan as PDF, or as JPEG, PNG or WebP. `None` when no page can be drawn, when it unpacks beyond
/// reason, when a picture is too small to show a seal, or after five seconds.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Scan> {
    let bytes = bytes.to_vec();
    let read = move || match bytes.starts_with(b"%PDF-") {
        true => read_pdf(bytes),
        false => read_picture(&bytes),
    };
    guard::run_for(PATIENCE, read).ok().flatten()
}

fn read_pdf(bytes: Vec<u8>) -> Option<Scan> {
    if !weight::bearable(&bytes) {
        return None;
    }
    let pdf = Pdf::new(bytes).ok()?;
    let count = pdf.pages().len();
    let (mut drawn, mut code) = (Vec::new(), None);
    for n in 0..count.min(MOST_PAGES) {
        if code.is_some() || n >= CODE_PAGES {
            drawn.push(pages::page(&pdf, n, FOR_SEALS));
            continue;
        }
        let page = pages::page(&pdf, n, FOR_CODES);
        code = page.as_ref().and_then(code::read);
        drawn.push(page.map(|page| page.reduced(FOR_SEALS)));
    }
    Scan::of(count, drawn, code)
}

/// The first pages of a PDF as JPEG, for people to look at: with its annotations, so that stamps show. `short` is the
/// shorter side in pixels. None when no page can be drawn, when it unpacks beyond reason, or after five seconds.
#[must_use]
pub fn pictures(pdf: &[u8], most: usize, short: usize) -> Vec<Vec<u8>> {
    let bytes = pdf.to_vec();
    let draw = move || {
        if !weight::bearable(&bytes) {
            return Vec::new();
        }
        let Ok(pdf) = Pdf::new(bytes) else {
            return Vec::new();
        };
        let drawn = (0..pdf.pages().len().min(most)).map(|n| pages::page(&pdf, n, short));
        drawn.filter_map(|page| page?.jpeg()).collect()
    };
    guard::run_for(PATIENCE, draw).unwrap_or_default()
}

fn read_picture(bytes: &[u8]) -> Option<Scan> {
    let whole = pages::picture(bytes)?.reduced(FOR_CODES);
    if whole.short() < SMALLEST {
        return None;
    }
    let code = code::read(&whole);
    Scan::of(1, vec![Some(whole.reduced(FOR_SEALS))], code)
}

impl Scan {
    fn of(pages: usize, drawn: Vec<Option<Raster>>, code: Option<code::Code>) -> Option<Scan> {
        let turn = code.as_ref().map_or(0, |code| code.turn);
        let sheets: Vec<_> = drawn
            .into_iter()
            .map(|page| Some(Sheet::of(page?.turned(turn))))
            .collect();
        sheets.iter().any(Option::is_some).then(|| Scan {
            pages,
            code: code.map(|code| code.text),
            sheets,
        })
    }

    /// What the QR code in the foot says, where one could be read.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Compares with the form that it ought to show.
    #[must_use]
    pub fn against(&self, form: &Form) -> Look {
        let boxes: Vec<BoxLook> = form
            .boxes
            .iter()
            .map(|slot| self.look_into(slot, form))
            .collect();
        let sheets = || self.sheets.iter().flatten();
        let seals: usize = sheets().map(|sheet| sheet.seals.len()).sum();
        let taken = boxes.iter().filter(|b| b.sight == Sight::Seen).count();
        Look {
            pages: self.pages,
            code: self.code.clone(),
            grey: sheets().all(|sheet| sheet.grey),
            boxes,
            elsewhere: seals.saturating_sub(taken),
        }
    }

    /// A scan with as many pages as the form shows each box on its own page; else any page may be the one.
    fn look_into(&self, slot: &SlotBox, form: &Form) -> BoxLook {
        let others: Vec<&SlotBox> = form
            .boxes
            .iter()
            .filter(|other| other.page == slot.page && other.id != slot.id)
            .collect();
        let candidates = self.sheets.iter().enumerate().filter_map(|(n, sheet)| {
            let possible = self.pages != form.pages || n + 1 == slot.page;
            sheet.as_ref().filter(|_| possible)
        });
        let candidates: Vec<&Sheet> = candidates.collect();
        let seen = candidates
            .iter()
            .filter_map(|sheet| Some((*sheet, sheet.seal_in(slot, &others)?)))
            .max_by(|a, b| a.1.confidence.total_cmp(&b.1.confidence));
        let sight = match (seen, candidates.iter().all(|sheet| sheet.grey)) {
            (Some(_), _) => Sight::Seen,
            // also where no page can be the one
            (None, true) => Sight::CannotTell,
            (None, false) => Sight::NotSeen,
        };
        let shown = seen.map(|(sheet, _)| sheet).or(candidates.first().copied());
        BoxLook {
            id: slot.id.clone(),
            sight,
            confidence: seen.map_or(0.0, |(_, seal)| seal.confidence),
            picture: shown.and_then(|sheet| sheet.page.cut(sheet.place(slot, SLACK / 2.0)).png()),
        }
    }
}

impl Sheet {
    fn of(page: Raster) -> Sheet {
        let grey = ink::is_grey(&page);
        let mut seals = match grey {
            true => Vec::new(),
            false => seals::find(&ink::red(&page)),
        };
        seals.retain(|seal| seal.confidence >= LEAST_CONFIDENCE);
        Sheet { page, grey, seals }
    }

    /// Where a box is on this sheet, with so much around it (points).
    fn place(&self, slot: &SlotBox, slack: f64) -> Area {
        let (x, y) = (
            self.page.width as f64 / SHEET.0,
            self.page.height as f64 / SHEET.1,
        );
        let top = SHEET.1 - slot.y - slot.height;
        Area {
            left: ((slot.x - slack) * x) as f32,
            top: ((top - slack) * y) as f32,
            right: ((slot.x + slot.width + slack) * x) as f32,
            bottom: ((top + slot.height + slack) * y) as f32,
        }
    }

    /// The likeliest seal of a box: its middle is in or near it, and in no other box.
    fn seal_in(&self, slot: &SlotBox, others: &[&SlotBox]) -> Option<Seen> {
        let holds = |area: Area, seal: &Seen| {
            area.left <= seal.x
                && seal.x <= area.right
                && area.top <= seal.y
                && seal.y <= area.bottom
        };
        let own = |seal: &&Seen| {
            holds(self.place(slot, 0.0), seal)
                || holds(self.place(slot, SLACK), seal)
                    && !others
                        .iter()
                        .any(|other| holds(self.place(other, 0.0), seal))
        };
        self.seals.iter().find(own).copied()
    }
}
