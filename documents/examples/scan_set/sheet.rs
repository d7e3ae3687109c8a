//! A sheet of paper and what ink does to it.

use super::stock::{DPI, Drawing};

/// A sheet of paper in colour, 0 to 1 a channel.
pub struct Sheet {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<[f32; 3]>,
}

pub type Colour = [f32; 3];

impl Sheet {
    pub fn of(form: &Drawing) -> Sheet {
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
    pub fn ink(&mut self, x: i32, y: i32, colour: Colour, cover: f32) {
        let on = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
        if on && cover > 0.0 {
            let pixel = &mut self.rgb[y as usize * self.width + x as usize];
            for c in 0..3 {
                pixel[c] *= 1.0 - cover * (1.0 - colour[c]);
            }
        }
    }

    /// Puts a drawing down with its middle at a place, turned, in a colour, with a cover that may differ from place to place.
    pub fn put(
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

    /// The mean of what a pixel of the scanner covers; white beyond the paper.
    pub fn mean(&self, x: f32, y: f32, step: f32) -> Colour {
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

/// Pixels of a millimetre.
pub const MM: f32 = DPI / 25.4;
