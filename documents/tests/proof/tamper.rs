//! What somebody with the file, but without a key, may try: never valid.

use std::sync::OnceLock;

use documents::stamp::StampError;
use documents::verify::verify;
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, dictionary};

use crate::support::{bozhou, file, roots, stamped, tool};

fn one() -> &'static [u8] {
    static ONE: OnceLock<Vec<u8>> = OnceLock::new();
    ONE.get_or_init(|| stamped(&bozhou().pdf, "unit").expect("a stamp"))
}

fn two() -> &'static [u8] {
    static TWO: OnceLock<Vec<u8>> = OnceLock::new();
    TWO.get_or_init(|| stamped(one(), "county-cyberspace").expect("a stamp"))
}

fn valid(pdf: &[u8]) -> bool {
    verify(pdf, &roots()).valid
}

fn increment(pdf: &[u8], change: impl FnOnce(&mut IncrementalDocument)) -> Vec<u8> {
    let document = Document::load_mem(pdf).expect("a form");
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), document);
    change(&mut update);
    let mut out = Vec::new();
    update.save_to(&mut out).expect("an increment");
    out
}

fn field(update: &IncrementalDocument, name: &str) -> ObjectId {
    let named = |o: &Object| {
        o.as_dict()
            .and_then(|d| d.get(b"T"))
            .and_then(Object::as_str)
            .is_ok_and(|t| t == name.as_bytes())
    };
    let objects = &update.get_prev_documents().objects;
    *objects.iter().find(|(_, o)| named(o)).expect("a field").0
}

fn edit(update: &mut IncrementalDocument, id: ObjectId, change: impl FnOnce(&mut Dictionary)) {
    update
        .opt_clone_object_to_new_document(id)
        .expect("an object");
    change(
        update
            .new_document
            .get_object_mut(id)
            .and_then(Object::as_dict_mut)
            .expect("a dictionary"),
    );
}

fn replace(update: &mut IncrementalDocument, id: ObjectId, with: impl Into<Object>) {
    update.new_document.objects.insert(id, with.into());
}

/// The page with the boxes.
fn page(update: &IncrementalDocument) -> ObjectId {
    let form = update.get_prev_documents();
    let has_boxes = |id: &ObjectId| form.get_dictionary(*id).is_ok_and(|p| p.has(b"Annots"));
    form.get_pages()
        .into_values()
        .find(has_boxes)
        .expect("a page")
}

fn root(update: &IncrementalDocument) -> ObjectId {
    update
        .get_prev_documents()
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .expect("a root")
}

fn in_field(update: &IncrementalDocument, name: &str, key: &[u8]) -> Object {
    let dict = update
        .get_prev_documents()
        .get_object(field(update, name))
        .and_then(Object::as_dict);
    dict.and_then(|d| d.get(key)).expect("a value").clone()
}

fn appearance(update: &IncrementalDocument, name: &str) -> ObjectId {
    let ap = in_field(update, name, b"AP");
    ap.as_dict()
        .and_then(|d| d.get(b"N"))
        .and_then(Object::as_reference)
        .expect("an appearance")
}

fn paint() -> Stream {
    Stream::new(
        dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 400.into(), 400.into()] },
        b"1 0 0 rg 0 0 400 400 re f".to_vec(),
    )
}

type Attack = (&'static str, fn(&mut IncrementalDocument));

/// Each works on a form whose unit has stamped and whose city has not.
const ATTACKS: [Attack; 24] = [
    ("page painted anew", |u| {
        let painted = u.new_document.add_object(paint());
        let id = page(u);
        edit(u, id, |d| d.set("Contents", painted));
    }),
    ("content stream overwritten", |u| {
        let id = page(u);
        let contents = u.get_prev_documents().get_page_contents(id)[0];
        replace(u, contents, paint());
    }),
    ("page resources changed", |u| {
        let id = page(u);
        edit(u, id, |d| d.set("Resources", dictionary! {}));
    }),
    ("page turned", |u| {
        let id = page(u);
        edit(u, id, |d| d.set("Rotate", 180));
    }),
    ("page added", |u| {
        let of = u
            .get_prev_documents()
            .get_object(root(u))
            .and_then(Object::as_dict)
            .expect("a catalog");
        let pages = of
            .get(b"Pages")
            .and_then(Object::as_reference)
            .expect("pages");
        let new = u.new_document.add_object(dictionary! { "Type" => "Page", "Parent" => pages, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()] });
        edit(u, pages, |d| {
            d.get_mut(b"Kids")
                .and_then(Object::as_array_mut)
                .expect("kids")
                .push(new.into());
            d.set("Count", 3);
        });
    }),
    ("page removed", |u| {
        let of = u
            .get_prev_documents()
            .get_object(root(u))
            .and_then(Object::as_dict)
            .expect("a catalog");
        let pages = of
            .get(b"Pages")
            .and_then(Object::as_reference)
            .expect("pages");
        edit(u, pages, |d| {
            d.get_mut(b"Kids")
                .and_then(Object::as_array_mut)
                .expect("kids")
                .pop();
        });
    }),
    ("annotation added", |u| {
        let look = u.new_document.add_object(paint());
        let note = u.new_document.add_object(dictionary! { "Type" => "Annot", "Subtype" => "Stamp", "Rect" => vec![0.into(), 0.into(), 400.into(), 400.into()], "AP" => dictionary! { "N" => look } });
        let id = page(u);
        edit(u, id, |d| {
            d.get_mut(b"Annots")
                .and_then(Object::as_array_mut)
                .expect("annotations")
                .push(note.into())
        });
    }),
    ("stamp's picture overwritten", |u| {
        let id = appearance(u, "unit");
        replace(u, id, paint());
    }),
    ("stamp's picture swapped", |u| {
        let look = u.new_document.add_object(paint());
        let id = field(u, "unit");
        edit(u, id, |d| d.set("AP", dictionary! { "N" => look }));
    }),
    ("stamp moved", |u| {
        let id = field(u, "unit");
        edit(u, id, |d| {
            d.set("Rect", vec![0.into(), 0.into(), 100.into(), 100.into()])
        });
    }),
    ("stamp hidden", |u| {
        let id = field(u, "unit");
        edit(u, id, |d| d.set("F", 2));
    }),
    ("stamp taken away", |u| {
        let id = field(u, "unit");
        edit(u, id, |d| {
            d.remove(b"V");
        });
    }),
    ("stamp renamed", |u| {
        let id = field(u, "unit");
        edit(u, id, |d| {
            d.set("T", Object::string_literal("city-civilisation"))
        });
    }),
    ("empty box painted", |u| {
        let look = u.new_document.add_object(paint());
        let id = field(u, "city-cyberspace");
        edit(u, id, |d| d.set("AP", dictionary! { "N" => look }));
    }),
    ("empty box's picture overwritten", |u| {
        let id = appearance(u, "city-cyberspace");
        replace(u, id, paint());
    }),
    ("empty box moved", |u| {
        let id = field(u, "city-cyberspace");
        edit(u, id, |d| {
            d.set("Rect", vec![0.into(), 0.into(), 595.into(), 842.into()])
        });
    }),
    ("signature borrowed", |u| {
        let (look, signature) = (
            u.new_document.add_object(paint()),
            in_field(u, "unit", b"V"),
        );
        let id = field(u, "city-cyberspace");
        edit(u, id, |d| {
            d.set("V", signature);
            d.set("AP", dictionary! { "N" => look });
        });
    }),
    ("signature copied", |u| {
        let look = u.new_document.add_object(paint());
        let from = in_field(u, "unit", b"V")
            .as_reference()
            .expect("a signature");
        let copy = u
            .get_prev_documents()
            .get_object(from)
            .expect("a signature")
            .clone();
        let copy = u.new_document.add_object(copy);
        let id = field(u, "city-cyberspace");
        edit(u, id, |d| {
            d.set("V", copy);
            d.set("AP", dictionary! { "N" => look });
        });
    }),
    ("box filled with nothing", |u| {
        let look = u.new_document.add_object(paint());
        let id = field(u, "city-cyberspace");
        edit(u, id, |d| {
            d.set("V", Object::Null);
            d.set("AP", dictionary! { "N" => look });
        });
    }),
    ("box filled with an empty signature", |u| {
        let (look, none) = (
            u.new_document.add_object(paint()),
            u.new_document.add_object(dictionary! { "Type" => "Sig" }),
        );
        let id = field(u, "city-cyberspace");
        edit(u, id, |d| {
            d.set("V", none);
            d.set("AP", dictionary! { "N" => look });
        });
    }),
    ("box made", |u| {
        let of = u
            .get_prev_documents()
            .get_object(root(u))
            .and_then(Object::as_dict)
            .expect("a catalog");
        let form = of
            .get(b"AcroForm")
            .and_then(Object::as_reference)
            .expect("a form");
        let new = u.new_document.add_object(dictionary! { "FT" => "Sig", "T" => Object::string_literal("more"), "Rect" => vec![0.into(), 0.into(), 9.into(), 9.into()] });
        edit(u, form, |d| {
            d.get_mut(b"Fields")
                .and_then(Object::as_array_mut)
                .expect("fields")
                .push(new.into())
        });
    }),
    ("script at opening", |u| {
        let id = root(u);
        edit(u, id, |d| {
            d.set(
                "OpenAction",
                dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") },
            )
        });
    }),
    ("catalog replaced", |u| {
        let copy = u
            .get_prev_documents()
            .get_object(root(u))
            .expect("a catalog")
            .clone();
        let copy = u.new_document.add_object(copy);
        u.new_document.trailer.set("Root", copy);
    }),
    ("title replaced", |u| {
        let info = u
            .new_document
            .add_object(dictionary! { "Title" => Object::string_literal("other") });
        u.new_document.trailer.set("Info", info);
    }),
];

#[test]
fn nothing_may_change_between_stamps() {
    for (what, attack) in ATTACKS {
        let attacked = increment(one(), attack);
        assert!(attacked.len() > one().len(), "{what}");
        // No office sets its stamp after it.
        let refused = stamped(&attacked, "county-cyberspace");
        assert!(
            matches!(refused, Err(StampError::NotOurForm(_))),
            "{what}: {refused:?}"
        );
    }
}

#[test]
fn nothing_may_change_after_the_last_stamp() {
    for (what, attack) in ATTACKS {
        assert!(!valid(&increment(two(), attack)), "{what}");
    }
}

/// Not even an object that nothing points to: a form that somebody else wrote to is not stamped.
#[test]
fn a_form_that_somebody_else_wrote_to_is_not_stamped() {
    let more = increment(one(), |u| {
        u.new_document.add_object(paint());
    });
    assert!(!valid(&more));
    let refused = stamped(&more, "county-cyberspace");
    assert!(
        matches!(refused, Err(StampError::NotOurForm(_))),
        "{refused:?}"
    );
}

/// Where the last signature's digits are, without the padding.
fn digits(pdf: &[u8]) -> std::ops::Range<usize> {
    let at = (0..pdf.len() - 9)
        .rev()
        .find(|i| &pdf[*i..*i + 9] == b"/Contents")
        .expect("a signature");
    let start = at + pdf[at..].iter().position(|b| *b == b'<').expect("digits") + 1;
    let end = start
        + pdf[start..]
            .iter()
            .position(|b| *b == b'>')
            .expect("digits");
    let used = pdf[start..end]
        .iter()
        .rposition(|b| *b != b'0')
        .expect("digits");
    start..start + used + 1
}

#[test]
fn no_bit_may_flip() {
    let pdf = two();
    let mut flips: Vec<(usize, u8)> = (0..pdf.len())
        .step_by(997)
        .map(|at| (at, 1 << (at % 8)))
        .collect();
    // The signature's own digits are outside what is signed, so they are looked at more closely.
    for (n, at) in digits(pdf).enumerate().step_by(3) {
        flips.push((at, 1 << (n % 8)));
        if n % 5 == 0 {
            flips.push((at, 0x20));
        }
    }
    flips.extend(
        (digits(pdf).end..digits(pdf).end + 2000)
            .step_by(101)
            .map(|at| (at, 1)),
    );
    assert!(flips.len() > 1000, "{}", flips.len());
    let threads = 4;
    std::thread::scope(|scope| {
        for part in flips.chunks(flips.len().div_ceil(threads)) {
            scope.spawn(move || {
                let mut bytes = pdf.to_vec();
                for (at, bit) in part {
                    bytes[*at] ^= bit;
                    assert!(
                        !valid(&bytes),
                        "bit {bit:#x} of byte {at} of {}",
                        bytes.len()
                    );
                    bytes[*at] ^= bit;
                }
            });
        }
    });
    assert!(valid(pdf));
}

#[test]
fn no_tail_may_be_lost() {
    let lengths = [1, 2, 5, 6, 7, 50, 500, 5_000, 20_000];
    for lost in lengths {
        assert!(!valid(&two()[..two().len() - lost]), "{lost}");
    }
    for kept in [
        0,
        8,
        1_000,
        one().len() / 2,
        one().len() - 1,
        one().len() + 1,
    ] {
        assert!(!valid(&two()[..kept]), "{kept}");
    }
}

#[test]
fn nothing_may_be_appended_or_put_before() {
    for more in [
        &b"\n"[..],
        b" ",
        b"%",
        b"%%EOF\n",
        b"\0",
        b"startxref\n0\n%%EOF\n",
    ] {
        assert!(!valid(&[two(), more].concat()), "{more:?}");
        assert!(!valid(&[more, two()].concat()), "{more:?}");
    }
    assert!(!valid(&[two(), two()].concat()));
    assert!(!valid(&[one(), &two()[one().len() + 1..]].concat()));
}

#[test]
fn the_byte_range_may_not_be_another() {
    let pdf = two();
    let at = (0..pdf.len() - 10)
        .rev()
        .find(|i| &pdf[*i..*i + 10] == b"/ByteRange")
        .expect("a range");
    let open = at + pdf[at..].iter().position(|b| *b == b'[').expect("[") + 1;
    let close = open + pdf[open..].iter().position(|b| *b == b']').expect("]");
    let told = String::from_utf8_lossy(&pdf[open..close]).into_owned();
    let n: Vec<usize> = told
        .split_whitespace()
        .map(|n| n.parse().expect("a number"))
        .collect();
    let [zero, start, tail, length] = n[..] else {
        panic!("{told}")
    };
    let tricks = [
        format!("{zero} {start} {tail} {}", length - 1),
        format!("{zero} {start} {tail} 0"),
        format!("{zero} {} {tail} {length}", start - 1),
        format!("{zero} {start} {start} {length}"),
        format!("{zero} {start} {} {}", tail + 1, length - 1),
        format!("1 {} {tail} {length}", start - 1),
        format!("{zero} {tail} {tail} {length}"),
        format!("{zero} 0 0 {}", pdf.len()),
        format!("{zero} {start} {tail} -1"),
        format!("{zero} {start} {tail}"),
        format!("{zero} {start} {tail} 9999999999"),
        format!("{tail} {length} {zero} {start}"),
        String::new(),
    ];
    for trick in tricks {
        let width = close - open;
        let Some(text) = Some(format!("{trick:<width$}")).filter(|t| t.len() == width) else {
            continue;
        };
        let bytes = [&pdf[..open], text.as_bytes(), &pdf[close..]].concat();
        assert!(!valid(&bytes), "{trick}");
    }
    let signature_grown = increment(pdf, |u| {
        let id = in_field(u, "county-cyberspace", b"V")
            .as_reference()
            .expect("a signature");
        edit(u, id, |d| {
            d.set(
                "ByteRange",
                vec![
                    0.into(),
                    (start as i64).into(),
                    (tail as i64).into(),
                    (length as i64 + 40_000).into(),
                ],
            )
        });
    });
    assert!(!valid(&signature_grown));
}

#[test]
fn a_signature_of_another_box_does_not_fit() {
    let other = stamped(one(), "county-civilisation").expect("a stamp");
    let (from, to) = (digits(&other), digits(two()));
    let mut mixed = two().to_vec();
    mixed[to.clone()].fill(b'0');
    mixed[to.start..to.start + from.len()].copy_from_slice(&other[from]);
    assert!(!valid(&mixed));
}

/// An independent reader sees paint after the last stamp as well. (pdfsig does not look.)
#[test]
fn pyhanko_sees_the_paint_too() {
    let pem = documents::authority::to_pem(&roots()[0]).expect("pem");
    let pem = file("root-tamper.pem", pem.as_bytes());
    let (_, painted) = ATTACKS[0];
    let painted = increment(two(), painted);
    let path = file("painted.pdf", &painted);
    let (pem, path) = (
        pem.to_str().expect("a path"),
        path.to_str().expect("a path"),
    );
    let args = [
        "sign",
        "validate",
        "--no-revocation-check",
        "--trust",
        pem,
        path,
    ];
    if let Some(told) = tool("pyhanko", &args) {
        assert!(told.contains("ILLEGAL_MODIFICATIONS"), "{told}");
    }
}
