//! 盖章: fills one prepared signature field by an incremental update (ISO 32000-1 §12.7.4.5, §7.5.6).

use std::io::Write as _;

use chrono::{TimeZone, Utc};
use lopdf::{
    Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, StringFormat, dictionary,
};
use sha2::{Digest, Sha256};

use crate::authority::{KeyError, KeyPair};
use crate::cms;
use crate::fonts;
use crate::render::SlotBox;
use crate::seal::{Appearance, content};

/// Bytes kept for the signature; a P-256 one takes about 1,000.
const RESERVED: usize = 6144;
const BYTE_RANGE: &[u8] = b"9999999999 9999999999 9999999999";

/// One stamp to be set.
#[derive(Debug, Clone)]
pub struct Stamping<'a> {
    /// Box on the form.
    pub slot: &'a str,
    pub agency: &'a str,
    pub opinion: &'a str,
    /// Who stamps, as shown.
    pub signer: &'a str,
    /// As shown, e.g. 2022年6月3日.
    pub date: &'a str,
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// SHA-256 (hexadecimal) of the file the officer looked at.
    pub expect_sha256: &'a str,
}

/// Why a stamp is not set. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    #[error("the file changed since it was looked at")]
    DigestChanged,
    #[error("no box {0} on this form")]
    UnknownSlot(String),
    #[error("box {0} is filled")]
    Filled(String),
    /// Characters of the opinion or of a name that no font draws.
    #[error("no font draws {0:?}")]
    MissingGlyphs(Vec<char>),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("pdf: {0}")]
    Pdf(#[from] lopdf::Error),
    #[error("pdf: {0}")]
    Io(#[from] std::io::Error),
    #[error("signature needs {0} bytes")]
    NoRoom(usize),
}

/// SHA-256 of a file, hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Adds an empty signature field for every box, before anybody signs: later ones may then only be filled.
pub fn prepare(pdf: &[u8], slots: &[SlotBox]) -> Result<Vec<u8>, StampError> {
    let document = Document::load_mem(pdf)?;
    let pages = document.get_pages();
    let root = document.trailer.get(b"Root")?.as_reference()?;
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), document);
    let mut fields: Vec<Object> = Vec::new();
    for slot in slots {
        let page = *u32::try_from(slot.page)
            .ok()
            .and_then(|n| pages.get(&n))
            .ok_or_else(|| StampError::UnknownSlot(slot.id.clone()))?;
        // PDF/A asks for an appearance on every widget, so an empty box has an empty one.
        let empty = update.new_document.add_object(form_object(
            slot.width as f32,
            slot.height as f32,
            Vec::new(),
            None,
        ));
        let corners = [slot.x, slot.y, slot.x + slot.width, slot.y + slot.height];
        let widget = update.new_document.add_object(dictionary! {
            "Type" => "Annot", "Subtype" => "Widget", "FT" => "Sig", "F" => 132, "P" => page,
            "T" => Object::string_literal(slot.id.as_str()),
            "Rect" => corners.iter().map(|c| Object::Real(*c as f32)).collect::<Vec<_>>(),
            "AP" => dictionary! { "N" => empty },
        });
        add_annotation(&mut update, page, widget)?;
        fields.push(widget.into());
    }
    let form = update
        .new_document
        .add_object(dictionary! { "Fields" => fields, "SigFlags" => 3 });
    update.opt_clone_object_to_new_document(root)?;
    update
        .new_document
        .get_object_mut(root)?
        .as_dict_mut()?
        .set("AcroForm", form);
    let mut out = Vec::new();
    update.save_to(&mut out)?;
    Ok(out)
}

fn add_annotation(
    update: &mut IncrementalDocument,
    page: ObjectId,
    widget: ObjectId,
) -> Result<(), StampError> {
    update.opt_clone_object_to_new_document(page)?;
    let page = update.new_document.get_object_mut(page)?.as_dict_mut()?;
    let mut annotations = match page.get(b"Annots") {
        Ok(Object::Array(list)) => list.clone(),
        _ => Vec::new(),
    };
    annotations.push(widget.into());
    page.set("Annots", annotations);
    Ok(())
}

fn form_object(width: f32, height: f32, content: Vec<u8>, filter: Option<&str>) -> Stream {
    let state = dictionary! { "Type" => "ExtGState", "BM" => "Multiply", "ca" => Object::Real(0.92), "CA" => Object::Real(0.92) };
    let mut dictionary = dictionary! {
        "Type" => "XObject", "Subtype" => "Form",
        "BBox" => vec![0.into(), 0.into(), Object::Real(width), Object::Real(height)],
        "Resources" => dictionary! { "ExtGState" => dictionary! { "G0" => state } },
        "Group" => dictionary! { "S" => "Transparency", "CS" => "DeviceRGB" },
    };
    if let Some(filter) = filter {
        dictionary.set("Filter", filter);
    }
    Stream::new(dictionary, content)
}

/// Finds a signature field by its name.
pub(crate) fn field(document: &Document, name: &str) -> Option<ObjectId> {
    let form = document
        .dereference(document.catalog().ok()?.get(b"AcroForm").ok()?)
        .ok()?
        .1
        .as_dict()
        .ok()?;
    let fields = document
        .dereference(form.get(b"Fields").ok()?)
        .ok()?
        .1
        .as_array()
        .ok()?;
    fields
        .iter()
        .filter_map(|f| f.as_reference().ok())
        .find(|id| {
            let named = document
                .get_object(*id)
                .and_then(Object::as_dict)
                .and_then(|d| d.get(b"T"))
                .and_then(Object::as_str);
            named.is_ok_and(|n| n == name.as_bytes())
        })
}

/// Sets a stamp: opinion, signer, date and seal in the box, signed with the agency's key. The input is a
/// prefix of the output.
pub fn stamp(pdf: &[u8], stamping: &Stamping<'_>, key: &KeyPair) -> Result<Vec<u8>, StampError> {
    if sha256_hex(pdf) != stamping.expect_sha256 {
        return Err(StampError::DigestChanged);
    }
    let shown = [
        stamping.agency,
        stamping.opinion,
        stamping.signer,
        stamping.date,
    ];
    let missing = fonts::missing(&shown.concat());
    if !missing.is_empty() {
        return Err(StampError::MissingGlyphs(missing));
    }
    let (mut out, start, end) = write_increment(pdf, stamping)?;
    let mut digest = Sha256::new();
    digest.update(&out[..start]);
    digest.update(&out[end..]);
    let signature = cms::sign(key, &digest.finalize())?;
    if signature.len() > RESERVED {
        return Err(StampError::NoRoom(signature.len()));
    }
    let text = hex::encode(signature);
    out[start + 1..start + 1 + text.len()].copy_from_slice(text.as_bytes());
    Ok(out)
}

fn write_increment(
    pdf: &[u8],
    stamping: &Stamping<'_>,
) -> Result<(Vec<u8>, usize, usize), StampError> {
    let unknown = || StampError::UnknownSlot(stamping.slot.to_owned());
    let document = Document::load_mem(pdf)?;
    let widget = field(&document, stamping.slot).ok_or_else(unknown)?;
    let (width, height) = size(document.get_object(widget)?.as_dict()?).ok_or_else(unknown)?;
    if document.get_object(widget)?.as_dict()?.has(b"V") {
        return Err(StampError::Filled(stamping.slot.to_owned()));
    }
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), document);
    update.opt_clone_object_to_new_document(widget)?;
    let look = Appearance {
        width,
        height,
        agency: stamping.agency,
        opinion: stamping.opinion,
        signer: stamping.signer,
        date: stamping.date,
    };
    let picture = update.new_document.add_object(form_object(
        width,
        height,
        deflate(&content(&look))?,
        Some("FlateDecode"),
    ));
    let signature = update.new_document.add_object(dictionary! {
        "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), Object::Integer(9_999_999_999), Object::Integer(9_999_999_999), Object::Integer(9_999_999_999)],
        "Contents" => Object::String(vec![0; RESERVED], StringFormat::Hexadecimal),
        "M" => Object::string_literal(pdf_date(stamping.at_ms)),
        "Name" => utf16(stamping.agency), "Reason" => utf16(stamping.opinion),
    });
    let dictionary = update.new_document.get_object_mut(widget)?.as_dict_mut()?;
    dictionary.set("V", signature);
    dictionary.set("AP", dictionary! { "N" => picture });
    let mut out = Vec::with_capacity(pdf.len() + 60_000);
    update.save_to(&mut out)?;
    let find = |needle: &[u8]| {
        out[pdf.len()..]
            .windows(needle.len())
            .position(|w| w == needle)
            .map(|p| p + pdf.len())
    };
    let start = find(b"/Contents<0000000000000000").ok_or_else(unknown)? + 9;
    let start = out[start..]
        .iter()
        .position(|b| *b == b'<')
        .ok_or_else(unknown)?
        + start;
    let end = start + RESERVED * 2 + 2;
    let range = find(BYTE_RANGE).ok_or_else(unknown)?;
    let text = format!("{:<32}", format!("{start} {end} {}", out.len() - end));
    out[range..range + 32].copy_from_slice(text.as_bytes());
    Ok((out, start, end))
}

fn size(widget: &Dictionary) -> Option<(f32, f32)> {
    let corners: Vec<f32> = widget
        .get(b"Rect")
        .ok()?
        .as_array()
        .ok()?
        .iter()
        .filter_map(|n| n.as_float().ok())
        .collect();
    let [x0, y0, x1, y1] = corners[..] else {
        return None;
    };
    Some((x1 - x0, y1 - y0))
}

fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn utf16(text: &str) -> Object {
    let bytes = [0xfe, 0xff]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
        .collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

fn pdf_date(ms: i64) -> String {
    let at = Utc
        .timestamp_millis_opt(ms + 8 * 3_600_000)
        .single()
        .unwrap_or_default();
    at.format("D:%Y%m%d%H%M%S+08'00'").to_string()
}
