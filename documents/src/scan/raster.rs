//! A page as pixels: three bytes each, from the top left.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// Red, green, blue; `width * height * 3` bytes.
#[derive(Debug, Clone)]
pub struct Raster {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

/// A part of a page, pixels from the top left; may hang over its edges until it is cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Raster {
    /// The shorter side.
    #[must_use]
    pub fn short(&self) -> usize {
        self.width.min(self.height)
    }

    /// Smaller, so that the shorter side has `short` pixels; each new pixel is the mean of those it covers.
    #[must_use]
    pub fn reduced(self, short: usize) -> Raster {
        if self.short() <= short || short == 0 {
            return self;
        }
        if self.short() / 2 == short {
            return self.halved();
        }
        let scale = self.short() as f32 / short as f32;
        let width = ((self.width as f32 / scale) as usize).max(1);
        let height = ((self.height as f32 / scale) as usize).max(1);
        let span = |n: usize, most: usize| {
            let from = (n as f32 * scale) as usize;
            from..(((n + 1) as f32 * scale) as usize).clamp(from + 1, most.max(from + 1))
        };
        let mut rgb = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            for x in 0..width {
                let (mut sum, mut count) = ([0u32; 3], 0);
                for row in span(y, self.height) {
                    for column in span(x, self.width) {
                        let at = (row * self.width + column) * 3;
                        for (total, byte) in sum.iter_mut().zip(&self.rgb[at..at + 3]) {
                            *total += u32::from(*byte);
                        }
                        count += 1;
                    }
                }
                rgb.extend(sum.map(|total| (total / count) as u8));
            }
        }
        Raster { width, height, rgb }
    }

    /// The same for every two by two pixels, which is the usual case and much faster.
    fn halved(&self) -> Raster {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut rgb = Vec::with_capacity(width * height * 3);
        for pair in self.rgb.chunks_exact(self.width * 6).take(height) {
            let (upper, lower) = pair.split_at(self.width * 3);
            for (a, b) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
                let mean = |c: usize| {
                    let sum = [a[c], a[c + 3], b[c], b[c + 3]].map(u16::from);
                    (sum.iter().sum::<u16>() / 4) as u8
                };
                rgb.extend([mean(0), mean(1), mean(2)]);
            }
        }
        Raster { width, height, rgb }
    }

    /// Turned clockwise by so many quarters.
    #[must_use]
    pub fn turned(self, quarters: u8) -> Raster {
        let (w, h) = (self.width, self.height);
        let from = |x: usize, y: usize| match quarters % 4 {
            1 => (y, h - 1 - x),
            2 => (w - 1 - x, h - 1 - y),
            3 => (w - 1 - y, x),
            _ => (x, y),
        };
        let (width, height) = if quarters % 2 == 1 { (h, w) } else { (w, h) };
        if quarters.is_multiple_of(4) {
            return self;
        }
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..height {
            for x in 0..width {
                let (column, row) = from(x, y);
                let at = (row * w + column) * 3;
                rgb.extend_from_slice(&self.rgb[at..at + 3]);
            }
        }
        Raster { width, height, rgb }
    }

    /// The part of an area that is on the page.
    #[must_use]
    pub fn cut(&self, area: Area) -> Raster {
        let within = |v: f32, most: usize| (v.max(0.0) as usize).min(most);
        let (left, right) = (
            within(area.left, self.width),
            within(area.right, self.width),
        );
        let (top, bottom) = (
            within(area.top, self.height),
            within(area.bottom, self.height),
        );
        let width = right.saturating_sub(left);
        let rows = top..bottom.max(top);
        let height = rows.len();
        let rgb = rows
            .flat_map(|y| {
                let at = (y * self.width + left) * 3;
                self.rgb[at..at + width * 3].iter().copied()
            })
            .collect();
        Raster { width, height, rgb }
    }

    /// As JPEG; `None` for nothing or what is larger than the format knows.
    #[must_use]
    pub fn jpeg(&self) -> Option<Vec<u8>> {
        let (width, height) = (u32::try_from(self.width), u32::try_from(self.height));
        let mut out = Vec::new();
        JpegEncoder::new_with_quality(&mut out, 85)
            .encode(
                &self.rgb,
                width.ok()?,
                height.ok()?,
                ExtendedColorType::Rgb8,
            )
            .ok()?;
        Some(out)
    }

    /// Lightness of every pixel (ITU-R BT.601), for black marks on white.
    #[must_use]
    pub fn greys(&self) -> Vec<u8> {
        let pixels = self.rgb.chunks_exact(3);
        let grey = |p: &[u8]| {
            let [r, g, b] = [p[0], p[1], p[2]].map(u32::from);
            ((r * 77 + g * 150 + b * 29) >> 8) as u8
        };
        pixels.map(grey).collect()
    }

    /// As PNG; `None` when nothing is there.
    #[must_use]
    pub fn png(&self) -> Option<Vec<u8>> {
        let (width, height) = (
            u32::try_from(self.width).ok()?,
            u32::try_from(self.height).ok()?,
        );
        let mut png = Cursor::new(Vec::new());
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
            .write_image(&self.rgb, width, height, ExtendedColorType::Rgb8)
            .ok()?;
        Some(png.into_inner())
    }
}
