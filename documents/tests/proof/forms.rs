//! Every pack's form: all boxes of its steps, nothing lost, nothing drawn wrongly.

use std::collections::BTreeSet;

use documents::render::{Flaw, RenderError, Renderer};

use crate::support::{AT, PACKS, bozhou, data, prose, render, renderer, slots, stamped, text};

#[test]
fn every_pack_has_the_boxes_of_its_steps() {
    for pack in &PACKS {
        let drawn = render(pack, 300);
        let wanted: BTreeSet<String> = slots(pack).into_iter().map(|(key, _)| key).collect();
        let found: Vec<&str> = drawn.slots.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(found.len(), wanted.len(), "{}", pack.key);
        let found: BTreeSet<String> = found.into_iter().map(str::to_owned).collect();
        assert_eq!(found, wanted, "{}", pack.key);
        for slot in &drawn.slots {
            let inside = slot.x > 0.0
                && slot.y > 0.0
                && slot.x + slot.width < 595.3
                && slot.y + slot.height < 841.9;
            assert!(
                inside && slot.width > 120.0 && slot.height > 120.0,
                "{} {slot:?}",
                pack.key
            );
        }
    }
}

/// Empty, usual, long: all are stamped in every box, and left where a person can look at them.
#[test]
fn every_form_can_be_stamped_at_any_length() {
    for pack in &PACKS {
        for long in [0, 300, 1500] {
            let drawn = render(pack, long);
            let mut pdf = drawn.pdf;
            for slot in &drawn.slots {
                pdf = stamped(&pdf, &slot.id)
                    .unwrap_or_else(|e| panic!("{} {}: {e}", pack.key, slot.id));
            }
            crate::support::file(&format!("{}-{long}.pdf", pack.key), &pdf);
        }
    }
}

#[test]
fn every_answer_is_on_the_form_in_full() {
    for pack in &PACKS {
        let drawn = render(pack, 1500);
        let Some(told) = text(&format!("{}-text.pdf", pack.key), &drawn.pdf) else {
            return;
        };
        let mut seen = std::collections::BTreeMap::<String, usize>::new();
        for field in data(pack, 1500)["fields"].as_array().expect("fields") {
            let answer = field["text"].as_str().expect("text");
            *seen
                .entry(answer.chars().filter(|c| !c.is_whitespace()).collect())
                .or_default() += 1;
        }
        assert!(seen.contains_key(&prose(1500)), "{}", pack.key);
        seen.remove("");
        for (answer, times) in seen {
            // The template of a matrix places one of its two counts of followers.
            let least = if answer == "128600" { 1 } else { times };
            assert!(
                told.matches(&answer).count() >= least,
                "{}: {answer}",
                pack.key
            );
        }
    }
}

#[test]
fn a_draft_is_marked_as_one() {
    let mut draft = data(&PACKS[0], 300);
    draft["draft"] = true.into();
    draft["form_code"] = "草稿".into();
    draft["qr_svg"] = "".into();
    let drawn = renderer()
        .render(PACKS[0].template, &draft, AT)
        .expect("a form");
    let told = text("draft.pdf", &drawn.pdf).unwrap_or_else(|| "草稿".into());
    assert!(told.contains("草稿"));
}

#[test]
fn rare_characters_can_be_drawn_and_found() {
    let mut data = data(&PACKS[0], 100);
    data["fields"][0]["text"] = "张㛃䶮𬭎𠅤".into();
    let drawn = renderer()
        .render(PACKS[0].template, &data, AT)
        .expect("a form");
    if let Some(told) = text("rare.pdf", &drawn.pdf) {
        assert!(told.contains("张㛃䶮𬭎𠅤"), "{told}");
    }
}

#[test]
fn characters_without_a_glyph_are_named() {
    let mut data = data(&PACKS[0], 100);
    data["fields"][0]["text"] = "药都😀谯城\u{7}\u{e000}".into();
    let Err(RenderError::MissingGlyphs(named)) = renderer().render(PACKS[0].template, &data, AT)
    else {
        panic!("rendered without a glyph");
    };
    assert_eq!(named, ['\u{7}', '\u{e000}', '😀']);
}

#[test]
fn data_is_never_markup() {
    let mut data = data(&PACKS[0], 100);
    data["fields"][0]["text"] = "#read(\"/etc/passwd\") $x$ *粗* \\ `代码` <stamp-slot>".into();
    let drawn = renderer()
        .render(PACKS[0].template, &data, AT)
        .expect("a form");
    assert_eq!(drawn.slots.len(), 5);
    if let Some(told) = text("markup.pdf", &drawn.pdf) {
        assert!(
            told.contains("#read(\"/etc/passwd\")$x$*粗*\\`代码`<stamp-slot>"),
            "{told}"
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert!(bozhou().pdf == render(&PACKS[0], 700).pdf);
}

fn flaws(renderer: &Renderer, template: &str) -> Vec<Flaw> {
    match renderer.prove(template, &data(&PACKS[0], 0), AT) {
        Ok(_) => vec![],
        Err(RenderError::Flaws(flaws)) => flaws,
        Err(other) => panic!("{template}: {other}"),
    }
}

/// What is set in fonts that are not there is left out of the page, and Typst only warns.
#[test]
fn a_template_whose_fonts_are_not_there_is_flawed() {
    let found = |template: &str| {
        let flaws = flaws(renderer(), template).into_iter();
        flaws.map(|f| (f.line, f.message)).collect::<Vec<_>>()
    };
    let absent = |line, family: &str| {
        let message = format!("没有字体“{family}”，也没有同时列出的其他字体，用它排的文字印不出来");
        (line, message)
    };
    let alone = "#set page(width: 9cm)\n#set text(font: \"仿宋_GB2312\", fallback: false)\n文";
    assert_eq!(found(alone), [absent(2, "仿宋_gb2312")]);
    for before_another in [
        "#set text(font: (\"仿宋_GB2312\", \"FandolFang R\"), fallback: false)\n文",
        "#let fang = (\"仿宋_GB2312\", \"仿宋\", \"Noto Serif SC\")\n#set text(font: fang)\n#text(font: fang)[文]",
        "#import \"/common.typ\": fang\n#set text(font: (\"仿宋_GB2312\",) + fang)\n文",
        "#set text(font: (\"仿宋_GB2312\", \"Noto Serif SC\"))\n#context { let w = measure[文].width; h(1pt * (w / 1pt)) }",
    ] {
        assert_eq!(found(before_another), [], "{before_another}");
    }
    let inside =
        "#set text(font: \"Noto Serif SC\")\n文\n#context text(font: (\"SimSun\", \"SimHei\"))[文]";
    assert_eq!(found(inside), [absent(3, "simsun"), absent(3, "simhei")]);
}

/// Where a template names no font, Typst thinks of one that is not here: 宋 is there in its place, fallback or not.
#[test]
fn text_for_which_no_font_is_named_is_drawn_or_told() {
    for template in [
        "#set text(fallback: false)\n亳州",
        "#set text(font: \"FandolFang R\", fallback: false)\n`亳州`",
        "亳州",
    ] {
        let drawn = renderer().prove(template, &data(&PACKS[0], 0), AT);
        let drawn = drawn.unwrap_or_else(|e| panic!("{template}: {e}"));
        if let Some(told) = text("unnamed.pdf", &drawn.pdf) {
            assert!(told.contains("亳州"), "{template}: {told}");
        }
    }
    // 宋 has no such character, and nothing else may be looked at
    let found = flaws(renderer(), "#set text(fallback: false)\n亳州𠀀");
    assert!(
        !found.is_empty() && found[0].message.contains('𠀀'),
        "{found:?}"
    );
    assert_eq!(flaws(renderer(), "亳州𠀀"), []);
}

/// 亳州 asks for it, 陕西 does not.
#[test]
fn a_form_for_both_sides_of_the_sheet_asks_the_printer_for_them() {
    let preferences = |pdf: &[u8]| {
        let document = lopdf::Document::load_mem(pdf).expect("a PDF");
        let catalog = document.catalog().expect("a catalog");
        let of = catalog
            .get(b"ViewerPreferences")
            .and_then(lopdf::Object::as_dict)
            .cloned();
        of.unwrap_or_default()
    };
    let both = bozhou();
    let wish = |pdf: &[u8]| {
        preferences(pdf)
            .get(b"Duplex")
            .and_then(|n| n.as_name())
            .map(<[u8]>::to_vec)
            .ok()
    };
    assert_eq!(wish(&both.pdf).as_deref(), Some(&b"DuplexFlipLongEdge"[..]));
    let stamped = stamped(&both.pdf, "unit").expect("a stamp");
    assert_eq!(wish(&stamped).as_deref(), Some(&b"DuplexFlipLongEdge"[..]));
    let shaanxi = PACKS
        .iter()
        .find(|p| p.key == "shaanxi-universities-2024")
        .expect("a pack");
    assert_eq!(wish(&render(shaanxi, 300).pdf), None);
    // nothing else that the typesetter prefers is lost
    let mut single = data(&PACKS[0], 0);
    single["duplex"] = false.into();
    let single = renderer()
        .render(PACKS[0].template, &single, AT)
        .expect("a form");
    let mut others = preferences(&both.pdf);
    others.remove(b"Duplex");
    assert_eq!(others, preferences(&single.pdf));
}

/// A licensed font of the operator's, here a free one under such a name.
#[test]
fn fonts_of_the_operators_own_go_before_those_inside() {
    let utf16 =
        |name: &str| -> Vec<u8> { name.encode_utf16().flat_map(u16::to_be_bytes).collect() };
    let (name, own) = (utf16("Noto Serif SC Title"), "FZXiaoBiaoSong-B05S");
    let mut font = include_bytes!("../../fonts/NotoSerifSC-Title.ttf").to_vec();
    let at = font
        .windows(name.len())
        .position(|w| w == name)
        .expect("its name");
    font[at..at + name.len()].copy_from_slice(&utf16(own));
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("own-fonts");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("own.ttf"), font).expect("a font");
    let template = format!("#set text(font: \"{own}\", fallback: false)\n公示");
    assert_eq!(flaws(renderer(), &template).len(), 1);
    let with_own = Renderer::with_fonts(folder);
    assert_eq!(flaws(&with_own, &template), []);
    let preferred = format!("#import \"/common.typ\": own\n#assert(own.title == (\"{own}\",))");
    assert_eq!(flaws(&with_own, &preferred), []);
}
