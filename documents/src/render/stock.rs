//! What every rendering shares: typst's library, the fonts, and templates as they were parsed.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use typst::foundations::Bytes;
use typst::syntax::Source;
use typst::text::{Font, FontBook, FontInfo};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use super::world::id;
use crate::fonts;

/// What templates share: fonts, tables, boxes for stamps.
const COMMON: &str = include_str!("../../templates/common.typ");
/// What papers share beyond that: the page of GB/T 9704.
const PAPER: &str = include_str!("../../templates/paper.typ");

/// Family names under which an operator's licensed faces are known, by the list of `common.typ` they go into.
const KNOWN: [(&str, &[&str]); 3] = [
    (
        "fang",
        &[
            "FangSong_GB2312",
            "仿宋_GB2312",
            "FangSong",
            "仿宋",
            "STFangsong",
        ],
    ),
    (
        "title",
        &[
            "FZXiaoBiaoSong-B05S",
            "方正小标宋简体",
            "方正小标宋_GBK",
            "FZXiaoBiaoSong-B05",
        ],
    ),
    ("hei", &["SimHei", "黑体", "STHeiti"]),
];

/// Families that Typst asks for where a template names none, for text and for `raw`. None of them is inside the binary, and with
/// `fallback: false` what is set in them would be left out, and nothing would tell: 宋 stands in, and what it lacks is told as ever.
const UNNAMED: [&str; 2] = ["Libertinus Serif", "DejaVu Sans Mono"];

pub(super) struct Stock {
    pub(super) library: LazyHash<Library>,
    pub(super) book: LazyHash<FontBook>,
    pub(super) fonts: Vec<Font>,
    /// `/fonts.json` of the templates: families of the operator's own that are there.
    pub(super) families: Bytes,
    /// What templates import.
    pub(super) shared: [Source; 2],
    /// The template that was drawn last: a campaign draws many forms by one.
    last: Mutex<Option<Source>>,
}

impl Stock {
    pub(super) fn new(own: Option<&Path>) -> Stock {
        let mut fonts = own.map(read_directory).unwrap_or_default();
        let present: Vec<&str> = fonts
            .iter()
            .map(|f: &Font| f.info().family.as_str())
            .collect();
        let families: serde_json::Map<_, _> = KNOWN
            .iter()
            .map(|(list, names)| {
                let found: Vec<&str> = names
                    .iter()
                    .copied()
                    .filter(|n| present.contains(n))
                    .collect();
                ((*list).to_owned(), found.into())
            })
            .collect();
        let families = serde_json::Value::Object(families).to_string();
        fonts.extend(
            fonts::ALL
                .iter()
                .flat_map(|file| Font::iter(Bytes::new(*file))),
        );
        let mut book = FontBook::from_fonts(&fonts);
        let song = Font::iter(Bytes::new(fonts::SONG)).next();
        for (family, song) in UNNAMED.into_iter().zip(song.into_iter().cycle()) {
            book.push(FontInfo {
                family: family.to_owned(),
                ..song.info().clone()
            });
            fonts.push(song);
        }
        Stock {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(book),
            fonts,
            families: Bytes::new(families.into_bytes()),
            shared: [("/common.typ", COMMON), ("/paper.typ", PAPER)]
                .map(|(path, text)| Source::new(id(path), text.to_owned())),
            last: Mutex::default(),
        }
    }

    /// The same with no font to draw with.
    pub(super) fn without_fonts(&self) -> Stock {
        Stock {
            library: self.library.clone(),
            book: LazyHash::new(FontBook::new()),
            fonts: Vec::new(),
            families: self.families.clone(),
            shared: self.shared.clone(),
            last: Mutex::default(),
        }
    }

    /// The template, parsed anew only when it is not the last one.
    pub(super) fn main(&self, template: &str) -> Source {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.take().filter(|source| source.text() == template);
        let source = known.unwrap_or_else(|| Source::new(id("/main.typ"), template.to_owned()));
        last.insert(source).clone()
    }

    /// Characters that neither the embedded faces nor the operator's own draw.
    pub(super) fn missing(&self, text: &str) -> Vec<char> {
        let mut missing = fonts::missing(text);
        let own = self.fonts.len() - fonts::ALL.len() - UNNAMED.len();
        let drawn = |c: char| {
            self.fonts[..own]
                .iter()
                .any(|f| f.info().coverage.contains(u32::from(c)))
        };
        missing.retain(|c| !drawn(*c));
        missing
    }
}

/// Fonts of a directory in the order of their file names; what cannot be read is passed over.
fn read_directory(directory: &Path) -> Vec<Font> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| is_font(path))
        .collect();
    files.sort();
    let bytes = files.iter().filter_map(|path| std::fs::read(path).ok());
    bytes
        .flat_map(|bytes| Font::iter(Bytes::new(bytes)))
        .collect()
}

fn is_font(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    ["ttf", "otf", "ttc"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}
