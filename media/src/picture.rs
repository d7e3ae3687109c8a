//! Pictures: judged from the header before a pixel is decoded, then decoded once to be sure.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgba, RgbaImage};

use crate::{
    Bounds, Reason, Refusal, Result, archive, check_length, jpeg, png, unsupported, unusable, webp,
};

/// Longer side of the copy that is shown, pixels.
pub const DISPLAY_EDGE: u32 = 1600;
/// Longer side of the copy in lists.
pub const THUMBNAIL_EDGE: u32 = 320;

const QUALITY: u8 = 85;

/// Longest side of an original: a strip of one pixel's height is nobody's picture.
const LONGEST_EDGE: u32 = 30_000;

/// Brands of the HEIF family in the file's `ftyp` box: what iPhones make unless told otherwise; AVIF.
const HEIF: [&[u8]; 12] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1",
    b"avif", b"avis",
];

/// Readers of PDF look for its head in so many bytes, whatever comes before.
const PDF_HEAD: usize = 1024;

/// What a picture is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub media_type: &'static str,
    /// Width and height as stored, pixels.
    pub size: (u32, u32),
    /// It has several frames.
    pub animated: bool,
}

/// What a file's frame of segments or chunks says.
pub(crate) struct Outline {
    /// Where the picture ends; anything may follow.
    pub end: usize,
    pub animated: bool,
}

/// What may be stored; refuses what cannot be used. What cameras append behind a picture, such as the film of a moving photo,
/// does no harm: the copies that are shown are made of pixels alone, and an original is saved, never shown, under a name that
/// says picture. An archive or a PDF in a picture's clothes is refused all the same, for whoever saves it may open it as such.
pub fn examine(bytes: &[u8], bounds: &Bounds) -> Result<Picture> {
    let (format, media_type) = kind(bytes)?;
    let length = bytes.len() as u64;
    check_length("picture_too_large", "图片", length, bounds.picture_bytes)?;
    let outline = match format {
        ImageFormat::Jpeg => jpeg::outline(bytes),
        ImageFormat::Png => png::outline(bytes),
        _ => webp::outline(bytes),
    };
    let Some(outline) = outline else {
        return Err(unusable("picture_truncated", "图片不完整，请重新上传"));
    };
    if is_disguise(bytes, &bytes[outline.end..]) {
        let message = "图片中夹带了压缩包或PDF文件，请另存为普通图片后再上传";
        return Err(unusable("picture_disguised", message));
    }
    let decoder = decoder(bytes, bounds)?;
    let size = decoder.dimensions();
    DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok(Picture {
        media_type,
        size,
        animated: outline.animated,
    })
}

fn is_disguise(bytes: &[u8], behind: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(PDF_HEAD)];
    head.windows(5).any(|w| w == b"%PDF-")
        || archive::ends_as_zip(bytes)
        || archive::holds_other(behind)
}

/// A copy for the eyes of others: upright, at most `edge` pixels on its longer side, JPEG, without metadata (no place, no
/// camera, no trailing bytes). Of an animation, its first frame.
pub fn display_copy(bytes: &[u8], edge: u32, bounds: &Bounds) -> Result<Vec<u8>> {
    kind(bytes)?;
    let mut decoder = decoder(bytes, bounds)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if picture.width().max(picture.height()) > edge {
        picture = picture.thumbnail(edge, edge);
    }
    picture.apply_orientation(orientation);
    let mut copy = Vec::new();
    JpegEncoder::new_with_quality(&mut copy, QUALITY)
        .encode_image(&opaque(picture))
        .map_err(|e| Refusal::Bug(format!("display copy: {e}")))?;
    Ok(copy)
}

/// An animation's first frame as a PNG, eight bits a colour, without metadata.
pub fn still(bytes: &[u8], bounds: &Bounds) -> Result<Vec<u8>> {
    kind(bytes)?;
    let picture = DynamicImage::from_decoder(decoder(bytes, bounds)?).map_err(broken)?;
    let picture = match picture.color().has_alpha() {
        true => DynamicImage::ImageRgba8(picture.into_rgba8()),
        false => DynamicImage::ImageRgb8(picture.into_rgb8()),
    };
    let mut still = Cursor::new(Vec::new());
    picture
        .write_to(&mut still, ImageFormat::Png)
        .map_err(|e| Refusal::Bug(format!("still: {e}")))?;
    Ok(still.into_inner())
}

/// Does a file that begins so belong to the HEIF family?
#[must_use]
pub fn is_heif(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|b| HEIF.contains(&b))
}

fn kind(bytes: &[u8]) -> Result<(ImageFormat, &'static str)> {
    if is_heif(bytes) {
        let message = "不支持HEIC、AVIF图片，请转换为JPEG后再上传";
        return Err(unsupported("heic_unsupported", message));
    }
    match image::guess_format(bytes) {
        Ok(format @ ImageFormat::Jpeg) => Ok((format, "image/jpeg")),
        Ok(format @ ImageFormat::Png) => Ok((format, "image/png")),
        Ok(format @ ImageFormat::WebP) => Ok((format, "image/webp")),
        _ => Err(unsupported(
            "file_type",
            "只接受JPEG、PNG、WebP图片，PDF文件，或MP4、MOV视频，请另选文件或转换格式后再上传",
        )),
    }
}

/// A decoder whose picture fits the limits, by its header.
pub(crate) fn decoder<'a>(bytes: &'a [u8], bounds: &Bounds) -> Result<impl ImageDecoder + 'a> {
    let most_memory = bounds.picture_pixels.saturating_mul(8);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut allowed = image::Limits::default();
    // colour profiles and the like; the picture's own memory is asked about below, because this way
    // of reading does not count it
    allowed.max_alloc = Some(most_memory);
    reader.limits(allowed);
    let decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > bounds.picture_pixels
        || width.max(height) > LONGEST_EDGE
        || decoder.total_bytes() > most_memory
    {
        return Err(Refusal::Unusable(Reason {
            code: "too_many_pixels",
            message: format!("图片像素过多：{width}×{height}，请缩小后再上传"),
            limit: Some(bounds.picture_pixels),
            value: Some(pixels),
            detail: "",
        }));
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

pub(crate) fn broken(_: image::ImageError) -> Refusal {
    unusable("picture_broken", "图片无法打开，请重新导出后再上传")
}
