//! A first look at an uploaded PDF: nothing active, nothing encrypted, not too long. Uploads are never
//! stamped; only what was rendered here is.

use lopdf::xref::XrefEntry;
use lopdf::{Document, LoadOptions, Object};

use crate::guard;

/// Why an upload is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    pub code: &'static str,
    pub message: &'static str,
}

const fn refuse(code: &'static str, message: &'static str) -> Refusal {
    Refusal { code, message }
}

/// Words of the catalogue, pages and actions that make a PDF do something.
const ACTIVE: [&[u8]; 14] = [
    b"JavaScript",
    b"JS",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"EF",
    b"FileAttachment",
    b"XFA",
    b"RichMedia",
    b"GoToR",
    b"GoToE",
    b"Rendition",
    b"SubmitForm",
    b"ImportData",
];
/// What an object stream may unpack to; real ones take a few hundred kilobytes.
const MAX_UNPACKED: usize = 16 << 20;

/// Counts the pages, or refuses. Parses on a thread of its own with a large stack and a time-out.
pub fn probe(pdf: &[u8], max_pages: usize) -> Result<usize, Refusal> {
    let tail = &pdf[pdf.len().saturating_sub(2048)..];
    if !pdf.starts_with(b"%PDF-") || !tail.windows(5).any(|w| w == b"%%EOF") {
        return Err(refuse("pdf_broken", "PDF文件不完整，请重新导出后再上传"));
    }
    // Looked for in the raw bytes, because the parser opens files with an empty password silently.
    if pdf.windows(8).any(|w| w == b"/Encrypt") {
        return Err(refuse("pdf_encrypted", "PDF文件已加密，请去除密码后再上传"));
    }
    let bytes = pdf.to_vec();
    let slow = refuse("pdf_too_complex", "PDF文件结构过于复杂，请重新导出后再上传");
    guard::run(move || parse(&bytes, max_pages)).unwrap_or(Err(slow))
}

const ACTIVE_REFUSED: Refusal = refuse(
    "pdf_active",
    "PDF文件含有脚本、附件或自动操作，请导出为普通PDF后再上传",
);

/// Looks for names in the raw bytes, `#4A` undone: objects that the parser passes over count too. Short
/// names are left to the parser, for compressed bytes would hold them by chance.
fn names_something_active(pdf: &[u8]) -> bool {
    let nibble = |b: u8| char::from(b).to_digit(16);
    pdf.iter()
        .enumerate()
        .filter(|(_, b)| **b == b'/')
        .any(|(at, _)| {
            let (mut rest, mut name) = (&pdf[at + 1..], Vec::new());
            while let [first, tail @ ..] = rest {
                let (byte, after) = match tail {
                    [a, b, after @ ..] if *first == b'#' => match (nibble(*a), nibble(*b)) {
                        (Some(a), Some(b)) => ((a * 16 + b) as u8, after),
                        _ => (*first, tail),
                    },
                    _ => (*first, tail),
                };
                if !byte.is_ascii_alphanumeric() || name.len() > 16 {
                    break;
                }
                name.push(byte);
                rest = after;
            }
            name.len() > 5 && ACTIVE.contains(&name.as_slice())
        })
}

fn parse(pdf: &[u8], max_pages: usize) -> Result<usize, Refusal> {
    let options = LoadOptions {
        max_decompressed_size: Some(MAX_UNPACKED),
        ..LoadOptions::default()
    };
    if names_something_active(pdf) {
        return Err(ACTIVE_REFUSED);
    }
    let document = Document::load_mem_with_options(pdf, options)
        .map_err(|_| refuse("pdf_broken", "PDF文件无法打开，请重新导出后再上传"))?;
    if document.trailer.has(b"Encrypt") || document.encryption_state.is_some() {
        return Err(refuse("pdf_encrypted", "PDF文件已加密，请去除密码后再上传"));
    }
    if document.objects.values().any(is_active) {
        return Err(ACTIVE_REFUSED);
    }
    // A packed object that this parser passes over may be read, and run, by another.
    let passed_over = document.reference_table.entries.iter().any(|(id, entry)| {
        matches!(entry, XrefEntry::Compressed { .. })
            && !document.objects.keys().any(|(number, _)| number == id)
    });
    if passed_over {
        return Err(refuse("pdf_broken", "PDF文件无法打开，请重新导出后再上传"));
    }
    match document.get_pages().len() {
        0 => Err(refuse("pdf_broken", "PDF文件没有页面")),
        n if n > max_pages => Err(refuse("pdf_too_long", "PDF文件页数过多")),
        n => Ok(n),
    }
}

/// Does a dictionary, however deep, carry or name something active? Names are compared as parsed, `#4A` undone.
fn is_active(object: &Object) -> bool {
    let mut todo = vec![object];
    while let Some(object) = todo.pop() {
        match object {
            Object::Name(name) if ACTIVE.contains(&name.as_slice()) => return true,
            Object::Array(list) => todo.extend(list),
            Object::Dictionary(dict) | Object::Stream(lopdf::Stream { dict, .. }) => {
                if dict.iter().any(|(key, _)| ACTIVE.contains(&key.as_slice())) {
                    return true;
                }
                todo.extend(dict.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    false
}
