//! A first look at an uploaded PDF: nothing active, nothing encrypted, not too long. Uploads are never
//! stamped; only what was rendered here is.

use lopdf::xref::XrefEntry;
use lopdf::{Document, LoadOptions, Object};

use crate::guard::Unanswered;
use crate::{archive, guard};

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

const SCRIPT: Refusal = refuse("pdf_script", "PDF文件含有脚本，请导出为普通PDF后再上传");
const LAUNCH: Refusal = refuse(
    "pdf_launch",
    "PDF文件含有启动外部程序的操作，请导出为普通PDF后再上传",
);
const ATTACHMENT: Refusal = refuse("pdf_attachment", "PDF文件含有附件，请去除附件后再上传");
const XFA: Refusal = refuse(
    "pdf_xfa",
    "PDF文件是动态表单（XFA），请打印为普通PDF后再上传",
);
const ACTION: Refusal = refuse(
    "pdf_active",
    "PDF文件含有自动操作或多媒体，请导出为普通PDF后再上传",
);

/// Words of the catalogue, pages and actions that make a PDF do something, the worst first: of several that
/// are there, the first is told.
const ACTIVE: [(&[u8], Refusal); 18] = [
    (b"JavaScript", SCRIPT),
    (b"JS", SCRIPT),
    // of the model in a 3D annotation, whose entry for the model is 3DD (ISO 32000-1 §13.6)
    (b"OnInstantiate", SCRIPT),
    (b"Launch", LAUNCH),
    (b"EmbeddedFile", ATTACHMENT),
    (b"EmbeddedFiles", ATTACHMENT),
    (b"EF", ATTACHMENT),
    (b"FileAttachment", ATTACHMENT),
    (b"XFA", XFA),
    (b"RichMedia", ACTION),
    (b"3DD", ACTION),
    (b"Rendition", ACTION),
    (b"Movie", ACTION),
    (b"GoToR", ACTION),
    (b"GoToE", ACTION),
    (b"GoTo3DView", ACTION),
    (b"SubmitForm", ACTION),
    (b"ImportData", ACTION),
];

/// Where a name stands among those.
fn active(name: &[u8]) -> Option<usize> {
    ACTIVE.iter().position(|(word, _)| *word == name)
}

/// What an object stream may unpack to; real ones take a few hundred kilobytes.
const MAX_UNPACKED: usize = 16 << 20;

/// Too many parsers are running: another try may do.
pub const BUSY: Refusal = refuse("busy", "正在检查的文件过多，请稍后再试");

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
    if archive::ends_as_zip(pdf) {
        return Err(ATTACHMENT);
    }
    let bytes = pdf.to_vec();
    let slow = refuse("pdf_too_complex", "PDF文件结构过于复杂，请重新导出后再上传");
    match guard::run(move || parse(&bytes, max_pages)) {
        Ok(judged) => judged,
        Err(Unanswered::Busy) => Err(BUSY),
        Err(Unanswered::Broken) => Err(slow),
    }
}

/// Looks for names in the raw bytes, `#4A` undone: objects that the parser passes over count too. Short
/// names are left to the parser, for compressed bytes would hold them by chance.
fn names_something_active(pdf: &[u8]) -> Option<usize> {
    let nibble = |b: u8| char::from(b).to_digit(16);
    pdf.iter()
        .enumerate()
        .filter(|(_, b)| **b == b'/')
        .filter_map(|(at, _)| {
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
            active(&name).filter(|_| name.len() > 5)
        })
        .min()
}

fn parse(pdf: &[u8], max_pages: usize) -> Result<usize, Refusal> {
    let options = LoadOptions {
        max_decompressed_size: Some(MAX_UNPACKED),
        ..LoadOptions::default()
    };
    if let Some(word) = names_something_active(pdf) {
        return Err(ACTIVE[word].1.clone());
    }
    let document = Document::load_mem_with_options(pdf, options)
        .map_err(|_| refuse("pdf_broken", "PDF文件无法打开，请重新导出后再上传"))?;
    if document.trailer.has(b"Encrypt") || document.encryption_state.is_some() {
        return Err(refuse("pdf_encrypted", "PDF文件已加密，请去除密码后再上传"));
    }
    if let Some(word) = document.objects.values().filter_map(worst_in).min() {
        return Err(ACTIVE[word].1.clone());
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

/// The worst that a dictionary, however deep, carries or names. Names are compared as parsed, `#4A` undone.
fn worst_in(object: &Object) -> Option<usize> {
    let mut todo = vec![object];
    let mut worst = None;
    let mut note = |name: &[u8]| {
        if let Some(found) = active(name) {
            worst = Some(worst.map_or(found, |w: usize| w.min(found)));
        }
    };
    while let Some(object) = todo.pop() {
        match object {
            Object::Name(name) => note(name),
            Object::Array(list) => todo.extend(list),
            Object::Dictionary(dict) | Object::Stream(lopdf::Stream { dict, .. }) => {
                dict.iter().for_each(|(key, _)| note(key));
                todo.extend(dict.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    worst
}
