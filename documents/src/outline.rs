//! Glyph outlines as PDF path operators (ISO 32000-1 §8.5), so that text needs no font in an update.

use std::fmt::Write;
use std::sync::OnceLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::fonts;

/// `a b c d e f` of a PDF transformation.
pub(crate) type Matrix = [f32; 6];

/// One glyph, in the first face that has it.
pub(crate) struct Glyph {
    face: &'static Face<'static>,
    id: GlyphId,
    /// Units of the face per em.
    pub(crate) em: f32,
    /// Advance width in those units.
    pub(crate) advance: f32,
}

/// The embedded faces in the order of [`fonts::OUTLINED`], parsed once.
fn faces() -> &'static [Face<'static>] {
    static FACES: OnceLock<Vec<Face<'static>>> = OnceLock::new();
    FACES.get_or_init(|| {
        let parsed = fonts::OUTLINED
            .iter()
            .filter_map(|font| Face::parse(font, 0).ok());
        parsed.collect()
    })
}

/// Finds a glyph; `None` when no embedded face draws the character.
pub(crate) fn glyph(c: char) -> Option<Glyph> {
    faces().iter().find_map(|face| {
        let id = face.glyph_index(c).filter(|id| id.0 != 0)?;
        let em = f32::from(face.units_per_em());
        let advance = face.glyph_hor_advance(id).map_or(em, f32::from);
        Some(Glyph {
            face,
            id,
            em,
            advance,
        })
    })
}

/// Width of a character at a size, in points.
pub(crate) fn advance(c: char, size: f32) -> f32 {
    glyph(c).map_or(size, |g| g.advance * size / g.em)
}

/// Width of a line at a size, in points.
pub(crate) fn width(text: &str, size: f32) -> f32 {
    text.chars().map(|c| advance(c, size)).sum()
}

/// Writes a line whose baseline begins at (x, y).
pub(crate) fn line(out: &mut String, text: &str, x: f32, y: f32, size: f32) {
    let mut x = x;
    for c in text.chars() {
        if let Some(glyph) = glyph(c) {
            let scale = size / glyph.em;
            glyph.fill(out, [scale, 0.0, 0.0, scale, x, y]);
        }
        x += advance(c, size);
    }
}

impl Glyph {
    /// Fills the outline, placed by a matrix from face units to the page.
    ///
    /// The path stays in whole face units: a character that comes twice is the same bytes twice, which
    /// deflate folds to almost nothing.
    pub(crate) fn fill(&self, out: &mut String, matrix: Matrix) {
        let mut pen = Pen::default();
        self.face.outline_glyph(self.id, &mut pen);
        if pen.path.is_empty() {
            return;
        }
        let [a, b, c, d, e, f] = matrix;
        let _ = write!(out, "q {} {} ", millionths(a), millionths(b));
        let _ = write!(out, "{} {} ", millionths(c), millionths(d));
        let _ = writeln!(out, "{} {} cm", hundredths(e), hundredths(f));
        out.push_str(&pen.path);
        out.push_str("f Q\n");
    }
}

/// Writes outlines as path operators; quadratic curves become the cubic ones that PDF has.
#[derive(Default)]
struct Pen {
    path: String,
    last: (f32, f32),
}

impl Pen {
    fn to(&mut self, points: &[(f32, f32)], operator: char) {
        for (x, y) in points {
            let _ = write!(self.path, "{} {} ", x.round() as i32, y.round() as i32);
        }
        self.path.push(operator);
        self.path.push('\n');
        self.last = points.last().copied().unwrap_or(self.last);
    }
}

/// Two decimals, without the noise of `-0.00` and trailing zeros.
pub(crate) fn hundredths(value: f32) -> f32 {
    rounded(value, 100.0)
}

fn millionths(value: f32) -> f32 {
    rounded(value, 1_000_000.0)
}

fn rounded(value: f32, parts: f32) -> f32 {
    let rounded = (value * parts).round() / parts;
    if rounded == 0.0 { 0.0 } else { rounded }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.to(&[(x, y)], 'm');
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.to(&[(x, y)], 'l');
    }

    fn quad_to(&mut self, a: f32, b: f32, x: f32, y: f32) {
        let (px, py) = self.last;
        let first = (px + (a - px) * 2.0 / 3.0, py + (b - py) * 2.0 / 3.0);
        let second = (x + (a - x) * 2.0 / 3.0, y + (b - y) * 2.0 / 3.0);
        self.to(&[first, second, (x, y)], 'c');
    }

    fn curve_to(&mut self, a: f32, b: f32, c: f32, d: f32, x: f32, y: f32) {
        self.to(&[(a, b), (c, d), (x, y)], 'c');
    }

    fn close(&mut self) {
        self.path.push_str("h\n");
    }
}
