//! Fonts inside the binary; `fonts/README.md` names their licences.

/// 仿宋.
pub const FANGSONG: &[u8] = include_bytes!("../fonts/FandolFang-Regular.otf");
/// 宋.
pub const SONG: &[u8] = include_bytes!("../fonts/NotoSerifSC-Regular.otf");
/// Rare characters.
pub const RARE: &[u8] = include_bytes!("../fonts/HanaMinB.ttf");

/// In the order in which a missing character is looked for.
pub const ALL: [&[u8]; 3] = [FANGSONG, SONG, RARE];

/// Characters that no font draws; blanks and line breaks need none.
#[must_use]
pub fn missing(text: &str) -> Vec<char> {
    let faces: Vec<ttf_parser::Face<'_>> = ALL
        .iter()
        .filter_map(|font| ttf_parser::Face::parse(font, 0).ok())
        .collect();
    let drawn = |c: char| {
        let blank = matches!(c, '\n' | '\r' | '\t' | ' ' | '\u{a0}' | '\u{3000}');
        let has_glyph = |f: &ttf_parser::Face<'_>| f.glyph_index(c).is_some_and(|g| g.0 != 0);
        blank || !c.is_control() && faces.iter().any(has_glyph)
    };
    let mut missing: Vec<char> = text.chars().filter(|c| !drawn(*c)).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}
