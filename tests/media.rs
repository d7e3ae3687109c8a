//! Pictures and the lies they tell.

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use tuixuan::config::Limits;
use tuixuan::error::Error;
use tuixuan::media::{DISPLAY_EDGE, display_copy, examine};

/// Left half red, right half blue.
fn two_halves(width: u32, height: u32) -> DynamicImage {
    let colour = |x, _| {
        if x < width / 2 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255])
        }
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

fn jpeg() -> Vec<u8> {
    encoded(&two_halves(64, 32), ImageFormat::Jpeg)
}

/// Puts an EXIF segment behind the start: orientation, and a text that must not get out.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS 31.2304N 121.4737E");
    // a camera's thumbnail has an end mark of its own
    exif.extend([0xFF, 0xD8, 0xFF, 0xD9]);
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

async fn refused(bytes: Vec<u8>) -> String {
    match examine(bytes, &Limits::default()).await {
        Err(Error::Invalid(v)) => format!("422 {}", v[0].code),
        Err(Error::Unsupported(v)) => format!("415 {}", v.code),
        Err(Error::TooLarge(v)) => format!("413 {}", v.code),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn the_type_comes_from_the_content() {
    for (format, media_type) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/png"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let facts = examine(encoded(&two_halves(64, 32), format), &Limits::default()).await;
        let (facts, _) = facts.expect("taken");
        assert_eq!((facts.media_type, facts.size), (media_type, Some((64, 32))));
    }
}

#[tokio::test]
async fn what_is_no_picture_is_415() {
    for bytes in [
        b"".as_slice(),
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script>",
        b"PK\x03\x04",
    ] {
        assert_eq!(refused(bytes.to_vec()).await, "415 file_type");
    }
    for brand in ["heic", "heix", "mif1", "avif"] {
        let bytes = format!("\0\0\0\x18ftyp{brand}\0\0\0\0");
        assert_eq!(refused(bytes.into()).await, "415 heic_unsupported");
    }
}

#[tokio::test]
async fn a_jpeg_that_breaks_off_is_refused_wherever() {
    let whole = with_exif(&jpeg(), 1);
    for length in (20..whole.len() - 1).step_by(7) {
        let verdict = refused(whole[..length].to_vec()).await;
        assert!(
            verdict.starts_with("422 picture_"),
            "{length} of {}: {verdict}",
            whole.len()
        );
    }
}

#[tokio::test]
async fn a_jpeg_without_a_picture_is_refused() {
    assert_eq!(
        refused(vec![0xFF, 0xD8, 0xFF, 0xD9]).await,
        "422 picture_truncated"
    );
}

#[tokio::test]
async fn what_cameras_append_does_no_harm() {
    let bytes = [jpeg(), b"SEFT".repeat(100)].concat();
    assert!(examine(bytes, &Limits::default()).await.is_ok());
}

#[tokio::test]
async fn a_broken_png_is_refused() {
    let png = encoded(&two_halves(64, 32), ImageFormat::Png);
    for length in [9, png.len() / 2, png.len() - 12, png.len() - 1] {
        assert_eq!(
            refused(png[..length].to_vec()).await,
            "422 picture_truncated"
        );
    }
    let mut scratched = png;
    scratched[50] ^= 0x55;
    assert_eq!(refused(scratched).await, "422 picture_broken");
}

#[tokio::test]
async fn a_bomb_is_refused_from_its_header() {
    let mut png = encoded(&two_halves(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&20_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&20_000_u32.to_be_bytes());
    let sum = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&sum);
    let started = Instant::now();
    assert_eq!(refused(png).await, "422 too_many_pixels");
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn the_pixel_limit_includes_its_number() {
    let exactly = |picture_pixels| Limits {
        picture_pixels,
        ..Limits::default()
    };
    assert!(examine(jpeg(), &exactly(64 * 32)).await.is_ok());
    assert!(examine(jpeg(), &exactly(64 * 32 - 1)).await.is_err());
}

#[tokio::test]
async fn the_byte_limit_includes_its_number() {
    let bytes = jpeg();
    let exactly = |n: usize| Limits {
        picture_bytes: n as u64,
        ..Limits::default()
    };
    assert!(examine(bytes.clone(), &exactly(bytes.len())).await.is_ok());
    let error = examine(bytes.clone(), &exactly(bytes.len() - 1)).await;
    assert!(matches!(error, Err(Error::TooLarge(v)) if v.code == "picture_too_large"));
}

#[tokio::test]
async fn the_display_copy_is_upright_and_tells_nothing() {
    let original = [with_exif(&jpeg(), 6), b"<script>".to_vec()].concat();
    let copy = display_copy(original, DISPLAY_EDGE, &Limits::default())
        .await
        .expect("a copy");
    for secret in [b"Exif".as_slice(), b"GPS", b"<script>"] {
        assert!(!copy.windows(secret.len()).any(|w| w == secret));
    }
    let shown = image::load_from_memory(&copy)
        .expect("a picture")
        .into_rgb8();
    // turned to the right: what was left is now above
    assert_eq!(shown.dimensions(), (32, 64));
    assert!(shown.get_pixel(16, 8)[0] > 200 && shown.get_pixel(16, 56)[2] > 200);
}

#[tokio::test]
async fn copies_are_never_larger_than_asked() {
    let original = encoded(&two_halves(3000, 1500), ImageFormat::Png);
    for (edge, size) in [(1600, (1600, 800)), (320, (320, 160)), (5000, (3000, 1500))] {
        let copy = display_copy(original.clone(), edge, &Limits::default())
            .await
            .expect("a copy");
        let shown = image::load_from_memory(&copy).expect("a picture");
        assert_eq!((shown.width(), shown.height()), size);
    }
}

#[tokio::test]
async fn transparency_becomes_white() {
    let glass = DynamicImage::ImageRgba8(RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0])));
    let original = encoded(&glass, ImageFormat::Png);
    let copy = display_copy(original, 320, &Limits::default())
        .await
        .expect("a copy");
    let shown = image::load_from_memory(&copy)
        .expect("a picture")
        .into_rgb8();
    assert!(shown.get_pixel(4, 4).0.iter().all(|c| *c > 250));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            if c & 1 == 1 {
                (c >> 1) ^ 0xEDB8_8320
            } else {
                c >> 1
            }
        })
    })
}
