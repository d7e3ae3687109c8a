//! Objects by the SHA-256 of their bytes, in a local folder or in a bucket of Aliyun OSS. Bytes go first, the row after.

mod batches;
mod bounded;
mod checked;
mod disk;
mod heads;
mod in_place;
mod incoming;
mod local;
pub mod oss;
mod sweep;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use domain::refusal::Refusal;
use futures_util::{Stream, StreamExt};
use tokio::sync::RwLock;

use crate::config::{Settings, StoreKind};
use crate::error::{Error, Result};
use in_place::Uploads;
use incoming::Incoming;
use local::Local;
use oss::{Oss, Reading};

pub use bounded::bounded;
pub use checked::checked;
pub use in_place::Place;
pub use incoming::{Arrived, Sums};
pub use sweep::{Most, Swept};

/// Bytes of an object as they come; an error breaks them off.
pub type Pieces = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// Where objects are kept.
#[derive(Clone)]
pub struct Files {
    store: Store,
    incoming: Incoming,
    uploads: Uploads,
    /// Keeps the sweeper of this process from an object that is just being stored again: one lock for several keys.
    busy: Arc<[RwLock<()>; 64]>,
}

#[derive(Clone)]
enum Store {
    Local(Local),
    Oss(Oss),
}

/// What was stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    pub sha256: String,
    /// Bytes.
    pub length: u64,
}

impl Files {
    /// A local folder, made when it is not there.
    pub async fn open(folder: PathBuf) -> Result<Files> {
        let incoming = Incoming::open(&folder, None, u64::MAX).await?;
        let uploads = Uploads::open(&folder).await?;
        Ok(Files::new(
            Store::Local(Local { folder }),
            incoming,
            uploads,
        ))
    }

    /// A bucket; `folder` holds what is on its way there, `room` bytes of it at most.
    pub async fn open_oss(folder: &Path, oss: Oss, room: u64) -> Result<Files> {
        let incoming = Incoming::open(folder, Some(oss.part_bytes()), room).await?;
        let uploads = Uploads::open(folder).await?;
        Ok(Files::new(Store::Oss(oss), incoming, uploads))
    }

    /// The store that the settings name, or another of them.
    pub async fn of(settings: &Settings, store: StoreKind) -> Result<Files> {
        let files = &settings.files;
        match store {
            StoreKind::Local => Files::open(files.folder.clone()).await,
            StoreKind::Oss => {
                let oss = Oss::new(settings.oss.clone())?;
                Files::open_oss(&files.folder, oss, files.incoming_bytes).await
            }
        }
    }

    fn new(store: Store, incoming: Incoming, uploads: Uploads) -> Files {
        Files {
            store,
            incoming,
            uploads,
            busy: Arc::new(std::array::from_fn(|_| RwLock::default())),
        }
    }

    /// Whether the store takes us at all: a fault of the settings is an error, one that may pass is not.
    pub async fn check(&self) -> std::result::Result<(), String> {
        match &self.store {
            Store::Local(_) => Ok(()),
            Store::Oss(oss) => oss.check().await,
        }
    }

    /// Stores bytes and answers with their SHA-256. Durable before it answers; storing the same bytes again changes
    /// nothing.
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
        self.incoming.receive(source).await
    }

    /// The place of a part in its upload's file, for whoever writes it there; `None` where it is to be an object of its own: in a
    /// bucket, since another machine may get the next part, and while somebody else has the place.
    pub async fn place(&self, upload: &str, number: u32) -> Result<Option<Arc<Place>>> {
        match &self.store {
            Store::Local(_) => self.uploads.place(upload, number).await,
            Store::Oss(_) => Ok(None),
        }
    }

    /// Opens a part at its place, by its first byte in the whole and its length.
    pub async fn open_part(&self, upload: &str, at: u64, length: u64) -> Result<Pieces> {
        Ok(Box::pin(self.uploads.read(upload, at, length).await?))
    }

    /// Takes in an upload of so many bytes whose parts are all at their places; its own file stays for another try.
    pub async fn receive_in_place(&self, upload: &str, length: u64) -> Result<Arrived> {
        let mut arrived = self.incoming.expected();
        let name = arrived.path.clone();
        arrived.stored = self.uploads.finish(upload, length, name).await?;
        Ok(arrived)
    }

    /// Whether parts at their places can be taken in as they are, not only read.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self.store, Store::Local(_))
    }

    /// Forgets an upload that is over.
    pub async fn forget_upload(&self, upload: &str) {
        self.uploads.forget(upload).await;
    }

    /// Stores what was received.
    pub async fn keep(&self, arrived: Arrived) -> Result<Stored> {
        let stored = &arrived.stored;
        let _busy = self.busy(&stored.sha256).read().await;
        match &self.store {
            Store::Local(local) => local.put(&arrived.path, &stored.sha256).await?,
            Store::Oss(oss) => oss.put(&arrived).await?,
        }
        Ok(arrived.stored.clone())
    }

    /// Reads an object and checks that it is what its name says.
    pub async fn get(&self, sha256: &str) -> Result<Vec<u8>> {
        let mut object = self.object(sha256).await?;
        let (mut bytes, mut sums) = (Vec::new(), Sums::new(None));
        while let Some(piece) = object.next().await? {
            sums.add(&piece);
            bytes.extend_from_slice(&piece);
        }
        match sums.finish().0.sha256 == sha256 {
            true => Ok(bytes),
            false => Err(altered(sha256)),
        }
    }

    /// Opens an object for reading piece by piece, with its length; its hash is unchecked, for large files.
    pub async fn open_object(&self, sha256: &str) -> Result<(Pieces, u64)> {
        Ok(streamed(self.object(sha256).await?))
    }

    /// Opens an object at a byte of it, for who goes on with a download; with the length of the whole.
    pub async fn open_at(&self, sha256: &str, first: u64) -> Result<(Pieces, u64)> {
        Ok(streamed(self.object_at(sha256, first).await?))
    }

    /// Reads an object to its end and tells what it is, or why it is not what its name says; `None` when it is not there.
    pub async fn examine(&self, sha256: &str) -> Result<Option<Stored>> {
        let mut object = match self.object(sha256).await {
            Err(Error::Away { refusal, .. }) if refusal.code == MISSING => return Ok(None),
            object => object?,
        };
        let mut sums = Sums::new(None);
        while let Some(piece) = object.next().await? {
            sums.add(&piece);
        }
        Ok(Some(sums.finish().0))
    }

    /// Whether the object is here whole, as it is in another store: by its bytes, or by the check value that OSS names.
    pub async fn holds(&self, sha256: &str, original: &Files) -> Result<bool> {
        let by_its_bytes = async || {
            let found = self.examine(sha256).await?;
            Ok(found.is_some_and(|found| found.sha256 == sha256))
        };
        let Store::Oss(oss) = &self.store else {
            return by_its_bytes().await;
        };
        key(sha256)?;
        let crc64 = match oss.facts(sha256).await? {
            None => return Ok(false),
            Some(facts) => facts.crc64,
        };
        if crc64.is_none() || !original.exists(sha256).await? {
            return by_its_bytes().await;
        }
        let mut object = original.object(sha256).await?;
        let mut sums = Sums::new(Some(oss.part_bytes()));
        while let Some(piece) = object.next().await? {
            sums.add(&piece);
        }
        let (read, sums) = sums.finish();
        match read.sha256 == sha256 {
            true => Ok(crc64 == Some(sums.crc64)),
            // what is here may be better than the original
            false => by_its_bytes().await,
        }
    }

    /// Whether nothing of ours is there.
    pub async fn is_empty(&self) -> Result<bool> {
        match &self.store {
            Store::Local(local) => local.is_empty().await,
            Store::Oss(oss) => Ok(oss.page(None).await?.objects.is_empty()),
        }
    }

    /// Whether the object is there.
    pub async fn exists(&self, sha256: &str) -> Result<bool> {
        key(sha256)?;
        match &self.store {
            Store::Local(local) => Ok(tokio::fs::try_exists(local.path(sha256)).await?),
            Store::Oss(oss) => Ok(oss.facts(sha256).await?.is_some()),
        }
    }

    /// Removes an object; one that is not there is as good as removed.
    pub async fn delete(&self, sha256: &str) -> Result<()> {
        key(sha256)?;
        match &self.store {
            Store::Local(local) => local.delete(sha256).await,
            Store::Oss(oss) => oss.delete(sha256).await,
        }
    }

    /// A link that anybody may follow for so many seconds, past this server; `None` where there is no such thing.
    #[must_use]
    pub fn link(&self, sha256: &str, disposition: &str, seconds: u32) -> Option<String> {
        match &self.store {
            Store::Oss(oss) if is_key(sha256) => Some(oss.link(sha256, disposition, seconds)),
            _ => None,
        }
    }

    async fn object(&self, sha256: &str) -> Result<Object> {
        self.object_at(sha256, 0).await
    }

    async fn object_at(&self, sha256: &str, first: u64) -> Result<Object> {
        key(sha256)?;
        match &self.store {
            Store::Local(local) => {
                let (file, length) = local.open(sha256, first).await?;
                Ok(Object::Local(Box::pin(local::pieces(file)), length))
            }
            Store::Oss(oss) => Ok(Object::Oss(Box::new(oss.open(sha256, first).await?))),
        }
    }

    fn busy(&self, sha256: &str) -> &RwLock<()> {
        let digit = u8::from_str_radix(&sha256[..2], 16).unwrap_or(0);
        &self.busy[usize::from(digit % 64)]
    }
}

/// An object that is being read.
enum Object {
    Local(Pieces, u64),
    Oss(Box<Reading>),
}

impl Object {
    fn length(&self) -> u64 {
        match self {
            Object::Local(_, length) => *length,
            Object::Oss(reading) => reading.length(),
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        match self {
            Object::Local(pieces, _) => Ok(pieces.next().await.transpose()?),
            Object::Oss(reading) => reading.next().await,
        }
    }
}

/// An object as a stream, with its length.
fn streamed(object: Object) -> (Pieces, u64) {
    let length = object.length();
    let pieces = futures_util::stream::try_unfold(object, |mut object| async move {
        let piece = object.next().await.map_err(std::io::Error::other)?;
        Ok(piece.map(|piece| (piece, object)))
    });
    (Box::pin(pieces), length)
}

/// Makes a folder at the start, when the fault is one of the settings.
async fn make_folder(folder: &Path) -> Result<()> {
    let told = |e: std::io::Error| {
        Error::Outside(format!("setting files.folder: {}: {e}", folder.display()))
    };
    tokio::fs::create_dir_all(folder).await.map_err(told)
}

fn is_key(sha256: &str) -> bool {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    sha256.len() == 64 && sha256.bytes().all(digit)
}

/// A key that is no SHA-256 would be somebody's idea of a path.
fn key(sha256: &str) -> Result<()> {
    match is_key(sha256) {
        true => Ok(()),
        false => Err(Error::Bug("object key is not a SHA-256".into())),
    }
}

/// Codes of what no waiting mends.
const MISSING: &str = "file_missing";
const DAMAGED: &str = "file_damaged";

/// A row names bytes that the store does not have.
fn missing(sha256: &str) -> Error {
    Error::Away {
        refusal: Refusal::new(MISSING, "文件暂时无法读取，已记录，请联系主办单位"),
        hidden: format!("object {sha256} is missing"),
    }
}

/// The store's bytes are not those that were put in.
#[must_use]
pub fn altered(sha256: &str) -> Error {
    let message = "文件内容与登记的校验值不符，已记录，请联系主办单位";
    Error::Away {
        refusal: Refusal::new(DAMAGED, message),
        hidden: format!("object {sha256} was altered in the store"),
    }
}

/// Whether an object is missing or altered, not just out of reach for now.
#[must_use]
pub fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Away { refusal, .. } if [MISSING, DAMAGED].contains(&refusal.code))
}
