//! Many agencies at once, from a table as CSV (RFC 4180). All or none.

use std::collections::HashMap;

use domain::actor::Officer;
use domain::agency::{Agency, Tier, may_stand_below};
use domain::refusal::{Refusal, Violation};
use domain::text::tidy;
use entity::agency;
use serde::Deserialize;
use serde_json::json;

use super::{Written, fault, faults, row_of, told};
use crate::db::Conn;
use crate::db::events::{self, By, SYSTEM};
use crate::db::idempotency::Call;
use crate::db::officers::to_agency;
use crate::db::{agencies, regions};
use crate::error::{Error, Result};
use crate::state::Shared;

/// Most agencies of one table.
const ROWS: usize = 1000;

/// A line as it is written; `parent` is the name of an agency of the tree, or of a line further up. Empty: the
/// organiser's own agency.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    tier: String,
    system: String,
    region: String,
    #[serde(default)]
    parent: String,
}

/// Adds the agencies of a table with the columns `name,tier,system,region,parent`; answers with how many. Refused with
/// every faulty line. The same key again adds nothing.
pub async fn import(app: &Shared, who: &Officer, text: String, call: Call) -> Result<usize> {
    let count = |earlier: String| earlier.parse().unwrap_or_default();
    if let Some(earlier) = call.earlier(app.db.read()).await? {
        return Ok(count(earlier));
    }
    let lines = read(&text)?;
    let (who, by) = (who.clone(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    return Ok(count(earlier));
                }
                events::hold(tx, SYSTEM).await?;
                let rows = rows(tx, &who.agency, &lines, by.at).await?;
                let added = rows.len();
                for row in &rows {
                    let body = json!({ "agency": row.id, "is": told(row) });
                    events::append_raw(tx, SYSTEM, None, &by, "agency_added", &body).await?;
                }
                agencies::insert_all(tx, rows).await?;
                call.keep(tx, added.to_string(), by.at).await?;
                Ok(added)
            })
        })
        .await
}

/// Lines with their number in the text; every line that is no line of the table.
fn read(text: &str) -> Result<Vec<(usize, Line)>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let (mut lines, mut bad) = (Vec::new(), Vec::new());
    let head = reader.headers().cloned().unwrap_or_default();
    for (at, record) in reader.records().enumerate() {
        if at == ROWS {
            let message = format!("一次最多导入{ROWS}个机构");
            return Err(Error::Invalid(vec![fault("csv", "too_many", &message)]));
        }
        let line = |p: Option<&csv::Position>| p.map_or(0, |p| p.line() as usize);
        match record {
            Ok(record) => {
                let place = line(record.position());
                match record.deserialize::<Line>(Some(&head)) {
                    Ok(read) => lines.push((place, read)),
                    Err(_) => bad.push(misshapen(place)),
                }
            }
            Err(error) => bad.push(misshapen(line(error.position()))),
        }
    }
    match (bad.is_empty(), lines.is_empty()) {
        (true, false) => Ok(lines),
        (true, true) => Err(Error::Invalid(vec![misshapen(1)])),
        _ => Err(Error::Invalid(bad)),
    }
}

fn misshapen(line: usize) -> Violation {
    Violation {
        line: Some(line),
        ..fault(
            "csv",
            "csv_format",
            "每行应有 name,tier,system,region,parent 各列，首行为列名",
        )
    }
}

/// New rows for all lines; every faulty line.
async fn rows(
    tx: &Conn,
    top: &Agency,
    lines: &[(usize, Line)],
    now: i64,
) -> Result<Vec<agency::Model>> {
    let codes = lines.iter().map(|(_, l)| l.region.clone()).collect();
    let regions = regions::known(tx, codes).await?;
    let mut known: HashMap<String, (Agency, bool)> = HashMap::new();
    let parents = lines.iter().map(|(_, l)| tidy(&l.parent)).collect();
    for row in agencies::named(tx, top, parents).await? {
        let closed = row.closed_at.is_some();
        known
            .entry(row.name.clone())
            .or_insert((to_agency(row)?, closed));
    }
    known.insert(String::new(), (top.clone(), false));
    let (mut new, mut bad) = (Vec::new(), Vec::new());
    for (place, line) in lines {
        let mut here = Vec::new();
        let written = written(line, &regions, &mut here);
        let Some((parent, closed)) = known.get(&tidy(&line.parent)) else {
            here.push(fault("parent", "agency_unknown", "没有这个上级单位"));
            bad.extend(at_line(here, *place));
            continue;
        };
        let row = row_of(written, parent, now);
        if let Err(Refusal { code, message, .. }) = may_stand_below(&row.id, 1, parent, *closed) {
            here.push(fault("parent", code, &message));
        }
        if new
            .iter()
            .any(|n: &agency::Model| n.name == row.name && n.parent_id == row.parent_id)
        {
            here.push(fault("name", "duplicate", "表中重复"));
        }
        if here.is_empty() {
            known
                .entry(row.name.clone())
                .or_insert((to_agency(row.clone())?, false));
            new.push(row);
        }
        bad.extend(at_line(here, *place));
    }
    if bad.is_empty() {
        Ok(new)
    } else {
        Err(Error::Invalid(bad))
    }
}

fn at_line(faults: Vec<Violation>, line: usize) -> impl Iterator<Item = Violation> {
    faults.into_iter().map(move |f| Violation {
        line: Some(line),
        ..f
    })
}

fn written(
    line: &Line,
    regions: &std::collections::HashSet<String>,
    bad: &mut Vec<Violation>,
) -> Written {
    let tier = Tier::parse(&line.tier);
    if tier.is_none() {
        bad.push(fault("tier", "tier_unknown", "没有这个层级"));
    }
    if !regions.contains(&line.region) {
        bad.push(fault("region", "region_unknown", "没有这个行政区划代码"));
    }
    let written = Written {
        name: tidy(&line.name),
        tier: tier.unwrap_or(Tier::Unit),
        system: tidy(&line.system),
        region: line.region.clone(),
        parent_id: None,
    };
    bad.extend(faults(&written));
    written
}
