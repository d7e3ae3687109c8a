//! A seal's own picture: a PNG whose ground shows through, kept as pixels alone.

use std::io::Cursor;

use image::{ImageDecoder, ImageFormat, RgbaImage};

use crate::picture::{broken, decoder};
use crate::{Bounds, Refusal, Result, check_length, unsupported, unusable};

/// Largest file, bytes.
const LENGTH: u64 = 1 << 20;
/// 600 dots an inch over 42 mm are 1,000 pixels; twice that is the most.
const PIXELS: u64 = 2000 * 2000;
/// Shortest side at which the lettering can still be read.
const SHORTEST: u32 = 200;
/// A seal is printed into a square box.
const MOST_UNLIKE: u32 = 10;

/// Red, green, blue and opacity of every pixel.
#[derive(Debug, Clone)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

/// A clean PNG of the picture, without metadata. Too large: `seal_too_large`; unsupported: `seal_type`; unusable:
/// `too_many_pixels`, `seal_shape`, `seal_opaque`, `picture_broken`.
pub fn clean(bytes: &[u8]) -> Result<Vec<u8>> {
    check_length("seal_too_large", "印章图样", bytes.len() as u64, LENGTH)?;
    let picture = decode(bytes)?;
    let (width, height) = picture.dimensions();
    let (short, long) = (width.min(height), width.max(height));
    if short < SHORTEST || (long - short) * MOST_UNLIKE > long {
        let message = "印章图样应接近正方形，边长不少于200像素";
        return Err(unusable("seal_shape", message));
    }
    // the corners of a round seal are a fifth of its square; an eighth leaves room for square ones with a border
    let clear = picture.pixels().filter(|p| p.0[3] < 16).count();
    let marked = picture.pixels().any(|p| p.0[3] >= 128);
    if clear * 8 < picture.pixels().len() || !marked {
        let message = "印章图样应为透明底的PNG图片，印文之外透明";
        return Err(unusable("seal_opaque", message));
    }
    let mut out = Cursor::new(Vec::new());
    picture
        .write_to(&mut out, ImageFormat::Png)
        .map_err(|e| Refusal::Bug(format!("seal picture: {e}")))?;
    Ok(out.into_inner())
}

/// The pixels of a stored picture.
pub fn open(bytes: &[u8]) -> Result<Pixels> {
    let picture = decode(bytes)?;
    Ok(Pixels {
        width: picture.width(),
        height: picture.height(),
        rgba: picture.into_raw(),
    })
}

fn decode(bytes: &[u8]) -> Result<RgbaImage> {
    if image::guess_format(bytes).ok() != Some(ImageFormat::Png) {
        return Err(unsupported("seal_type", "印章图样只接受PNG图片"));
    }
    let bounds = Bounds {
        picture_bytes: LENGTH,
        picture_pixels: PIXELS,
        pdf_bytes: 0,
        pdf_pages: 0,
        video_bytes: 0,
    };
    let decoder = decoder(bytes, &bounds)?;
    if !decoder.color_type().has_alpha() {
        let message = "印章图样应为透明底的PNG图片，印文之外透明";
        return Err(unusable("seal_opaque", message));
    }
    let picture = image::DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok(picture.into_rgba8())
}
