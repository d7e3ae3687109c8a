//! Files decided by their bytes, never by name or header; decoded under limits.

use std::io::Cursor;

use domain::refusal::Violation;
use image::{ImageDecoder, ImageFormat, ImageReader};
use tokio::sync::Semaphore;

use crate::config::Limits;
use crate::error::{Error, Result};

/// A file that may be stored.
#[derive(Debug)]
pub struct Facts {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
    /// Width and height in pixels, as stored.
    pub size: Option<(u32, u32)>,
    pub pages: Option<usize>,
}

/// Decodes at once; each may take 200 MB.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Looks at a file from its bytes, on a thread of its own.
pub async fn examine(bytes: Vec<u8>, limits: &Limits) -> Result<Facts> {
    let _turn = AT_ONCE
        .acquire()
        .await
        .map_err(|e| Error::Bug(e.to_string()))?;
    let limits = limits.clone();
    tokio::task::spawn_blocking(move || look(bytes, &limits))
        .await
        .map_err(|e| Error::Bug(e.to_string()))?
}

fn look(bytes: Vec<u8>, limits: &Limits) -> Result<Facts> {
    if bytes.starts_with(b"%PDF-") {
        return pdf(bytes, limits);
    }
    let heic = bytes
        .get(4..12)
        .is_some_and(|b| b.starts_with(b"ftyphei") || b.starts_with(b"ftypmif1"));
    if heic {
        return Err(unsupported("heic", "不支持HEIC图片，请转换为JPEG后再上传"));
    }
    picture(bytes, limits)
}

fn unsupported(code: &str, message: &str) -> Error {
    Error::Unsupported(Violation {
        field: "file".into(),
        code: code.into(),
        message: message.into(),
        ..Violation::default()
    })
}

fn too_large(limit: u64, value: u64, what: &str) -> Error {
    let message = format!("{what}不能超过{limit}，现为{value}");
    Error::TooLarge(Violation {
        field: "file".into(),
        code: "too_large".into(),
        limit: Some(limit.to_string()),
        value: Some(value.to_string()),
        clause: None,
        message,
    })
}

fn picture(bytes: Vec<u8>, limits: &Limits) -> Result<Facts> {
    let media_type = match image::guess_format(&bytes) {
        Ok(ImageFormat::Jpeg) => "image/jpeg",
        Ok(ImageFormat::Png) => "image/png",
        Ok(ImageFormat::WebP) => "image/webp",
        _ => {
            return Err(unsupported(
                "file_type",
                "只接受JPEG、PNG、WebP图片或PDF文件",
            ));
        }
    };
    if bytes.len() as u64 > limits.picture_bytes {
        return Err(too_large(
            limits.picture_bytes,
            bytes.len() as u64,
            "图片字节数",
        ));
    }
    // The decoder takes a JPEG that breaks off as whole, so the end mark is looked for here.
    let tail = &bytes[bytes.len().saturating_sub(64)..];
    if media_type == "image/jpeg" && !tail.windows(2).any(|w| w == [0xFF, 0xD9]) {
        return Err(unsupported("picture_truncated", "图片不完整，请重新上传"));
    }
    let broken = |_| unsupported("picture_broken", "图片无法打开，请重新导出后再上传");
    let decoder = ImageReader::new(Cursor::new(&bytes))
        .with_guessed_format()?
        .into_decoder()
        .map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.picture_pixels
        || decoder.total_bytes() > limits.picture_pixels.saturating_mul(8)
    {
        return Err(too_large(limits.picture_pixels, pixels, "图片像素数"));
    }
    image::DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok(Facts {
        bytes,
        media_type,
        size: Some((width, height)),
        pages: None,
    })
}

fn pdf(bytes: Vec<u8>, limits: &Limits) -> Result<Facts> {
    if bytes.len() as u64 > limits.pdf_bytes {
        return Err(too_large(limits.pdf_bytes, bytes.len() as u64, "PDF字节数"));
    }
    let pages = documents::probe::probe(&bytes, limits.pdf_pages)
        .map_err(|refusal| unsupported(refusal.code, refusal.message))?;
    Ok(Facts {
        bytes,
        media_type: "application/pdf",
        size: None,
        pages: Some(pages),
    })
}
