//! 印章: a round official seal as PDF path operators: vector, without fonts, sharp at any size.
//!
//! An image is never a seal: this art only appears together with a signature. It is a specimen drawn
//! from a name, not the seal that an agency has on record with the police.

use std::collections::HashMap;
use std::f32::consts::{FRAC_PI_2, PI};
use std::fmt::Write;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use crate::outline::{self, hundredths};

/// A millimetre in points.
pub(crate) const MM: f32 = 72.0 / 25.4;
/// Diameter of a unit's seal: 42 mm, as on paper (国发〔1999〕25号).
pub const DIAMETER: f32 = 42.0 * MM;
/// Width of the ring.
const RING: f32 = 1.1 * MM;
const RED: &str = "0.87 0.05 0.09";

/// What stands in the middle of a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Emblem {
    /// The five-pointed star of most agencies.
    Star,
    /// Nothing, as on some special seals.
    None,
}

/// What is to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SealFace {
    /// Full name of the agency, along the ring.
    pub ring: String,
    /// A short line under the emblem, e.g. 业务专用章.
    pub foot: Option<String>,
    pub emblem: Emblem,
}

/// A drawn seal: one deflated content stream, [`DIAMETER`] wide and high. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SealArt {
    pub(crate) deflated: Arc<[u8]>,
    /// What the content calls `/Picture`, where the seal has a picture of its own.
    pub(crate) picture: Option<Arc<Picture>>,
}

/// Colours and opacity of a picture, each deflated.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) colours: Vec<u8>,
    pub(crate) opacity: Vec<u8>,
}

impl SealArt {
    /// A picture (red, green, blue, opacity; row by row from the top), as large as fits into a seal's square.
    #[must_use]
    pub fn of_pixels(width: u32, height: u32, rgba: &[u8]) -> SealArt {
        let (pixels, _) = rgba.as_chunks::<4>();
        let colours: Vec<u8> = pixels
            .iter()
            .flat_map(|[r, g, b, _]| [*r, *g, *b])
            .collect();
        let opacity: Vec<u8> = pixels.iter().map(|[_, _, _, a]| *a).collect();
        let scale = DIAMETER / width.max(height).max(1) as f32;
        let (wide, high) = (width as f32 * scale, height as f32 * scale);
        let [x, y] = [wide, high].map(|side| hundredths((DIAMETER - side) / 2.0));
        let (wide, high) = (hundredths(wide), hundredths(high));
        let content = format!("q {wide} 0 0 {high} {x} {y} cm /Picture Do Q\n");
        SealArt {
            deflated: deflate(content.as_bytes()).into(),
            picture: Some(Arc::new(Picture {
                width,
                height,
                colours: deflate(&colours),
                opacity: deflate(&opacity),
            })),
        }
    }
}

impl SealFace {
    /// The usual seal of an agency: its name around a star.
    #[must_use]
    pub fn of(agency: &str) -> SealFace {
        SealFace {
            ring: agency.to_owned(),
            foot: None,
            emblem: Emblem::Star,
        }
    }

    /// Draws the seal, or takes it from the last ones drawn: deflating the paths takes longer than signing.
    #[must_use]
    pub fn draw(&self) -> SealArt {
        /// Agencies of a province or so; more than that, and drawing starts afresh.
        const KEPT: usize = 256;
        static DRAWN: OnceLock<Mutex<HashMap<SealFace, SealArt>>> = OnceLock::new();
        let drawn = DRAWN.get_or_init(Mutex::default);
        let lock = || {
            drawn
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        if let Some(art) = lock().get(self) {
            return art.clone();
        }
        let art = SealArt {
            deflated: deflate(self.content().as_bytes()).into(),
            picture: None,
        };
        let mut kept = lock();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(self.clone(), art.clone());
        art
    }

    fn content(&self) -> String {
        let radius = DIAMETER / 2.0;
        let mut out = format!("{RED} rg {RED} RG 1 0 0 1 {0} {0} cm ", hundredths(radius));
        let _ = write!(out, "{} w ", hundredths(RING));
        circle(&mut out, radius - RING / 2.0 - 0.2);
        if self.emblem == Emblem::Star {
            star(&mut out, radius * 0.34);
        }
        ring(&mut out, &self.ring, radius);
        if let Some(foot) = &self.foot {
            let size = (radius * 0.17).min(radius * 1.1 / foot.chars().count().max(1) as f32);
            let width = outline::width(foot, size);
            outline::line(&mut out, foot, -width / 2.0, -radius * 0.62, size);
        }
        out
    }
}

/// Letters along the ring, read clockwise, feet to the middle; many letters become narrow ones, as on real seals.
fn ring(out: &mut String, name: &str, radius: f32) {
    let letters: Vec<char> = name.chars().collect();
    let count = letters.len() as f32;
    let height = (radius * 0.30).min(6.6 * MM);
    let base = radius - RING - 0.07 * radius - height;
    let span = (count * 0.30).clamp(1.2, 4.35);
    let step = span / (count - 1.0).max(1.0);
    let width = (step * (base + height * 0.5) * 0.92).min(height * 0.86);
    for (i, c) in letters.iter().enumerate() {
        let Some(glyph) = outline::glyph(*c) else {
            continue;
        };
        let angle = FRAC_PI_2 + span / 2.0 - i as f32 * step;
        let (sin, cos) = (angle - FRAC_PI_2).sin_cos();
        let (kx, ky) = (width / glyph.advance, height / glyph.em);
        // half a letter to the left, and up by what hangs below the baseline
        let (dx, dy) = (-width / 2.0, 0.12 * height);
        let x = base * angle.cos() + dx * cos - dy * sin;
        let y = base * angle.sin() + dx * sin + dy * cos;
        glyph.fill(out, [kx * cos, kx * sin, -ky * sin, ky * cos, x, y]);
    }
}

fn circle(out: &mut String, radius: f32) {
    // four Bézier arcs are a circle to 0.03 %
    let (r, k) = (hundredths(radius), hundredths(radius * 0.552_284_8));
    let _ = write!(
        out,
        "{r} 0 m {r} {k} {k} {r} 0 {r} c -{k} {r} -{r} {k} -{r} 0 c "
    );
    let _ = writeln!(
        out,
        "-{r} -{k} -{k} -{r} 0 -{r} c {k} -{r} {r} -{k} {r} 0 c h S"
    );
}

fn star(out: &mut String, radius: f32) {
    for i in 0..10 {
        let angle = FRAC_PI_2 + i as f32 * PI / 5.0;
        let reach = if i % 2 == 0 {
            radius
        } else {
            radius * 0.381_966
        };
        let (x, y) = (
            hundredths(reach * angle.cos()),
            hundredths(reach * angle.sin()),
        );
        let _ = write!(out, "{x} {y} {} ", if i == 0 { 'm' } else { 'l' });
    }
    out.push_str("h f\n");
}

/// Zlib, as /FlateDecode wants it.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    // writing into a vector cannot fail
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_drawn_once() {
        let face = SealFace::of("中共亳州市委网络安全和信息化委员会办公室");
        let (first, second) = (face.draw(), face.draw());
        assert!(Arc::ptr_eq(&first.deflated, &second.deflated));
        assert!(first.deflated.len() < 30_000, "{}", first.deflated.len());
    }
}
