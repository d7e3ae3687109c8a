//! Counting and comparing text as people mean it.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfkc_quick};

/// Characters as the notice counts 字: Unicode scalar values after NFC, CRLF as one, white space at
/// both ends left out. Clients count by the same rule.
#[must_use]
pub fn count_chars(text: &str) -> usize {
    tidy(text).chars().count()
}

/// The text as it is stored: NFC, line ends as LF, white space at both ends left out.
#[must_use]
pub fn tidy(text: &str) -> String {
    let joined = match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(text),
    };
    let trimmed = joined.trim();
    // Chinese text nearly always is composed already
    match is_nfc_quick(trimmed.chars()) {
        IsNormalized::Yes => trimmed.to_owned(),
        _ => trimmed.nfc().collect(),
    }
}

/// A number out of hand, as it is printed: in capitals, narrow, without white space around or within.
#[must_use]
pub fn printed_number(typed: &str) -> String {
    let narrow = fold(typed).replace(['‐', '‑', '–', '—', '−'], "-");
    narrow.to_uppercase()
}

/// A name folded for comparison: NFKC, lower case, and without white space, punctuation-free
/// formatting characters, controls or marks that do not show. Two names that fold alike are the
/// same name to a reader.
#[must_use]
pub fn fold(name: &str) -> String {
    let once = |s: &str| -> String {
        match is_nfkc_quick(s.chars()) {
            IsNormalized::Yes => s.chars().flat_map(char::to_lowercase).collect(),
            _ => s.nfkc().flat_map(char::to_lowercase).collect(),
        }
    };
    let twice = once(&once(name));
    twice.chars().filter(|c| shows(*c)).collect()
}

/// The folded name with look-alike letters made one (UTS 39 skeleton): `аpple` with a Cyrillic а meets `apple`.
#[must_use]
pub fn skeleton(name: &str) -> String {
    let bare: String = unicode_security::confusable_detection::skeleton(&fold(name)).collect();
    fold(&bare)
}

fn shows(c: char) -> bool {
    !(c.is_whitespace() || c.is_control() || is_ignorable(c))
}

/// Default-ignorable code points of Unicode (DerivedCoreProperties): zero-width, bidirectional controls,
/// variation selectors, tags.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Hundredths as people write per cent: 6000 is `60%`, 5999 is `59.99%`.
#[must_use]
pub fn percent(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let n = hundredths.unsigned_abs();
    match n % 100 {
        0 => format!("{sign}{}%", n / 100),
        rest => format!("{sign}{}.{rest:02}%", n / 100),
    }
}

/// Characters that no answer may hold: U+0000 and other controls but tab and line feed, and
/// bidirectional overrides that make text read otherwise than it is.
#[must_use]
pub fn forbidden_char(text: &str) -> Option<char> {
    text.chars().find(|c| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_as_written() {
        for (text, count) in [
            ("", 0),
            ("  亳州  ", 2),
            ("一\r\n二", 3),
            ("一\r二", 3),
            ("😀", 1),
            ("e\u{301}", 1),
            ("𠅤䶮", 2),
        ] {
            assert_eq!(count_chars(text), count, "{text:?}");
        }
    }

    #[test]
    fn names_that_look_alike_fold_alike() {
        for (a, b) in [
            ("亳州发布", "亳州\u{200B}发布"),
            ("ＡＢＣ新闻", "abc新闻"),
            ("山西\u{202E}发布", "山西发布"),
            ("亳 州 发 布", "亳州发布"),
            ("Ⅸ网", "ix网"),
        ] {
            assert_eq!(fold(a), fold(b), "{a:?} {b:?}");
        }
        assert_eq!(skeleton("аpple"), skeleton("apple"));
        assert_ne!(fold("亳州发布"), fold("毫州发布"));
    }
}
