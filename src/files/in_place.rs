//! Uploads that are put together where they lie: each part is written at its place in a file of the upload's own, so no byte is
//! written twice.
//!
//! A place that has been acknowledged is never written again. One writer has it at a time: whoever comes while it is taken, by a
//! connection that died unseen or by another process, keeps the part as an object, and the row says which of the two counts.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::OnceCell;

use super::disk::{blocking, writing};
use super::heads::Heads;
use super::incoming::Sums;
use super::{Stored, batches, local, make_folder, missing};
use crate::error::{Error, Result};

/// Sub-folder of uploads under way.
pub const UPLOADS: &str = "uploads";

/// Bytes read at a time.
const PIECE: usize = 256 << 10;

/// Uploads under way in this folder.
#[derive(Clone)]
pub struct Uploads {
    folder: PathBuf,
    open: Arc<Mutex<HashMap<String, Weak<Whole>>>>,
    heads: Arc<Heads>,
}

/// An upload's file while parts of it are being written.
struct Whole {
    /// `None` while another process has it.
    file: OnceCell<Option<File>>,
    taken: Mutex<HashSet<u32>>,
}

/// The right to write a part at its place. It ends when the last one who holds it lets go.
pub struct Place {
    whole: Arc<Whole>,
    number: u32,
    upload: String,
    heads: Arc<Heads>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = locked(&self.whole.taken);
        taken.remove(&self.number);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Uploads {
    /// In a sub-folder of the store's.
    pub async fn open(folder: &Path) -> Result<Uploads> {
        let folder = folder.join(UPLOADS);
        make_folder(&folder).await?;
        Ok(Uploads {
            folder,
            open: Arc::default(),
            heads: Arc::default(),
        })
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn path(&self, upload: &str) -> PathBuf {
        self.folder.join(upload)
    }

    /// The place of a part, when nobody else writes there.
    pub async fn place(&self, upload: &str, number: u32) -> Result<Option<Arc<Place>>> {
        let whole = self.whole(upload);
        let path = self.path(upload);
        let opened = whole.file.get_or_try_init(|| writing(|| claim(path)));
        if opened.await?.is_none() || !locked(&whole.taken).insert(number) {
            return Ok(None);
        }
        Ok(Some(Arc::new(Place {
            whole,
            number,
            upload: upload.to_owned(),
            heads: self.heads.clone(),
        })))
    }

    fn whole(&self, upload: &str) -> Arc<Whole> {
        let mut open = locked(&self.open);
        if let Some(whole) = open.get(upload).and_then(Weak::upgrade) {
            return whole;
        }
        open.retain(|_, whole| whole.strong_count() > 0);
        let whole = Arc::new(Whole {
            file: OnceCell::new(),
            taken: Mutex::default(),
        });
        open.insert(upload.to_owned(), Arc::downgrade(&whole));
        whole
    }

    /// Reads a part from its place.
    pub async fn read(
        &self,
        upload: &str,
        at: u64,
        length: u64,
    ) -> Result<impl Stream<Item = std::io::Result<Bytes>> + Send + use<>> {
        let mut file = tokio::fs::File::open(self.path(upload)).await?;
        file.seek(std::io::SeekFrom::Start(at)).await?;
        Ok(local::pieces(file.take(length)))
    }

    /// Hashes an upload whose parts are all at their places, and gives it a second name, under which it goes on.
    pub async fn finish(&self, upload: &str, length: u64, name: PathBuf) -> Result<Stored> {
        let (path, id) = (self.path(upload), upload.to_owned());
        let head = self.heads.take(upload);
        blocking(move || {
            let file = match File::open(&path) {
                Err(e) if e.kind() == ErrorKind::NotFound => return Err(missing(&id)),
                file => file?,
            };
            let stored = sum_on(head, &file)?;
            // and the file itself: what was hashed as it came is not read here
            if stored.length != length || file.metadata()?.len() != length {
                return Err(missing(&id));
            }
            renew(&file)?;
            std::fs::hard_link(&path, &name)?;
            Ok(stored)
        })
        .await
    }

    /// Forgets an upload that is over; the sweeper takes what could not be removed.
    pub async fn forget(&self, upload: &str) {
        self.heads.take(upload);
        let _gone = tokio::fs::remove_file(self.path(upload)).await;
    }
}

impl Place {
    /// Writes what a stream brings at a byte of the whole, synced once all that is due has come; what comes beyond it is let go.
    /// Answers with the sums of the whole up to the part's end, where they are known, for when it is acknowledged.
    pub async fn write<S>(
        self: &Arc<Self>,
        mut at: u64,
        due: u64,
        source: S,
    ) -> Result<Option<Sums>>
    where
        S: Stream<Item = std::io::Result<Bytes>>,
    {
        let mut source = pin!(source.fuse());
        let end = at + due;
        let mut sums = self.heads.up_to(&self.upload, at);
        while at < end {
            let pieces = batches::next(&mut source).await?;
            if pieces.is_empty() {
                return Ok(None);
            }
            let place = self.clone();
            let write = move || {
                let file = place.file()?;
                for mut piece in pieces {
                    piece.truncate(usize::try_from(end - at).unwrap_or(usize::MAX));
                    file.write_all_at(&piece, at)?;
                    at += piece.len() as u64;
                    if let Some(sums) = &mut sums {
                        sums.add(&piece);
                    }
                }
                if at == end {
                    file.sync_data()?;
                }
                Ok((at, sums))
            };
            (at, sums) = writing(write).await?;
        }
        source.try_for_each(|_| std::future::ready(Ok(()))).await?;
        Ok(sums)
    }

    /// The part was acknowledged, and is not written again.
    pub fn keep(&self, sums: Sums) {
        self.heads.keep(&self.upload, sums);
    }

    fn file(&self) -> Result<&File> {
        let file = self.whole.file.get().and_then(Option::as_ref);
        file.ok_or_else(|| Error::Bug("a place in no file".into()))
    }
}

/// Opens an upload's file for writing, for this process alone.
fn claim(path: PathBuf) -> Result<Option<File>> {
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)?;
    // also when it was there: whoever made it may have ended before this
    File::open(path.parent().unwrap_or(&path))?.sync_all()?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(e)) => Err(e.into()),
    }
}

fn sum_on(mut sums: Sums, mut file: &File) -> Result<Stored> {
    file.seek(SeekFrom::Start(sums.length()))?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(sums.finish().0),
            read => sums.add(&piece[..read]),
        }
    }
}

/// An object's age counts from when it was put in: the sweeper leaves young ones alone.
#[expect(
    clippy::disallowed_methods,
    reason = "the sweeper goes by the file system's clock"
)]
fn renew(file: &File) -> Result<()> {
    Ok(file.set_modified(std::time::SystemTime::now())?)
}
