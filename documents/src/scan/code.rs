//! The QR code in the foot of a form: what it says, and which way up the page lies.

use rqrr::{Point, PreparedImage};

use super::raster::{Area, Raster};

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub text: String,
    /// Quarters that the page must be turned clockwise to stand upright.
    pub turn: u8,
}

/// The foot's share of the page's width and height.
const FOOT: (f32, f32) = (0.4, 0.2);
/// Width of an enlarged foot: modules of half a millimetre become six to eight pixels. Tried in this order.
const WIDTHS: [f32; 2] = [992.0, 1323.0];

/// The first code that can be read. It stands right in the foot of a form; pages that lie on another side
/// have that foot in another corner.
#[must_use]
pub fn read(page: &Raster) -> Option<Code> {
    let (w, h) = (page.width as f32, page.height as f32);
    let (across, down) = (w * FOOT.0, h * FOOT.1);
    let (aside, along) = (w * FOOT.1, h * FOOT.0);
    let corners = [
        (w - across, h - down, w, h),
        (0.0, 0.0, across, down),
        (0.0, h - along, aside, h),
        (w - aside, 0.0, w, along),
    ];
    corners.iter().enumerate().find_map(|(n, corner)| {
        let &(left, top, right, bottom) = corner;
        let part = Grey::of(&page.cut(Area {
            left,
            top,
            right,
            bottom,
        }))?;
        // the usual corner is worth a second look
        let widths = if n == 0 { &WIDTHS[..] } else { &WIDTHS[..1] };
        widths.iter().find_map(|width| read_part(&part, *width))
    })
}

/// Enlarged and cut into black and white half way between ink and paper: small modules of a soft scan are then
/// told apart, which a threshold that follows the neighbourhood does not manage.
fn read_part(part: &Grey, width: f32) -> Option<Code> {
    let scale = width / part.width.max(part.height) as f32;
    let size = |side: usize| (side as f32 * scale) as usize;
    let limit = part.half_way();
    let (across, down) = (size(part.width), size(part.height));
    let mut prepared = PreparedImage::prepare_from_bitmap(across, down, |x, y| {
        part.between(x as f32 / scale, y as f32 / scale) < limit
    });
    let grids = prepared.detect_grids();
    grids.iter().find_map(|grid| {
        let (_, text) = grid.decode().ok()?;
        Some(Code {
            text,
            turn: turn(&grid.bounds),
        })
    })
}

/// How light each pixel is.
struct Grey {
    width: usize,
    height: usize,
    levels: Vec<u8>,
}

impl Grey {
    /// `None` where there is next to nothing.
    fn of(part: &Raster) -> Option<Grey> {
        (part.width > 1 && part.height > 1).then(|| Grey {
            width: part.width,
            height: part.height,
            levels: part.greys(),
        })
    }

    /// Between the darkest pixels and the one in the middle, which is paper.
    fn half_way(&self) -> f32 {
        let mut counts = [0usize; 256];
        for level in &self.levels {
            counts[usize::from(*level)] += 1;
        }
        let level = |share: usize| {
            let mut sum = 0;
            let reached = counts.iter().position(|count| {
                sum += count;
                sum * share > self.levels.len()
            });
            reached.unwrap_or(255) as f32
        };
        f32::midpoint(level(500), level(2))
    }

    /// Between pixels.
    fn between(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (
            (x as usize).min(self.width - 2),
            (y as usize).min(self.height - 2),
        );
        let (tx, ty) = (x - left as f32, y - top as f32);
        let at = top * self.width + left;
        let [a, b, c, d] =
            [at, at + 1, at + self.width, at + self.width + 1].map(|i| f32::from(self.levels[i]));
        let (upper, lower) = (a + (b - a) * tx, c + (d - c) * tx);
        upper + (lower - upper) * ty
    }
}

/// Corners come in the code's own order, the first one being its upper left.
fn turn([first, second, ..]: &[Point; 4]) -> u8 {
    let (dx, dy) = (second.x - first.x, second.y - first.y);
    match (dx.abs() >= dy.abs(), dx >= 0, dy >= 0) {
        (true, true, _) => 0,
        (true, false, _) => 2,
        // the upper edge runs downwards: the page lies on its right side
        (false, _, true) => 3,
        (false, _, false) => 1,
    }
}
