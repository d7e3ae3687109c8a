//! Objects by the SHA-256 of their bytes, in a local folder. Bytes go first, the row after.

use std::path::PathBuf;

use tokio::io::AsyncWriteExt;

use crate::clock::new_id;
use crate::error::{Error, Result};
use crate::security::sha256_hex;

/// Objects in a folder, spread over sub-folders by the first two digits.
#[derive(Clone)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// Opens or makes the folder.
    pub async fn open(folder: PathBuf) -> Result<Files> {
        tokio::fs::create_dir_all(folder.join("incoming")).await?;
        Ok(Files { folder })
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder
            .join(&sha256[..2.min(sha256.len())])
            .join(sha256)
    }

    /// Stores bytes and answers with their SHA-256. Synced to disk before it answers; storing the same bytes again changes nothing.
    pub async fn put(&self, bytes: &[u8]) -> Result<String> {
        let sha256 = sha256_hex(bytes);
        let path = self.path(&sha256);
        if tokio::fs::try_exists(&path).await? {
            return Ok(sha256);
        }
        let coming = self.folder.join("incoming").join(new_id());
        let mut file = tokio::fs::File::create(&coming).await?;
        file.write_all(bytes).await?;
        file.sync_all().await?;
        let folder = path
            .parent()
            .ok_or_else(|| Error::Bug("object without a folder".into()))?;
        tokio::fs::create_dir_all(folder).await?;
        tokio::fs::rename(&coming, &path).await?;
        tokio::fs::File::open(folder).await?.sync_all().await?;
        Ok(sha256)
    }

    /// Reads an object and checks that it is what its name says.
    pub async fn get(&self, sha256: &str) -> Result<Vec<u8>> {
        let bytes = tokio::fs::read(self.path(sha256))
            .await
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::NotFound => Error::Bug(format!("object {sha256} is missing")),
                _ => Error::from(e),
            })?;
        if sha256_hex(&bytes) != sha256 {
            return Err(Error::Bug(format!("object {sha256} was altered on disk")));
        }
        Ok(bytes)
    }
}
