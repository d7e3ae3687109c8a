//! Glyph outlines as PDF path operators (ISO 32000-1 §8.5), so that text needs no font in an update.

use std::fmt::Write;
use std::sync::OnceLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::fonts;

/// `a b c d e f` of a PDF transformation.
pub(crate) type Matrix = [f32; 6];

/// Which hand something is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    /// 仿宋: what officers write.
    FangSong,
    /// 宋: the lettering of seals.
    Song,
}

/// One glyph, found in the wished hand or in the nearest face that has it.
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
pub(crate) fn glyph(hand: Hand, c: char) -> Option<Glyph> {
    let first = usize::from(hand == Hand::Song);
    let all = faces();
    let order = all.iter().skip(first).chain(all.iter().take(first));
    order.into_iter().find_map(|face| {
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
pub(crate) fn advance(hand: Hand, c: char, size: f32) -> f32 {
    glyph(hand, c).map_or(size, |g| g.advance * size / g.em)
}

/// Width of a line at a size, in points.
pub(crate) fn width(hand: Hand, text: &str, size: f32) -> f32 {
    text.chars().map(|c| advance(hand, c, size)).sum()
}

/// Writes a line whose baseline begins at (x, y).
pub(crate) fn line(out: &mut String, hand: Hand, text: &str, x: f32, y: f32, size: f32) {
    let mut x = x;
    for c in text.chars() {
        if let Some(glyph) = glyph(hand, c) {
            let scale = size / glyph.em;
            glyph.fill(out, [scale, 0.0, 0.0, scale, x, y]);
        }
        x += advance(hand, c, size);
    }
}

impl Glyph {
    /// Fills the outline, placed by a matrix from face units to the page.
    pub(crate) fn fill(&self, out: &mut String, matrix: Matrix) {
        let mut pen = Pen {
            out,
            matrix,
            last: (0.0, 0.0),
            drew: false,
        };
        self.face.outline_glyph(self.id, &mut pen);
        if pen.drew {
            pen.out.push_str("f\n");
        }
    }
}

struct Pen<'a> {
    out: &'a mut String,
    matrix: Matrix,
    last: (f32, f32),
    drew: bool,
}

impl Pen<'_> {
    fn at(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let [a, b, c, d, e, f] = self.matrix;
        (a * x + c * y + e, b * x + d * y + f)
    }

    fn to(&mut self, points: &[(f32, f32)], operator: char) {
        for point in points {
            let (x, y) = self.at(*point);
            let _ = write!(self.out, "{} {} ", hundredths(x), hundredths(y));
        }
        self.out.push(operator);
        self.out.push(' ');
        self.last = points.last().copied().unwrap_or(self.last);
        self.drew = true;
    }
}

/// Two decimals, without the noise of `-0.00` and trailing zeros.
pub(crate) fn hundredths(value: f32) -> f32 {
    let rounded = (value * 100.0).round() / 100.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.to(&[(x, y)], 'm');
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.to(&[(x, y)], 'l');
    }

    fn quad_to(&mut self, a: f32, b: f32, x: f32, y: f32) {
        // PDF has cubic curves only; this is the same curve
        let (px, py) = self.last;
        let first = (px + (a - px) * 2.0 / 3.0, py + (b - py) * 2.0 / 3.0);
        let second = (x + (a - x) * 2.0 / 3.0, y + (b - y) * 2.0 / 3.0);
        self.to(&[first, second, (x, y)], 'c');
    }

    fn curve_to(&mut self, a: f32, b: f32, c: f32, d: f32, x: f32, y: f32) {
        self.to(&[(a, b), (c, d), (x, y)], 'c');
    }

    fn close(&mut self) {
        self.out.push_str("h ");
    }
}
