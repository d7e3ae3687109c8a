//! Pictures: judged from the header before a pixel is decoded, then decoded once to be sure.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgba, RgbaImage};

use super::{check_length, jpeg, unsupported, violation};
use crate::config::Limits;
use crate::error::{Error, Result};

/// Longer side of the copy that is shown, pixels.
pub const DISPLAY_EDGE: u32 = 1600;
/// Longer side of the copy in lists.
pub const THUMBNAIL_EDGE: u32 = 320;

const QUALITY: u8 = 85;

/// Longest side of an original: a strip of one pixel's height is nobody's picture.
const LONGEST_EDGE: u32 = 30_000;

/// Brands of the HEIF family in the file's `ftyp` box: what iPhones make unless told otherwise.
const HEIF: [&[u8]; 8] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif",
];

/// Media type and size as stored; refuses what cannot be used.
pub fn examine(bytes: &[u8], limits: &Limits) -> Result<(&'static str, (u32, u32))> {
    let media_type = media_type(bytes)?;
    let length = bytes.len() as u64;
    check_length("picture_too_large", "图片", length, limits.picture_bytes)?;
    if media_type == "image/jpeg" && !jpeg::is_whole(bytes) {
        return Err(unusable("picture_truncated", "图片不完整，请重新上传"));
    }
    let decoder = decoder(bytes, limits)?;
    let size = decoder.dimensions();
    DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok((media_type, size))
}

/// See [`super::display_copy`].
pub fn display_copy(bytes: &[u8], edge: u32, limits: &Limits) -> Result<Vec<u8>> {
    media_type(bytes)?;
    let mut decoder = decoder(bytes, limits)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if picture.width().max(picture.height()) > edge {
        picture = picture.thumbnail(edge, edge);
    }
    picture.apply_orientation(orientation);
    let mut copy = Vec::new();
    JpegEncoder::new_with_quality(&mut copy, QUALITY)
        .encode_image(&opaque(picture))
        .map_err(|e| Error::Bug(format!("display copy: {e}")))?;
    Ok(copy)
}

/// Does a file that begins so belong to the HEIF family?
pub fn is_heif(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|b| HEIF.contains(&b))
}

fn media_type(bytes: &[u8]) -> Result<&'static str> {
    if is_heif(bytes) {
        return Err(unsupported(
            "heic_unsupported",
            "不支持HEIC图片，请转换为JPEG后再上传",
        ));
    }
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => Ok("image/jpeg"),
        Ok(ImageFormat::Png) => Ok("image/png"),
        Ok(ImageFormat::WebP) => Ok("image/webp"),
        _ => Err(unsupported(
            "file_type",
            "只接受JPEG、PNG、WebP图片，PDF文件，或MP4、MOV视频",
        )),
    }
}

/// A decoder whose picture fits the limits, by its header.
pub(super) fn decoder<'a>(bytes: &'a [u8], limits: &Limits) -> Result<impl ImageDecoder + 'a> {
    let most_memory = limits.picture_pixels.saturating_mul(8);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut bounds = image::Limits::default();
    // colour profiles and the like; the picture's own memory is asked about below, because this way
    // of reading does not count it
    bounds.max_alloc = Some(most_memory);
    reader.limits(bounds);
    let decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.picture_pixels
        || width.max(height) > LONGEST_EDGE
        || decoder.total_bytes() > most_memory
    {
        let message = format!("图片像素过多：{width}×{height}，请缩小后再上传");
        return Err(Error::Invalid(vec![domain::refusal::Violation {
            limit: Some(limits.picture_pixels.to_string()),
            value: Some(pixels.to_string()),
            ..violation("too_many_pixels", &message)
        }]));
    }
    Ok(decoder)
}

/// JPEG knows no transparency: white shines through, as on paper.
fn opaque(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let front = picture.into_rgba8();
    let mut paper = RgbaImage::from_pixel(front.width(), front.height(), Rgba([255; 4]));
    image::imageops::overlay(&mut paper, &front, 0, 0);
    DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(paper).into_rgb8())
}

pub(super) fn broken(_: image::ImageError) -> Error {
    unusable("picture_broken", "图片无法打开，请重新导出后再上传")
}

pub(super) fn unusable(code: &str, message: &str) -> Error {
    Error::Invalid(vec![violation(code, message)])
}
