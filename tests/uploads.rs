//! 分片上传: a film over a weak line, and what can go wrong on the way.

use futures_util::future::join_all;
use reqwest::{Body, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tuixuan::clock::new_id;

use crate::support::film::{Film, SHORT};
use crate::support::oss::TestBucket;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, picture, upload};

mod deadlines;
mod heads;
mod limits;
mod lines;

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

/// A film whose upload was begun: its owner, entry and bytes, and the upload's path.
async fn under_way(t: &TestApp) -> (String, String, Vec<u8>, String) {
    let owner = t.applicant("owner").await;
    let id = draft(t, &owner).await;
    let film = film();
    let path = begun(t, &owner, &id, film.len()).await;
    (owner, id, film, path)
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
    let (owner, id, film, path) = under_way(&t).await;
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
    let (owner, _, film, path) = under_way(&t).await;
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
