//! Where circles of red ink may have their middle: every edge votes along its own direction.

use super::ink::Ink;

/// Radii that seals of 30 to 55 mm have on a page whose shorter side is 210 mm, with some room for photos.
#[must_use]
pub fn radii(ink: &Ink) -> std::ops::RangeInclusive<i32> {
    let short = ink.width.min(ink.height) as f32;
    (short * 0.062) as i32..=(short * 0.145) as i32
}

/// An edge of ink: place and direction.
struct Edge {
    x: f32,
    y: f32,
    dx: f32,
    dy: f32,
}

/// Fewer edges than a faint ring has are no ring.
const FEWEST_EDGES: usize = 80;
/// More edges than these change nothing but the time.
const MOST_EDGES: usize = 9_000;
const FAINTEST: f32 = 0.12;
const STEEPEST: f32 = 0.45;
/// Votes in a window of five by five below which nobody looks.
const FEWEST_VOTES: u32 = 30;
const CANDIDATES: usize = 24;

/// The likeliest middles, best first.
#[must_use]
pub fn middles(ink: &Ink) -> Vec<(f32, f32)> {
    let edges = edges(ink);
    if edges.len() < FEWEST_EDGES {
        return Vec::new();
    }
    // half the resolution: a ring drawn by hand is no better
    let (across, down) = (ink.width / 2 + 1, ink.height / 2 + 1);
    let mut votes = vec![0u32; across * down];
    for edge in edges.iter().step_by(edges.len().div_ceil(MOST_EDGES)) {
        vote(edge, ink, &mut votes, across, down);
    }
    peaks(&summed(&votes, across, down), across, down)
}

fn edges(ink: &Ink) -> Vec<Edge> {
    let (w, red) = (ink.width, &ink.red);
    let mut edges = Vec::new();
    for y in 2..ink.height.saturating_sub(2) {
        for x in 2..w.saturating_sub(2) {
            let i = y * w + x;
            let most = red[i]
                .max(red[i - 1])
                .max(red[i + 1])
                .max(red[i - w])
                .max(red[i + w]);
            if most < FAINTEST {
                continue;
            }
            let corners = [
                red[i - w - 1],
                red[i - w + 1],
                red[i + w - 1],
                red[i + w + 1],
            ];
            let dx =
                red[i + 1] - red[i - 1] + 0.5 * (corners[1] + corners[3] - corners[0] - corners[2]);
            let dy =
                red[i + w] - red[i - w] + 0.5 * (corners[2] + corners[3] - corners[0] - corners[1]);
            let steep = dx.hypot(dy);
            if steep >= STEEPEST {
                edges.push(Edge {
                    x: x as f32,
                    y: y as f32,
                    dx: dx / steep,
                    dy: dy / steep,
                });
            }
        }
    }
    edges
}

/// A ring has an inner and an outer edge, so an edge votes both ways.
fn vote(edge: &Edge, ink: &Ink, votes: &mut [u32], across: usize, down: usize) {
    for way in [-1.0, 1.0] {
        for radius in radii(ink).step_by(2) {
            let x = (edge.x + way * edge.dx * radius as f32) * 0.5;
            let y = (edge.y + way * edge.dy * radius as f32) * 0.5;
            if x < 0.0 || y < 0.0 || x as usize >= across || y as usize >= down {
                break;
            }
            votes[y as usize * across + x as usize] += 1;
        }
    }
}

/// Votes of five by five cells together.
fn summed(votes: &[u32], across: usize, down: usize) -> Vec<u32> {
    let mut rows = vec![0; votes.len()];
    for y in 0..down {
        for x in 2..across.saturating_sub(2) {
            let i = y * across + x;
            rows[i] = votes[i - 2..=i + 2].iter().sum();
        }
    }
    let mut all = vec![0; votes.len()];
    for y in 2..down.saturating_sub(2) {
        for x in 2..across.saturating_sub(2) {
            let i = y * across + x;
            all[i] = (0..5).map(|row| rows[i + row * across - 2 * across]).sum();
        }
    }
    all
}

fn peaks(votes: &[u32], across: usize, down: usize) -> Vec<(f32, f32)> {
    let mut found = Vec::new();
    for y in 2..down.saturating_sub(2) {
        for x in 2..across.saturating_sub(2) {
            let i = y * across + x;
            let v = votes[i];
            let higher = v > FEWEST_VOTES
                && v >= votes[i - 1]
                && v > votes[i + 1]
                && v >= votes[i - across]
                && v > votes[i + across];
            if higher {
                found.push((v, (x * 2) as f32, (y * 2) as f32));
            }
        }
    }
    found.sort_by_key(|(v, ..)| std::cmp::Reverse(*v));
    let mut kept: Vec<(f32, f32)> = Vec::new();
    for (_, x, y) in found {
        if kept
            .iter()
            .all(|k| (k.0 - x).abs() + (k.1 - y).abs() > 10.0)
        {
            kept.push((x, y));
        }
        if kept.len() == CANDIDATES {
            break;
        }
    }
    kept
}
