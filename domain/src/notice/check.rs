//! 通知体检: reads a pack and tells everything that is wrong with it, in one go.

mod facts;
mod holiday;
mod links;
mod lint;
mod list;
mod near;
mod quotes;
mod shape;
mod sums;
mod tree;
mod windows;

pub use lint::lint;
pub use quotes::check_quotes;

use std::fmt;

use super::Notice;
use list::{Finding, List};
use tree::Tree;

/// Something wrong with a pack, or something its organiser should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line of the pack, from 1; 0 when there is no text to point into.
    pub line: usize,
    /// Where in the pack: `quota.county.max`; items by their key, or by their place from 0.
    pub path: String,
    /// Stable, for programs.
    pub code: &'static str,
    /// Chinese: what is wrong, and what to write instead.
    pub message: String,
}

/// Everything that is wrong with a pack, a line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Fault::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// `第12行 quota.county.max：应为整数，不加引号（wrong_type）`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "第{}行 ", self.line)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}：", self.path)?;
        }
        write!(f, "{}（{}）", self.message, self.code)
    }
}

/// Reads a pack. Either the notice and advice about it, or every fault.
///
/// A pack that is no TOML is told its syntax errors alone, because all else would be a guess. Otherwise
/// the form (unknown keys, wrong types, missing keys) and the sense (references, sums, windows) are both
/// looked at; what touches a value that could not be read is left out.
pub fn check(text: &str) -> Result<(Notice, Vec<Fault>), Vec<Fault>> {
    let tree = Tree::parse(text)?;
    let shape = shape::read(&tree);
    let notice: Notice = match serde_json::from_value(shape.repaired) {
        Ok(notice) => notice,
        // Not reached as long as the schema and the types agree; told rather than hidden.
        Err(e) => {
            let mut list = shape.list;
            list.add("", "shape", format!("通知数据无法读取：{e}"));
            return Err(tree.locate(list.found));
        }
    };
    let mut list = shape.list;
    let mut sense = List::default();
    facts::check(&notice, &mut sense);
    links::check(&notice, &mut sense);
    windows::check(&notice, &mut sense);
    sums::check(&notice, &mut sense);
    let made_up = |f: &Finding| f.touches(&shape.made_up);
    list.found
        .extend(sense.found.into_iter().filter(|f| !made_up(f)));
    if list.found.is_empty() {
        let advice = lint::advise(&notice);
        Ok((notice, tree.locate(advice.found)))
    } else {
        Err(tree.locate(list.found))
    }
}

#[cfg(test)]
mod tests;
