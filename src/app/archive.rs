//! A ZIP written while it is being sent: what it holds goes in piece by piece, and no more of it is in memory than the
//! pieces under way. Nothing is packed, since pictures and PDF files are.

use std::future::Future;
use std::io::{self, Write};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, mpsc};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::error::{Error, Result};
use crate::files;

/// Bytes written at a time.
const PIECE: usize = 64 << 10;
/// Pieces that wait to be sent.
const WAITING: usize = 4;
/// A client that takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// The list of all files, the last one in every archive.
const MANIFEST: &str = "manifest.json";

/// Archives under way at once; each may keep a processor busy for minutes.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// An archive that is being written.
pub struct Archive {
    zip: ZipWriter<StreamWriter<Sink>>,
    sink: Sink,
    out: mpsc::Sender<io::Result<Bytes>>,
    manifest: Vec<Listed>,
    /// Names of the notes on what is not in it.
    lacking: Vec<String>,
}

/// A file of the archive.
#[derive(Debug, Clone, Serialize)]
struct Listed {
    name: String,
    bytes: u64,
    sha256: String,
}

/// What was written and not sent yet.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting)
    }
}

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts to write an archive; what is written comes out of the stream. Whatever goes wrong underway breaks the stream
/// off, so that half an archive never looks like a whole one. Busy when enough are being written.
pub fn stream<F, W>(fill: F) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static>
where
    F: FnOnce(Archive) -> W + Send + 'static,
    W: Future<Output = Result<Archive>> + Send + 'static,
{
    let turn = AT_ONCE.try_acquire().map_err(|_| Error::Busy)?;
    let (out, pieces) = mpsc::channel(WAITING);
    let broken = out.clone();
    tokio::spawn(async move {
        let _turn = turn;
        let sink = Sink::default();
        let archive = Archive {
            zip: ZipWriter::new_stream(sink.clone()),
            sink,
            out,
            manifest: Vec::new(),
            lacking: Vec::new(),
        };
        let done = match fill(archive).await {
            Ok(archive) => archive.finish().await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "an archive was broken off");
            let told = broken.send(Err(io::Error::other("broken off")));
            let _gone = tokio::time::timeout(PATIENCE, told).await;
        }
    });
    let next = |mut pieces: mpsc::Receiver<_>| async move {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    };
    Ok(futures_util::stream::unfold(pieces, next))
}

impl Archive {
    /// Puts bytes in under a name.
    pub async fn put(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.begin(name)?;
        for piece in bytes.chunks(PIECE) {
            self.zip.write_all(piece)?;
            self.send().await?;
        }
        let sha256 = hex::encode(Sha256::digest(bytes));
        self.list(name, bytes.len() as u64, sha256);
        Ok(())
    }

    /// Puts a note in, in the place of what should be there; the manifest names it once more as what is lacking.
    pub async fn note(&mut self, name: &str, text: &str) -> Result<()> {
        self.lacking.push(name.to_owned());
        self.put(name, text.as_bytes()).await
    }

    /// Puts a stored file in under a name, and makes sure that it is the one that is meant. False when it could not be read to
    /// its end or is another: what came of it stays, and the manifest does not list it.
    pub async fn copy(&mut self, name: &str, object: files::Pieces, sha256: &str) -> Result<bool> {
        self.begin(name)?;
        let mut object = pin!(files::checked(object, sha256.to_owned()));
        let mut length = 0;
        while let Some(piece) = object.next().await {
            let Ok(piece) = piece else {
                return Ok(false);
            };
            length += piece.len() as u64;
            self.zip.write_all(&piece)?;
            self.send().await?;
        }
        self.list(name, length, sha256.to_owned());
        Ok(true)
    }

    fn begin(&mut self, name: &str) -> Result<()> {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        self.zip.start_file(name, stored).map_err(fault)
    }

    fn list(&mut self, name: &str, bytes: u64, sha256: String) {
        self.manifest.push(Listed {
            name: name.to_owned(),
            bytes,
            sha256,
        });
    }

    async fn finish(mut self) -> Result<()> {
        let told = serde_json::json!({ "files": self.manifest, "lacking": self.lacking });
        self.put(MANIFEST, &serde_json::to_vec_pretty(&told)?)
            .await?;
        let Archive { zip, sink, out, .. } = self;
        zip.finish().map_err(fault)?;
        send(&out, sink.take()).await
    }

    async fn send(&mut self) -> Result<()> {
        send(&self.out, self.sink.take()).await
    }
}

async fn send(out: &mpsc::Sender<io::Result<Bytes>>, piece: Vec<u8>) -> Result<()> {
    // an empty piece would end the answer
    if piece.is_empty() {
        return Ok(());
    }
    let gone = || Error::Outside("the client went away".into());
    let sent = tokio::time::timeout(PATIENCE, out.send(Ok(piece.into())));
    sent.await.map_err(|_| gone())?.map_err(|_| gone())
}

fn fault(error: zip::result::ZipError) -> Error {
    Error::Bug(format!("archive: {error}"))
}

/// A name from outside as the name of a file in an archive: no path, no control characters, not too long.
#[must_use]
pub fn file_name(name: &str) -> String {
    let sound = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        c if c.is_control() => '_',
        c => c,
    };
    let letters: Vec<char> = name.chars().map(sound).collect();
    // the end says what kind of file it is
    letters[letters.len().saturating_sub(80)..].iter().collect()
}
