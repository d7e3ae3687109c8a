//! 印章: a round official seal and the words beside it, as PDF path operators. Vector, so no font goes
//! into the increment. An image is never a seal: this art only appears together with a signature.

use std::f32::consts::{FRAC_PI_2, PI};
use std::fmt::Write;

use ttf_parser::{Face, OutlineBuilder};

use crate::fonts;

/// Millimetre in points.
pub const MM: f32 = 72.0 / 25.4;
/// Diameter of a unit's seal, 42 mm, as on paper.
pub const DIAMETER: f32 = 42.0 * MM;

/// What stands in a box: opinion, signer, date, seal.
#[derive(Debug, Clone)]
pub struct Appearance<'a> {
    pub width: f32,
    pub height: f32,
    /// Name around the seal's edge.
    pub agency: &'a str,
    pub opinion: &'a str,
    pub signer: &'a str,
    pub date: &'a str,
}

/// Fonts, parsed once.
struct Faces(Vec<Face<'static>>);

impl Faces {
    fn new() -> Faces {
        Faces(
            [fonts::SONG, fonts::RARE]
                .iter()
                .filter_map(|font| Face::parse(font, 0).ok())
                .collect(),
        )
    }

    fn of(&self, c: char) -> Option<(&Face<'static>, ttf_parser::GlyphId)> {
        self.0
            .iter()
            .find_map(|face| face.glyph_index(c).map(|glyph| (face, glyph)))
    }
}

/// The content stream of a box; needs an ExtGState `G0` that multiplies.
#[must_use]
pub fn content(look: &Appearance<'_>) -> Vec<u8> {
    let faces = Faces::new();
    // The printed 盖章 and 年月日 make way for the signer and the date.
    let mut out = format!("q 1 g 0 0 {:.2} {PRINTED} re f 0 g ", look.width);
    let radius = (DIAMETER.min(look.width).min(look.height)) / 2.0;
    opinion(&mut out, &faces, look, radius * 2.0);
    let size = 10.5;
    let foot = |out: &mut String, words: &str, y: f32| {
        let width = advance(&faces, words, size);
        text(out, &faces, words, (look.width - width) / 2.0, y, size);
    };
    foot(&mut out, look.signer, 33.0);
    foot(&mut out, look.date, 20.0);
    out.push_str("Q ");
    seal(
        &mut out,
        &faces,
        look.agency,
        look.width / 2.0,
        radius,
        radius,
    );
    out.into_bytes()
}

/// Height of the printed 盖章 and 年月日.
const PRINTED: f32 = 20.0;
/// Height kept for signer and date, which stand inside the seal.
const FOOT: f32 = 46.0;
/// Height kept for the printed name of the agency.
const HEAD: f32 = 14.0;

/// The opinion, above the seal if it fits there, else down to the foot, as large as fits; what does not fit at the smallest size is cut with
/// an ellipsis, and stands in full in the signature's reason.
fn opinion(out: &mut String, faces: &Faces, look: &Appearance<'_>, seal_top: f32) {
    let (mut size, mut lines, mut room) = (10.5, Vec::new(), 0);
    let above = [10.5, 9.5, 8.5].map(|size| (size, seal_top));
    let across = [9.5, 8.5, 7.5, 6.5_f32].map(|size| (size, FOOT));
    for (smaller, floor) in above.into_iter().chain(across) {
        let columns = ((look.width - 8.0) / smaller).floor().max(4.0) as usize;
        room = ((look.height - HEAD - floor) / (smaller * 1.4)).max(1.0) as usize;
        (size, lines) = (smaller, wrap(look.opinion, columns));
        if lines.len() <= room {
            break;
        }
    }
    if lines.len() > room {
        lines.truncate(room);
        if let Some(last) = lines.last_mut() {
            last.pop();
            last.push('…');
        }
    }
    for (row, line) in lines.iter().enumerate() {
        let x = 4.0 + if row == 0 { size * 2.0 } else { 0.0 };
        let y = look.height - HEAD - size * (row as f32 * 1.4 + 1.0);
        text(out, faces, line, x, y, size);
    }
}

/// Lines of so many characters; the first is two shorter.
fn wrap(words: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = columns.saturating_sub(2).max(1);
    for c in words.chars() {
        if c == '\n' || room == 0 {
            lines.push(String::new());
            room = columns;
        }
        if c != '\n' {
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            room -= 1;
        }
    }
    lines
}

fn advance(faces: &Faces, words: &str, size: f32) -> f32 {
    words.chars().map(|c| glyph_advance(faces, c, size)).sum()
}

fn glyph_advance(faces: &Faces, c: char, size: f32) -> f32 {
    faces.of(c).map_or(size, |(face, glyph)| {
        f32::from(face.glyph_hor_advance(glyph).unwrap_or(face.units_per_em())) * size
            / f32::from(face.units_per_em())
    })
}

fn text(out: &mut String, faces: &Faces, words: &str, mut x: f32, y: f32, size: f32) {
    for c in words.chars() {
        if let Some((face, glyph)) = faces.of(c) {
            let scale = size / f32::from(face.units_per_em());
            outline(out, face, glyph, [scale, 0.0, 0.0, scale, x, y]);
        }
        x += glyph_advance(faces, c, size);
    }
}

fn seal(out: &mut String, faces: &Faces, name: &str, cx: f32, cy: f32, radius: f32) {
    let line = 1.2 * MM;
    let _ = write!(
        out,
        "q /G0 gs 0.87 0.05 0.09 rg 0.87 0.05 0.09 RG 1 0 0 1 {cx:.2} {cy:.2} cm {line:.2} w "
    );
    circle(out, radius - line / 2.0 - 0.3);
    star(out, radius * 0.32);
    let letters: Vec<char> = name.chars().collect();
    let count = letters.len() as f32;
    let height = (radius * 0.30).min(6.6 * MM);
    let base = radius - line - 0.07 * radius - height;
    let span = (count * 0.30).clamp(1.2, 4.35);
    let step = span / (count - 1.0).max(1.0);
    let width = (step * (base + height * 0.5) * 0.92).min(height * 0.86);
    for (i, c) in letters.iter().enumerate() {
        let Some((face, glyph)) = faces.of(*c) else {
            continue;
        };
        let angle = FRAC_PI_2 + span / 2.0 - i as f32 * step;
        let (sin, cos) = (angle - FRAC_PI_2).sin_cos();
        let kx = width / f32::from(face.glyph_hor_advance(glyph).unwrap_or(face.units_per_em()));
        let ky = height / f32::from(face.units_per_em());
        let (dx, dy) = (-width / 2.0, 0.12 * height);
        let (x, y) = (
            base * angle.cos() + dx * cos - dy * sin,
            base * angle.sin() + dx * sin + dy * cos,
        );
        outline(
            out,
            face,
            glyph,
            [kx * cos, kx * sin, -ky * sin, ky * cos, x, y],
        );
    }
    out.push_str("Q ");
}

fn circle(out: &mut String, r: f32) {
    let k = r * 0.552_284_8;
    let _ = write!(
        out,
        "{r:.2} 0 m {r:.2} {k:.2} {k:.2} {r:.2} 0 {r:.2} c -{k:.2} {r:.2} -{r:.2} {k:.2} -{r:.2} 0 c "
    );
    let _ = write!(
        out,
        "-{r:.2} -{k:.2} -{k:.2} -{r:.2} 0 -{r:.2} c {k:.2} -{r:.2} {r:.2} -{k:.2} {r:.2} 0 c h S "
    );
}

fn star(out: &mut String, r: f32) {
    for i in 0..10 {
        let angle = FRAC_PI_2 + i as f32 * PI / 5.0;
        let reach = if i % 2 == 0 { r } else { r * 0.381_966 };
        let _ = write!(
            out,
            "{:.2} {:.2} {} ",
            reach * angle.cos(),
            reach * angle.sin(),
            if i == 0 { "m" } else { "l" }
        );
    }
    out.push_str("h f ");
}

fn outline(out: &mut String, face: &Face<'_>, glyph: ttf_parser::GlyphId, matrix: [f32; 6]) {
    let mut pen = Pen {
        out,
        matrix,
        last: (0.0, 0.0),
        drew: false,
    };
    face.outline_glyph(glyph, &mut pen);
    if pen.drew {
        pen.out.push_str("f ");
    }
}

/// Draws glyph outlines as path operators.
struct Pen<'a> {
    out: &'a mut String,
    matrix: [f32; 6],
    last: (f32, f32),
    drew: bool,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let m = &self.matrix;
        (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5])
    }

    fn point(&mut self, x: f32, y: f32, operator: &str) {
        self.last = (x, y);
        self.drew = true;
        let (x, y) = self.at(x, y);
        let _ = write!(self.out, "{x:.2} {y:.2} {operator} ");
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.point(x, y, "m");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.point(x, y, "l");
    }

    fn quad_to(&mut self, a: f32, b: f32, x: f32, y: f32) {
        let (lx, ly) = self.last;
        let toward = |from: f32, to: f32| from + (to - from) * 2.0 / 3.0;
        self.curve_to(
            toward(lx, a),
            toward(ly, b),
            toward(x, a),
            toward(y, b),
            x,
            y,
        );
    }

    fn curve_to(&mut self, a: f32, b: f32, c: f32, d: f32, x: f32, y: f32) {
        let ((a, b), (c, d)) = (self.at(a, b), self.at(c, d));
        let _ = write!(self.out, "{a:.2} {b:.2} {c:.2} {d:.2} ");
        self.point(x, y, "c");
    }

    fn close(&mut self) {
        self.out.push_str("h ");
    }
}
