//! Tells people what differs between a signed revision and the file as it is now. Only for the report:
//! whether a file is valid is decided without it.

use std::sync::Arc;

use lopdf::{Dictionary, Document, LoadOptions, Object};

use media::guard;

/// More differences than this are not listed.
const MOST: usize = 20;

/// Differences, in words; at least one.
pub(crate) fn changes(before: &[u8], now: &[u8]) -> Vec<String> {
    let (before, now): (Arc<[u8]>, Arc<[u8]>) = (before.into(), now.into());
    let found = guard::run(move || Some(differences(&load(&before)?, &load(&now)?)));
    let found = found.ok().flatten();
    match found {
        None => vec!["改动后的文件无法解析".to_owned()],
        Some(found) if found.is_empty() => vec!["追加了不影响页面的数据".to_owned()],
        Some(found) => found,
    }
}

fn load(bytes: &[u8]) -> Option<Document> {
    let options = LoadOptions {
        max_decompressed_size: Some(32 << 20),
        ..LoadOptions::default()
    };
    Document::load_mem_with_options(bytes, options).ok()
}

fn differences(before: &Document, now: &Document) -> Vec<String> {
    let gone = before
        .objects
        .iter()
        .filter_map(|(id, old)| match now.objects.get(id) {
            None => Some(format!("删除了{}（对象{}）", kind(old), id.0)),
            Some(new) if new != old => Some(format!("改动了{}（对象{}）", kind(old), id.0)),
            Some(_) => None,
        });
    let added = now
        .objects
        .iter()
        .filter(|(id, _)| !before.objects.contains_key(id));
    let added = added.map(|(id, new)| format!("增加了{}（对象{}）", kind(new), id.0));
    gone.chain(added).take(MOST).collect()
}

fn kind(object: &Object) -> &'static str {
    let dictionary = match object {
        Object::Dictionary(d) => d,
        Object::Stream(s) => &s.dict,
        _ => return "数据",
    };
    let name = |d: &Dictionary, key: &[u8]| {
        d.get(key)
            .and_then(Object::as_name)
            .map(<[u8]>::to_vec)
            .unwrap_or_default()
    };
    match (
        name(dictionary, b"Type").as_slice(),
        name(dictionary, b"Subtype").as_slice(),
    ) {
        (b"Page", _) => "页面",
        (b"Pages", _) => "页面目录",
        (b"Catalog", _) => "文件目录",
        (b"Sig", _) => "签名",
        (_, b"Widget") => "盖章处",
        (b"Annot", _) => "批注",
        (_, b"Form") => "图形",
        (_, b"Image") => "图片",
        _ if matches!(object, Object::Stream(_)) => "页面内容",
        _ => "数据",
    }
}
