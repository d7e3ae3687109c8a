//! Synthetic scans: a form, what people put on it, and what a scanner makes of it.

use std::io::Cursor;

use documents::render::SlotBox;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::random::Random;
use super::stock::{DPI, Drawing, FormPage, Stock};

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

/// A4 at a resolution.
fn pixels(dpi: f32) -> (usize, usize) {
    ((8.27 * dpi) as usize, (11.69 * dpi) as usize)
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

/// A sheet of paper in colour, 0 to 1 a channel.
struct Sheet {
    width: usize,
    height: usize,
    rgb: Vec<[f32; 3]>,
}

type Colour = [f32; 3];

impl Sheet {
    fn of(form: &Drawing) -> Sheet {
        let rgb = form
            .grey
            .iter()
            .map(|g| [f32::from(*g) / 255.0; 3])
            .collect();
        Sheet {
            width: form.width,
            height: form.height,
            rgb,
        }
    }

    /// Lets ink shine over what is there, as real ink does.
    fn ink(&mut self, x: i32, y: i32, colour: Colour, cover: f32) {
        let on = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
        if on && cover > 0.0 {
            let pixel = &mut self.rgb[y as usize * self.width + x as usize];
            for c in 0..3 {
                pixel[c] *= 1.0 - cover * (1.0 - colour[c]);
            }
        }
    }

    /// Puts a drawing down with its middle at a place, turned, in a colour, with a cover that may differ from place to place.
    fn put(
        &mut self,
        drawing: &Drawing,
        (x, y): (f32, f32),
        (angle, scale): (f32, f32),
        colour: Colour,
        cover: impl Fn(f32, f32) -> f32,
    ) {
        let (sin, cos) = angle.sin_cos();
        let (half_w, half_h) = (drawing.width as f32 / 2.0, drawing.height as f32 / 2.0);
        let reach = (half_w.hypot(half_h) * scale) as i32 + 1;
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let (fx, fy) = (dx as f32 / scale, dy as f32 / scale);
                let (u, v) = (fx * cos + fy * sin + half_w, fy * cos - fx * sin + half_h);
                let ink = 1.0 - drawing.sample(u, v);
                if ink > 0.0 {
                    self.ink(x as i32 + dx, y as i32 + dy, colour, ink * cover(fx, fy));
                }
            }
        }
    }
}

impl Drawing {
    /// 0 ink to 1 paper, between pixels; paper beyond the edges.
    fn sample(&self, x: f32, y: f32) -> f32 {
        let at = |x: i32, y: i32| {
            let on = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
            match on {
                true => f32::from(self.grey[y as usize * self.width + x as usize]) / 255.0,
                false => 1.0,
            }
        };
        let (left, top) = (x.floor(), y.floor());
        let (tx, ty) = (x - left, y - top);
        let (left, top) = (left as i32, top as i32);
        let upper = at(left, top) * (1.0 - tx) + at(left + 1, top) * tx;
        let lower = at(left, top + 1) * (1.0 - tx) + at(left + 1, top + 1) * tx;
        upper * (1.0 - ty) + lower * ty
    }
}

const MM: f32 = DPI / 25.4;

fn red(random: &mut Random) -> Colour {
    [
        random.between(0.72, 0.92),
        random.between(0.06, 0.26),
        random.between(0.08, 0.30),
    ]
}

/// The middle of a box, pixels from the top left, a little beside it.
fn place(form: &FormPage, slot: &SlotBox, off: f32, random: &mut Random) -> (f32, f32) {
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

/// Red things that are no round seal.
fn alike(
    sheet: &mut Sheet,
    stock: &Stock,
    form: &FormPage,
    slot: &SlotBox,
    (kind, ink): (Kind, Colour),
    random: &mut Random,
) {
    let middle = sheet.width as f32 / 2.0;
    let at = place(form, slot, 12.0, random);
    let tilt = random.between(-0.2, 0.2);
    match kind {
        Kind::RedHead => {
            let head = &stock.heads[random.below(stock.heads.len())];
            sheet.put(
                head,
                (middle, random.between(10.0, 16.0) * MM),
                (0.0, 1.0),
                ink,
                |_, _| 0.97,
            );
        }
        Kind::StarLine => star_line(sheet, random.between(19.0, 30.0) * MM, ink),
        Kind::NameSeal => {
            let name = &stock.names[random.below(stock.names.len())];
            sheet.put(name, at, (tilt, random.between(0.8, 1.4)), ink, |_, _| 0.92);
        }
        Kind::Fingerprint => fingerprint(sheet, at, ink, random),
        Kind::Handwriting => {
            let word = &stock.words[random.below(stock.words.len())];
            sheet.put(word, at, (tilt, random.between(0.9, 1.6)), ink, |_, _| 0.9);
            scrawl(sheet, at, ink, random);
        }
        Kind::Logo => {
            let logo = &stock.logos[random.below(stock.logos.len())];
            let at = match random.chance(0.5) {
                true => at,
                false => (random.between(25.0, 60.0) * MM, 20.0 * MM),
            };
            sheet.put(logo, at, (0.0, random.between(0.7, 1.1)), ink, |_, _| 0.97);
        }
        _ => photo(sheet, at, random),
    }
}

/// A red line across the page with a star in its middle.
fn star_line(sheet: &mut Sheet, y: f32, ink: Colour) {
    let (left, right) = (25.0 * MM, sheet.width as f32 - 25.0 * MM);
    let (middle, star) = (sheet.width as f32 / 2.0, 5.0 * MM);
    for x in left as i32..right as i32 {
        for dy in 0..(0.7 * MM) as i32 {
            let free = (x as f32 - middle).abs() > star * 1.3;
            sheet.ink(x, y as i32 + dy, ink, f32::from(free));
        }
    }
    let reach = star as i32;
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let (away, turn) = ((dx as f32).hypot(dy as f32), (dx as f32).atan2(-dy as f32));
            let fifth = std::f32::consts::TAU / 5.0;
            let within = (turn.rem_euclid(fifth) - fifth / 2.0).abs() / (fifth / 2.0);
            let edge = star * (0.38 + 0.62 * within * within);
            sheet.ink(
                middle as i32 + dx,
                y as i32 + dy,
                ink,
                f32::from(away < edge),
            );
        }
    }
}

/// Ridges of a finger pressed into the pad.
fn fingerprint(sheet: &mut Sheet, (x, y): (f32, f32), ink: Colour, random: &mut Random) {
    let (wide, high) = (
        random.between(7.0, 10.0) * MM,
        random.between(9.0, 13.0) * MM,
    );
    let (bend, phase) = (random.between(0.5, 2.0), random.between(0.0, 6.0));
    for dy in -(high as i32)..=high as i32 {
        for dx in -(wide as i32)..=wide as i32 {
            let (u, v) = (dx as f32 / wide, dy as f32 / high);
            let away = u.hypot(v);
            let ridge = (away * 26.0 + phase + bend * (u * 3.0).sin()).sin() * 0.5 + 0.5;
            let cover = if away < 1.0 { ridge * 0.85 } else { 0.0 };
            sheet.ink(x as i32 + dx, y as i32 + dy, ink, cover);
        }
    }
}

/// A line drawn by hand: a signature, a ring around a word.
fn scrawl(sheet: &mut Sheet, (x, y): (f32, f32), ink: Colour, random: &mut Random) {
    let (a, b) = (
        random.between(12.0, 26.0) * MM,
        random.between(5.0, 9.0) * MM,
    );
    let (p, q) = (random.between(1.0, 3.5), random.between(0.0, 3.0));
    let nib = random.between(0.25, 0.5) * MM;
    for step in 0..3_000 {
        let t = step as f32 / 3_000.0 * std::f32::consts::TAU;
        let (cx, cy) = (x + a * t.cos(), y + b * (p * t + q).sin());
        let reach = nib as i32 + 1;
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let cover = f32::from((dx as f32).hypot(dy as f32) < nib) * 0.25;
                sheet.ink(cx as i32 + dx, cy as i32 + dy, ink, cover);
            }
        }
    }
}

/// A picture glued on, with much red in it.
fn photo(sheet: &mut Sheet, (x, y): (f32, f32), random: &mut Random) {
    let (wide, high) = (
        random.between(12.0, 25.0) * MM,
        random.between(15.0, 30.0) * MM,
    );
    let waves = [
        random.between(1.0, 4.0),
        random.between(1.0, 4.0),
        random.between(0.0, 6.0),
    ];
    for dy in -(high as i32)..=high as i32 {
        for dx in -(wide as i32)..=wide as i32 {
            let (u, v) = (dx as f32 / wide, dy as f32 / high);
            let wave =
                ((u * waves[0] * 3.0 + waves[2]).sin() * (v * waves[1] * 3.0).cos()) * 0.5 + 0.5;
            let colour = [
                0.55 + 0.4 * wave,
                0.12 + 0.5 * wave * wave,
                0.15 + 0.3 * (1.0 - wave),
            ];
            sheet.ink(x as i32 + dx, y as i32 + dy, colour, 1.0);
        }
    }
}

/// What a scanner or phone makes of it: askew, tinted, in shadow, blurred, noisy, packed. JPEG and its resolution.
fn scanned(sheet: Sheet, kind: Kind, random: &mut Random) -> (Vec<u8>, f32) {
    let dpi = [100.0, 120.0, 150.0, 200.0][random.below(4)];
    let (width, height) = pixels(dpi);
    let angle = random.between(-3.0, 3.0).to_radians();
    let ((sin, cos), step) = (angle.sin_cos(), DPI / dpi);
    let tint = [1.0, random.between(0.95, 1.0), random.between(0.86, 1.0)];
    let (light, slope, way) = (
        random.between(0.82, 1.0),
        random.between(0.0, 0.28),
        random.between(0.0, std::f32::consts::TAU),
    );
    let noise = random.between(0.0, 0.035);
    let mut page = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (
                x as f32 - width as f32 / 2.0,
                y as f32 - height as f32 / 2.0,
            );
            let u = (dx * cos + dy * sin) * step + sheet.width as f32 / 2.0;
            let v = (dy * cos - dx * sin) * step + sheet.height as f32 / 2.0;
            let shade =
                light * (1.0 - slope * (0.5 + (dx * way.cos() + dy * way.sin()) / height as f32));
            let mut pixel = sheet.mean(u, v, step);
            let grain = (random.unit() + random.unit() - 1.0) * noise * 1.7;
            for c in 0..3 {
                pixel[c] = pixel[c] * tint[c] * shade + grain + (random.unit() - 0.5) * noise;
            }
            if kind == Kind::Grey {
                pixel = [pixel[0] * 0.3 + pixel[1] * 0.59 + pixel[2] * 0.11; 3];
            }
            page.push(pixel);
        }
    }
    for _ in 0..random.below(2) {
        page = blurred(&page, width, height);
    }
    let bytes: Vec<u8> = page
        .iter()
        .flatten()
        .map(|v| (v.clamp(0.0, 1.0) * 255.0) as u8)
        .collect();
    let quality = 30 + random.below(59) as u8;
    (jpeg(&bytes, width, height, quality), dpi)
}

fn jpeg(rgb: &[u8], width: usize, height: usize, quality: u8) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut out, quality)
        .write_image(rgb, width as u32, height as u32, ExtendedColorType::Rgb8)
        .expect("a JPEG");
    out.into_inner()
}

impl Sheet {
    /// The mean of what a pixel of the scanner covers; white beyond the paper.
    fn mean(&self, x: f32, y: f32, step: f32) -> Colour {
        let mut sum = [0.0; 3];
        let quarter = step / 4.0;
        for (dx, dy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
            let (x, y) = (
                (x + dx * quarter).round() as i32,
                (y + dy * quarter).round() as i32,
            );
            let on = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
            let pixel = if on {
                self.rgb[y as usize * self.width + x as usize]
            } else {
                [1.0; 3]
            };
            for c in 0..3 {
                sum[c] += pixel[c] / 4.0;
            }
        }
        sum
    }
}

fn blurred(page: &[Colour], width: usize, height: usize) -> Vec<Colour> {
    let mut out = page.to_vec();
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            for c in 0..3 {
                let row = |y: usize| (x - 1..=x + 1).map(|x| page[y * width + x][c]).sum::<f32>();
                out[y * width + x][c] = (row(y - 1) + row(y) + row(y + 1)) / 9.0;
            }
        }
    }
    out
}
