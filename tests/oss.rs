//! Objects in a bucket: whole or not at all, whatever OSS or the way to it does. Signatures are judged by Alibaba's own code.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tuixuan::config;
use tuixuan::error::{Error, Result};
use tuixuan::files::oss::Oss;
use tuixuan::files::{Files, Most};

use crate::support::database::Folder;
use crate::support::oss::TestBucket;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, blank_scan, bytes_of, json_of, picture, upload};

mod trouble;

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const KIB: usize = 1 << 10;

/// A store on a bucket, with the folder of what is on its way.
struct Site {
    files: Files,
    folder: Folder,
}

impl Site {
    async fn of(settings: config::Oss) -> Site {
        Site::with(Oss::new(settings).unwrap()).await
    }

    async fn with(oss: Oss) -> Site {
        let folder = Folder::new();
        let files = Files::open_oss(&folder.path(""), oss, 1 << 20)
            .await
            .unwrap();
        Site { files, folder }
    }

    fn on_its_way(&self) -> usize {
        std::fs::read_dir(self.folder.path("incoming"))
            .unwrap()
            .count()
    }
}

/// Bytes that differ everywhere.
fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| (i * 7 + i / 251 + i / 65_537) as u8)
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// `ok`, or the code that the caller is told.
fn code<T>(outcome: Result<T>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(Error::Away { refusal, .. }) => refusal.code,
        Err(Error::Busy) => "busy",
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn bytes_come_back_under_their_hash_however_it_is_signed() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let all = bucket.signatures();
    assert_eq!(all.len(), if cfg!(feature = "oss-v1") { 4 } else { 2 });
    for mut settings in all {
        settings.encryption = "AES256".into();
        let site = Site::of(settings.clone()).await;
        let files = &site.files;
        site.files.check().await.unwrap();
        assert!(!files.exists(ABC).await.unwrap());
        assert_eq!(files.put(b"abc").await.unwrap(), ABC);
        assert_eq!(files.put(b"abc").await.unwrap(), ABC);
        assert_eq!(files.get(ABC).await.unwrap(), b"abc");
        assert!(files.exists(ABC).await.unwrap());
        let told = bucket.look().await;
        let object = &told["objects"][format!("推选/2024 年/ba/{ABC}")];
        assert_eq!(object["sha256"], ABC);
        assert_eq!(
            object["headers"]["x-oss-server-side-encryption"], "AES256",
            "{settings:?}"
        );
        files.delete(ABC).await.unwrap();
        files.delete(ABC).await.unwrap();
        assert_eq!(code(files.get(ABC).await), "file_missing");
        assert_eq!(code(files.open_object(ABC).await), "file_missing");
        assert_eq!(site.on_its_way(), 0);
    }
    assert_eq!(bucket.look().await["refused"], 0);
}

#[tokio::test]
async fn long_objects_go_in_parts() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    for settings in bucket.signatures() {
        let site = Site::of(settings).await;
        for (length, parts) in [
            (0, 0),
            (1, 0),
            (100 * KIB, 0),
            (100 * KIB + 1, 2),
            (200 * KIB, 2),
            (345 * KIB, 4),
        ] {
            let before = bucket.asked("UploadPart").await;
            let content = bytes(length);
            // in pieces that fit no part
            let pieces: Vec<_> = content.chunks(7777).map(Bytes::copy_from_slice).collect();
            let stream = futures_util::stream::iter(pieces.into_iter().map(Ok));
            let stored = site.files.put_stream(stream).await.unwrap();
            assert_eq!(
                (&stored.sha256, stored.length),
                (&sha256(&content), length as u64)
            );
            assert_eq!(bucket.asked("UploadPart").await - before, parts);
            let (mut pieces, promised) = site.files.open_object(&stored.sha256).await.unwrap();
            assert_eq!(promised, length as u64);
            let mut read = Vec::new();
            while let Some(piece) = pieces.next().await {
                read.extend_from_slice(&piece.unwrap());
            }
            assert!(read == content, "{length}");
        }
    }
    let (held, uploads) = bucket.held().await;
    assert_eq!((held.len(), uploads), (6, 0));
}

#[tokio::test]
async fn altered_bytes_are_found_also_when_only_looked_at() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(bucket.settings()).await;
    let key = site.files.put(b"abc").await.unwrap();
    assert_eq!(site.files.examine(&key).await.unwrap().unwrap().sha256, key);
    bucket.fault("GetObject", "wrong-bytes", -1).await;
    let found = site.files.examine(&key).await.unwrap().unwrap();
    assert_eq!((found.length, found.sha256 == key), (3, false));
    site.files.delete(&key).await.unwrap();
    assert_eq!(site.files.examine(&key).await.unwrap(), None);
}

#[tokio::test]
async fn who_fails_often_is_left_alone_for_a_while() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(bucket.settings()).await;
    bucket.fault("*", "503", -1).await;
    let asked = async || {
        let told = bucket.look().await;
        let operations = told["operations"].as_object().unwrap();
        operations
            .values()
            .map(|n| n.as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(code(site.files.put(b"abc").await), "storage_away");
    assert_eq!(code(site.files.get(ABC).await), "storage_away");
    assert_eq!(asked().await, 5);
    assert_eq!(code(site.files.get(ABC).await), "storage_away");
    assert_eq!(asked().await, 5, "told without asking");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(code(site.files.get(ABC).await), "storage_away");
    assert_eq!(asked().await, 6, "one call tries");
    bucket.fault("*", "", 0).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(code(site.files.put(b"abc").await), "ok");
    assert_eq!(code(site.files.get(ABC).await), "ok");
}

#[tokio::test]
async fn a_wrong_key_is_no_bug_of_the_caller_and_stops_the_start() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    for mut settings in bucket.signatures() {
        settings.access_key_secret = config::Secret("wrong".into());
        let site = Site::of(settings).await;
        assert_eq!(code(site.files.put(b"abc").await), "storage_away");
        let fault = site.files.check().await.unwrap_err();
        assert!(fault.contains("SignatureDoesNotMatch"), "{fault}");
    }
    assert_eq!(bucket.held().await, (vec![], 0));
}

#[tokio::test]
async fn nobody_at_the_address_is_trouble_that_may_pass() {
    let settings = config::Oss {
        endpoint: "http://127.0.0.1:9".into(),
        region: "cn-hangzhou".into(),
        bucket: "bucket".into(),
        path_style: true,
        access_key_id: "id".into(),
        access_key_secret: config::Secret("secret".into()),
        ..config::Oss::default()
    };
    let site = Site::of(settings).await;
    assert_eq!(code(site.files.put(b"abc").await), "storage_away");
    assert_eq!(site.files.check().await, Ok(()));
    assert_eq!(site.on_its_way(), 0);
}

#[tokio::test]
async fn a_bucket_is_also_found_by_the_name_of_its_host() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let port = bucket.url.rsplit(':').next().unwrap();
    let host = format!("{}.oss.test", bucket.name);
    let here = ([127, 0, 0, 1], 0).into();
    for mut settings in bucket.signatures() {
        settings.path_style = false;
        settings.endpoint = format!("http://oss.test:{port}");
        let client = reqwest::Client::builder().resolve(&host, here);
        let site = Site::with(Oss::with_client(settings, client).unwrap()).await;
        assert_eq!(site.files.put(b"abc").await.unwrap(), ABC);
        assert_eq!(site.files.get(ABC).await.unwrap(), b"abc");
        let link = site.files.link(ABC, "attachment", 60).unwrap();
        assert!(link.starts_with(&format!("http://{host}:{port}/")));
        let client = reqwest::Client::builder().resolve(&host, here);
        let answer = client.build().unwrap().get(link).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "abc");
    }
    assert_eq!(bucket.look().await["refused"], 0);
}

#[tokio::test]
async fn a_link_leads_to_one_file_for_a_while() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let disposition = "attachment; filename=\"a.pdf\"; filename*=UTF-8''%E6%8A%A5%E5%90%8D.pdf";
    for settings in bucket.signatures() {
        let site = Site::of(settings).await;
        site.files.put(b"abc").await.unwrap();
        let link = site.files.link(ABC, disposition, 60).unwrap();
        let answer = reqwest::get(&link).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-disposition"], disposition);
        assert_eq!(answer.text().await.unwrap(), "abc");
        let other = link.replace(ABC, &sha256(b"other"));
        assert_eq!(reqwest::get(other).await.unwrap().status(), 403);
        let shown = link.replace("attachment", "inline");
        assert_eq!(reqwest::get(shown).await.unwrap().status(), 403);
        let short = site.files.link(ABC, disposition, 1).unwrap();
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        assert_eq!(reqwest::get(short).await.unwrap().status(), 403);
        assert_eq!(site.files.link("../x", disposition, 60), None);
    }
}

#[tokio::test]
async fn the_sweeper_takes_the_old_and_unknown_of_ours_page_by_page() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(bucket.settings()).await;
    let key = |sha256: &str| format!("推选/2024 年/{}/{sha256}", &sha256[..2]);
    let orphans: Vec<String> = (0..2_345).map(|i: i32| sha256(&i.to_be_bytes())).collect();
    let mut keys: Vec<String> = orphans.iter().map(|o| key(o)).collect();
    let not_ours = [
        "推选/2024 年/说明.txt".to_owned(),
        format!("推选/2024 年/00/{ABC}"),
        format!("ba/{ABC}"),
    ];
    keys.extend(not_ours.clone());
    bucket.seed(&keys).await;
    let known = site.files.put(b"known").await.unwrap();
    bucket.age(7_200).await;
    let again = orphans[7].clone();
    let young = site.files.put(b"young").await.unwrap();
    let old = Duration::from_secs(3_600);
    let mentioned = HashSet::from([known.clone()]);
    let pages = std::sync::Mutex::new(Vec::new());
    let ask = |asked: Vec<String>| {
        pages.lock().unwrap().push(asked.len());
        std::future::ready(Ok(mentioned.clone()))
    };
    assert!(site.files.exists(&again).await.unwrap());
    let swept = site.files.sweep(old, Most::All, ask).await.unwrap();
    assert_eq!((swept.seen, swept.removed), (2_347, 2_345));
    assert!(pages.into_inner().unwrap().iter().all(|n| *n <= 1_000));
    let told = bucket.look().await;
    let mut left: Vec<&String> = told["objects"].as_object().unwrap().keys().collect();
    left.sort();
    let (known, young) = (key(&known), key(&young));
    let mut expected: Vec<&String> = not_ours.iter().chain([&known, &young]).collect();
    expected.sort();
    assert_eq!(left, expected);
}

#[tokio::test]
async fn stored_again_is_young_again() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(bucket.settings()).await;
    site.files.put(b"abc").await.unwrap();
    bucket.age(7_200).await;
    // the row is on its way while the sweeper asks
    let ask = |_| async {
        site.files.put(b"abc").await?;
        Ok(HashSet::new())
    };
    let swept = site
        .files
        .sweep(Duration::from_secs(3_600), Most::Share, ask)
        .await;
    assert_eq!(swept.unwrap().removed, 0);
    assert!(site.files.exists(ABC).await.unwrap());
}

#[tokio::test]
async fn no_more_is_on_its_way_than_there_is_room_for() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(bucket.settings()).await;
    let half = bytes(600 * KIB);
    bucket.fault("UploadPart", "slow", 1).await;
    let (one, two) = tokio::join!(site.files.put(&half), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        site.files.put(&half).await
    });
    assert_eq!((code(one), code(two)), ("ok", "busy"));
    assert_eq!(code(site.files.put(&half).await), "ok");
    assert_eq!(site.on_its_way(), 0);
}

#[tokio::test]
async fn while_oss_is_away_uploads_are_told_so_and_all_else_goes_on() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| bucket.apply(s)).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("谯城发布").await;
    let input = t.bozhou_input("谯城发布").await;
    let slots = ["pictures"];
    let (id, version) = t.ready_draft(&token, &input, "bozhou-2022", &slots).await;
    let entry = format!("/api/v1/entries/{id}");
    let file = json_of(t.get(&entry, &token), 200).await["evidence"][0]["id"].clone();
    let file = format!("{entry}/evidence/{}", file.as_str().unwrap());

    bucket.fault("*", "503", -1).await;
    let upload = || {
        let (kind, body) = upload("qualification", "材料.png", blank_scan());
        t.client
            .post(format!("{}{entry}/evidence", t.base))
            .bearer_auth(&token)
            .header("content-type", kind)
            .body(body)
    };
    for request in [upload(), t.get(&file, &token), upload()] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "30");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "storage_away");
        assert_eq!(problem["detail"], "文件存储暂时不可用，请稍后再试");
    }
    let now = json_of(t.get(&entry, &token), 200).await;
    assert_eq!(now["version"], version, "nothing half-done is left");
    assert_eq!(now["evidence"].as_array().unwrap().len(), 1);
    let ready = t.client.get(format!("{}/health/ready", t.base)).send();
    assert_eq!(ready.await.unwrap().status(), 200);
    assert_eq!(bucket.held().await.0, [picture().len() as u64]);

    bucket.fault("*", "", 0).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    json_of(upload(), 200).await;
    assert_eq!(bytes_of(t.get(&file, &token)).await, picture());
    bucket.fault("GetObject", "wrong-bytes", -1).await;
    // a short file may be found out before the head of its answer is sent
    let whole = async { t.get(&file, &token).send().await?.bytes().await };
    assert!(whole.await.is_err(), "wrong bytes come to no end");
}
