//! Fonts inside the binary; `fonts/README.md` names their licences.

/// 仿宋.
pub const FANGSONG: &[u8] = include_bytes!("../fonts/FandolFang-Regular.otf");
/// 宋.
pub const SONG: &[u8] = include_bytes!("../fonts/NotoSerifSC-Regular.otf");
/// Rare characters.
pub const RARE: &[u8] = include_bytes!("../fonts/HanaMinB.ttf");

/// In the order in which a missing character is looked for.
pub const ALL: [&[u8]; 3] = [FANGSONG, SONG, RARE];

/// Characters that no font draws; control characters and white space need none.
#[must_use]
pub fn missing(text: &str) -> Vec<char> {
    let faces: Vec<ttf_parser::Face<'_>> = ALL
        .iter()
        .filter_map(|font| ttf_parser::Face::parse(font, 0).ok())
        .collect();
    let drawn = |c: char| {
        c.is_whitespace() || c.is_control() || faces.iter().any(|f| f.glyph_index(c).is_some())
    };
    let mut missing: Vec<char> = text.chars().filter(|c| !drawn(*c)).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}
