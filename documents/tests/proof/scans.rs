//! Scans: a small part of the synthetic set, pages that harm, and what cannot be judged.

#[path = "../../examples/scan_set/alike.rs"]
mod alike;
#[path = "../../examples/scan_set/draw.rs"]
mod draw;
#[path = "../../examples/scan_set/evaluate.rs"]
mod evaluate;
#[path = "../../examples/scan_set/random.rs"]
mod random;
#[path = "../../examples/scan_set/scanner.rs"]
mod scanner;
#[path = "../../examples/scan_set/sheet.rs"]
mod sheet;
#[path = "../../examples/scan_set/stock.rs"]
mod stock;

use std::sync::OnceLock;

use documents::scan::{Form, Sight, read};
use draw::Kind;

fn stock() -> &'static stock::Stock {
    static ONE: OnceLock<stock::Stock> = OnceLock::new();
    ONE.get_or_init(|| stock::made(crate::support::renderer()))
}

#[test]
fn seals_are_found_and_nothing_else_is_taken_for_one() {
    let outcome = evaluate::evaluate(stock(), 7, 14, || 0.0);
    assert_eq!(outcome.rates(), (1.0, 0.0), "{}", outcome.table());
    let grey = outcome.of(Kind::Grey);
    assert!(grey.pages > 0 && grey.found == 0 && grey.unsure >= grey.pages);
}

/// A page of the set of a kind, with its form.
fn page_of(kind: Kind) -> (draw::Scan, Form) {
    let mut all = (0..200).filter(|n| draw::kind_of(*n) == kind);
    let scan = draw::scan(stock(), 7, all.next().expect("every kind is there"));
    let boxes = scan.boxes.clone();
    (scan, Form { boxes, pages: 1 })
}

#[test]
fn a_scan_that_lies_on_its_side_is_turned_by_its_code() {
    let sheet = image::load_from_memory(&page_of(Kind::Normal).0.jpeg).expect("a JPEG");
    let (scan, form) = page_of(Kind::Normal);
    let straight = read(&scan.jpeg).expect("readable").against(&form);
    if straight.code.is_none() {
        return;
    }
    for turned in [sheet.rotate90(), sheet.rotate180()] {
        let mut png = std::io::Cursor::new(Vec::new());
        turned
            .write_to(&mut png, image::ImageFormat::Png)
            .expect("a PNG");
        let look = read(png.get_ref()).expect("readable").against(&form);
        let seen =
            |look: &documents::scan::Look| look.boxes.iter().map(|b| b.sight).collect::<Vec<_>>();
        assert_eq!(
            (look.code.as_deref(), seen(&look)),
            (straight.code.as_deref(), seen(&straight))
        );
    }
}

#[test]
fn the_picture_shows_the_box_and_the_seal_elsewhere_is_counted() {
    let (scan, form) = page_of(Kind::Normal);
    let look = read(&scan.pdf()).expect("readable").against(&form);
    let seen: Vec<_> = look
        .boxes
        .iter()
        .filter(|b| b.sight == Sight::Seen)
        .collect();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].confidence > 0.5);
    let png = seen[0].picture.as_ref().expect("a picture");
    let picture = image::load_from_memory(png).expect("a PNG");
    assert!(picture.width() > 150 && picture.height() > 150);
    let elsewhere = Form {
        boxes: form
            .boxes
            .into_iter()
            .filter(|b| b.id != seen[0].id)
            .collect(),
        pages: 1,
    };
    assert_eq!(
        read(&scan.pdf())
            .expect("readable")
            .against(&elsewhere)
            .elsewhere,
        1
    );
}

#[test]
fn what_cannot_be_drawn_is_not_judged() {
    assert!(read(b"").is_none());
    assert!(read(b"%PDF-1.7\nnothing\n%%EOF\n").is_none());
    let small = image::DynamicImage::new_rgb8(80, 80);
    let mut png = std::io::Cursor::new(Vec::new());
    small
        .write_to(&mut png, image::ImageFormat::Png)
        .expect("a PNG");
    assert!(read(png.get_ref()).is_none());
}

/// A page with one picture, packed by Flate, that says it has so many pixels and unpacks to so many bytes.
fn with_picture(side: usize, unpacked: usize) -> Vec<u8> {
    use std::io::Write as _;
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let piece = vec![255; 1 << 20];
    for _ in 0..unpacked >> 20 {
        packer.write_all(&piece).expect("packed");
    }
    let packed = packer.finish().expect("packed");
    let mut out = format!("%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>\nendobj\n4 0 obj\n<</Length 28>>\nstream\nq 595 0 0 842 0 0 cm /I Do Q\nendstream\nendobj\n5 0 obj\n<</Subtype/Image/Width {side}/Height {side}/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/Length {}>>\nstream\n", packed.len()).into_bytes();
    out.extend(packed);
    out.extend(b"\nendstream\nendobj\n");
    let at = |word: &[u8]| {
        out.windows(word.len())
            .position(|w| w == word)
            .expect("there")
    };
    let table: String = (1..=5)
        .map(|n| {
            format!(
                "{:010} 00000 n \n",
                at(format!("\n{n} 0 obj").as_bytes()) + 1
            )
        })
        .collect();
    let end = out.len();
    out.extend(format!("xref\n0 6\n0000000000 65535 f \n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{end}\n%%EOF\n").bytes());
    out
}

#[test]
fn a_picture_that_unpacks_beyond_reason_is_not_drawn() {
    assert!(read(&with_picture(1_000, 1 << 20)).is_some());
    assert!(read(&with_picture(30_000, 1 << 20)).is_none());
    let started = std::time::Instant::now();
    assert!(read(&with_picture(8_000, 500 << 20)).is_none());
    assert!(started.elapsed().as_secs() < 20);
}
