//! What becomes of a sheet on its way into a file.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::draw::Kind;
use super::random::Random;
use super::sheet::{Colour, Sheet};
use super::stock::DPI;

/// A4 at a resolution.
pub fn pixels(dpi: f32) -> (usize, usize) {
    ((8.27 * dpi) as usize, (11.69 * dpi) as usize)
}

/// What a scanner or phone makes of it: askew, tinted, in shadow, blurred, noisy, packed. JPEG and its resolution.
pub fn scanned(sheet: Sheet, kind: Kind, random: &mut Random) -> (Vec<u8>, f32) {
    let dpi = [100.0, 120.0, 150.0, 200.0][random.below(4)];
    let (width, height) = pixels(dpi);
    let angle = random.between(-3.0, 3.0).to_radians();
    let ((sin, cos), step) = (angle.sin_cos(), DPI / dpi);
    let tint = [1.0, random.between(0.95, 1.0), random.between(0.86, 1.0)];
    let (light, slope, way) = (
        random.between(0.82, 1.0),
        random.between(0.0, 0.28),
        random.between(0.0, std::f32::consts::TAU),
    );
    let noise = random.between(0.0, 0.035);
    let mut page = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (
                x as f32 - width as f32 / 2.0,
                y as f32 - height as f32 / 2.0,
            );
            let u = (dx * cos + dy * sin) * step + sheet.width as f32 / 2.0;
            let v = (dy * cos - dx * sin) * step + sheet.height as f32 / 2.0;
            let shade =
                light * (1.0 - slope * (0.5 + (dx * way.cos() + dy * way.sin()) / height as f32));
            let mut pixel = sheet.mean(u, v, step);
            let grain = (random.unit() + random.unit() - 1.0) * noise * 1.7;
            for c in 0..3 {
                pixel[c] = pixel[c] * tint[c] * shade + grain + (random.unit() - 0.5) * noise;
            }
            if kind == Kind::Grey {
                pixel = [pixel[0] * 0.3 + pixel[1] * 0.59 + pixel[2] * 0.11; 3];
            }
            page.push(pixel);
        }
    }
    for _ in 0..random.below(2) {
        page = blurred(&page, width, height);
    }
    let bytes: Vec<u8> = page
        .iter()
        .flatten()
        .map(|v| (v.clamp(0.0, 1.0) * 255.0) as u8)
        .collect();
    let quality = 30 + random.below(59) as u8;
    (jpeg(&bytes, width, height, quality), dpi)
}

fn jpeg(rgb: &[u8], width: usize, height: usize, quality: u8) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut out, quality)
        .write_image(rgb, width as u32, height as u32, ExtendedColorType::Rgb8)
        .expect("a JPEG");
    out.into_inner()
}

fn blurred(page: &[Colour], width: usize, height: usize) -> Vec<Colour> {
    let mut out = page.to_vec();
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            for c in 0..3 {
                let row = |y: usize| (x - 1..=x + 1).map(|x| page[y * width + x][c]).sum::<f32>();
                out[y * width + x][c] = (row(y - 1) + row(y) + row(y + 1)) / 9.0;
            }
        }
    }
    out
}
