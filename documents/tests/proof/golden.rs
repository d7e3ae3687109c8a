//! Golden pictures (样张): every form and paper is drawn and compared, pixel by pixel, with a PNG under `tests/golden` that a
//! person has looked at beside the notice's own appendix. `UPDATE_GOLDEN=1` draws them anew.

mod answers;
mod contents;
mod forms;
mod papers;
mod picture;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{AT, file, prose, renderer, tool};
use picture::{Picture, pages};

/// In every name of a person or a unit, on every form and paper: characters of extensions A, B and E.
const RARE: &str = "㛃䶮𬭎𠅤";

/// One folder of golden pictures; each belongs to one test, which draws all of it.
const FOLDERS: [&str; 3] = ["forms", "papers", "stamped"];

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(of)
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever changed a template says so"
)]
fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1")
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten();
    files
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// What one test has drawn.
struct Gallery {
    of: &'static str,
    drawn: BTreeMap<String, Picture>,
}

impl Gallery {
    fn new(of: &'static str) -> Gallery {
        assert!(FOLDERS.contains(&of));
        Gallery {
            of,
            drawn: BTreeMap::new(),
        }
    }

    /// Hangs up pages of a PDF, which is left where a person can look at it.
    fn hang(&mut self, name: &str, pdf: &[u8], wanted: impl Fn(usize) -> bool) {
        file(&format!("golden-{}-{name}.pdf", self.of), pdf);
        for (n, page) in pages(pdf).into_iter().enumerate() {
            if wanted(n + 1) {
                self.drawn.insert(format!("{name}-{}.png", n + 1), page);
            }
        }
    }

    /// Compares with the folder, or rewrites it. Fails for every picture that is missing, differs, or is drawn no more.
    fn judge(self) {
        let folder = folder(self.of);
        if updating() {
            return self.rewrite(&folder);
        }
        let faults = self.faults(&folder);
        assert!(
            faults.is_empty(),
            "tests/golden/{}: look at these; UPDATE_GOLDEN=1 takes what is drawn now:\n{}",
            self.of,
            faults.join("\n")
        );
    }

    fn faults(&self, folder: &Path) -> Vec<String> {
        let mut faults: Vec<String> = names(folder)
            .into_iter()
            .filter(|name| !self.drawn.contains_key(name))
            .map(|name| format!("{name}: nothing draws it any more"))
            .collect();
        for (name, page) in &self.drawn {
            faults.extend(self.fault(name, page, &folder.join(name)));
        }
        faults
    }

    fn fault(&self, name: &str, page: &Picture, golden: &Path) -> Option<String> {
        let left = |what: &str, picture: &Picture| {
            let name = format!("golden-{}-{what}-{name}", self.of);
            file(&name, &picture.png()).display().to_string()
        };
        let Ok(bytes) = std::fs::read(golden) else {
            return Some(format!("{name}: new: {}", left("drawn", page)));
        };
        let golden = Picture::read(&bytes);
        let differing = page.differing(&golden)?;
        Some(format!(
            "{name}: {differing}\n  drawn:      {}\n  difference: {}",
            left("drawn", page),
            left("difference", &page.difference(&golden))
        ))
    }

    fn rewrite(self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for name in names(folder) {
            if !self.drawn.contains_key(&name) {
                std::fs::remove_file(folder.join(name)).unwrap();
            }
        }
        for (name, page) in self.drawn {
            let path = folder.join(name);
            // a picture that is as good as the one there stays, so that a diff shows what changed
            let same = std::fs::read(&path)
                .is_ok_and(|old| page.differing(&Picture::read(&old)).is_none());
            if !same {
                std::fs::write(path, page.png()).unwrap();
            }
        }
    }
}

/// The rare characters have glyphs and are text, so many times at least. That no box stands in their place the typesetter sees
/// to, and the picture shows it.
fn holds_rare_characters(name: &str, pdf: &[u8], times: usize) {
    assert!(renderer().missing_glyphs(RARE).is_empty());
    let path = file(&format!("golden-text-{name}.pdf"), pdf);
    if let Some(told) = tool("pdftotext", &["-raw", path.to_str().unwrap(), "-"]) {
        let told: String = told.chars().filter(|c| !c.is_whitespace()).collect();
        let found = told.matches(RARE).count();
        assert!(found >= times, "{name}: {RARE} {found} times in {told}");
    }
}

/// At most so many characters of prose, to the end of a sentence.
fn sentences(chars: usize) -> String {
    let mut text = prose(chars);
    text.truncate(text.rfind('。').map_or(0, |at| at + '。'.len_utf8()));
    text
}

#[test]
fn every_golden_picture_belongs_to_a_test() {
    if updating() {
        return;
    }
    let mut found = names(&folder(""));
    found.sort();
    assert_eq!(found, FOLDERS);
    let whole: u64 = (FOLDERS.iter())
        .flat_map(|of| names(&folder(of)).into_iter().map(|n| folder(of).join(n)))
        .map(|path| std::fs::metadata(path).unwrap().len())
        .sum();
    assert!(whole < 1_500_000, "{whole} bytes of golden pictures");
}

#[test]
fn a_character_that_the_face_of_a_template_lacks_is_refused_not_boxed() {
    let template = |faces: &str| format!("#set text(font: ({faces}), fallback: false)\n{RARE}");
    let data = serde_json::json!({ "form_code": "", "round": "" });
    let draw = |faces: &str| renderer().render(&template(faces), &data, AT);
    assert!(draw("\"Noto Sans SC\",").is_err());
    assert!(draw("\"Noto Sans SC\", \"Noto Serif SC\", \"HanaMinB\"").is_ok());
}

/// The comparison is neither blind nor fussy.
mod comparing {
    use super::*;
    use crate::support::PACKS;

    fn drawn(change: impl Fn(&str) -> String) -> Vec<Picture> {
        let mut data = forms::filled(&PACKS[0]);
        for field in data["fields"].as_array_mut().unwrap() {
            let changed = change(field["text"].as_str().unwrap());
            field["text"] = changed.into();
        }
        let form = renderer().render(PACKS[0].template, &data, AT).unwrap();
        pages(&form.pdf)
    }

    fn differ(one: &[Picture], other: &[Picture]) -> bool {
        one.iter().zip(other).any(|(a, b)| a.differing(b).is_some())
    }

    #[test]
    fn the_same_drawn_again_passes_also_after_it_was_stored() {
        let (once, again) = (drawn(str::to_owned), drawn(str::to_owned));
        assert!(!differ(&once, &again));
        let stored: Vec<Picture> = once.iter().map(|p| Picture::read(&p.png())).collect();
        assert!(!differ(&stored, &again));
    }

    #[test]
    fn one_word_one_character_or_one_figure_more_or_less_is_seen() {
        let before = drawn(str::to_owned);
        for (from, to) in [
            ("专栏", "栏目"),
            ("谯城发布", "樵城发布"),
            ("张㛃", "张絜"),
            ("236800", "236801"),
            ("13800138000", "13800138001"),
            ("qcfb_2016", "qcfb-2016"),
        ] {
            let after = drawn(|text| text.replacen(from, to, 1));
            assert!(differ(&before, &after), "{from} for {to}");
        }
    }

    #[test]
    fn what_differs_is_missing_or_left_over_is_told_with_the_files_to_look_at() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden-folder");
        std::fs::create_dir_all(&folder).unwrap();
        let store = |name: &str, page: &Picture| std::fs::write(folder.join(name), page.png());
        let pages = drawn(str::to_owned);
        let mut gallery = Gallery::new("forms");
        for name in ["changed.png", "missing.png", "same.png"] {
            gallery.drawn.insert(name.into(), pages[0].clone());
        }
        store("same.png", &pages[0]).unwrap();
        store(
            "changed.png",
            &drawn(|t| t.replace("谯城发布", "樵城发布"))[0],
        )
        .unwrap();
        store("over.png", &pages[0]).unwrap();
        let told = gallery.faults(&folder).join("\n");
        for part in [
            "over.png: nothing draws it any more",
            "changed.png: ",
            "missing.png: new: ",
        ] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
        assert!(!told.contains("same.png"));
        let files = told.split_whitespace().filter(|word| word.starts_with('/'));
        let files: Vec<_> = files.collect();
        assert_eq!(files.len(), 3, "{told}");
        assert!(files.iter().all(|file| Path::new(file).is_file()));
    }

    #[test]
    fn a_shade_is_not_seen_and_a_page_of_another_size_is() {
        let page = &drawn(str::to_owned)[0];
        assert_eq!(page.shaded(16).differing(page), None);
        assert!(page.shaded(120).differing(page).is_some());
        let short = page.cut_to(page.height() - 1);
        assert!(short.differing(page).is_some());
        assert_eq!(page.difference(&short).height(), page.height());
    }
}
