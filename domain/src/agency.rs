//! Bodies that take part: 网信办, 文明办, universities, societies, units.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// 层级 of a body. Territory and society tiers stand side by side, because societies do not follow territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    National,
    /// 科协 and the like: heads a system of societies.
    Association,
    /// 全国学会、省级科协.
    Society,
    Province,
    City,
    County,
    /// A unit that applies or recommends: department, university, company, branch.
    Unit,
}

impl Tier {
    /// The word used in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::National => "national",
            Tier::Association => "association",
            Tier::Society => "society",
            Tier::Province => "province",
            Tier::City => "city",
            Tier::County => "county",
            Tier::Unit => "unit",
        }
    }

    /// Does it answer for a territory? The others act for themselves or for their members.
    #[must_use]
    pub fn is_territorial(self) -> bool {
        matches!(
            self,
            Tier::National | Tier::Province | Tier::City | Tier::County
        )
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Tier> {
        [
            Tier::National,
            Tier::Association,
            Tier::Society,
            Tier::Province,
            Tier::City,
            Tier::County,
            Tier::Unit,
        ]
        .into_iter()
        .find(|t| t.as_str() == word)
    }
}

/// 机构: a body in the tree of agencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    pub id: String,
    pub name: String,
    pub tier: Tier,
    /// 条线, e.g. `cyberspace`.
    pub system: String,
    /// GB/T 2260 code of its seat, six digits.
    pub region: String,
    /// Ids from the root of the tree to itself, itself last.
    pub path: Vec<String>,
}

impl Agency {
    /// Is this body the other one, or above it in the tree?
    #[must_use]
    pub fn is_above_or_same(&self, other: &Agency) -> bool {
        other.path.contains(&self.id)
    }

    /// The body right above it, among these.
    #[must_use]
    pub fn parent_in<'a>(&self, all: &'a [Agency]) -> Option<&'a Agency> {
        let above = self.path.iter().rev().nth(1)?;
        all.iter().find(|a| a.id == *above)
    }

    /// Does its territory take in the region?
    #[must_use]
    pub fn covers(&self, region: &str) -> bool {
        region_covers(&self.region, region)
    }
}

/// Does one GB/T 2260 code take in another (610000 ⊇ 610100 ⊇ 610102)? `000000` is the whole country.
#[must_use]
pub fn region_covers(outer: &str, inner: &str) -> bool {
    outer.len() == 6 && inner.len() == 6 && inner.starts_with(region_stem(outer))
}

/// The first and the last code that a GB/T 2260 code takes in; nothing when it is none.
#[must_use]
pub fn region_span(outer: &str) -> Option<(String, String)> {
    let stem = region_stem(outer);
    (outer.len() == 6).then(|| (format!("{stem:0<6}"), format!("{stem:9<6}")))
}

/// How the codes begin that a code takes in: `34` for 340000, nothing for the whole country.
#[must_use]
pub fn region_stem(code: &str) -> &str {
    let even = code.trim_end_matches('0').len().div_ceil(2) * 2;
    code.get(..even).unwrap_or(code)
}

/// Longest name of a body, in characters.
pub const NAME_CHARS: usize = 100;

/// Longest word for a 条线.
pub const SYSTEM_CHARS: usize = 40;

/// Levels that a tree may have; as many ids fit into a stored path.
pub const DEEPEST: usize = 7;

/// May a body with `levels` levels of its own, itself included, stand below this one? Refused inside its own tree,
/// under a closed body, and too deep.
pub fn may_stand_below(
    id: &str,
    levels: usize,
    parent: &Agency,
    parent_closed: bool,
) -> Result<(), Refusal> {
    if parent.path.iter().any(|above| above == id) {
        return Err(Refusal::new(
            "agency_cycle",
            "不能移到本单位或其下级单位之下",
        ));
    }
    if parent_closed {
        return Err(Refusal::new("agency_closed", "上级单位已停用"));
    }
    if parent.path.len() + levels > DEEPEST {
        let message = format!("机构层级最多{DEEPEST}级");
        return Err(Refusal::new("agency_too_deep", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_covers_its_own_parts_only() {
        for (outer, inner, covers) in [
            ("000000", "341602", true),
            ("340000", "341602", true),
            ("341600", "341602", true),
            ("341602", "341602", true),
            ("341600", "341702", false),
            ("341602", "341600", false),
            ("100000", "341602", false),
            ("110000", "110101", true),
            ("330100", "330110", true),
            ("330110", "330111", false),
        ] {
            assert_eq!(region_covers(outer, inner), covers, "{outer} {inner}");
            let (first, last) = region_span(outer).unwrap();
            let inside = (first.as_str()..=last.as_str()).contains(&inner);
            assert_eq!(inside, covers, "{outer} {inner}");
        }
    }
}
