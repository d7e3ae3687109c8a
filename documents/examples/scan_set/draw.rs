//! Synthetic scans: a form, what people put on it, and what a scanner makes of it.

use documents::render::SlotBox;

use super::alike::alike;
use super::random::Random;
use super::scanner::{pixels, scanned};
use super::sheet::{Colour, MM, Sheet};
use super::stock::{DPI, FormPage, Stock};

/// What is on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Normal,
    Faded,
    OverText,
    SideBySide,
    Nothing,
    RedHead,
    StarLine,
    NameSeal,
    Fingerprint,
    Handwriting,
    Logo,
    OtherInk,
    Photo,
    Grey,
}

/// Every kind with its share of a set, in hundredths.
pub const KINDS: [(Kind, usize); 14] = [
    (Kind::Normal, 18),
    (Kind::Faded, 12),
    (Kind::OverText, 10),
    (Kind::SideBySide, 10),
    (Kind::Nothing, 4),
    (Kind::RedHead, 6),
    (Kind::StarLine, 5),
    (Kind::NameSeal, 6),
    (Kind::Fingerprint, 5),
    (Kind::Handwriting, 5),
    (Kind::Logo, 5),
    (Kind::OtherInk, 5),
    (Kind::Photo, 4),
    (Kind::Grey, 5),
];

/// A page and the truth about it.
pub struct Scan {
    pub kind: Kind,
    pub jpeg: Vec<u8>,
    pub dpi: f32,
    /// Boxes of the form.
    pub boxes: Vec<SlotBox>,
    /// Which of them hold a red seal.
    pub sealed: Vec<String>,
}

impl Scan {
    /// As a PDF of one page, as scanners write it.
    pub fn pdf(&self) -> Vec<u8> {
        let (width, height) = pixels(self.dpi);
        let scale = 72.0 / self.dpi;
        let (w, h) = (width as f32 * scale, height as f32 * scale);
        let content = format!("q {w:.2} 0 0 {h:.2} 0 0 cm /I Do Q");
        let mut out = b"%PDF-1.4\n".to_vec();
        let mut at = Vec::new();
        let heads = [
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {w:.2} {h:.2}]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>"
            ),
            format!(
                "<</Length {}>>\nstream\n{content}\nendstream",
                content.len()
            ),
        ];
        for (n, head) in heads.iter().enumerate() {
            at.push(out.len());
            out.extend(format!("{} 0 obj\n{head}\nendobj\n", n + 1).bytes());
        }
        at.push(out.len());
        out.extend(format!("5 0 obj\n<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length {}>>\nstream\n", self.jpeg.len()).bytes());
        out.extend(&self.jpeg);
        out.extend(b"\nendstream\nendobj\n");
        let table: String = at.iter().map(|at| format!("{at:010} 00000 n \n")).collect();
        let end = out.len();
        out.extend(format!("xref\n0 6\n0000000000 65535 f \n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{end}\n%%EOF\n").bytes());
        out
    }
}

/// The scan of a number in the set of a seed.
pub fn scan(stock: &Stock, seed: u64, number: usize) -> Scan {
    let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
    let kind = kind_of(number);
    let form = &stock.forms[random.below(stock.forms.len())];
    let mut sheet = Sheet::of(&form.drawing);
    let sealed = fill(&mut sheet, stock, form, kind, &mut random);
    let (jpeg, dpi) = scanned(sheet, kind, &mut random);
    Scan {
        kind,
        jpeg,
        dpi,
        boxes: form.boxes.clone(),
        sealed,
    }
}

pub fn kind_of(number: usize) -> Kind {
    // a step that shares no factor with a hundred mixes the kinds
    let mut at = number * 37 % 100;
    for (kind, share) in KINDS {
        if at < share {
            return kind;
        }
        at -= share;
    }
    Kind::Normal
}

fn red(random: &mut Random) -> Colour {
    [
        random.between(0.72, 0.92),
        random.between(0.06, 0.26),
        random.between(0.08, 0.30),
    ]
}

/// The middle of a box, pixels from the top left, a little beside it.
pub fn place(form: &FormPage, slot: &SlotBox, off: f32, random: &mut Random) -> (f32, f32) {
    let dot = DPI / 72.0;
    let x = (slot.x + slot.width / 2.0) as f32 * dot;
    let y = form.drawing.height as f32 - (slot.y + slot.height / 2.0) as f32 * dot;
    (
        x + random.between(-off, off) * MM,
        y + random.between(-off, off) * MM,
    )
}

/// Ink is never even: a few soft spots where the pad or the pressure failed.
fn patches(random: &mut Random, strength: f32) -> impl Fn(f32, f32) -> f32 + use<> {
    let spots: Vec<(f32, f32, f32, f32)> = (0..6)
        .map(|_| {
            let (x, y) = (
                random.between(-20.0, 20.0) * MM,
                random.between(-20.0, 20.0) * MM,
            );
            (
                x,
                y,
                random.between(3.0, 9.0) * MM,
                random.between(0.2, 1.0) * strength,
            )
        })
        .collect();
    move |x, y| {
        let lost = spots
            .iter()
            .map(|(a, b, r, s)| s * (-((x - a).powi(2) + (y - b).powi(2)) / (r * r)).exp());
        (1.0 - lost.sum::<f32>()).clamp(0.12, 1.0)
    }
}

/// Puts on the form what the kind says, and tells which boxes hold a red seal.
fn fill(
    sheet: &mut Sheet,
    stock: &Stock,
    form: &FormPage,
    kind: Kind,
    random: &mut Random,
) -> Vec<String> {
    let slot = &form.boxes[random.below(form.boxes.len())];
    let seal =
        |sheet: &mut Sheet, slot: &SlotBox, off: f32, strong: f32, colour, random: &mut Random| {
            let drawing = &stock.seals[random.below(stock.seals.len())];
            let at = place(form, slot, off, random);
            let turned = (random.between(-0.35, 0.35), random.between(0.93, 1.06));
            let patchy = patches(random, if strong < 0.7 { 0.5 } else { 0.3 });
            sheet.put(drawing, at, turned, colour, |x, y| strong * patchy(x, y));
        };
    let ink = red(random);
    let one = vec![slot.id.clone()];
    match kind {
        Kind::Normal => {
            let strong = random.between(0.75, 0.98);
            seal(sheet, slot, 7.0, strong, ink, random);
            if random.chance(0.3) {
                clutter(sheet, stock, form, slot, random);
            }
            one
        }
        Kind::Faded => {
            let strong = random.between(0.38, 0.62);
            seal(sheet, slot, 7.0, strong, ink, random);
            one
        }
        Kind::OverText => {
            let (x, y) = place(form, slot, 6.0, random);
            for line in 0..3 {
                let word = &stock.words[random.below(stock.words.len())];
                let black = [0.08; 3];
                sheet.put(
                    word,
                    (x, y + (line as f32 - 1.0) * 11.0 * MM),
                    (0.03, 1.0),
                    black,
                    |_, _| 0.95,
                );
            }
            let strong = random.between(0.7, 0.95);
            seal(sheet, slot, 6.0, strong, ink, random);
            one
        }
        Kind::SideBySide => pair(sheet, form, &seal, ink, random),
        Kind::Nothing => vec![],
        Kind::OtherInk => {
            let colour = match random.chance(0.6) {
                true => [0.12, 0.18, random.between(0.55, 0.8)],
                false => [0.1; 3],
            };
            seal(sheet, slot, 7.0, 0.9, colour, random);
            vec![]
        }
        Kind::Grey => {
            seal(sheet, slot, 7.0, 0.9, ink, random);
            one
        }
        other => {
            alike(sheet, stock, form, slot, (other, ink), random);
            vec![]
        }
    }
}

/// Two seals next to each other: in two boxes, or touching in one.
fn pair(
    sheet: &mut Sheet,
    form: &FormPage,
    seal: &impl Fn(&mut Sheet, &SlotBox, f32, f32, Colour, &mut Random),
    ink: Colour,
    random: &mut Random,
) -> Vec<String> {
    let beside = form
        .boxes
        .windows(2)
        .find(|two| (two[0].y - two[1].y).abs() < 1.0);
    match beside {
        Some(two) => {
            for slot in two {
                seal(sheet, slot, 5.0, 0.9, ink, random);
            }
            two.iter().map(|slot| slot.id.clone()).collect()
        }
        None => {
            let slot = &form.boxes[0];
            for side in [-1.0, 1.0] {
                let shifted = SlotBox {
                    x: slot.x + side * 59.0,
                    ..slot.clone()
                };
                seal(sheet, &shifted, 2.0, 0.9, ink, random);
            }
            vec![slot.id.clone()]
        }
    }
}

/// Something red that is no seal, beside a seal.
fn clutter(sheet: &mut Sheet, stock: &Stock, form: &FormPage, slot: &SlotBox, random: &mut Random) {
    let kinds = [Kind::RedHead, Kind::StarLine, Kind::Handwriting];
    let kind = kinds[random.below(kinds.len())];
    let ink = red(random);
    alike(sheet, stock, form, slot, (kind, ink), random);
}
