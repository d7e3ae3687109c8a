//! What arrives is written to a file of its own first: its name is known at its end only.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use crc::{CRC_64_XZ, Crc, Digest as CrcDigest, Table};
use futures_util::{Stream, StreamExt};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::disk::writing;
use super::{Stored, batches, make_folder};
use crate::clock::new_id;
use crate::error::{Error, Result};

/// Sub-folder of what is still being written.
pub const INCOMING: &str = "incoming";

/// What OSS calls CRC-64 ECMA-182.
static CRC64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_XZ);

/// Where files arrive.
#[derive(Clone)]
pub struct Incoming {
    folder: PathBuf,
    /// Check values of parts of this length are kept as well, for OSS.
    part_bytes: Option<u64>,
    room: Room,
}

/// Bytes that may be there at once.
#[derive(Clone)]
struct Room {
    bytes: u64,
    taken: Arc<AtomicU64>,
}

/// A file that has arrived. It goes with this value, unless it was moved away.
pub struct Arrived {
    pub path: PathBuf,
    pub stored: Stored,
    /// Of a file on its way to OSS.
    pub sums: PartSums,
    room: Room,
    taken: u64,
}

/// What OSS tells of a file, or wants to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartSums {
    pub crc64: u64,
    pub part_bytes: u64,
    /// MD5 of each part; an empty file is one part.
    pub md5: Vec<[u8; 16]>,
}

impl Incoming {
    /// In a sub-folder of the store's.
    pub async fn open(folder: &Path, part_bytes: Option<u64>, room: u64) -> Result<Incoming> {
        let folder = folder.join(INCOMING);
        make_folder(&folder).await?;
        Ok(Incoming {
            folder,
            part_bytes,
            room: Room {
                bytes: room,
                taken: Arc::default(),
            },
        })
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes a stream in, piece by piece, synced at its end. Whatever goes wrong, and wherever the caller goes, nothing is left
    /// behind, except after a crash; then the sweeper takes it.
    pub async fn receive<S>(&self, source: S) -> Result<Arrived>
    where
        S: Stream<Item = std::io::Result<Bytes>>,
    {
        let mut source = pin!(source.fuse());
        let mut arrived = self.expected();
        let path = arrived.path.clone();
        let mut file = writing(move || Ok(File::create_new(path)?)).await?;
        let mut sums = Sums::new(self.part_bytes);
        loop {
            let pieces = batches::next(&mut source).await?;
            let last = pieces.is_empty();
            arrived.take(pieces.iter().map(|piece| piece.len() as u64).sum())?;
            (file, sums) = writing(move || {
                for piece in pieces {
                    sums.add(&piece);
                    file.write_all(&piece)?;
                }
                if last {
                    file.sync_all()?;
                }
                Ok((file, sums))
            })
            .await?;
            if last {
                (arrived.stored, arrived.sums) = sums.finish();
                return Ok(arrived);
            }
        }
    }

    /// A name for what will arrive.
    pub fn expected(&self) -> Arrived {
        Arrived {
            path: self.folder.join(new_id()),
            stored: Stored::default(),
            sums: PartSums::default(),
            room: self.room.clone(),
            taken: 0,
        }
    }
}

impl Arrived {
    fn take(&mut self, bytes: u64) -> Result<()> {
        self.taken += bytes;
        let before = self.room.taken.fetch_add(bytes, Ordering::Relaxed);
        match before + bytes <= self.room.bytes {
            true => Ok(()),
            false => Err(Error::Busy),
        }
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        // it may have been moved, or not made at all
        let _gone = std::fs::remove_file(&self.path);
        self.room.taken.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

/// Every check value in one pass.
#[derive(Clone)]
pub struct Sums {
    sha256: Sha256,
    length: u64,
    for_oss: Option<ForOss>,
}

#[derive(Clone)]
struct ForOss {
    crc64: CrcDigest<'static, u64, Table<16>>,
    md5: Md5,
    part_bytes: u64,
    md5s: Vec<[u8; 16]>,
}

impl Sums {
    /// With what OSS wants to know of parts of this length.
    pub fn new(part_bytes: Option<u64>) -> Sums {
        Sums {
            sha256: Sha256::new(),
            length: 0,
            for_oss: part_bytes.map(|part_bytes| ForOss {
                crc64: CRC64.digest(),
                md5: Md5::new(),
                part_bytes,
                md5s: vec![],
            }),
        }
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The next bytes.
    pub fn add(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        if let Some(sums) = &mut self.for_oss {
            sums.add(piece, self.length);
        }
        self.length += piece.len() as u64;
    }

    /// After the last byte.
    pub fn finish(self) -> (Stored, PartSums) {
        let stored = Stored {
            sha256: hex::encode(self.sha256.finalize()),
            length: self.length,
        };
        let sums = self.for_oss.map(|mut sums| {
            if sums.md5s.is_empty() || !self.length.is_multiple_of(sums.part_bytes) {
                sums.end_part();
            }
            PartSums {
                crc64: sums.crc64.finalize(),
                part_bytes: sums.part_bytes,
                md5: sums.md5s,
            }
        });
        (stored, sums.unwrap_or_default())
    }
}

impl ForOss {
    fn add(&mut self, piece: &[u8], before: u64) {
        self.crc64.update(piece);
        let (mut rest, mut at) = (piece, before);
        while !rest.is_empty() {
            let room = self.part_bytes - at % self.part_bytes;
            let taken = usize::try_from(room).unwrap_or(usize::MAX).min(rest.len());
            self.md5.update(&rest[..taken]);
            at += taken as u64;
            rest = &rest[taken..];
            if at.is_multiple_of(self.part_bytes) {
                self.end_part();
            }
        }
    }

    fn end_part(&mut self) {
        self.md5s.push(self.md5.finalize_reset().into());
    }
}
