//! Scans as pixels: pages of a PDF drawn, pictures decoded and made as small as is looked at.

use std::io::Cursor;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings, render};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::raster::Raster;

/// Shorter side of a page when seals are looked for: A4 at 100 dpi.
pub const FOR_SEALS: usize = 827;
/// The same for codes, whose modules are half a millimetre: A4 at 200 dpi.
pub const FOR_CODES: usize = 1654;
/// Longer side, in shorter sides; a page like a ribbon is no form.
const SLIMMEST: f32 = 3.0;
/// Pixels and bytes of a picture.
const LONGEST_SIDE: u32 = 20_000;
const MOST_PIXELS: u64 = 80_000_000;

/// Draws one page so that its shorter side has about so many pixels. `None` when there is no such page
/// or it is no sheet of paper.
#[must_use]
pub fn page(pdf: &Pdf, number: usize, short: usize) -> Option<Raster> {
    let pages = pdf.pages();
    let page = pages.get(number)?;
    let (width, height) = page.render_dimensions();
    let least = width.min(height);
    let sheet = least.is_finite() && least >= 1.0 && width.max(height) <= least * SLIMMEST;
    if !sheet {
        return None;
    }
    let scale = short as f32 / least;
    let settings = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
        ..RenderSettings::default()
    };
    let drawn = render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &settings,
    );
    let (width, height) = (usize::from(drawn.width()), usize::from(drawn.height()));
    let pixels = drawn.data_as_u8_slice().chunks_exact(4);
    // drawn on white, so nothing shines through
    let rgb = pixels.flat_map(|p| [p[0], p[1], p[2]]).collect();
    Some(Raster { width, height, rgb })
}

/// Decodes a picture, upright as its camera says. `None` when it is broken or too large.
#[must_use]
pub fn picture(bytes: &[u8]) -> Option<Raster> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST_SIDE), Some(LONGEST_SIDE));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    let picture = picture.into_rgb8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Some(Raster {
        width,
        height,
        rgb: picture.into_raw(),
    })
}
