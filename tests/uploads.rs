//! 分片上传: a film over a weak line, and what can go wrong on the way.

use futures_util::future::join_all;
use reqwest::{Body, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tuixuan::clock::new_id;
use tuixuan::config::Limits;

use crate::support::film::{Film, SHORT};
use crate::support::oss::TestBucket;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, picture, upload};

mod deadlines;
mod heads;

const SLUG: &str = "bozhou-2022";
const PART: usize = 4 << 20;

/// A draft of 亳州 operated by a company, whose evidence may be a video.
async fn draft(t: &TestApp, owner: &str) -> String {
    t.campaign(SLUG).await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["answers"]["operator_kind"] = json!("individual");
    t.ready_draft(owner, &input, SLUG, &[]).await.0
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A film of three parts.
fn film() -> Vec<u8> {
    let film = Film {
        media: 2 * PART + 77,
        ..SHORT
    };
    film.bytes()
}

fn begin(t: &TestApp, owner: &str, id: &str, slot: &str, bytes: usize) -> RequestBuilder {
    let body = json!({ "slot": slot, "file_name": "工作\u{7}展示.mp4", "bytes": bytes });
    t.post(&format!("/api/v1/entries/{id}/uploads"), owner, &body)
        .header("idempotency-key", new_id())
}

async fn begun(t: &TestApp, owner: &str, id: &str, bytes: usize) -> String {
    let upload = json_of(begin(t, owner, id, "video", bytes), 200).await;
    format!(
        "/api/v1/entries/{id}/uploads/{}",
        upload["id"].as_str().unwrap()
    )
}

fn part(
    t: &TestApp,
    owner: &str,
    path: &str,
    number: usize,
    bytes: impl Into<Body>,
) -> RequestBuilder {
    t.client
        .put(format!("{}{path}/parts/{number}", t.base))
        .bearer_auth(owner)
        .header("content-type", "application/octet-stream")
        .body(bytes)
}

/// The bytes of a part.
fn cut(film: &[u8], number: usize) -> Vec<u8> {
    film.chunks(PART).nth(number - 1).unwrap().to_vec()
}

fn finish(t: &TestApp, owner: &str, path: &str) -> RequestBuilder {
    t.post(&format!("{path}/finish"), owner, &json!({}))
}

#[tokio::test]
async fn a_film_comes_in_parts_in_any_order_and_is_measured_and_given_back() {
    film_in_parts(TestApp::start(IN_BOZHOU_WINDOW).await).await;
}

/// Its parts are objects there, and it is put together on this side.
#[tokio::test]
async fn it_comes_to_a_bucket_as_well() {
    if let Some(bucket) = TestBucket::new() {
        film_in_parts(TestApp::start_with(IN_BOZHOU_WINDOW, |s| bucket.apply(s)).await).await;
        let (held, unfinished) = bucket.held().await;
        let (part, whole) = (PART as u64, film().len() as u64);
        let all = vec![whole - 2 * part, part, part, whole];
        assert_eq!((held, unfinished), (all, 0));
    }
}

/// What had arrived stays where it is; the parts that follow go to the bucket, and so does the whole.
#[tokio::test]
async fn an_upload_goes_on_while_the_store_is_another() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let before = TestApp::start_on_disk(IN_BOZHOU_WINDOW).await;
    let owner = before.applicant("owner").await;
    let id = draft(&before, &owner).await;
    let film = film();
    let path = begun(&before, &owner, &id, film.len()).await;
    json_of(part(&before, &owner, &path, 2, cut(&film, 2)), 200).await;
    let after = before.beside(|s| bucket.apply(s)).await;
    for number in [1, 2, 3] {
        json_of(part(&after, &owner, &path, number, cut(&film, number)), 200).await;
    }
    let shown = json_of(finish(&after, &owner, &path), 200).await;
    assert_eq!(shown["sha256"], sha256(&film));
    let file = format!(
        "/api/v1/entries/{id}/evidence/{}",
        shown["id"].as_str().unwrap()
    );
    assert!(bytes_of(after.get(&file, &owner)).await == film);
    let lost = before.get(&file, &owner).send().await.unwrap();
    assert_ne!(lost.status(), 200, "it went to the bucket alone");
}

async fn film_in_parts(t: TestApp) {
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = film();
    let upload = json_of(begin(&t, &owner, &id, "video", film.len()), 200).await;
    assert_eq!(
        (&upload["parts"], &upload["part_bytes"]),
        (&json!(3), &json!(PART))
    );
    let path = format!(
        "/api/v1/entries/{id}/uploads/{}",
        upload["id"].as_str().unwrap()
    );
    for number in [3, 1] {
        json_of(part(&t, &owner, &path, number, cut(&film, number)), 200).await;
    }
    // after a cut the client asks what is there
    let there = json_of(t.get(&path, &owner), 200).await;
    assert_eq!(there["received"], json!([1, 3]));
    let missing = json_of(finish(&t, &owner, &path), 422).await;
    assert_eq!(
        (&missing["code"], &missing["violations"][0]["value"]),
        (&json!("parts_missing"), &json!("2"))
    );
    json_of(part(&t, &owner, &path, 2, cut(&film, 2)), 200).await;
    let file = json_of(finish(&t, &owner, &path), 200).await;
    assert_eq!(
        [
            &file["media_type"],
            &file["duration_ms"],
            &file["codec"],
            &file["has_sound"],
            &file["sha256"]
        ],
        [
            &json!("video/mp4"),
            &json!(12_000),
            &json!("avc1"),
            &json!(true),
            &json!(sha256(&film))
        ]
    );
    assert_eq!(file["file_name"], "工作展示.mp4");
    assert_eq!(
        json_of(finish(&t, &owner, &path), 200).await,
        file,
        "again, the same"
    );
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    assert_eq!(entry["evidence"].as_array().unwrap().len(), 1);
    let open = json_of(t.get(&format!("/api/v1/entries/{id}/uploads"), &owner), 200).await;
    assert_eq!(open, json!([]));

    let evidence = format!(
        "/api/v1/entries/{id}/evidence/{}",
        file["id"].as_str().unwrap()
    );
    let back = t.get(&evidence, &owner).send().await.unwrap();
    assert_eq!(back.headers()["content-length"], film.len().to_string());
    let disposition = back.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        disposition.starts_with("attachment; filename=\"evidence.mp4\""),
        "{disposition}"
    );
    assert_eq!(back.headers()["accept-ranges"], "bytes");
    assert_eq!(sha256(&back.bytes().await.unwrap()), sha256(&film));
    // a download that was cut goes on where it was
    for (asked, first, last) in [
        ("bytes=4194300-", PART - 4, film.len() - 1),
        ("bytes=5-9", 5, 9),
    ] {
        let rest = t.get(&evidence, &owner).header("range", asked);
        let rest = rest.send().await.unwrap();
        assert_eq!(rest.status(), 206);
        let told = format!("bytes {first}-{last}/{}", film.len());
        assert_eq!(rest.headers()["content-range"], told);
        assert!(*rest.bytes().await.unwrap() == film[first..=last]);
    }
}

#[tokio::test]
async fn parts_and_ends_side_by_side_make_one_file() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = film();
    let path = begun(&t, &owner, &id, film.len()).await;
    let sent = (1..=3).flat_map(|n| [n, n]);
    let sent = sent.map(|n| json_of(part(&t, &owner, &path, n, cut(&film, n)), 200));
    join_all(sent).await;
    let ends = join_all((0..4).map(|_| json_of(finish(&t, &owner, &path), 200))).await;
    assert!(ends.iter().all(|end| end["id"] == ends[0]["id"]));
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    assert_eq!(entry["evidence"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_part_of_the_wrong_length_or_with_other_bytes_is_refused_and_nothing_is_lost() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = film();
    let path = begun(&t, &owner, &id, film.len()).await;
    let send = |number: usize, bytes: Vec<u8>| part(&t, &owner, &path, number, bytes);
    let short = json_of(send(1, cut(&film, 1)[1..].to_vec()), 422).await;
    let fault = &short["violations"][0];
    assert_eq!(
        (&short["code"], &fault["limit"], &fault["value"]),
        (
            &json!("part_length"),
            &json!(PART.to_string()),
            &json!((PART - 1).to_string())
        )
    );
    assert_eq!(
        json_of(send(3, vec![0; 500_000]), 422).await["code"],
        "part_length"
    );
    json_of(send(1, vec![0; PART + 2]), 413).await;
    json_of(send(0, vec![]), 404).await;
    json_of(send(4, vec![1]), 404).await;
    json_of(send(1, cut(&film, 1)), 200).await;
    let mut other = cut(&film, 1);
    other[9] ^= 1;
    assert_eq!(json_of(send(1, other), 422).await["code"], "part_differs");
    let plain = t.client.put(format!("{}{path}/parts/3", t.base));
    let plain = plain
        .bearer_auth(&owner)
        .header("content-type", "text/plain");
    let told = json_of(plain.body(cut(&film, 3)), 422).await;
    assert_eq!(told["violations"][0]["field"], "Content-Type");
    for number in [1, 2, 3] {
        json_of(send(number, cut(&film, number)), 200).await;
    }
    assert_eq!(
        json_of(finish(&t, &owner, &path), 200).await["sha256"],
        sha256(&film)
    );
}

#[tokio::test]
async fn a_connection_that_is_cut_leaves_the_part_unsent() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = film();
    let path = begun(&t, &owner, &id, film.len()).await;
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
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = film();
    let path = begun(&t, &owner, &id, film.len()).await;
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
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = film();
    let path = begun(&t, &owner, &id, film.len()).await;
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
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = film();
    let path = begun(&t, &owner, &id, film.len()).await;
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

#[tokio::test]
async fn what_could_not_be_kept_is_refused_before_a_byte_is_sent() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.limits = Limits {
            video_bytes: 9_000_000,
            ..Limits::default()
        };
    })
    .await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let code = async |slot: &str, bytes: usize| {
        let told = json_of(begin(&t, &owner, &id, slot, bytes), 422).await;
        told["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code("video", 9_000_001).await, "file_too_large");
    assert_eq!(code("pictures", (10 << 20) + 1).await, "file_too_large");
    assert_eq!(code("video", 0).await, "file_empty");
    assert_eq!(code("no-such", 9).await, "slot_unknown");
    for _ in 0..10 {
        begun(&t, &owner, &id, 9).await;
    }
    assert_eq!(code("video", 9).await, "uploads_open");
    let open = json_of(t.get(&format!("/api/v1/entries/{id}/uploads"), &owner), 200).await;
    let first = open[0]["id"].as_str().unwrap();
    let path = format!("{}/api/v1/entries/{id}/uploads/{first}", t.base);
    let cancelled = t
        .client
        .delete(&path)
        .bearer_auth(&owner)
        .send()
        .await
        .unwrap();
    assert_eq!(cancelled.status(), 200);
    begun(&t, &owner, &id, 9).await;
}

/// 「视频1部，时长5分钟以内」: five minutes and a second are told at the end of the upload, with the clause.
#[tokio::test]
async fn the_content_is_judged_at_the_end_and_the_upload_may_be_given_up() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let whole = async |bytes: &[u8], status: u16| -> Value {
        let path = begun(&t, &owner, &id, bytes.len()).await;
        json_of(part(&t, &owner, &path, 1, bytes.to_vec()), 200).await;
        let told = json_of(finish(&t, &owner, &path), status).await;
        // nothing stays half done
        let again = json_of(finish(&t, &owner, &path), status).await;
        assert_eq!(told["code"], again["code"]);
        told
    };
    let long = whole(&Film::lasting(301_000).bytes(), 422).await;
    assert_eq!(long["code"], "video_too_long");
    let clause = long["violations"][0]["clause"].as_str().unwrap();
    assert!(clause.contains("5分钟"), "{clause}");
    let program = whole(b"MZ\x90\0 this program cannot be run in DOS mode", 415).await;
    assert_eq!(program["violations"][0]["code"], "file_type");
    let page = whole(b"<html><script>alert(1)</script>", 415).await;
    assert_eq!(page["violations"][0]["code"], "file_type");
    let still = whole(&picture(), 422).await;
    assert_eq!(still["code"], "evidence_type");
    let truncated = &Film::lasting(60_000).bytes();
    let broken = whole(&truncated[..truncated.len() - 9], 422).await;
    assert_eq!(broken["violations"][0]["code"], "video_truncated");
    whole(&Film::lasting(300_999).bytes(), 200).await;
    let entry = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    assert_eq!(entry["evidence"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_sum_that_does_not_match_is_refused() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let film = SHORT.bytes();
    let body = json!({ "slot": "video", "file_name": "a.mp4", "bytes": film.len(), "sha256": sha256(b"other") });
    let call = t.post(&format!("/api/v1/entries/{id}/uploads"), &owner, &body);
    let upload = json_of(call.header("idempotency-key", "upload-0001"), 200).await;
    let call = t.post(&format!("/api/v1/entries/{id}/uploads"), &owner, &body);
    let again = json_of(call.header("idempotency-key", "upload-0001"), 200).await;
    assert_eq!(again["id"], upload["id"]);
    let path = format!(
        "/api/v1/entries/{id}/uploads/{}",
        upload["id"].as_str().unwrap()
    );
    json_of(part(&t, &owner, &path, 1, film.clone()), 200).await;
    assert_eq!(
        json_of(finish(&t, &owner, &path), 422).await["code"],
        "file_differs"
    );
    let path = begun(&t, &owner, &id, film.len()).await;
    json_of(part(&t, &owner, &path, 1, film.clone()), 200).await;
    let end = |sum: &str| t.post(&format!("{path}/finish"), &owner, &json!({ "sha256": sum }));
    assert_eq!(
        json_of(end(&sha256(b"other")), 422).await["code"],
        "file_differs"
    );
    json_of(end("no sum"), 400).await;
    json_of(end(&sha256(&film).to_uppercase()), 200).await;
}

#[tokio::test]
async fn an_upload_is_its_owners_for_its_entry_while_it_lasts() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, other) = (t.applicant("owner").await, t.applicant("other").await);
    let id = draft(&t, &owner).await;
    let film = SHORT.bytes();
    let path = begun(&t, &owner, &id, film.len()).await;
    json_of(t.get(&path, &other), 404).await;
    json_of(part(&t, &other, &path, 1, film.clone()), 404).await;
    json_of(finish(&t, &other, &path), 404).await;
    json_of(begin(&t, &other, &id, "video", 9), 404).await;
    let input = t.bozhou_input("药都发布").await;
    let second = t.ready_draft(&owner, &input, SLUG, &[]).await.0;
    let upload = path.rsplit('/').next().unwrap();
    let elsewhere = format!("/api/v1/entries/{second}/uploads/{upload}");
    json_of(part(&t, &owner, &elsewhere, 1, film.clone()), 404).await;
    json_of(part(&t, &owner, &path, 1, film.clone()), 200).await;
    t.clock.set(IN_BOZHOU_WINDOW + 24 * 3_600_000);
    json_of(finish(&t, &owner, &path), 404).await;
    assert_eq!(tuixuan::app::uploads::clear(&t.app).await.unwrap(), 1);
    assert_eq!(tuixuan::app::uploads::clear(&t.app).await.unwrap(), 0);
}

/// Whatever is small may still come as a whole.
#[tokio::test]
async fn a_short_film_may_come_by_multipart() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    let (kind, body) = upload(
        "video",
        "短片.mov",
        Film {
            brand: b"qt  ",
            ..SHORT
        }
        .bytes(),
    );
    let request = t
        .client
        .post(format!("{}/api/v1/entries/{id}/evidence", t.base));
    let request = request.bearer_auth(&owner).header("content-type", kind);
    let file = json_of(request.body(body), 200).await;
    assert_eq!(
        (&file["media_type"], &file["duration_ms"]),
        (&json!("video/quicktime"), &json!(12_000))
    );
}

#[tokio::test]
async fn a_person_keeps_so_much_and_begins_so_often() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.limits.person_bytes = 1_000_000;
        s.throttle.person_uploads = 3;
        s.throttle.address_uploads = 5;
    })
    .await;
    let owner = t.applicant("owner").await;
    let id = draft(&t, &owner).await;
    begun(&t, &owner, &id, 600_000).await;
    let full = json_of(begin(&t, &owner, &id, "video", 400_001), 422).await;
    let told = &full["violations"][0];
    assert_eq!(
        (&full["code"], &told["limit"], &told["value"]),
        (
            &json!("storage_quota"),
            &json!("1000000"),
            &json!("1000001")
        )
    );
    let small = async |token: &str, id: &str, status: u16| {
        let (kind, body) = upload("pictures", "图.png", picture());
        let sent = t
            .client
            .post(format!("{}/api/v1/entries/{id}/evidence", t.base));
        let sent = sent.bearer_auth(token).header("content-type", kind);
        json_of(sent.body(body), status).await
    };
    for _ in 0..2 {
        small(&owner, &id, 200).await;
    }
    small(&owner, &id, 429).await;
    // another person at the same address, until the address is known as well
    let other = t.applicant("other").await;
    let mut input = t.bozhou_input("另一家").await;
    input["answers"]["operator_kind"] = json!("individual");
    let (theirs, _) = t.ready_draft(&other, &input, SLUG, &[]).await;
    for _ in 0..2 {
        small(&other, &theirs, 200).await;
    }
    small(&other, &theirs, 429).await;
    t.clock.set(IN_BOZHOU_WINDOW + 15 * 60_000);
    small(&other, &theirs, 200).await;
}
