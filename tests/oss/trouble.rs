//! Faults of OSS and of the way to it, one kind at a time.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use tuixuan::config;

use super::{KIB, Site, bytes, code};
use crate::support::oss::TestBucket;

/// Only who is slow is not waited for; a machine that is busy with other tests is.
fn settings(bucket: &TestBucket, fault: &str) -> config::Oss {
    let mut settings = bucket.settings();
    if fault != "slow" {
        settings.read_ms = 30_000;
    }
    settings
}

#[tokio::test]
async fn trouble_while_storing_ends_in_success_or_in_nothing() {
    // operation, fault, how often; outcome, how often it was tried
    let cases = [
        ("PutObject", "503", 1, "ok", 2),
        ("PutObject", "503", 2, "ok", 3),
        ("*", "503", -1, "storage_away", 3),
        ("PutObject", "slow", 1, "ok", 2),
        ("*", "slow", -1, "storage_away", 3),
        ("PutObject", "cut", 1, "ok", 2),
        ("PutObject", "cut", -1, "storage_away", 3),
        ("PutObject", "no-answer", 1, "ok", 2),
        // stored each time: OSS says so when it is asked
        ("PutObject", "no-answer", -1, "ok", 3),
        ("*", "no-answer", -1, "storage_away", 3),
        ("PutObject", "partial", 1, "ok", 2),
        ("PutObject", "partial", -1, "storage_away", 3),
    ];
    join_all(cases.map(trouble_while_storing)).await;
}

async fn trouble_while_storing(case: (&str, &str, i32, &str, u64)) {
    let (on, fault, times, outcome, tries) = case;
    let content = bytes(80 * KIB);
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(settings(&bucket, fault)).await;
    bucket.fault(on, fault, times).await;
    let begun = Instant::now();
    let stored = site.files.put(&content).await;
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(code(stored), outcome, "{case:?}");
    assert_eq!(bucket.asked("PutObject").await, tries, "{case:?}");
    assert_eq!(site.on_its_way(), 0);
    if fault == "slow" {
        // what nobody waited for ends some time
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    let (held, _) = bucket.held().await;
    match (outcome, fault) {
        // arrived after nobody waited any more, or without a word: whole, and the sweeper's
        ("storage_away", "slow" | "no-answer") => assert_eq!(held, [content.len() as u64]),
        ("storage_away", _) => assert_eq!(held, [0; 0], "{case:?}"),
        _ => assert_eq!(held, [content.len() as u64]),
    }
    bucket.fault("*", "", 0).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(code(site.files.put(&content).await), "ok", "after {case:?}");
}

#[tokio::test]
async fn trouble_with_parts_leaves_no_parts() {
    let cases = [
        ("Initiate", "503", 1, "ok"),
        ("Initiate", "503", -1, "storage_away"),
        ("UploadPart", "503", 1, "ok"),
        ("UploadPart", "503", -1, "storage_away"),
        ("UploadPart", "slow", 1, "ok"),
        ("UploadPart", "cut", 1, "ok"),
        ("UploadPart", "cut", -1, "storage_away"),
        ("UploadPart", "no-answer", 1, "ok"),
        ("UploadPart", "partial", 1, "storage_away"),
        ("Complete", "503", 1, "ok"),
        ("Complete", "503", -1, "storage_away"),
        ("Complete", "slow", 1, "ok"),
        // put together, and nobody heard it; the second time there was nothing to put together
        ("Complete", "no-answer", 1, "ok"),
    ];
    join_all(cases.map(trouble_with_parts)).await;
}

async fn trouble_with_parts(case: (&str, &str, i32, &str)) {
    let (on, fault, times, outcome) = case;
    let content = bytes(250 * KIB);
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(settings(&bucket, fault)).await;
    bucket.fault(on, fault, times).await;
    let stored = site.files.put(&content).await;
    assert_eq!(code(stored), outcome, "{case:?}");
    let lengths = match outcome {
        "ok" => vec![content.len() as u64],
        _ => vec![],
    };
    assert_eq!(site.on_its_way(), 0);
    assert_eq!(bucket.held().await, (lengths, 0), "{case:?}");
}

#[tokio::test]
async fn an_upload_that_its_caller_gave_up_leaves_nothing() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(bucket.settings()).await;
    bucket.fault("UploadPart", "slow", 1).await;
    let content = bytes(250 * KIB);
    let given_up = tokio::time::timeout(Duration::from_millis(500), site.files.put(&content));
    assert!(given_up.await.is_err());
    assert_eq!(site.on_its_way(), 0);
    for _ in 0..50 {
        if bucket.asked("Abort").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(bucket.held().await, (vec![], 0));
}

#[tokio::test]
async fn trouble_while_reading_ends_in_the_right_bytes_or_in_none() {
    let cases = [
        ("503", 1, "ok"),
        ("503", -1, "storage_away"),
        ("slow", 1, "ok"),
        ("slow", -1, "storage_away"),
        ("cut", 1, "ok"),
        ("cut", 2, "ok"),
        ("cut", -1, "storage_away"),
        ("no-answer", 1, "ok"),
        ("no-answer", -1, "storage_away"),
        ("wrong-bytes", -1, "file_damaged"),
    ];
    join_all(cases.map(trouble_while_reading)).await;
}

async fn trouble_while_reading(case: (&str, i32, &str)) {
    let (fault, times, outcome) = case;
    let content = bytes(300 * KIB);
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let site = Site::of(settings(&bucket, fault)).await;
    let key = site.files.put(&content).await.unwrap();
    bucket.fault("GetObject", fault, times).await;
    let read = site.files.get(&key).await;
    if let Ok(read) = &read {
        assert!(read == &content, "{case:?}");
    }
    assert_eq!(code(read), outcome, "{case:?}");
}
