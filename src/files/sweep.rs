//! Removes what nobody mentions: bytes whose row never came (the act failed after storing them) and
//! halves left by a crash. Young files are left alone: their row may be on its way.

use std::collections::HashSet;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use super::{Files, INCOMING};
use crate::error::Result;

/// What a sweep has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects looked at.
    pub seen: usize,
    /// Objects and halves removed.
    pub removed: usize,
}

impl Files {
    /// Removes objects older than `age` that `known` does not name. `known` is asked about one
    /// sub-folder at a time (a 256th of all) and answers with those that rows mention.
    ///
    /// An act that finds its bytes already stored must store them again (which renews their age)
    /// before it writes its row; `put` does.
    pub async fn sweep<F, K>(&self, age: Duration, known: K) -> Result<Swept>
    where
        K: Fn(Vec<String>) -> F,
        F: Future<Output = Result<HashSet<String>>>,
    {
        let mut swept = Swept::default();
        let mut folders = tokio::fs::read_dir(&self.folder).await?;
        while let Some(folder) = folders.next_entry().await? {
            if !folder.file_type().await?.is_dir() {
                continue;
            }
            let old = old_files(&folder.path(), age, &mut swept.seen).await?;
            let mentioned = if folder.file_name() == INCOMING {
                HashSet::new()
            } else {
                known(old.clone()).await?
            };
            for name in old.iter().filter(|name| !mentioned.contains(*name)) {
                let path = folder.path().join(name);
                // stored again while the rows were asked
                if is_old(&tokio::fs::metadata(&path).await?, age)? {
                    tokio::fs::remove_file(path).await?;
                    swept.removed += 1;
                }
            }
        }
        Ok(swept)
    }
}

async fn old_files(folder: &Path, age: Duration, seen: &mut usize) -> Result<Vec<String>> {
    let mut old = Vec::new();
    let mut entries = tokio::fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        *seen += 1;
        if is_old(&entry.metadata().await?, age)?
            && let Ok(name) = entry.file_name().into_string()
        {
            old.push(name);
        }
    }
    Ok(old)
}

/// A date in the future is young.
fn is_old(file: &std::fs::Metadata, age: Duration) -> Result<bool> {
    Ok(file.modified()?.elapsed().is_ok_and(|a| a >= age))
}
