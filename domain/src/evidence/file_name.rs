//! The name of a file as it is kept: for people to read, and never more than what the file is.

/// Characters of a name, its ending included.
const LONGEST: usize = 100;

/// Kinds of files that are taken, the endings that a name of theirs may have, the usual one first.
const ENDINGS: [(&str, &[&str]); 6] = [
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/png", &["png"]),
    ("image/webp", &["webp"]),
    ("application/pdf", &["pdf"]),
    ("video/mp4", &["mp4", "m4v"]),
    ("video/quicktime", &["mov", "qt"]),
];

/// The last part of a path, whichever system's, without what is not seen or turns the reading about; 文件 where nothing is left.
#[must_use]
pub fn cleaned(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| is_plain(*c)).collect();
    // neither hidden, nor stripped by the system that saves it
    let kept = kept.trim_matches([' ', '.', '\u{3000}']);
    match kept {
        "" => "文件".into(),
        kept => kept.chars().take(LONGEST).collect(),
    }
}

/// The usual ending of a kind of file that is taken.
#[must_use]
pub fn ending(media_type: &str) -> Option<&'static str> {
    let known = ENDINGS.iter().find(|(of, _)| *of == media_type);
    known.and_then(|(_, endings)| endings.first().copied())
}

/// A cleaned name that ends as files of this type do: whatever a picture pretends to be, it is saved as a picture.
#[must_use]
pub fn named(cleaned: &str, media_type: &str) -> String {
    let endings = ENDINGS.iter().find(|(of, _)| *of == media_type);
    let Some((_, endings)) = endings else {
        return cleaned.into();
    };
    let has = cleaned
        .rsplit_once('.')
        .is_some_and(|(_, end)| endings.iter().any(|e| e.eq_ignore_ascii_case(end)));
    if has {
        return cleaned.into();
    }
    let room = LONGEST - endings[0].len() - 1;
    let kept: String = cleaned.chars().take(room).collect();
    format!("{kept}.{}", endings[0])
}

/// Neither a control character, nor one that changes the direction, joins or has no width (UAX 9, general category Cf), nor
/// one that a file system gives a meaning.
fn is_plain(c: char) -> bool {
    let unseen = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !unseen && !c.is_control() && !r#":*?"<>|"#.contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_last_part_without_tricks() {
        for (sent, kept) in [
            ("工作展示.mp4", "工作展示.mp4"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\a\图.png", "图.png"),
            ("a\0b\r\nc.jpg", "abc.jpg"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("...", "文件"),
            ("/", "文件"),
            ("", "文件"),
            ("图<1>:\"2\"|?*.jpg", "图12.jpg"),
            (".htaccess", "htaccess"),
        ] {
            assert_eq!(cleaned(sent), kept, "{sent:?}");
        }
        assert_eq!(cleaned(&"长".repeat(300)).chars().count(), LONGEST);
    }

    #[test]
    fn a_name_ends_as_its_file_is() {
        for (cleaned, media_type, kept) in [
            ("a.JPG", "image/jpeg", "a.JPG"),
            ("a.jpeg", "image/jpeg", "a.jpeg"),
            ("a.exe", "image/jpeg", "a.exe.jpg"),
            ("a", "video/quicktime", "a.mov"),
            ("a.jpg", "image/png", "a.jpg.png"),
        ] {
            assert_eq!(named(cleaned, media_type), kept);
        }
        let long = named(&"长".repeat(LONGEST), "image/webp");
        assert!(long.ends_with("长.webp") && long.chars().count() == LONGEST);
    }
}
