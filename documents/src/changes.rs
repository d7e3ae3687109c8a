//! What an increment may change after a signature: fill an empty box, nothing else.

use lopdf::{Dictionary, Document, Object};

/// What a trailer says about the document itself; the other keys tell how the file is written.
const TRAILER: [&[u8]; 4] = [b"Root", b"Info", b"ID", b"Encrypt"];

/// Differences between a signed revision and the file as it is now that are not another office's stamp.
/// New objects matter only where something old points to them, so they need no look of their own.
pub fn undue(old: &Document, now: &Document) -> Vec<String> {
    let mut found = Vec::new();
    for key in TRAILER {
        if old.trailer.get(key).ok() != now.trailer.get(key).ok() {
            found.push(format!("{} replaced", String::from_utf8_lossy(key)));
        }
    }
    for (id, before) in &old.objects {
        match now.objects.get(id) {
            None => found.push(format!("object {} removed", id.0)),
            Some(after) if after == before || fills_a_box(old, before, after) => {}
            Some(_) => found.push(format!("object {} changed", id.0)),
        }
    }
    found
}

/// An unsigned signature field gained a value and an appearance of its own, both new.
fn fills_a_box(old: &Document, before: &Object, after: &Object) -> bool {
    let (Ok(before), Ok(after)) = (before.as_dict(), after.as_dict()) else {
        return false;
    };
    let is_field = before
        .get(b"FT")
        .and_then(Object::as_name)
        .is_ok_and(|n| n == b"Sig");
    is_field
        && !before.has(b"V")
        && is_new(old, after.get(b"V").ok())
        && draws_something_new(old, after)
        && same_but(before, after, &[b"AP", b"V"])
}

/// A reference to something that the signed revision did not have.
fn is_new(old: &Document, value: Option<&Object>) -> bool {
    value
        .and_then(|v| v.as_reference().ok())
        .is_some_and(|id| !old.objects.contains_key(&id))
}

fn draws_something_new(old: &Document, field: &Dictionary) -> bool {
    let Ok(appearance) = field.get(b"AP").and_then(Object::as_dict) else {
        return false;
    };
    appearance.len() == 1 && is_new(old, appearance.get(b"N").ok())
}

fn same_but(a: &Dictionary, b: &Dictionary, keys: &[&[u8]]) -> bool {
    let rest = |d: &Dictionary| {
        let mut d = d.clone();
        for key in keys {
            d.remove(key);
        }
        d
    };
    let (a, b) = (rest(a), rest(b));
    a.len() == b.len()
        && a.iter()
            .all(|(key, value)| b.get(key).is_ok_and(|other| other == value))
}
