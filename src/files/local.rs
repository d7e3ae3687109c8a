//! Objects in a folder, spread over sub-folders by the first two digits.

use std::io::{ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt};

use super::incoming::INCOMING;
use super::{is_key, missing};
use crate::error::{Error, Result};

/// Bytes read at a time.
const PIECE: usize = 64 << 10;

/// A folder.
#[derive(Clone)]
pub struct Local {
    pub folder: PathBuf,
}

impl Local {
    /// Where an object is.
    pub fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(&sha256[..2]).join(sha256)
    }

    /// Moves a synced file in. The same bytes once more: the new copy takes the place of the old one, whose own bytes may have
    /// rotted, and its fresh date keeps the sweeper away until the row is there.
    pub async fn put(&self, file: &Path, sha256: &str) -> Result<()> {
        let path = self.path(sha256);
        let folder = path.parent().unwrap_or(&self.folder);
        if !tokio::fs::try_exists(folder).await? {
            tokio::fs::create_dir_all(folder).await?;
            sync_folder(&self.folder).await?;
        }
        tokio::fs::rename(file, &path).await?;
        sync_folder(folder).await
    }

    /// Opens an object at a byte of it, with the length of the whole.
    pub async fn open(&self, sha256: &str, first: u64) -> Result<(tokio::fs::File, u64)> {
        let file = tokio::fs::File::open(self.path(sha256)).await;
        let mut file = file.map_err(|e| match e.kind() {
            ErrorKind::NotFound => missing(sha256),
            _ => Error::from(e),
        })?;
        let length = file.metadata().await?.len();
        if first > 0 {
            file.seek(SeekFrom::Start(first)).await?;
        }
        Ok((file, length))
    }

    /// Whether there is no object.
    pub async fn is_empty(&self) -> Result<bool> {
        let mut folders = tokio::fs::read_dir(&self.folder).await?;
        while let Some(folder) = folders.next_entry().await? {
            if folder.file_name() == INCOMING || !folder.file_type().await?.is_dir() {
                continue;
            }
            let mut files = tokio::fs::read_dir(folder.path()).await?;
            while let Some(file) = files.next_entry().await? {
                if file.file_name().to_str().is_some_and(is_key) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Removes an object; one that is not there is as good as removed.
    pub async fn delete(&self, sha256: &str) -> Result<()> {
        match tokio::fs::remove_file(self.path(sha256)).await {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }
}

/// A file piece by piece.
pub fn pieces(
    file: impl AsyncRead + Send + Unpin + 'static,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(piece), file)))
    })
}

/// A rename is only safe from a power cut once its folder is.
async fn sync_folder(folder: &Path) -> Result<()> {
    Ok(tokio::fs::File::open(folder).await?.sync_all().await?)
}
