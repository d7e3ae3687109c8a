use super::*;

type Objects = Vec<(u32, Vec<u8>)>;
type Change = dyn Fn(&mut Anchor, &mut Objects);

/// Two boxes (objects 3 and 5) on page 2, ready to be stamped; the first new object is 8.
fn prepared() -> Vec<u8> {
    prepared_on(RENDERING, |_| {})
}

const RENDERING: &[u8] =
    b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f\r\ntrailer\n<</Size 8/Root 1 0 R>>\nstartxref\n9\n%%EOF\n";

/// The same after other bytes, and after `change` had its way with the objects.
fn prepared_on(rendering: &[u8], change: impl FnOnce(&mut Objects)) -> Vec<u8> {
    let mut file = rendering.to_vec();
    let anchor = Anchor {
        size: 8,
        lasting: "/Root 1 0 R".into(),
        table: 9,
    };
    let fields = [(3, "unit"), (5, "city")]
        .map(|(n, slot)| Field::new(n, 2, slot, [10.0, 10.5, 90.0, 99.25]));
    let mut objects = vec![
        (3, fields[0].body(4, None)),
        (4, fields[0].empty_appearance()),
        (5, fields[1].body(6, None)),
        (6, fields[1].empty_appearance()),
        (7, form_body(&fields)),
    ];
    change(&mut objects);
    increment::append(&mut file, &anchor, &objects);
    file
}

#[test]
fn boxes_are_prepared_on_one_rendering_and_empty() {
    assert!(Revisions::read(&prepared()).is_ok());
    let text = |from: &str, to: &str| {
        let rendering = String::from_utf8_lossy(RENDERING).replace(from, to);
        prepared_on(rendering.as_bytes(), |_| {})
    };
    let stamped_before = |f: &[u8]| {
        let objects = [(9, b"<</Type/Sig>>".to_vec())];
        let mut file = f.to_vec();
        let anchor = increment::last(f).expect("an update").anchor();
        increment::append(&mut file, &anchor, &objects);
        file
    };
    for (what, file) in [
        (
            "updated before",
            text("Root 1 0 R>>", "Root 1 0 R/Prev 1>>"),
        ),
        ("other table", text("startxref\n9", "startxref\n8")),
        ("ended before", text("trailer", "%%EOF\ntrailer")),
        ("signed before", text("trailer", "/ByteRange\ntrailer")),
        (
            "prepared a second time",
            prepared_on(&stamped_before(&prepared()), |_| {}),
        ),
        (
            "filled already",
            prepared_on(RENDERING, |o| {
                replaced(&mut o[0].1, "0 R>>>>", "0 R>>/V 9 0 R>>")
            }),
        ),
        (
            "something to be seen in a box",
            prepared_on(RENDERING, |o| replaced(&mut o[1].1, "\n\nend", "\nf\nend")),
        ),
        (
            "the look of another box",
            prepared_on(RENDERING, |o| replaced(&mut o[0].1, "/N 4", "/N 7")),
        ),
    ] {
        assert!(Revisions::read(&file).is_err(), "{what}");
    }
}

/// Appends what a stamp in the first box would, after `change` had its way with it.
fn stamped(file: &[u8], change: impl FnOnce(&mut Anchor, &mut Objects)) -> Vec<u8> {
    let read = Revisions::read(file).expect("a form");
    let (mut anchor, field) = (read.latest(), read.fields[0].clone());
    let new = anchor.size;
    let said = Said {
        date: "D:20220603093000+08'00'",
        name: "某办",
        reason: "同意",
        timestamped: false,
    };
    let (signature, inner) = signature_body("00ff", &said);
    let mut objects = vec![
        (field.number, field.body(new + 1, Some(new))),
        (new, signature),
        (new + 1, b"<<>>".to_vec()),
        (new + 2, b"<<>>".to_vec()),
    ];
    change(&mut anchor, &mut objects);
    let mut out = file.to_vec();
    let bodies = increment::append(&mut out, &anchor, &objects);
    let at = bodies[1].start;
    close(&mut out, &(at + inner.start..at + inner.end));
    out
}

#[test]
fn a_stamp_is_read_back() {
    let read = Revisions::read(&stamped(&prepared(), |_, _| {})).expect("a stamp");
    assert_eq!(read.stamps.len(), 1);
    assert!(read.is_filled("unit") && !read.is_filled("city"));
    assert_eq!((read.fields[0].width, read.fields[0].height), (80.0, 88.75));
}

fn replaced(body: &mut Vec<u8>, from: &str, to: &str) {
    *body = String::from_utf8_lossy(body).replace(from, to).into_bytes();
}

/// A colleague with a valid key may fill the own box and do nothing else.
#[test]
fn an_update_that_does_more_than_stamp_is_not_read() {
    let cases: [(&str, &Change); 10] = [
        ("page as well", &|_, o| o.insert(0, (2, b"<<>>".to_vec()))),
        ("one object more", &|_, o| o.push((20, b"<<>>".to_vec()))),
        ("seal left out", &|_, o| drop(o.pop())),
        ("box moved", &|_, o| replaced(&mut o[0].1, "[10 ", "[20 ")),
        ("box hidden", &|_, o| {
            replaced(&mut o[0].1, "/F 132", "/F 134")
        }),
        ("old appearance", &|_, o| {
            replaced(&mut o[0].1, "/N 9 0 R", "/N 6 0 R")
        }),
        ("number jumped", &|_, o| o[3].0 += 1),
        ("catalog replaced", &|a, _| a.lasting = "/Root 9 0 R".into()),
        ("revision skipped", &|a, _| a.table = 0),
        ("size grown", &|a, _| a.size += 9),
    ];
    for (what, change) in cases {
        assert!(
            Revisions::read(&stamped(&prepared(), change)).is_err(),
            "{what}"
        );
    }
}

#[test]
fn a_box_is_not_filled_twice() {
    let twice = stamped(&stamped(&prepared(), |_, _| {}), |_, _| {});
    assert!(Revisions::read(&twice).is_err());
}

#[test]
fn contents_lie_where_the_byte_range_says() {
    let file = stamped(&prepared(), |_, _| {});
    let at = file
        .windows(10)
        .rposition(|w| w == b"ByteRange[")
        .expect("a range")
        + 22;
    for digit in at - 9..at + 30 {
        let mut file = file.clone();
        file[digit] = if file[digit] == b'1' { b'2' } else { b'1' };
        assert!(Revisions::read(&file).is_err(), "{digit}");
    }
}
