//! Red round seals on a page: a ring of ink, quiet outside, lettering and an emblem inside.

use super::ink::Ink;
use super::rings::{middles, radii};

/// A seal that was seen, pixels from the top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    pub x: f32,
    pub y: f32,
    pub radius: f32,
    /// 0 to 1: how much of a ring there is, and how like a seal's inside its inside is.
    pub confidence: f32,
}

/// Places looked at around a circle.
const AROUND: usize = 96;
/// Share of the circle that must carry ink; stamps are patchy, and lettering runs over them.
const LEAST_RING: f32 = 0.55;
/// Share of a wider circle that may carry ink: the next seal, a line of red writing.
const MOST_OUTSIDE: f32 = 0.22;
/// Share of the circle right within the ring that may carry ink, against the ring's own.
const MOST_WITHIN: f32 = 0.5;
const INKED: f32 = 0.22;

/// Every seal on the page, the likeliest first.
#[must_use]
pub fn find(ink: &Ink) -> Vec<Seen> {
    let spread = spread(ink);
    let circle: Vec<(f32, f32)> = (0..AROUND)
        .map(|n| {
            let angle = n as f32 / AROUND as f32 * std::f32::consts::TAU;
            (angle.cos(), angle.sin())
        })
        .collect();
    let mut seals: Vec<Seen> = Vec::new();
    for middle in middles(ink) {
        let inside_another = |s: &Seen| (s.x - middle.0).hypot(s.y - middle.1) < s.radius * 0.8;
        if seals.iter().any(inside_another) {
            continue;
        }
        let ring = best_ring(ink, &spread, &circle, middle);
        let ring = ring.filter(|ring| stands_free(ink, &circle, ring));
        seals.extend(ring.and_then(|ring| judged(ink, ring)));
    }
    seals.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    seals
}

/// Ink with a pixel around it: rings are never quite round.
fn spread(ink: &Ink) -> Vec<bool> {
    let w = ink.width;
    let mut spread = vec![false; ink.red.len()];
    for y in 1..ink.height.saturating_sub(1) {
        for x in 1..w.saturating_sub(1) {
            let i = y * w + x;
            if ink.red[i] > INKED {
                for near in [i, i - 1, i + 1, i - w, i + w] {
                    spread[near] = true;
                }
            }
        }
    }
    spread
}

struct Ring {
    x: f32,
    y: f32,
    radius: f32,
    cover: f32,
    score: f32,
}

fn best_ring(
    ink: &Ink,
    spread: &[bool],
    circle: &[(f32, f32)],
    (x0, y0): (f32, f32),
) -> Option<Ring> {
    let inked = |x: f32, y: f32| {
        let (x, y) = (x.round() as i32, y.round() as i32);
        let on = x >= 0 && y >= 0 && (x as usize) < ink.width && (y as usize) < ink.height;
        on && spread[y as usize * ink.width + x as usize]
    };
    let steps = [-4.0, -2.0, 0.0, 2.0, 4.0];
    let around = steps
        .iter()
        .flat_map(|dy| steps.iter().map(move |dx| (x0 + dx, y0 + dy)));
    let mut best: Option<Ring> = None;
    for (x, y) in around {
        for radius in radii(ink).map(|r| r as f32) {
            // every fourth place first: most circles are none
            let some = circle
                .iter()
                .step_by(4)
                .filter(|(c, s)| inked(x + radius * c, y + radius * s));
            if (some.count() * 4) as f32 / (AROUND as f32) < LEAST_RING * 0.8 {
                continue;
            }
            let cover = share(circle, |c, s| inked(x + radius * c, y + radius * s));
            if cover < LEAST_RING {
                continue;
            }
            let wider = radius * 1.12 + 2.0;
            let outside = share(circle, |c, s| ink.at(x + wider * c, y + wider * s) > INKED);
            let score = cover - 0.8 * outside;
            if outside <= MOST_OUTSIDE && best.as_ref().is_none_or(|b| score > b.score) {
                best = Some(Ring {
                    x,
                    y,
                    radius,
                    cover,
                    score,
                });
            }
        }
    }
    best
}

fn share(circle: &[(f32, f32)], inked: impl Fn(f32, f32) -> bool) -> f32 {
    circle.iter().filter(|(c, s)| inked(*c, *s)).count() as f32 / circle.len() as f32
}

/// Between a ring and its lettering there is paper; between the parts of a red picture there is none.
fn stands_free(ink: &Ink, circle: &[(f32, f32)], ring: &Ring) -> bool {
    let inked = |radius: f32| {
        share(circle, |c, s| {
            ink.at(ring.x + radius * c, ring.y + radius * s) > INKED
        })
    };
    let within = [0.87, 0.89, 0.91, 0.93].map(|part| inked(ring.radius * part));
    within
        .into_iter()
        .any(|inked| inked < ring.cover * MOST_WITHIN)
}

/// A ring with letters and, mostly, a star: neither empty nor a filled disc.
fn judged(ink: &Ink, ring: Ring) -> Option<Seen> {
    let (mut inside, mut all, mut emblem, mut middle) = (0.0, 0.0, 0.0, 0.0);
    let reach = ring.radius as i32;
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let away = (dx as f32).hypot(dy as f32) / ring.radius;
            if away >= 0.86 {
                continue;
            }
            let inked = f32::from(ink.at(ring.x + dx as f32, ring.y + dy as f32) > INKED);
            (inside, all) = (inside + inked, all + 1.0);
            if away < 0.18 {
                (emblem, middle) = (emblem + inked, middle + 1.0);
            }
        }
    }
    let (fill, emblem) = (inside / f32::max(all, 1.0), emblem / f32::max(middle, 1.0));
    let with_emblem = emblem > 0.35 && emblem > fill;
    let without = ring.cover > 0.85 && fill > 0.06;
    let like_a_seal = fill > 0.03 && fill < 0.60 && (with_emblem || without);
    like_a_seal.then(|| Seen {
        x: ring.x,
        y: ring.y,
        radius: ring.radius,
        confidence: (ring.score * 0.8 + if with_emblem { 0.2 } else { 0.0 }).clamp(0.0, 1.0),
    })
}
