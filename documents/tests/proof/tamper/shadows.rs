//! Shadow attacks (hide, replace, hide and replace): what is shown is changed after a seal, by an update in the very shape that a
//! stamp has. Preparing a form for them is impossible here, for the platform draws it; so all that is left is after the first seal.

use documents::stamp::{StampError, sha256_hex};

use crate::support::{bozhou, root, stamped, stamping, today};

use super::{one, two, valid};

/// The last trailer's `/Root … /Info … /ID …`, the size, and where its table begins.
fn ending(pdf: &[u8]) -> (String, u32, usize) {
    let mark = b"trailer\n<</Size ";
    let at = pdf.windows(mark.len()).rposition(|w| w == mark);
    let text = String::from_utf8_lossy(&pdf[at.expect("a trailer") + mark.len()..]).into_owned();
    let (size, rest) = text.split_once("/Prev ").expect("a size");
    let lasting =
        &rest[rest.find('/').expect("a root")..rest.find(">>\nstartxref").expect("an end")];
    let table = rest
        .split("startxref\n")
        .nth(1)
        .and_then(|r| r.lines().next());
    (
        lasting.to_owned(),
        size.parse().expect("a number"),
        table.and_then(|t| t.parse().ok()).expect("a number"),
    )
}

/// An update in our shape.
fn update(pdf: &[u8], objects: &[(u32, Vec<u8>)]) -> Vec<u8> {
    update_with(pdf, objects, |trailer| trailer)
}

fn update_with(
    pdf: &[u8],
    objects: &[(u32, Vec<u8>)],
    change: impl FnOnce(String) -> String,
) -> Vec<u8> {
    let (lasting, mut size, previous) = ending(pdf);
    let (mut out, mut table) = (pdf.to_vec(), String::from("xref\n"));
    for (number, body) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(b"\nendobj\n");
        size = size.max(number + 1);
    }
    let place = out.len();
    let trailer = change(format!("<</Size {size}/Prev {previous}{lasting}>>"));
    out.extend_from_slice(
        format!("{table}trailer\n{trailer}\nstartxref\n{place}\n%%EOF\n").as_bytes(),
    );
    out
}

/// Number and body of the last object whose body holds the mark.
fn object(pdf: &[u8], mark: &str) -> (u32, Vec<u8>) {
    let mark = mark.as_bytes();
    let at = pdf
        .windows(mark.len())
        .rposition(|w| w == mark)
        .expect("a mark");
    let head = pdf[..at]
        .windows(7)
        .rposition(|w| w == b" 0 obj\n")
        .expect("a head");
    let digits = pdf[..head]
        .iter()
        .rposition(|b| !b.is_ascii_digit())
        .expect("a number")
        + 1;
    let number = String::from_utf8_lossy(&pdf[digits..head])
        .parse()
        .expect("a number");
    let body = &pdf[head + 7..];
    let end = body
        .windows(8)
        .position(|w| w == b"\nendobj\n")
        .expect("an end");
    (number, body[..end].to_vec())
}

/// The last body of the object of this number.
fn body_of(pdf: &[u8], number: u32) -> Vec<u8> {
    let head = format!("\n{number} 0 obj\n");
    let at = pdf.windows(head.len()).rposition(|w| w == head.as_bytes());
    let body = &pdf[at.expect("an object") + head.len()..];
    let end = body
        .windows(8)
        .position(|w| w == b"\nendobj\n")
        .expect("an end");
    body[..end].to_vec()
}

fn replaced(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    assert!(text.contains(from), "{text}");
    text.replace(from, to).into_bytes()
}

fn form(content: &str) -> Vec<u8> {
    let length = content.len();
    format!("<</Type/XObject/Subtype/Form/BBox[0 0 600 900]/Length {length}>>stream\n{content}\nendstream")
        .into_bytes()
}

/// Each on a form that the unit stamped; the county's box is empty.
fn shadows() -> Vec<(&'static str, Vec<u8>)> {
    let pdf = one();
    let size = ending(pdf).1;
    let (unit, unit_body) = object(pdf, "/T(unit)");
    let (county, county_body) = object(pdf, "/T(county-cyberspace)");
    let (look, _) = object(pdf, "/Resources<</XObject<</Seal ");
    let (page, page_body) = object(pdf, "/Annots");
    let (fields, fields_body) = object(pdf, "/Fields[");
    let text = String::from_utf8_lossy(&unit_body).into_owned();
    let old_look = text.split_once("/AP<</N ").expect("a look").1;
    let old_look = old_look.split(' ').next().expect("a number").to_owned();
    let widget = |body: &[u8], rect: &str| {
        let body = String::from_utf8_lossy(body).into_owned();
        let (head, rest) = body.split_once("/Rect[").expect("a place");
        let rest = rest.split_once(']').expect("a place").1;
        format!("{head}/Rect[{rect}]{rest}").into_bytes()
    };
    let paint = || form("1 1 1 rg 0 0 600 900 re f");
    vec![
        (
            "hide: seal hidden",
            update(pdf, &[(unit, replaced(&unit_body, "/F 132", "/F 134"))]),
        ),
        (
            "hide: boxes taken off the page",
            update(pdf, &[(page, replaced(&page_body, "/Annots", "/Xnnots"))]),
        ),
        (
            "hide: boxes taken off the form",
            update(pdf, &[(fields, b"<</SigFlags 3/Fields[]>>".to_vec())]),
        ),
        ("hide: object freed", {
            let freed = update(pdf, &[(look, paint())]);
            let at = freed
                .windows(10)
                .rposition(|w| w == b" 00000 n \n")
                .expect("an entry");
            [&freed[..at], b" 00001 f \n", &freed[at + 10..]].concat()
        }),
        (
            "replace: look of the seal overwritten",
            update(pdf, &[(look, paint())]),
        ),
        (
            "replace: another look",
            update(
                pdf,
                &[
                    (
                        unit,
                        replaced(
                            &unit_body,
                            &format!("/N {old_look} "),
                            &format!("/N {size} "),
                        ),
                    ),
                    (size, paint()),
                ],
            ),
        ),
        (
            "replace: empty box painted over the page",
            update(
                pdf,
                &[
                    (county, widget(&county_body, "0 0 595 842")),
                    (size, paint()),
                ],
            ),
        ),
        (
            "replace: fields swapped",
            update(
                pdf,
                &[(fields, {
                    let text = String::from_utf8_lossy(&fields_body).into_owned();
                    replaced(
                        text.as_bytes(),
                        &format!("{unit} 0 R {county} 0 R"),
                        &format!("{county} 0 R {unit} 0 R"),
                    )
                })],
            ),
        ),
        (
            "hide and replace: another catalog",
            update_with(pdf, &[(size, b"<</Type/Catalog>>".to_vec())], |trailer| {
                let (head, rest) = trailer.split_once("/Root ").expect("a root");
                format!(
                    "{head}/Root {size}{}",
                    &rest[rest.find(' ').expect("a number")..]
                )
            }),
        ),
        (
            "hide and replace: revision skipped",
            update_with(pdf, &[(size, paint())], |trailer| {
                let before = ending(&bozhou().pdf).2;
                let previous = ending(one()).2;
                trailer.replace(&format!("/Prev {previous}"), &format!("/Prev {before}"))
            }),
        ),
        (
            "box moved",
            update(pdf, &[(county, widget(&county_body, "0 0 100 100"))]),
        ),
        (
            "filled box moved",
            update(pdf, &[(unit, widget(&unit_body, "0 0 100 100"))]),
        ),
        (
            "box renamed",
            update(
                pdf,
                &[(
                    county,
                    replaced(&county_body, "/T(county-cyberspace)", "/T(village)"),
                )],
            ),
        ),
        (
            "nothing changed, written again",
            update(pdf, &[(unit, unit_body.clone())]),
        ),
        (
            "list of certificates set",
            update(pdf, &[(size, b"<</Type/DSS/Certs[]/CRLs[]>>".to_vec())]),
        ),
    ]
}

#[test]
fn a_shadow_after_the_first_seal_is_seen_and_no_office_stamps_it() {
    for (what, pdf) in shadows() {
        assert!(pdf.starts_with(one()), "{what}");
        assert!(!valid(&pdf), "{what}");
        let refused = stamped(&pdf, "county-civilisation");
        assert!(
            matches!(
                refused,
                Err(StampError::NotOurForm(_) | StampError::UnknownSlot(_))
            ),
            "{what}: {refused:?}"
        );
    }
}

/// The same before the first seal: not what was drawn, so nobody stamps it.
#[test]
fn a_form_that_was_prepared_for_a_shadow_is_not_stamped() {
    let pdf = &bozhou().pdf;
    let (county, county_body) = object(pdf, "/T(county-cyberspace)");
    let changed = update(pdf, &[(county, replaced(&county_body, "/F 132", "/F 134"))]);
    let refused = stamped(&changed, "unit");
    assert!(
        matches!(refused, Err(StampError::NotOurForm(_))),
        "{refused:?}"
    );
    // and an officer stamps the digest that was reviewed, whatever file is put in its place
    let key = root().issue("谯城区融媒体中心", today()).expect("a key");
    let other = documents::stamp::stamp(&changed, &stamping("unit", &sha256_hex(pdf)), &key);
    assert!(matches!(other, Err(StampError::DigestChanged)), "{other:?}");
}

/// A colleague with a key of its own prepares the boxes anew over the unit's stamp, with another page, so that it counts for what was
/// prepared and the colleague's stamp for the only one.
#[test]
fn boxes_prepared_again_do_not_hide_a_seal() {
    let (pdf, blank) = (one(), &bozhou().pdf[..]);
    let size = ending(pdf).1;
    let (page, page_body) = object(pdf, "/Annots");
    let (fields, fields_body) = object(pdf, "/Fields[");
    let (root, root_body) = object(blank, "/AcroForm");
    let other_page = String::from_utf8_lossy(&page_body).into_owned();
    let (head, rest) = other_page.split_once("/Contents ").expect("a content");
    let rest = rest.split_once(" R").expect("a content").1;
    let other_page = format!("{head}/Contents {size} 0 R{rest}").into_bytes();
    let boxes = |of: &[u8]| {
        let list = String::from_utf8_lossy(&fields_body).into_owned();
        let list = list.split_once("/Fields[").expect("boxes").1.to_owned();
        let numbers = list.trim_end_matches("]>>").split(" 0 R").map(str::trim);
        let numbers = numbers.filter_map(|n| n.parse().ok());
        let both = numbers.flat_map(|n: u32| [n, n + 1]);
        both.map(|n| (n, body_of(of, n))).collect::<Vec<_>>()
    };
    let filled = ("as they are, one filled", pdf, "有不属于盖章的改动");
    let empty = ("all empty", blank, "盖章处准备之前，文件已被改动或签章");
    for (what, of, why) in [filled, empty] {
        let mut objects = boxes(of);
        objects.extend([
            (page, other_page.clone()),
            (fields, fields_body.clone()),
            (root, root_body.clone()),
            (size, form("1 1 1 rg 0 0 600 900 re f")),
        ]);
        objects.sort();
        let again = update(pdf, &objects);
        assert!(again.starts_with(pdf) && !valid(&again), "{what}");
        let refused = stamped(&again, "city-cyberspace");
        assert!(
            matches!(refused, Err(StampError::NotOurForm(told)) if told == why),
            "{what}: {:?}",
            refused.map(|pdf| pdf.len())
        );
    }
}

/// The writer of these tests writes as stamps are written: what it changes is refused for what it does, not for its shape.
#[test]
fn an_update_of_these_tests_has_the_shape_of_a_stamp() {
    let (field, body) = object(two(), "/T(county-cyberspace)");
    let (signature, _) = object(two(), "<</Type/Sig/Filter");
    let mut objects = vec![(field, body)];
    for number in signature..signature + 3 {
        objects.push((number, body_of(two(), number)));
    }
    assert!(update(one(), &objects) == two());
}
