//! Red things that are no round seal.

use documents::render::SlotBox;

use super::draw::{Kind, place};
use super::random::Random;
use super::sheet::{Colour, MM, Sheet};
use super::stock::{FormPage, Stock};

/// Puts one of them into a box or where it belongs.
pub fn alike(
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
