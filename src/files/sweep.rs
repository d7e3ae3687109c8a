//! Removes what nobody mentions: bytes whose row never came (the act failed after storing them) and
//! halves left by a crash. Young files are left alone: their row may be on its way.

use std::collections::HashSet;
use std::future::Future;
use std::io::ErrorKind;
use std::ops::AddAssign;
use std::path::Path;
use std::time::Duration;

use super::incoming::INCOMING;
use super::local::Local;
use super::oss::Oss;
use super::{Files, Store, is_key};
use crate::error::Result;

/// Names asked about at a time.
const AT_ONCE: usize = 500;

/// What a sweep has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects looked at.
    pub seen: usize,
    /// Objects and halves removed.
    pub removed: usize,
    /// Objects that nobody mentions, all left because they are more than was to be removed.
    pub spared: usize,
}

/// How much a sweep may remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// A tenth of what is there, or ten: more is rather a database of another day than files left over.
    Share,
    /// Whatever nobody mentions.
    All,
}

impl AddAssign for Swept {
    fn add_assign(&mut self, more: Swept) {
        self.seen += more.seen;
        self.removed += more.removed;
        self.spared += more.spared;
    }
}

impl Files {
    /// Removes objects older than `age` that `known` does not name, unless they are more than `most`: then none. `known` is
    /// asked about one sub-folder at a time (a 256th of all), in a bucket about a page of a thousand, and answers with those that
    /// rows mention.
    ///
    /// An act that finds its bytes already stored must store them again (which renews their age) before it writes its row; `put`
    /// does. Stored again between the last look and the removal, by another process: that is a window of one request on a bucket.
    pub async fn sweep<F, K>(&self, age: Duration, most: Most, known: K) -> Result<Swept>
    where
        K: Fn(Vec<String>) -> F,
        F: Future<Output = Result<HashSet<String>>>,
    {
        let (mut swept, mut halves) = (Swept::default(), Swept::default());
        self.sweep_halves(age, &mut halves).await?;
        let mut lost = match &self.store {
            Store::Local(local) => lost_in_folder(local, age, known, &mut swept).await?,
            Store::Oss(oss) => lost_in_bucket(oss, age, known, &mut swept).await?,
        };
        if most == Most::Share && lost.len() > (swept.seen / 10).max(10) {
            swept.spared = lost.len();
            lost.clear();
        }
        for sha256 in &lost {
            swept.removed += usize::from(self.remove_lost(sha256, age).await?);
        }
        swept += halves;
        Ok(swept)
    }

    /// Removes an object unless it was, or is just being, stored again; then next time.
    async fn remove_lost(&self, sha256: &str, age: Duration) -> Result<bool> {
        let Ok(_alone) = self.busy(sha256).try_write() else {
            return Ok(false);
        };
        match &self.store {
            Store::Local(local) => removed(&local.path(sha256), age).await,
            Store::Oss(oss) => {
                let facts = oss.facts(sha256).await?;
                let old = facts.is_some_and(|facts| facts.age >= age);
                if old {
                    oss.delete(sha256).await?;
                }
                Ok(old)
            }
        }
    }

    /// Removes files of uploads older than `age` that `known` does not name; answers with how many.
    pub async fn sweep_uploads<F, K>(&self, age: Duration, known: K) -> Result<Swept>
    where
        K: Fn(Vec<String>) -> F,
        F: Future<Output = Result<HashSet<String>>>,
    {
        let (folder, mut swept) = (self.uploads.folder(), Swept::default());
        let old = old_files(folder, age, &mut swept.seen).await?;
        for some in old.chunks(AT_ONCE) {
            let under_way = known(some.to_vec()).await?;
            for name in some.iter().filter(|name| !under_way.contains(*name)) {
                swept.removed += usize::from(removed(&folder.join(name), age).await?);
            }
        }
        Ok(swept)
    }

    async fn sweep_halves(&self, age: Duration, swept: &mut Swept) -> Result<()> {
        let folder = self.incoming.folder();
        for name in old_files(folder, age, &mut swept.seen).await? {
            swept.removed += usize::from(removed(&folder.join(name), age).await?);
        }
        Ok(())
    }
}

/// Old objects that nobody mentions; what comes after so many is left for the next time.
const AT_MOST: usize = 200_000;

async fn lost_in_folder<F, K>(
    local: &Local,
    age: Duration,
    known: K,
    swept: &mut Swept,
) -> Result<Vec<String>>
where
    K: Fn(Vec<String>) -> F,
    F: Future<Output = Result<HashSet<String>>>,
{
    let mut lost = Vec::new();
    let mut folders = tokio::fs::read_dir(&local.folder).await?;
    while let Some(folder) = folders.next_entry().await? {
        if folder.file_name() == INCOMING || !folder.file_type().await?.is_dir() {
            continue;
        }
        let mut old = old_files(&folder.path(), age, &mut swept.seen).await?;
        // what somebody else keeps there is not ours to judge
        old.retain(|name| is_key(name) && folder.file_name() == name[..2]);
        let mentioned = known(old.clone()).await?;
        old.retain(|name| lost.len() < AT_MOST && !mentioned.contains(name));
        lost.extend(old);
    }
    Ok(lost)
}

async fn lost_in_bucket<F, K>(
    oss: &Oss,
    age: Duration,
    known: K,
    swept: &mut Swept,
) -> Result<Vec<String>>
where
    K: Fn(Vec<String>) -> F,
    F: Future<Output = Result<HashSet<String>>>,
{
    let (mut lost, mut after) = (Vec::new(), None);
    loop {
        let page = oss.page(after.as_deref()).await?;
        swept.seen += page.objects.len();
        let old = page.objects.into_iter().filter(|(_, a)| *a >= age);
        let mut old: Vec<String> = old.map(|(sha256, _)| sha256).collect();
        if !old.is_empty() {
            let mentioned = known(old.clone()).await?;
            old.retain(|sha256| lost.len() < AT_MOST && !mentioned.contains(sha256));
            lost.extend(old);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(lost),
        }
    }
}

async fn old_files(folder: &Path, age: Duration, seen: &mut usize) -> Result<Vec<String>> {
    let mut old = Vec::new();
    let mut entries = tokio::fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        *seen += 1;
        let file = match entry.metadata().await {
            Ok(file) => file,
            // moved on, or removed, since the folder was read
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(e.into()),
        };
        if is_old(&file, age)?
            && let Ok(name) = entry.file_name().into_string()
        {
            old.push(name);
        }
    }
    Ok(old)
}

/// Removes a file unless it was written again meanwhile.
async fn removed(path: &Path, age: Duration) -> Result<bool> {
    let gone = |e: &std::io::Error| e.kind() == ErrorKind::NotFound;
    match tokio::fs::metadata(path).await {
        Ok(file) if is_old(&file, age)? => {}
        Err(e) if !gone(&e) => return Err(e.into()),
        _ => return Ok(false),
    }
    match tokio::fs::remove_file(path).await {
        Ok(()) => Ok(true),
        Err(e) if gone(&e) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// A date in the future is young.
fn is_old(file: &std::fs::Metadata, age: Duration) -> Result<bool> {
    Ok(file.modified()?.elapsed().is_ok_and(|a| a >= age))
}
