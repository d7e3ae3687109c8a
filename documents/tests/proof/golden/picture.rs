//! Pages as pixels, and how two of them are told apart.

use std::io::Cursor;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings, render};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, RgbImage};

/// Shorter side of a page in pixels: A4 at 72 dpi, where 小四 (12 pt) is 12 pixels high and a stroke still shows.
const SHORT: f32 = 595.0;
/// Shades of a channel that are kept: 16 are enough for letters, and make a picture half as large.
const SHADES: u8 = 17;
/// How far a channel may be off, of 255: two shades. Processors draw with instructions that may differ in the last bit; that is
/// one shade at most, where a value falls on the edge of two. Ink in the place of paper is 255.
const SLACK: u8 = 34;
/// How many pixels may be off by more, in a million: 5 of an A4 page's half a million. Drawn anew, none is off. A comma that
/// became a full stop changes 6, a figure that is another one 23 and more, a character 40 and more, a line that moved hundreds.
const MOST_IN_A_MILLION: usize = 10;

/// A page, red, green and blue.
#[derive(Clone)]
pub struct Picture(RgbImage);

/// Draws all pages of a PDF, with its stamps.
pub fn pages(pdf: &[u8]) -> Vec<Picture> {
    let pdf = Pdf::new(pdf.to_vec()).expect("a PDF");
    let pages = pdf.pages().iter();
    pages
        .map(|page| {
            let (width, height) = page.render_dimensions();
            let scale = SHORT / width.min(height);
            let settings = RenderSettings {
                x_scale: scale,
                y_scale: scale,
                bg_color: WHITE,
                ..RenderSettings::default()
            };
            let cache = RenderCache::new();
            let drawn = render(page, &cache, &InterpreterSettings::default(), &settings);
            let rgb = drawn.data_as_u8_slice().chunks_exact(4);
            let shade = |v: u8| (v / SHADES + u8::from(v % SHADES > SHADES / 2)) * SHADES;
            // drawn on white, so nothing shines through
            let rgb = rgb.flat_map(|p| [p[0], p[1], p[2]].map(shade)).collect();
            let size = (drawn.width().into(), drawn.height().into());
            Picture(RgbImage::from_raw(size.0, size.1, rgb).expect("whole"))
        })
        .collect()
}

impl Picture {
    pub fn read(png: &[u8]) -> Picture {
        Picture(image::load_from_memory(png).expect("a picture").into_rgb8())
    }

    /// As small as it gets; without colours where there are none.
    pub fn png(&self) -> Vec<u8> {
        let grey = self.0.pixels().all(|p| p[0] == p[1] && p[1] == p[2]);
        let whole = DynamicImage::ImageRgb8(self.0.clone());
        let whole = if grey {
            whole.into_luma8().into()
        } else {
            whole
        };
        let mut png = Cursor::new(Vec::new());
        let encoder =
            PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter);
        whole.write_with_encoder(encoder).expect("a picture");
        png.into_inner()
    }

    pub fn height(&self) -> u32 {
        self.0.height()
    }

    /// How it differs from another by more than is let pass.
    pub fn differing(&self, other: &Picture) -> Option<String> {
        if self.0.dimensions() != other.0.dimensions() {
            let (was, is) = (other.0.dimensions(), self.0.dimensions());
            return Some(format!("{was:?} pixels before, {is:?} now"));
        }
        let pairs = self.0.pixels().zip(other.0.pixels());
        let off = pairs.filter(|(a, b)| is_off(&a.0, &b.0)).count();
        let all = self.0.pixels().len();
        (off * 1_000_000 > all * MOST_IN_A_MILLION).then(|| format!("{off} of {all} pixels differ"))
    }

    /// What is only here is blue, what is only in the other is red, what is in both is pale.
    pub fn difference(&self, other: &Picture) -> Picture {
        let width = self.0.width().max(other.0.width());
        let height = self.0.height().max(other.0.height());
        let dark = |of: &Picture, x, y| {
            let pixel = of.0.get_pixel_checked(x, y).map_or([255; 3], |p| p.0);
            (pixel, pixel.iter().map(|v| u16::from(*v)).sum::<u16>() / 3)
        };
        Picture(RgbImage::from_fn(width, height, |x, y| {
            let ((here, light), (there, lighter)) = (dark(self, x, y), dark(other, x, y));
            image::Rgb(match is_off(&here, &there) {
                true if light < lighter => [0, 0, 255],
                true => [255, 0, 0],
                false => [light.div_ceil(4) as u8 + 191; 3],
            })
        }))
    }

    /// Every pixel darker by so much.
    pub fn shaded(&self, by: u8) -> Picture {
        let mut out = self.clone();
        for pixel in out.0.pixels_mut() {
            pixel.0 = pixel.0.map(|v| v.saturating_sub(by));
        }
        out
    }

    /// Its upper part.
    pub fn cut_to(&self, height: u32) -> Picture {
        Picture(image::imageops::crop_imm(&self.0, 0, 0, self.0.width(), height).to_image())
    }
}

fn is_off(one: &[u8; 3], other: &[u8; 3]) -> bool {
    one.iter().zip(other).any(|(a, b)| a.abs_diff(*b) > SLACK)
}
