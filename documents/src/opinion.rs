//! What an office writes into its box: the opinion, the date, who signed, and the seal over them.
//!
//! The form prints 盖章 and 年月日 in every box, for ink and for electronic seals alike; here only the
//! figures are filled in between, at places that `templates/common.typ` and this file agree on.

use std::fmt::Write;

use crate::fonts;
use crate::outline::{self, hundredths};
use crate::seal::{DIAMETER, MM};

/// Size of the date line and height of its baseline over the box's lower edge, in points.
const DATE_SIZE: f32 = 11.0;
const DATE_BASELINE: f32 = 12.0 * MM;
/// Widths of 2022 年 6 月 3 日 in em, as in `common.typ`.
const DATE_PARTS: [f32; 6] = [2.6, 1.0, 1.6, 1.0, 1.6, 1.0];
/// Height of the line that says who signed, and the sizes tried for it until it ends before the seal.
const SIGNER_BASELINE: f32 = 2.0 * MM;
const SIGNER_SIZES: [f32; 6] = [8.0, 7.5, 7.0, 6.5, 6.0, 5.5];
/// Room at the top of the box for the agency's name, which the form prints.
const TOP: f32 = 13.0;
const SIDE: f32 = 4.0;
/// Height of the seal's lower edge.
const SEAL_BASE: f32 = 1.0 * MM;
/// Where an opinion may end above the lower edge, and the sizes tried for it: first above the seal, in sizes
/// that read well; a long one runs on under the seal down to the date, in sizes that can still be read.
const TRIES: [(f32, &[f32]); 2] = [
    (DIAMETER + 6.0, &[12.0, 11.0, 10.0, 9.0]),
    (20.0 * MM, &[12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.5]),
];
/// Punctuation that never begins a line.
const CLOSING: &str = "，。、；：？！”’）》〉】〕」』…—·,.;:?!)%％";

/// What is written into one box.
#[derive(Debug, Clone)]
pub(crate) struct Opinion<'a> {
    pub(crate) text: &'a str,
    pub(crate) signer: &'a str,
    pub(crate) date: &'a str,
}

/// Why it cannot be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// Longer than the box at the smallest size.
    TooLong,
    /// Not of the shape 2022年6月3日.
    Date,
    Missing(Vec<char>),
}

impl Opinion<'_> {
    /// Content stream of a box so wide and high, in points. It calls the seal `/Seal` under the graphics state `/Ink`.
    pub(crate) fn content(&self, width: f32, height: f32) -> Result<String, Unwritable> {
        let missing = self.missing();
        if !missing.is_empty() {
            return Err(Unwritable::Missing(missing));
        }
        let mut out = String::from("q 0 g\n");
        self.write_text(&mut out, width, height)?;
        self.write_date(&mut out, width)?;
        if !self.signer.is_empty() {
            let signed = format!("签批：{}", self.signer);
            let size = beside_seal(&signed, width, height);
            outline::line(&mut out, &signed, SIDE, SIGNER_BASELINE, size);
        }
        out.push_str("Q\n");
        place_seal(&mut out, width, height);
        Ok(out)
    }

    fn missing(&self) -> Vec<char> {
        fonts::missing(&[self.text, self.signer, self.date].concat())
    }

    fn write_text(&self, out: &mut String, width: f32, height: f32) -> Result<(), Unwritable> {
        let fitting = TRIES.into_iter().find_map(|(bottom, sizes)| {
            sizes.iter().find_map(|size| {
                let lines = wrap(self.text, width - 2.0 * SIDE, *size);
                let room = height - TOP - bottom;
                (lines.len() as f32 * size * 1.35 <= room).then_some((*size, lines))
            })
        });
        let (size, lines) = fitting.ok_or(Unwritable::TooLong)?;
        for (row, line) in lines.iter().enumerate() {
            let y = height - TOP - size * (row as f32 * 1.35 + 1.0);
            outline::line(out, line, SIDE, y, size);
        }
        Ok(())
    }

    fn write_date(&self, out: &mut String, width: f32) -> Result<(), Unwritable> {
        if self.date.is_empty() {
            return Ok(());
        }
        let figures = figures(self.date).ok_or(Unwritable::Date)?;
        let line: f32 = DATE_PARTS.iter().sum::<f32>() * DATE_SIZE;
        let mut x = (width - line) / 2.0;
        for (figure, gap) in figures.iter().zip(DATE_PARTS.chunks(2)) {
            let room = gap[0] * DATE_SIZE;
            let wide = outline::width(figure, DATE_SIZE);
            outline::line(
                out,
                figure,
                x + (room - wide) / 2.0,
                DATE_BASELINE,
                DATE_SIZE,
            );
            x += gap.iter().sum::<f32>() * DATE_SIZE;
        }
        Ok(())
    }
}

/// Year, month and day of 2022年6月3日.
fn figures(date: &str) -> Option<[&str; 3]> {
    let (year, rest) = date.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let day = rest.strip_suffix('日')?;
    let sound = |s: &str, most: usize| {
        (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
    };
    (sound(year, 4) && sound(month, 2) && sound(day, 2)).then_some([year, month, day])
}

/// The size at which a line in the lower left corner ends before the seal; the smallest where none does.
fn beside_seal(line: &str, width: f32, height: f32) -> f32 {
    let radius = seal_side(width, height) / 2.0;
    let fits = |size: &f32| {
        let below = radius - (SIGNER_BASELINE + size - SEAL_BASE).min(radius);
        let half = (radius * radius - below * below).max(0.0).sqrt();
        outline::width(line, *size) <= width / 2.0 - half - SIDE
    };
    let [.., smallest] = SIGNER_SIZES;
    SIGNER_SIZES.into_iter().find(fits).unwrap_or(smallest)
}

/// It shrinks only in a box that is too small for it.
fn seal_side(width: f32, height: f32) -> f32 {
    DIAMETER.min(width).min(height)
}

/// The seal's middle stands over 盖章 and the date.
fn place_seal(out: &mut String, width: f32, height: f32) {
    let side = seal_side(width, height);
    let scale = hundredths(side / DIAMETER);
    let (x, y) = (
        hundredths((width - side) / 2.0),
        hundredths(SEAL_BASE.min(height - side)),
    );
    let _ = writeln!(out, "q /Ink gs {scale} 0 0 {scale} {x} {y} cm /Seal Do Q");
}

/// Lines no wider than `width`; paragraphs begin two characters in; no line begins with closing punctuation.
fn wrap(text: &str, width: f32, size: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines().map(str::trim).filter(|p| !p.is_empty()) {
        let mut line = String::from("　　");
        let mut used = 2.0 * size;
        for c in paragraph.chars() {
            let wide = outline::advance(c, size);
            if used + wide > width {
                let carried = carried(&mut line, c);
                lines.push(std::mem::replace(&mut line, carried));
                used = outline::width(&line, size);
            }
            line.push(c);
            used += wide;
        }
        lines.push(line);
    }
    lines
}

/// What goes down to the next line with `next`, so that it does not begin with punctuation.
fn carried(line: &mut String, next: char) -> String {
    let mut down = Vec::new();
    let mut first = next;
    while CLOSING.contains(first) && down.len() < 3 && line.trim().chars().count() > 1 {
        let Some(last) = line.pop() else { break };
        down.push(last);
        first = last;
    }
    down.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_every_character_and_never_begin_with_punctuation() {
        let text =
            "经审核，该账号近三年未受到属地网信部门的约谈、处罚，情况属实，同意推荐。".repeat(4);
        for size in [12.0, 9.0, 6.5] {
            let lines = wrap(&text, 170.0, size);
            assert_eq!(lines.concat().replace('　', ""), text);
            assert!(
                lines
                    .iter()
                    .all(|l| !CLOSING.contains(l.chars().next().unwrap_or(' '))),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn who_signed_is_written_beside_the_seal() {
        let size = |name: &str, width| beside_seal(&format!("签批：{name}"), width, 200.0);
        assert_eq!(size("张三", 187.0), 8.0);
        assert_eq!(size("赵㛃䶮𬭎𠅤", 368.0), 8.0);
        let (size, wide) = (size("赵㛃䶮𬭎𠅤", 187.0), 8.0);
        let middle = 187.0 / 2.0 - SIDE;
        assert!(size < 8.0 && wide * size < middle, "{size}");
        // nothing helps in a box no wider than its seal
        assert_eq!(beside_seal("签批：张三", DIAMETER, 200.0), 5.5);
    }

    #[test]
    fn a_box_refuses_what_it_cannot_show() {
        let opinion = |text: &str, date| {
            Opinion {
                text,
                signer: "张三",
                date,
            }
            .content(187.0, 200.0)
        };
        assert!(opinion("同意推荐。", "2022年6月3日").is_ok());
        assert!(opinion(&"同意".repeat(150), "2022年6月3日").is_ok());
        assert_eq!(
            opinion(&"同意".repeat(600), "2022年6月3日"),
            Err(Unwritable::TooLong)
        );
        assert_eq!(opinion("同意", "2022-06-03"), Err(Unwritable::Date));
        assert_eq!(
            opinion("同意\u{30edd}", "2022年6月3日"),
            Err(Unwritable::Missing(vec!['\u{30edd}']))
        );
    }
}
