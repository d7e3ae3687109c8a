//! 亳州 2022: an account by the county route; 网信办 and 文明办 sign together, twice.

use serde_json::json;

use crate::support::oss::TestBucket;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, picture};

#[tokio::test]
async fn county_route_to_the_city_with_four_seals() {
    to_the_city(&TestApp::start(IN_BOZHOU_WINDOW).await).await;
}

#[tokio::test]
async fn the_same_with_every_file_in_a_bucket() {
    let Some(bucket) = TestBucket::new() else {
        return;
    };
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| bucket.apply(s)).await;
    to_the_city(&t).await;
    let told = bucket.look().await;
    // the pictures are one object; the form is one for each seal and one before
    assert!(told["objects"].as_object().unwrap().len() >= 6, "{told}");
    assert_eq!((&told["uploads"], &told["refused"]), (&json!(0), &json!(0)));
}

async fn to_the_city(t: &TestApp) {
    t.campaign("bozhou-2022").await;
    let applicant = t.applicant("谯城发布").await;
    let input = t.bozhou_input("谯城发布").await;

    let check = json_of(
        t.post("/api/v1/campaigns/bozhou-2022/check", &applicant, &input),
        200,
    )
    .await;
    assert_eq!(check["ready"], false, "files are missing: {check}");
    assert!(
        check["quotas"]
            .as_array()
            .unwrap()
            .iter()
            .any(|q| q["left"] == 3),
        "{check}"
    );

    let (id, version) = t
        .ready_draft(
            &applicant,
            &input,
            "bozhou-2022",
            &[
                "pictures",
                "pictures",
                "pictures",
                "qualification",
                "stamped_form",
            ],
        )
        .await;
    let submitted = t.submit(&applicant, &id, version).await;
    assert_eq!(submitted["state"], "under_review");
    assert_eq!(submitted["step"], "county");
    assert!(
        submitted["receipt"]
            .as_str()
            .unwrap()
            .starts_with("341600-")
    );

    let county_wang = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let county_wen = t.reviewer("bozhou-2022", "谯城区文明办").await;
    let city_wang = t.reviewer("bozhou-2022", "亳州市委网信办").await;
    let city_wen = t.reviewer("bozhou-2022", "亳州市文明办").await;
    let elsewhere = t.reviewer("bozhou-2022", "涡阳县委网信办").await;

    let queue = json_of(
        t.get("/admin/api/v1/campaigns/bozhou-2022/queue", &county_wang),
        200,
    )
    .await;
    assert_eq!(queue[0]["entry_id"], id.as_str());
    json_of(
        t.get(&format!("/admin/api/v1/entries/{id}"), &elsewhere),
        404,
    )
    .await;

    let first = t
        .stamp_and_endorse(&county_wang, &id, &["county-cyberspace"])
        .await;
    assert_eq!(first["step"], "county", "the partner has not decided yet");
    let second = t
        .stamp_and_endorse(&county_wen, &id, &["county-civilisation"])
        .await;
    assert_eq!(second["step"], "city");
    t.stamp_and_endorse(&city_wang, &id, &["city-cyberspace"])
        .await;
    let last = t
        .stamp_and_endorse(&city_wen, &id, &["city-civilisation"])
        .await;
    assert_eq!(last["state"], "endorsed");

    let report = json_of(
        t.get(
            &format!("/admin/api/v1/entries/{id}/form/verification"),
            &city_wang,
        ),
        200,
    )
    .await;
    assert_eq!(report["valid"], true, "{report}");
    let signers: Vec<&str> = report["signatures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["agency"].as_str().unwrap())
        .collect();
    assert_eq!(
        signers,
        [
            "谯城区委网信办",
            "谯城区文明办",
            "亳州市委网信办",
            "亳州市文明办"
        ]
    );
    let form = bytes_of(t.get(&format!("/api/v1/entries/{id}/form"), &applicant)).await;
    assert!(form.starts_with(b"%PDF-"));
    let entry = format!("/api/v1/entries/{id}");
    let file = &json_of(t.get(&entry, &applicant), 200).await["evidence"][0]["id"];
    let file = format!("{entry}/evidence/{}", file.as_str().unwrap());
    assert_eq!(bytes_of(t.get(&file, &applicant)).await, picture());
    let dossier = format!("/admin/api/v1/entries/{id}/dossier.zip");
    let dossier = bytes_of(t.get(&dossier, &city_wang)).await;
    let last = dossier.windows(13).any(|w| w == b"manifest.json");
    assert!(last, "the archive was broken off");

    let trail = t.trail(&city_wang, &id).await.join("\n");
    insta::assert_snapshot!("county_route_to_the_city_with_four_seals", trail);
    let organiser = t
        .officer(
            &t.agency("bozhou-2022", "亳州市委网信办").await,
            &[domain::actor::Role::Organiser],
        )
        .await;
    let trail = json_of(
        t.get(
            "/admin/api/v1/campaigns/bozhou-2022/trail/verification",
            &organiser,
        ),
        200,
    )
    .await;
    assert_eq!(trail["whole"], true);
}

#[tokio::test]
async fn a_return_by_one_partner_reopens_its_fields_and_voids_the_other_stamp() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let applicant = t.applicant("谯城发布").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t
        .ready_draft(
            &applicant,
            &input,
            "bozhou-2022",
            &[
                "pictures",
                "pictures",
                "pictures",
                "qualification",
                "stamped_form",
            ],
        )
        .await;
    t.submit(&applicant, &id, version).await;
    let wang = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let wen = t.reviewer("bozhou-2022", "谯城区文明办").await;
    t.stamp_and_endorse(&wang, &id, &["county-cyberspace"])
        .await;

    let seen = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &wen), 200).await;
    let slip = json!({ "items": [{ "field": "summary", "message": "请补充服务实效", "clause": "（1500字）" }] });
    let returned = json_of(
        t.post(&format!("/admin/api/v1/entries/{id}/return"), &wen, &slip)
            .header("if-match", seen["version"].to_string()),
        200,
    )
    .await;
    assert_eq!(returned["state"], "returned");
    let after = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &wang), 200).await;
    assert_eq!(after["stamps"], json!([]), "the partner's stamp is void");

    let mine = json_of(t.get(&format!("/api/v1/entries/{id}"), &applicant), 200).await;
    assert_eq!(mine["reopened"], json!(["summary"]));
    let mut changed = input.clone();
    changed["answers"]["email"] = json!("b@example.cn");
    let refused = json_of(
        t.put(&format!("/api/v1/entries/{id}"), &applicant, &changed)
            .header("if-match", mine["version"].to_string()),
        422,
    )
    .await;
    assert_eq!(refused["violations"][0]["field"], "email");
    changed["answers"]["email"] = input["answers"]["email"].clone();
    changed["answers"]["summary"] = json!("补充后的情况。");
    let saved = json_of(
        t.put(&format!("/api/v1/entries/{id}"), &applicant, &changed)
            .header("if-match", mine["version"].to_string()),
        200,
    )
    .await;
    let again = t
        .submit(&applicant, &id, saved["version"].as_i64().unwrap())
        .await;
    assert_eq!(again["round"], 2);
    assert_eq!(again["step"], "county");
    let seen = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &wang), 200).await;
    assert_eq!(seen["changed"][0]["field"], "summary");
    t.stamp_and_endorse(&wang, &id, &["county-cyberspace"])
        .await;
    insta::assert_snapshot!(t.trail(&wang, &id).await.join("\n"));
}
