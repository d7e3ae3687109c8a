//! Updates that a PDF library writes: what is changed after a stamp, one thing each.

use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, dictionary};

pub fn increment(pdf: &[u8], change: impl FnOnce(&mut IncrementalDocument)) -> Vec<u8> {
    let document = Document::load_mem(pdf).expect("a form");
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), document);
    change(&mut update);
    let mut out = Vec::new();
    update.save_to(&mut out).expect("an increment");
    out
}

pub fn field(update: &IncrementalDocument, name: &str) -> ObjectId {
    let named = |o: &Object| {
        o.as_dict()
            .and_then(|d| d.get(b"T"))
            .and_then(Object::as_str)
            .is_ok_and(|t| t == name.as_bytes())
    };
    let objects = &update.get_prev_documents().objects;
    *objects.iter().find(|(_, o)| named(o)).expect("a field").0
}

pub fn edit(update: &mut IncrementalDocument, id: ObjectId, change: impl FnOnce(&mut Dictionary)) {
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

pub fn replace(update: &mut IncrementalDocument, id: ObjectId, with: impl Into<Object>) {
    update.new_document.objects.insert(id, with.into());
}

/// The page with the boxes.
pub fn page(update: &IncrementalDocument) -> ObjectId {
    let form = update.get_prev_documents();
    let has_boxes = |id: &ObjectId| form.get_dictionary(*id).is_ok_and(|p| p.has(b"Annots"));
    form.get_pages()
        .into_values()
        .find(has_boxes)
        .expect("a page")
}

pub fn root(update: &IncrementalDocument) -> ObjectId {
    update
        .get_prev_documents()
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .expect("a root")
}

pub fn in_field(update: &IncrementalDocument, name: &str, key: &[u8]) -> Object {
    let dict = update
        .get_prev_documents()
        .get_object(field(update, name))
        .and_then(Object::as_dict);
    dict.and_then(|d| d.get(key)).expect("a value").clone()
}

pub fn appearance(update: &IncrementalDocument, name: &str) -> ObjectId {
    let ap = in_field(update, name, b"AP");
    ap.as_dict()
        .and_then(|d| d.get(b"N"))
        .and_then(Object::as_reference)
        .expect("an appearance")
}

pub fn paint() -> Stream {
    Stream::new(
        dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 400.into(), 400.into()] },
        b"1 0 0 rg 0 0 400 400 re f".to_vec(),
    )
}

pub type Attack = (&'static str, fn(&mut IncrementalDocument));

/// Each works on a form whose unit has stamped and whose city has not.
pub const ATTACKS: [Attack; 24] = [
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
