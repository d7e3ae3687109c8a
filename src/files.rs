//! Objects by the SHA-256 of their bytes, in a local folder. Bytes go first, the row after.

mod checked;
mod sweep;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::clock::new_id;
use crate::error::{Error, Result};
use crate::security::sha256_hex;

pub use checked::checked;
pub use sweep::Swept;

/// Sub-folder of what is still being written.
const INCOMING: &str = "incoming";

/// Objects in a folder, spread over sub-folders by the first two digits.
#[derive(Clone)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// Opens or makes the folder.
    pub async fn open(folder: PathBuf) -> Result<Files> {
        tokio::fs::create_dir_all(folder.join(INCOMING)).await?;
        Ok(Files { folder })
    }

    /// Where an object is. A key that is no SHA-256 would be somebody's idea of a path.
    fn path(&self, sha256: &str) -> Result<PathBuf> {
        let key = sha256.len() == 64
            && sha256
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !key {
            return Err(Error::Bug("object key is not a SHA-256".into()));
        }
        Ok(self.folder.join(&sha256[..2]).join(sha256))
    }

    /// Stores bytes and answers with their SHA-256. Synced to disk before it answers; storing the same
    /// bytes again changes nothing.
    pub async fn put(&self, bytes: &[u8]) -> Result<String> {
        self.put_stream(futures_util::stream::iter([Ok(Bytes::copy_from_slice(
            bytes,
        ))]))
        .await
        .map(|stored| stored.sha256)
    }

    /// Stores what a stream brings, holding one piece at a time. Whatever goes wrong, nothing is left
    /// behind, except after a crash; then the sweeper takes it.
    pub async fn put_stream<S>(&self, source: S) -> Result<Stored>
    where
        S: Stream<Item = std::io::Result<Bytes>>,
    {
        self.keep(self.receive(source).await?).await
    }

    /// Takes a stream in without storing it, to be looked at first.
    pub async fn receive<S>(&self, source: S) -> Result<Arrived>
    where
        S: Stream<Item = std::io::Result<Bytes>>,
    {
        let path = self.folder.join(INCOMING).join(new_id());
        let mut source = pin!(source);
        let mut file = tokio::fs::File::create_new(&path).await?;
        let mut arrived = Arrived {
            path,
            stored: Stored {
                sha256: String::new(),
                length: 0,
            },
        };
        let (mut digest, mut length) = (Sha256::new(), 0);
        while let Some(piece) = source.next().await {
            let piece = piece?;
            digest.update(&piece);
            length += piece.len() as u64;
            file.write_all(&piece).await?;
        }
        file.sync_all().await?;
        arrived.stored = Stored {
            sha256: hex::encode(digest.finalize()),
            length,
        };
        Ok(arrived)
    }

    /// Stores what was received.
    pub async fn keep(&self, arrived: Arrived) -> Result<Stored> {
        let stored = arrived.stored.clone();
        let path = self.path(&stored.sha256)?;
        // the same bytes once more: the new copy takes the place of the old one, whose own bytes may
        // have rotted, and its fresh date keeps the sweeper away until the row is there
        let folder = path.parent().unwrap_or(&self.folder);
        if !tokio::fs::try_exists(folder).await? {
            tokio::fs::create_dir_all(folder).await?;
            sync_folder(&self.folder).await?;
        }
        tokio::fs::rename(&arrived.path, &path).await?;
        sync_folder(folder).await?;
        Ok(stored)
    }

    /// Reads an object and checks that it is what its name says.
    pub async fn get(&self, sha256: &str) -> Result<Vec<u8>> {
        let bytes = tokio::fs::read(self.path(sha256)?)
            .await
            .map_err(|e| missing(e, sha256))?;
        if sha256_hex(&bytes) != sha256 {
            return Err(Error::Bug(format!("object {sha256} was altered on disk")));
        }
        Ok(bytes)
    }

    /// Opens an object for reading piece by piece, with its length; unchecked, for large files.
    pub async fn open_object(&self, sha256: &str) -> Result<(tokio::fs::File, u64)> {
        let file = tokio::fs::File::open(self.path(sha256)?)
            .await
            .map_err(|e| missing(e, sha256))?;
        let length = file.metadata().await?.len();
        Ok((file, length))
    }

    /// Whether the object is there.
    pub async fn exists(&self, sha256: &str) -> Result<bool> {
        Ok(tokio::fs::try_exists(self.path(sha256)?).await?)
    }

    /// Removes an object; one that is not there is as good as removed.
    pub async fn delete(&self, sha256: &str) -> Result<()> {
        match tokio::fs::remove_file(self.path(sha256)?).await {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }
}

/// A file that has arrived. It goes with this value, unless it was kept.
pub struct Arrived {
    pub path: PathBuf,
    pub stored: Stored,
}

impl Drop for Arrived {
    fn drop(&mut self) {
        // it may have been moved
        let _gone = std::fs::remove_file(&self.path);
    }
}

/// A file piece by piece.
pub fn pieces(
    file: tokio::fs::File,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; 64 << 10];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(piece), file)))
    })
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub sha256: String,
    /// Bytes.
    pub length: u64,
}

fn missing(error: std::io::Error, sha256: &str) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::Bug(format!("object {sha256} is missing")),
        _ => error.into(),
    }
}

/// A rename is only safe from a power cut once its folder is.
async fn sync_folder(folder: &Path) -> Result<()> {
    Ok(tokio::fs::File::open(folder).await?.sync_all().await?)
}
