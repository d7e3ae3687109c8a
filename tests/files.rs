//! Objects in a folder: whole or not at all, and nothing kept for nobody.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use tuixuan::clock::new_id;
use tuixuan::error::Error;
use tuixuan::files::{Files, Most};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn files() -> (Files, Folder) {
    let folder = std::env::temp_dir().join(format!("tuixuan-files-{}", new_id()));
    let files = Files::open(folder.clone()).await.expect("opened");
    (files, Folder(folder))
}

fn count(folder: &Folder, sub: &str) -> usize {
    std::fs::read_dir(folder.0.join(sub)).map_or(0, Iterator::count)
}

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[tokio::test]
async fn bytes_come_back_under_their_hash() {
    let (files, folder) = files().await;
    assert_eq!(files.put(b"abc").await.expect("stored"), ABC);
    assert_eq!(files.put(b"abc").await.expect("stored again"), ABC);
    assert_eq!(files.get(ABC).await.expect("read"), b"abc");
    assert_eq!((count(&folder, "ba"), count(&folder, "incoming")), (1, 0));
}

#[tokio::test]
async fn a_stream_is_stored_piece_by_piece() {
    let (files, _folder) = files().await;
    let pieces = ["a", "", "bc"].map(|p| Ok(Bytes::from(p)));
    let stored = files.put_stream(futures_util::stream::iter(pieces)).await;
    let stored = stored.expect("stored");
    assert_eq!((stored.sha256.as_str(), stored.length), (ABC, 3));
    assert_eq!(files.open_object(ABC).await.expect("opened").1, 3);
}

#[tokio::test]
async fn a_broken_stream_leaves_nothing() {
    let (files, folder) = files().await;
    let pieces = [Ok(Bytes::from("a")), Err(std::io::Error::other("cut"))];
    let outcome = files.put_stream(futures_util::stream::iter(pieces)).await;
    assert!(outcome.is_err());
    assert_eq!(count(&folder, "incoming"), 0);
    let left = std::fs::read_dir(&folder.0).expect("a folder");
    let mut left: Vec<_> = left
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["incoming", "uploads"]);
}

#[tokio::test]
async fn altered_bytes_are_not_handed_out() {
    let (files, folder) = files().await;
    files.put(b"abc").await.expect("stored");
    std::fs::write(folder.0.join("ba").join(ABC), b"abd").expect("altered");
    let told = files.get(ABC).await.expect_err("refused");
    assert!(matches!(&told, Error::Away { refusal, .. } if refusal.code == "file_damaged"));
    files.put(b"abc").await.expect("stored again");
    assert_eq!(files.get(ABC).await.expect("healed"), b"abc");
}

#[tokio::test]
async fn a_key_is_never_a_path() {
    let (files, _folder) = files().await;
    let upper = ABC.to_uppercase();
    for key in ["", "ba", "../../etc/passwd", "/etc/passwd", &upper] {
        assert!(files.get(key).await.is_err(), "{key}");
        assert!(files.delete(key).await.is_err(), "{key}");
    }
}

#[tokio::test]
async fn deleted_is_gone_and_gone_is_deleted() {
    let (files, _folder) = files().await;
    files.put(b"abc").await.expect("stored");
    files.delete(ABC).await.expect("deleted");
    files.delete(ABC).await.expect("deleted twice");
    assert!(!files.exists(ABC).await.expect("asked"));
}

#[tokio::test]
async fn the_sweeper_takes_the_old_and_unknown_only() {
    let (files, folder) = files().await;
    let known = files.put(b"known").await.expect("stored");
    files.put(b"orphan").await.expect("stored");
    std::fs::write(folder.0.join("incoming").join("half"), b"x").expect("a half");
    let mentioned: HashSet<String> = HashSet::from([known.clone()]);
    let ask = |_: Vec<String>| std::future::ready(Ok(mentioned.clone()));
    let swept = files
        .sweep(Duration::from_secs(3600), Most::Share, ask)
        .await
        .expect("swept");
    assert_eq!((swept.seen, swept.removed), (3, 0));
    let swept = files
        .sweep(Duration::ZERO, Most::Share, ask)
        .await
        .expect("swept");
    assert_eq!((swept.seen, swept.removed), (3, 2));
    assert!(files.exists(&known).await.expect("asked"));
}
