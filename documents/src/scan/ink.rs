//! How red each pixel is against the paper around it, and whether a scan has colour at all.

use super::raster::Raster;

/// Edge of a cell of the paper map, pixels; about a centimetre, larger than a letter, smaller than a shadow.
const CELL: usize = 48;
/// Paper darker than this is no paper: a photo, a table top.
const DARKEST_PAPER: f32 = 70.0;

/// Red ink, 0 to 1 a pixel.
#[derive(Debug)]
pub struct Ink {
    pub width: usize,
    pub height: usize,
    pub red: Vec<f32>,
}

impl Ink {
    /// Is there ink at this place? Beyond the page there is none.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x.round() as i32, y.round() as i32);
        let inside = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
        if inside {
            self.red[y as usize * self.width + x as usize]
        } else {
            0.0
        }
    }
}

/// A scan whose pixels are all neutral, as grey scanners and photocopies make them.
#[must_use]
pub fn is_grey(page: &Raster) -> bool {
    const NEUTRAL: u8 = 8;
    /// One pixel in two thousand: a seal alone is some hundred times more.
    const SHARE: usize = 2_000;
    let coloured = page.rgb.chunks_exact(3).filter(|p| {
        let (most, least) = (p[0].max(p[1]).max(p[2]), p[0].min(p[1]).min(p[2]));
        most - least > NEUTRAL
    });
    coloured.count() * SHARE < page.rgb.len() / 3
}

/// Measures red ink. Shadow and tint are taken out by dividing by the paper's own colour nearby.
#[must_use]
pub fn red(page: &Raster) -> Ink {
    let (width, height) = (page.width, page.height);
    let raw = excess(page);
    // a small blur against the sensor's noise, then a soft threshold
    let mut across = vec![0.0; width * height];
    for (sums, row) in across.chunks_exact_mut(width).zip(raw.chunks_exact(width)) {
        for (sum, three) in sums.iter_mut().skip(1).zip(row.windows(3)) {
            *sum = three[0] + three[1] + three[2];
        }
    }
    let mut red = vec![0.0; width * height];
    for y in 1..height.saturating_sub(1) {
        let row = |values: &'_ [f32], y: usize| values[y * width..(y + 1) * width].to_vec();
        let (above, here, below) = (row(&across, y - 1), row(&across, y), row(&across, y + 1));
        let middle = &raw[y * width..(y + 1) * width];
        let sums = above.iter().zip(&here).zip(&below).zip(middle);
        for (red, (((a, b), c), m)) in red[y * width..(y + 1) * width].iter_mut().zip(sums) {
            *red = (((a + b + c + m) * 0.1 - 0.035) / 0.11).clamp(0.0, 1.0);
        }
    }
    Ink { width, height, red }
}

/// By how much red outshines green and blue, where the hue is that of a red ink pad.
fn excess(page: &Raster) -> Vec<f32> {
    let map = PaperMap::of(page);
    let width = page.width;
    let places: Vec<(usize, f32)> = (0..width).map(|x| place(x, map.across)).collect();
    let mut raw = vec![0.0; width * page.height];
    let mut columns = vec![[0.0; 3]; map.across + 1];
    // a line at a time and a channel at a time: the compiler makes vectors of that
    let mut lines = [vec![0.0f32; width], vec![0.0; width], vec![0.0; width]];
    for (y, (pixels, out)) in page
        .rgb
        .chunks_exact(width * 3)
        .zip(raw.chunks_exact_mut(width))
        .enumerate()
    {
        map.row(y, &mut columns);
        for (c, line) in lines.iter_mut().enumerate() {
            let values = pixels.iter().skip(c).step_by(3);
            for ((value, pixel), (cell, share)) in line.iter_mut().zip(values).zip(&places) {
                let (left, right) = (columns[*cell][c], columns[cell + 1][c]);
                *value = f32::from(*pixel) * (left + (right - left) * share);
            }
        }
        let [reds, greens, blues] = &lines;
        for (out, ((r, g), b)) in out.iter_mut().zip(reds.iter().zip(greens).zip(blues)) {
            *out = redness(*r, *g, *b);
        }
    }
    raw
}

fn redness(r: f32, g: f32, b: f32) -> f32 {
    let span = r - g.min(b);
    // orange and purple have green and blue far apart; black ink is dark in red too
    let red_hue = (r > 0.28) & (r > g) & (r > b) & ((g - b).abs() < 0.6 * span + 0.03);
    if red_hue { r - 0.5 * (g + b) } else { 0.0 }
}

/// Which cell a pixel is in, and how far on its way to the next one.
fn place(pixel: usize, cells: usize) -> (usize, f32) {
    let at = (pixel as f32 / CELL as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
    (at as usize, at.fract())
}

/// What paper looks like, cell by cell, as the factor that makes it white.
struct PaperMap {
    across: usize,
    down: usize,
    factors: Vec<[f32; 3]>,
}

impl PaperMap {
    fn of(page: &Raster) -> PaperMap {
        let (across, down) = (
            page.width.div_ceil(CELL).max(1),
            page.height.div_ceil(CELL).max(1),
        );
        let cells = (0..across * down).map(|n| paper(page, n % across * CELL, n / across * CELL));
        let cells: Vec<[f32; 3]> = cells.collect();
        // neighbours count, so that a cell full of ink does not become the paper
        let factors = (0..across * down).map(|n| {
            let (x, y) = (n % across, n / across);
            let (mut sum, mut count) = ([0.0; 3], 0.0);
            for row in y.saturating_sub(1)..(y + 2).min(down) {
                for column in x.saturating_sub(1)..(x + 2).min(across) {
                    for (total, value) in sum.iter_mut().zip(cells[row * across + column]) {
                        *total += value;
                    }
                    count += 1.0;
                }
            }
            sum.map(|total: f32| count / total)
        });
        PaperMap {
            across,
            down,
            factors: factors.collect(),
        }
    }

    /// The factors along a line of pixels; one more than there are cells, so that the last has a neighbour.
    fn row(&self, y: usize, columns: &mut [[f32; 3]]) {
        let (cell, share) = place(y, self.down);
        let next = (cell + 1).min(self.down - 1);
        for (x, column) in columns.iter_mut().enumerate() {
            let x = x.min(self.across - 1);
            let (a, b) = (
                self.factors[cell * self.across + x],
                self.factors[next * self.across + x],
            );
            for c in 0..3 {
                column[c] = a[c] + (b[c] - a[c]) * share;
            }
        }
    }
}

/// The lighter quarter of a cell, per channel: paper, unless ink covers three quarters.
fn paper(page: &Raster, left: usize, top: usize) -> [f32; 3] {
    let mut counts = [[0u32; 64]; 3];
    let mut all = 0;
    for y in (top..(top + CELL).min(page.height)).step_by(2) {
        for x in (left..(left + CELL).min(page.width)).step_by(2) {
            let at = (y * page.width + x) * 3;
            for c in 0..3 {
                counts[c][usize::from(page.rgb[at + c] >> 2)] += 1;
            }
            all += 1;
        }
    }
    counts.map(|count| {
        let mut lighter = 0;
        let level = (0..64).rev().find(|level| {
            lighter += count[*level];
            lighter * 4 >= all
        });
        (level.unwrap_or(63) as f32 * 4.0 + 2.0).max(DARKEST_PAPER)
    })
}
