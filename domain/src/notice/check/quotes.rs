use sha2::{Digest, Sha256};

use super::Fault;
use super::list::List;
use super::tree::{Node, Tree, Value};

/// Holds every `clause` of a pack against the notice's original text: each must occur in it word for
/// word, white space left out on both sides, `…` standing for words left out; and the SHA-256 of the
/// original must be the pack's `source_sha256`. All faults at once; a pack that is no TOML has only those.
#[must_use]
pub fn check_quotes(pack: &str, source: &[u8]) -> Vec<Fault> {
    let tree = match Tree::parse(pack) {
        Ok(tree) => tree,
        Err(faults) => return faults,
    };
    let mut list = List::default();
    let sum = hex::encode(Sha256::digest(source));
    match tree.root.child("source_sha256").and_then(Node::text) {
        None => list.add(
            "",
            "source_unnamed",
            format!("没有写明原文的校验值，请加上 source_sha256 = \"{sum}\""),
        ),
        Some(written) if written != sum => list.add(
            "/source_sha256",
            "source_changed",
            format!("原文与通知数据所依据的不是同一份：原文的校验值是 {sum}"),
        ),
        Some(_) => {}
    }
    match std::str::from_utf8(source) {
        Ok(text) => each(&tree.root, "", &bare(text), &mut list),
        Err(_) => list.add("", "source_not_utf8", "原文不是 UTF-8 文本，请另存后再核对"),
    }
    tree.locate(list.found)
}

fn each(node: &Node, at: &str, source: &str, list: &mut List) {
    match &node.value {
        Value::Table(entries) => {
            for (key, inner) in entries {
                let place = format!("{at}/{key}");
                match inner.text() {
                    Some(quote) if key == "clause" => {
                        if let Some(missing) = missing(quote, source) {
                            list.add(
                                place,
                                "quote_not_found",
                                format!("原文中没有这句话：「{missing}」，请照原文抄写"),
                            );
                        }
                    }
                    _ => each(inner, &place, source, list),
                }
            }
        }
        Value::List(items) => {
            for (i, item) in items.iter().enumerate() {
                each(item, &format!("{at}/{i}"), source, list);
            }
        }
        _ => {}
    }
}

/// The first part of a quote that does not follow in the source.
fn missing(quote: &str, source: &str) -> Option<String> {
    let mut rest = source;
    for part in bare(quote).split('…') {
        match rest.find(part) {
            Some(start) => rest = rest.get(start + part.len()..).unwrap_or_default(),
            None => return Some(part.to_owned()),
        }
    }
    None
}

/// Without any white space, which line breaks and tables scatter through originals.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
