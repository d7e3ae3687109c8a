//! Adds an empty signature field for every box, before anybody signs: later ones may then only be filled.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId, Writer};

use crate::increment::{self, Anchor};
use crate::render::SlotBox;
use crate::revisions::{self, Field};

/// The rendered file with its fields, or what is wrong with its boxes. One that is `duplex` asks whoever prints it for both sides of
/// the sheet.
pub(crate) fn prepare(pdf: Vec<u8>, slots: &[SlotBox], duplex: bool) -> Result<Vec<u8>, String> {
    let document = Document::load_mem(&pdf).map_err(text)?;
    let anchor = anchor(&document)?;
    let pages = document.get_pages();
    let mut objects = BTreeMap::new();
    let mut fields: Vec<Field> = Vec::new();
    let mut annotations: BTreeMap<ObjectId, Vec<Object>> = BTreeMap::new();
    let mut next = anchor.size;
    for slot in slots {
        let page = u32::try_from(slot.page).ok().and_then(|n| pages.get(&n));
        let page = *page.ok_or_else(|| format!("slot {} lies on no page", slot.id))?;
        if !revisions::is_slot_id(&slot.id) || fields.iter().any(|f| f.slot == slot.id) {
            return Err(format!(
                "slot name {:?} is not plain or used twice",
                slot.id
            ));
        }
        let corners = [slot.x, slot.y, slot.x + slot.width, slot.y + slot.height];
        let field = Field::new(next, page.0, &slot.id, corners);
        objects.insert(next, field.body(next + 1, None));
        objects.insert(next + 1, field.empty_appearance());
        annotations
            .entry(page)
            .or_default()
            .push(Object::Reference((next, 0)));
        fields.push(field);
        next += 2;
    }
    objects.insert(next, revisions::form_body(&fields));
    add_annotations(&document, annotations, &mut objects)?;
    let (root, mut catalog) = catalog(&document)?;
    catalog.set("AcroForm", Object::Reference((next, 0)));
    if duplex {
        print_on_both_sides(&document, &mut catalog);
    }
    objects.insert(root, written(catalog)?);
    let mut out = pdf;
    increment::append(&mut out, &anchor, &objects.into_iter().collect::<Vec<_>>());
    Ok(out)
}

fn anchor(document: &Document) -> Result<Anchor, String> {
    let mut lasting = Vec::new();
    for key in ["Root", "Info", "ID"] {
        if let Ok(value) = document.trailer.get(key.as_bytes()) {
            lasting.extend_from_slice(format!("/{key} ").as_bytes());
            Writer::write_object(&mut lasting, &hexadecimal(value)).map_err(text)?;
        }
    }
    Ok(Anchor {
        size: document.max_id + 1,
        lasting: String::from_utf8(lasting).map_err(text)?,
        table: document.xref_start,
    })
}

/// The file identifier is binary; written in hexadecimal it keeps the trailer plain text.
fn hexadecimal(value: &Object) -> Object {
    match value {
        Object::Array(list) => Object::Array(list.iter().map(hexadecimal).collect()),
        Object::String(bytes, _) => Object::String(bytes.clone(), lopdf::StringFormat::Hexadecimal),
        other => other.clone(),
    }
}

fn add_annotations(
    document: &Document,
    annotations: BTreeMap<ObjectId, Vec<Object>>,
    objects: &mut BTreeMap<u32, Vec<u8>>,
) -> Result<(), String> {
    for (id, added) in annotations {
        let mut page = document.get_dictionary(id).map_err(text)?.clone();
        let present = page.get(b"Annots").and_then(|a| document.dereference(a));
        let present = present
            .and_then(|(_, a)| a.as_array())
            .cloned()
            .unwrap_or_default();
        page.set("Annots", [present, added].concat());
        objects.insert(id.0, written(page)?);
    }
    Ok(())
}

fn catalog(document: &Document) -> Result<(u32, Dictionary), String> {
    let root = document
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .map_err(text)?;
    let catalog = document.get_dictionary(root).map_err(text)?;
    Ok((root.0, catalog.clone()))
}

/// Turned over like the leaf of a book (ISO 32000-1 §12.2), whatever else the typesetter prefers. It knows no such wish itself.
fn print_on_both_sides(document: &Document, catalog: &mut Dictionary) {
    let given = catalog
        .get(b"ViewerPreferences")
        .and_then(|p| document.dereference(p));
    let given = given.and_then(|(_, p)| p.as_dict()).cloned();
    let mut preferences = given.unwrap_or_default();
    preferences.set("Duplex", Object::Name(b"DuplexFlipLongEdge".to_vec()));
    catalog.set("ViewerPreferences", preferences);
}

fn written(dictionary: Dictionary) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    Writer::write_object(&mut out, &Object::Dictionary(dictionary)).map_err(text)?;
    Ok(out)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
