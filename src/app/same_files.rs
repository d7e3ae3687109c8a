//! 相同材料: files of an entry that other entries of the campaign have as well, byte for byte.

use domain::actor::Officer;
use entity::{entry, evidence};

use crate::db::{evidence as rows, reviews};
use crate::error::Result;
use crate::state::Shared;

/// Entries told of at most; who copies more than that is known by then.
const MOST: u64 = 200;

/// A file and the others that have it.
pub struct SameFile {
    pub evidence_id: String,
    /// Those in the officer's sight.
    pub seen: Vec<entry::Model>,
    /// How many are in the sight of others only.
    pub elsewhere: u32,
}

/// Which of an entry's files other live entries have.
pub async fn of(
    app: &Shared,
    who: &Officer,
    entry: &entry::Model,
    files: &[evidence::Model],
) -> Result<Vec<SameFile>> {
    if files.is_empty() {
        return Ok(vec![]);
    }
    let db = app.db.read();
    let mut sums: Vec<String> = files.iter().map(|f| f.sha256.clone()).collect();
    sums.sort();
    sums.dedup();
    let shared = rows::sharing(db, &entry.campaign_id, &entry.id, sums, MOST).await?;
    if shared.is_empty() {
        return Ok(vec![]);
    }
    let mut ids: Vec<String> = shared.iter().map(|(_, id)| id.clone()).collect();
    ids.sort();
    ids.dedup();
    let visible = reviews::visible_among(db, who, ids).await?;
    let same = |file: &evidence::Model| {
        let holders = shared.iter().filter(|(sum, _)| *sum == file.sha256);
        let holders: Vec<&String> = holders.map(|(_, id)| id).collect();
        let seen = visible.iter().filter(|e| holders.contains(&&e.id));
        let seen: Vec<entry::Model> = seen.cloned().collect();
        let elsewhere = u32::try_from(holders.len() - seen.len()).unwrap_or(u32::MAX);
        (!holders.is_empty()).then(|| SameFile {
            evidence_id: file.id.clone(),
            seen,
            elsewhere,
        })
    };
    Ok(files.iter().filter_map(same).collect())
}
