//! What somebody with the file, but without a key, may try: never valid.

mod attacks;
mod exchanged;
mod shadows;

use std::sync::OnceLock;

use documents::stamp::StampError;

use attacks::{ATTACKS, edit, in_field, increment, paint};

use crate::support::{bozhou, file, roots, stamped, tool, verify};

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
