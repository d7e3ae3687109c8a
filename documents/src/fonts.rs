//! Fonts inside the binary; `fonts/README.md` names their licences.
//!
//! They are constants of the program file: an idle process maps them without reading them.

use std::collections::BTreeSet;

use crate::outline;

/// 仿宋.
static FANGSONG: &[u8] = include_bytes!("../fonts/FandolFang-Regular.otf");
/// 宋.
pub(crate) static SONG: &[u8] = include_bytes!("../fonts/NotoSerifSC-Regular.otf");
/// 宋 for titles.
static TITLE: &[u8] = include_bytes!("../fonts/NotoSerifSC-Title.ttf");
/// 黑.
static SANS: &[u8] = include_bytes!("../fonts/NotoSansSC-Regular.otf");
/// Rare characters.
static RARE: &[u8] = include_bytes!("../fonts/HanaMinB.ttf");

/// What outlines are drawn from, in the order in which a character is looked for. 宋, whose outlines are a
/// third of 仿宋's in bytes, has every character that 仿宋 has.
pub(crate) static OUTLINED: [&[u8]; 2] = [SONG, RARE];
/// What templates may use.
pub(crate) static ALL: [&[u8]; 5] = [FANGSONG, SONG, TITLE, SANS, RARE];

/// Characters of a text that no font draws, each once and in order; blanks and line breaks need none.
#[must_use]
pub fn missing(text: &str) -> Vec<char> {
    // codes as SVG are most of a form's data and ASCII, which every face has
    let drawn = |c: char| {
        c.is_ascii_graphic() || is_blank(c) || !c.is_control() && outline::glyph(c).is_some()
    };
    let missing: BTreeSet<char> = text.chars().filter(|c| !drawn(*c)).collect();
    missing.into_iter().collect()
}

/// Blanks, line breaks, and the selectors that ask for a variant of the character before.
fn is_blank(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | ' ' | '\u{a0}' | '\u{3000}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}
