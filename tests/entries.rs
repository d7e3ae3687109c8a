//! What applicants meet at the edges of time, number and place.

use serde_json::json;
use tuixuan::clock::new_id;

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

/// 2022-05-23 00:00 and 2022-06-04 00:00 in Asia/Shanghai.
const OPENS: i64 = 1_653_235_200_000;
const CLOSES: i64 = 1_654_272_000_000;

#[tokio::test]
async fn the_window_is_the_servers_to_the_second() {
    let t = TestApp::start(OPENS - 1000).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("a").await;
    let input = t.bozhou_input("谯城发布").await;
    let create = || {
        t.post("/api/v1/campaigns/bozhou-2022/entries", &token, &input)
            .header("idempotency-key", new_id())
    };
    let early = json_of(create(), 422).await;
    assert_eq!(early["code"], "window_closed");
    assert!(
        early["violations"][0]["clause"]
            .as_str()
            .unwrap()
            .contains("5月23日至6月3日")
    );
    t.clock.set(OPENS);
    let (id, version) = t.ready_draft(&token, &input, "bozhou-2022", &FILES).await;
    t.clock.set(CLOSES);
    // A week on, the applicant signs in again.
    let token = t.applicant("a").await;
    let body = json!({ "declarations": t.declarations(&token, &id).await });
    let submit = || {
        t.post(&format!("/api/v1/entries/{id}/submission"), &token, &body)
            .header("if-match", version.to_string())
            .header("idempotency-key", new_id())
    };
    assert_eq!(json_of(submit(), 422).await["code"], "window_closed");
    t.clock.set(CLOSES - 1);
    assert_eq!(json_of(submit(), 200).await["late"], false);
}

#[tokio::test]
async fn a_repeated_call_gets_its_first_answer_also_after_closing() {
    let t = TestApp::start(OPENS).await;
    t.campaign("bozhou-2022").await;
    let input = t.bozhou_input("谯城发布").await;
    let create = |token: &str| {
        t.post("/api/v1/campaigns/bozhou-2022/entries", token, &input)
            .header("idempotency-key", "draft-0001")
    };
    let first = json_of(create(&t.applicant("a").await), 200).await;
    t.clock.set(CLOSES);
    let again = json_of(create(&t.applicant("a").await), 200).await;
    assert_eq!(again["id"], first["id"]);
    let anothers = json_of(create(&t.applicant("b").await), 422).await;
    assert_eq!(anothers["code"], "window_closed");
}

#[tokio::test]
async fn the_same_submission_twice_at_once_is_one_entry_with_one_receipt() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("a").await;
    let (id, version) = t
        .ready_draft(
            &token,
            &t.bozhou_input("谯城发布").await,
            "bozhou-2022",
            &FILES,
        )
        .await;
    let body = json!({ "declarations": t.declarations(&token, &id).await });
    let key = new_id();
    let submit = || {
        json_of(
            t.post(&format!("/api/v1/entries/{id}/submission"), &token, &body)
                .header("if-match", version.to_string())
                .header("idempotency-key", &key),
            200,
        )
    };
    let (one, two) = tokio::join!(submit(), submit());
    assert_eq!(one["receipt"], two["receipt"]);
    assert_eq!(one["round"], 1);
}

#[tokio::test]
async fn fifty_race_for_three_places_and_three_win() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let mut drafts = Vec::new();
    for i in 0..50 {
        let token = t.applicant(&format!("a{i}")).await;
        let (id, version) = t
            .ready_draft(
                &token,
                &t.bozhou_input(&format!("账号第{i}号")).await,
                "bozhou-2022",
                &FILES,
            )
            .await;
        drafts.push((token, id, version));
    }
    let body = json!({ "declarations": t.declarations(&drafts[0].0, &drafts[0].1).await });
    let races = drafts.iter().map(|(token, id, version)| {
        t.post(&format!("/api/v1/entries/{id}/submission"), token, &body)
            .header("if-match", version.to_string())
            .header("idempotency-key", new_id())
            .send()
    });
    let mut won = 0;
    for answer in futures_util::future::join_all(races).await {
        let answer = answer.unwrap();
        if answer.status() == 200 {
            won += 1;
            continue;
        }
        let text = answer.text().await.unwrap();
        assert!(
            text.contains("quota_used_up") && text.contains("谯城区委网信办"),
            "{text}"
        );
    }
    assert_eq!(won, 3);
}

#[tokio::test]
async fn a_stale_version_is_told_both_versions() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("a").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t.ready_draft(&token, &input, "bozhou-2022", &[]).await;
    let save = |v: i64| {
        t.put(&format!("/api/v1/entries/{id}"), &token, &input)
            .header("if-match", v.to_string())
    };
    json_of(save(version), 200).await;
    let stale = json_of(save(version), 412).await;
    assert_eq!(stale["violations"][0]["limit"], (version + 1).to_string());
    assert_eq!(stale["violations"][0]["value"], version.to_string());
    json_of(t.put(&format!("/api/v1/entries/{id}"), &token, &input), 428).await;
}

#[tokio::test]
async fn what_is_written_to_an_entry_under_review_is_told_that_it_is_there() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("a").await;
    let mut input = t.bozhou_input("谯城发布").await;
    let (id, version) = t.ready_draft(&token, &input, "bozhou-2022", &FILES).await;
    t.submit(&token, &id, version).await;
    let path = format!("/api/v1/entries/{id}");
    let version = json_of(t.get(&path, &token), 200).await["version"].to_string();
    input["answers"]["name"] = json!("谯城发布号");
    for agency in [input["agency_id"].clone(), json!("elsewhere")] {
        input["agency_id"] = agency;
        let call = t.put(&path, &token, &input).header("if-match", &version);
        let told = json_of(call, 422).await;
        assert_eq!(told["code"], "entry_state", "{told}");
        assert!(told["detail"].as_str().unwrap().contains("审核"), "{told}");
    }
}

#[tokio::test]
async fn fifteen_hundred_characters_pass_and_one_more_does_not() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("a").await;
    let mut input = t.bozhou_input("谯城发布").await;
    let text = format!("  {}\r\n{}😀  ", "好".repeat(748), "文".repeat(750));
    input["answers"]["summary"] = json!(text);
    let (id, version) = t.ready_draft(&token, &input, "bozhou-2022", &[]).await;
    input["answers"]["summary"] = json!(text.trim_end().to_owned() + "多");
    let refused = json_of(
        t.put(&format!("/api/v1/entries/{id}"), &token, &input)
            .header("if-match", version.to_string()),
        422,
    )
    .await;
    assert_eq!(refused["violations"][0]["code"], "text_too_long");
    assert_eq!(refused["violations"][0]["value"], "1501");
}

#[tokio::test]
async fn anothers_entry_is_absent_and_bad_bodies_are_refused() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let (mine, other) = (t.applicant("a").await, t.applicant("b").await);
    let input = t.bozhou_input("谯城发布").await;
    let (id, _) = t.ready_draft(&mine, &input, "bozhou-2022", &[]).await;
    let theirs = json_of(t.get(&format!("/api/v1/entries/{id}"), &other), 404).await;
    let nowhere = json_of(t.get("/api/v1/entries/none", &other), 404).await;
    assert_eq!(theirs["detail"], nowhere["detail"]);
    let post = |body: Vec<u8>| {
        t.client
            .post(format!("{}/api/v1/campaigns/bozhou-2022/check", t.base))
            .bearer_auth(&mine)
            .header("content-type", "application/json")
            .body(body)
    };
    let mut unknown = input.clone();
    unknown["status"] = json!("endorsed");
    json_of(post(serde_json::to_vec(&unknown).unwrap()), 400).await;
    let mut wrong = input.clone();
    wrong["region"] = json!({ "code": "341602" });
    json_of(post(serde_json::to_vec(&wrong).unwrap()), 400).await;
    json_of(post(vec![b'{', 0xff, 0xfe]), 400).await;
    json_of(post(vec![b' '; 10 << 20]), 413).await;
}

/// A phone writes where it was into every picture; others see a copy that does not say so.
#[tokio::test]
async fn a_picture_has_small_copies_without_its_metadata() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let (owner, other) = (t.applicant("owner").await, t.applicant("other").await);
    let input = t.bozhou_input("谯城发布").await;
    let id = t.ready_draft(&owner, &input, "bozhou-2022", &[]).await.0;
    let large = image::RgbImage::from_fn(2_000, 1_000, |x, y| {
        image::Rgb([(x % 251) as u8, (y % 241) as u8, 9])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    large.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let file = t.attach(&owner, &id, "pictures", png.into_inner()).await;
    let path = format!(
        "/api/v1/entries/{id}/evidence/{}/copies",
        file["id"].as_str().unwrap()
    );
    for (size, wide) in [("thumbnail", 320), ("display", 1600), ("thumbnail", 320)] {
        let answer = t
            .get(&format!("{path}/{size}"), &owner)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["content-type"], "image/jpeg");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let copy = image::load_from_memory(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!((copy.width(), copy.height()), (wide, wide / 2));
    }
    json_of(t.get(&format!("{path}/thumbnail"), &other), 404).await;
    json_of(t.get(&format!("{path}/huge"), &owner), 404).await;
    let scan = t
        .attach(&owner, &id, "stamped_form", crate::support::blank_scan())
        .await;
    let path = format!(
        "/api/v1/entries/{id}/evidence/{}/copies/thumbnail",
        scan["id"].as_str().unwrap()
    );
    let page = crate::support::bytes_of(t.get(&path, &owner)).await;
    assert!(image::load_from_memory(&page).is_ok());
}
