//! Parts whose line breaks or hangs, and files that another process has.

use reqwest::Body;
use serde_json::{Value, json};

use super::{PART, cut, finish, part, sha256, under_way};
use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

#[tokio::test]
async fn a_connection_that_is_cut_leaves_the_part_unsent() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, _, film, path) = under_way(&t).await;
    let half = cut(&film, 1)[..PART / 2].to_vec();
    let pieces = vec![Ok(half), Err(std::io::Error::other("the tunnel"))];
    let cut_off = Body::wrap_stream(futures_util::stream::iter(pieces));
    assert!(part(&t, &owner, &path, 1, cut_off).send().await.is_err());
    let there = json_of(t.get(&path, &owner), 200).await;
    assert_eq!(there["received"], json!([]));
    json_of(part(&t, &owner, &path, 1, cut(&film, 1)), 200).await;
}

/// A body that stops half-way until it is told to go on.
fn halting(bytes: Vec<u8>) -> (Body, tokio::sync::oneshot::Sender<()>) {
    let (go_on, told) = tokio::sync::oneshot::channel();
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    let (first, rest) = (first.to_vec(), rest.to_vec());
    let first = futures_util::stream::iter([Ok::<_, std::io::Error>(first)]);
    let rest = futures_util::stream::once(async move {
        told.await.map_err(std::io::Error::other)?;
        Ok(rest)
    });
    let body = Body::wrap_stream(futures_util::StreamExt::chain(first, rest));
    (body, go_on)
}

/// The file of an upload under way.
fn file_of(t: &TestApp, path: &str) -> std::path::PathBuf {
    let id = path.rsplit('/').next().unwrap();
    t.app.settings.files.folder.join("uploads").join(id)
}

#[tokio::test]
async fn a_part_goes_on_by_a_new_connection_while_the_old_one_hangs() {
    let t = TestApp::start_on_disk(IN_BOZHOU_WINDOW).await;
    let (owner, _, film, path) = under_way(&t).await;
    let mut other = cut(&film, 1);
    other[PART - 1] ^= 1;
    let (body, go_on) = halting(other);
    let hanging = tokio::spawn(part(&t, &owner, &path, 1, body).send());
    while !tokio::fs::try_exists(file_of(&t, &path)).await.unwrap() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    for number in [1, 2, 3] {
        json_of(part(&t, &owner, &path, number, cut(&film, number)), 200).await;
    }
    // what the old one still brings is other bytes, and spoils nothing
    go_on.send(()).unwrap();
    let late = hanging.await.unwrap().unwrap();
    assert_eq!(late.status(), 422);
    assert_eq!(late.json::<Value>().await.unwrap()["code"], "part_differs");
    let file = json_of(finish(&t, &owner, &path), 200).await;
    assert_eq!(file["sha256"], sha256(&film));
}

#[tokio::test]
async fn while_another_process_has_the_file_parts_are_kept_beside_it() {
    let t = TestApp::start_on_disk(IN_BOZHOU_WINDOW).await;
    let (owner, _, film, path) = under_way(&t).await;
    json_of(part(&t, &owner, &path, 2, cut(&film, 2)), 200).await;
    {
        let file = std::fs::File::open(file_of(&t, &path)).unwrap();
        file.lock().unwrap();
        json_of(part(&t, &owner, &path, 1, cut(&film, 1)), 200).await;
        assert!(t.app.files.exists(&sha256(&cut(&film, 1))).await.unwrap());
    }
    json_of(part(&t, &owner, &path, 3, cut(&film, 3)), 200).await;
    let file = json_of(finish(&t, &owner, &path), 200).await;
    assert_eq!(file["sha256"], sha256(&film));
    assert!(!file_of(&t, &path).exists());
}

#[tokio::test]
async fn after_the_end_no_part_reaches_the_file() {
    let t = TestApp::start_on_disk(IN_BOZHOU_WINDOW).await;
    let (owner, _, film, path) = under_way(&t).await;
    for number in [1, 2, 3] {
        json_of(part(&t, &owner, &path, number, cut(&film, number)), 200).await;
    }
    // as if the process had ended before it took the second name away
    let (kept, copy) = (file_of(&t, &path), file_of(&t, "x/copy"));
    std::fs::hard_link(&kept, &copy).unwrap();
    json_of(finish(&t, &owner, &path), 200).await;
    std::fs::rename(&copy, &kept).unwrap();
    json_of(part(&t, &owner, &path, 1, vec![7; PART]), 200).await;
    let whole = t.app.files.examine(&sha256(&film)).await.unwrap().unwrap();
    assert_eq!(whole.sha256, sha256(&film));
}
