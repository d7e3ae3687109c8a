//! What an increment may change after a signature: fill an empty box, nothing else.

use lopdf::{Dictionary, Document, Object};

/// Differences between a signed revision and the file as it is now that are not another office's stamp.
pub fn undue(old: &Document, now: &Document) -> Vec<String> {
    let mut found = Vec::new();
    if old.trailer.get(b"Root").ok() != now.trailer.get(b"Root").ok() {
        found.push("catalog replaced".to_owned());
    }
    for (id, before) in &old.objects {
        match now.objects.get(id) {
            None => found.push(format!("object {} removed", id.0)),
            Some(after) if after == before || fills_a_box(before, after) => {}
            Some(_) => found.push(format!("object {} changed", id.0)),
        }
    }
    found
}

/// An unsigned signature field gained its value and its appearance.
fn fills_a_box(before: &Object, after: &Object) -> bool {
    let (Ok(before), Ok(after)) = (before.as_dict(), after.as_dict()) else {
        return false;
    };
    let is_field = before
        .get(b"FT")
        .and_then(Object::as_name)
        .is_ok_and(|n| n == b"Sig");
    is_field && !before.has(b"V") && same_but(before, after, &[b"AP", b"V"])
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
