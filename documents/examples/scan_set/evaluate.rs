//! Looks at every page of a set and counts what was right.

use std::collections::BTreeMap;

use documents::scan::{Form, Look, Sight, read};

use super::draw::{KINDS, Kind, Scan, scan};
use super::stock::{CODE, Stock};

/// What came out for one kind of page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub pages: usize,
    /// Boxes that hold a red seal, and those of them in which it was seen.
    pub sealed: usize,
    pub found: usize,
    /// Pages on which a seal was told of in a box that holds none.
    pub wrong: usize,
    /// Boxes of which the look says that it cannot tell.
    pub unsure: usize,
    /// Pages whose code was read, among those scanned at 150 dpi or more.
    pub codes: usize,
    pub sharp: usize,
}

/// A whole set.
#[derive(Debug, Default)]
pub struct Outcome {
    pub kinds: BTreeMap<usize, Tally>,
    pub ms_a_page: f64,
}

impl Outcome {
    pub fn of(&self, kind: Kind) -> Tally {
        let at = KINDS.iter().position(|(k, _)| *k == kind);
        at.and_then(|at| self.kinds.get(&at))
            .copied()
            .unwrap_or_default()
    }

    /// Seals found among seals there, and pages with a false alarm among pages without a seal; grey pages apart.
    pub fn rates(&self) -> (f64, f64) {
        let (mut sealed, mut found, mut clean, mut wrong) = (0, 0, 0, 0);
        for (at, tally) in &self.kinds {
            if KINDS[*at].0 == Kind::Grey {
                continue;
            }
            (sealed, found) = (sealed + tally.sealed, found + tally.found);
            if tally.sealed == 0 {
                (clean, wrong) = (clean + tally.pages, wrong + tally.wrong);
            }
        }
        (
            found as f64 / sealed.max(1) as f64,
            wrong as f64 / clean.max(1) as f64,
        )
    }

    /// As a Markdown table.
    pub fn table(&self) -> String {
        let mut out = "| page | pages | seals | found | false alarms | cannot tell | codes read (150 dpi and more) |\n|---|---|---|---|---|---|---|\n".to_owned();
        for (kind, _) in KINDS {
            let t = self.of(kind);
            out += &format!(
                "| {kind:?} | {} | {} | {} | {} | {} | {}/{} |\n",
                t.pages, t.sealed, t.found, t.wrong, t.unsure, t.codes, t.sharp
            );
        }
        let (recall, false_alarms) = self.rates();
        out + &format!(
            "\nrecall {recall:.3}, false alarms {false_alarms:.3}, {:.1} ms of CPU a page\n",
            self.ms_a_page
        )
    }
}

/// Makes and looks at so many pages of a seed. `cpu` tells the milliseconds that the process has used.
pub fn evaluate(stock: &Stock, seed: u64, pages: usize, cpu: impl Fn() -> f64) -> Outcome {
    let mut outcome = Outcome::default();
    let mut spent = 0.0;
    for from in (0..pages).step_by(50) {
        let numbers = from..(from + 50).min(pages);
        let scans: Vec<Scan> = numbers.clone().map(|n| scan(stock, seed, n)).collect();
        let before = cpu();
        let looks: Vec<Option<Look>> = scans.iter().zip(numbers).map(|(s, n)| look(s, n)).collect();
        spent += cpu() - before;
        for (scan, look) in scans.iter().zip(&looks) {
            let at = KINDS
                .iter()
                .position(|(kind, _)| *kind == scan.kind)
                .unwrap_or_default();
            count(outcome.kinds.entry(at).or_default(), scan, look.as_ref());
        }
    }
    outcome.ms_a_page = spent / pages.max(1) as f64;
    outcome
}

/// Every fourth page comes as a picture, the others as PDF.
fn look(scan: &Scan, number: usize) -> Option<Look> {
    let form = Form {
        boxes: scan.boxes.clone(),
        pages: 1,
    };
    let scan = match number % 4 {
        3 => read(&scan.jpeg),
        _ => read(&scan.pdf()),
    };
    Some(scan?.against(&form))
}

fn count(tally: &mut Tally, scan: &Scan, look: Option<&Look>) {
    tally.pages += 1;
    let told = |sight: Sight| {
        let boxes = look.iter().flat_map(|look| &look.boxes);
        boxes.filter(move |b| b.sight == sight).map(|b| &b.id)
    };
    let right = told(Sight::Seen)
        .filter(|id| scan.sealed.contains(id))
        .count();
    let wrong = told(Sight::Seen).any(|id| !scan.sealed.contains(id));
    tally.sealed += scan.sealed.len();
    tally.found += right;
    tally.wrong += usize::from(wrong);
    tally.unsure += told(Sight::CannotTell).count();
    if scan.dpi >= 150.0 {
        tally.sharp += 1;
        tally.codes += usize::from(look.is_some_and(|look| look.code.as_deref() == Some(CODE)));
    }
}
