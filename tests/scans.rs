//! Scans of stamped forms: what is seen is told as advice, and nothing is refused for it.

use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, blank_scan, bytes_of, json_of, picture};

const SLUG: &str = "bozhou-2022";
const BUT_THE_FORM: [&str; 4] = ["pictures", "pictures", "pictures", "qualification"];
const FORM: &str = "stamped_form";
const COUNTY: &str = "谯城区委网信办";

async fn draft(t: &TestApp, token: &str) -> (String, i64) {
    let input = t.bozhou_input("谯城发布").await;
    t.ready_draft(token, &input, SLUG, &BUT_THE_FORM).await
}

/// Codes of what is told, all of which must only warn.
fn codes(scan: &Value) -> Vec<&str> {
    let findings = scan["findings"].as_array().unwrap();
    let code = |f: &'_ Value| f["violation"]["code"].as_str().unwrap().to_owned();
    assert!(findings.iter().all(|f| f["effect"] == "warn"), "{scan}");
    let known = [
        "scan_unreadable",
        "scan_no_colour",
        "scan_no_seal",
        "scan_code_unread",
        "scan_older_round",
        "scan_pages",
    ];
    let told: Vec<String> = findings.iter().map(code).collect();
    let named = known
        .iter()
        .copied()
        .filter(|k| told.iter().any(|c| c == k));
    let named: Vec<&str> = named.collect();
    assert_eq!(named.len(), told.len(), "{told:?}");
    named
}

fn box_of<'a>(scan: &'a Value, slot: &str) -> &'a Value {
    let boxes = scan["boxes"].as_array().unwrap();
    boxes.iter().find(|b| b["slot"] == slot).unwrap()
}

#[tokio::test]
async fn a_scan_without_colour_is_taken_and_says_that_nobody_can_tell() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let (owner, other) = (t.applicant("owner").await, t.applicant("other").await);
    let (id, _) = draft(&t, &owner).await;
    let file = t.attach(&owner, &id, FORM, blank_scan()).await;
    let scan = &file["scan"];
    assert_eq!(
        (&scan["legible"], &scan["grey"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(codes(scan), ["scan_no_colour"]);
    assert_eq!(box_of(scan, "county-cyberspace")["sight"], "cannot_tell");
    let now = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let shown = now["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["slot"] == FORM);
    assert_eq!(shown.unwrap()["scan"], *scan);

    let file = file["id"].as_str().unwrap();
    let path = format!("/api/v1/entries/{id}/evidence/{file}/boxes/county-cyberspace");
    let png = bytes_of(t.get(&path, &owner)).await;
    assert!(image::load_from_memory(&png).unwrap().width() > 100);
    json_of(t.get(&path, &other), 404).await;
    json_of(
        t.get(&path.replace("county-cyberspace", "nothing"), &owner),
        404,
    )
    .await;
    let away = t
        .client
        .delete(format!("{}/api/v1/entries/{id}/evidence/{file}", t.base));
    assert_eq!(away.bearer_auth(&owner).send().await.unwrap().status(), 200);
    json_of(t.get(&path, &owner), 404).await;
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_taken_all_the_same() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner).await;
    let file = t.attach(&owner, &id, FORM, picture()).await;
    assert_eq!(file["scan"]["legible"], false);
    assert_eq!(codes(&file["scan"]), ["scan_unreadable"]);
    let now = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let pictures = now["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["slot"] == "pictures");
    assert!(pictures.clone().count() == 3 && pictures.clone().all(|f| f["scan"].is_null()));
    t.submit(&owner, &id, version + 1).await;
}

/// The form of the first round, sealed by the county, comes back as the scan of a returned entry.
#[tokio::test]
async fn a_sealed_form_is_known_by_its_code_and_is_older_a_round_later() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner).await;
    let version = t.submit(&owner, &id, version).await["version"].clone();
    let officer = t.reviewer(SLUG, COUNTY).await;
    let dossier = format!("/admin/api/v1/entries/{id}");
    bytes_of(t.get(&format!("{dossier}/form"), &officer)).await;
    let seen = json_of(t.get(&dossier, &officer), 200).await;
    let stamp =
        json!({ "slot": "county-cyberspace", "digest": seen["digest"], "opinion": "同意推荐" });
    let stamp = t.post(&format!("{dossier}/stamps"), &officer, &stamp);
    let code = json_of(stamp, 200).await["code"].clone();
    let sealed = bytes_of(t.get(&format!("{dossier}/form"), &officer)).await;
    let slip = json!({ "items": [{ "field": FORM, "message": "请上传盖章扫描件" }] });
    let give_back = t.post(&format!("{dossier}/return"), &officer, &slip);
    json_of(give_back.header("if-match", version.to_string()), 200).await;

    let file = t.attach(&owner, &id, FORM, sealed).await;
    let scan = &file["scan"];
    assert_eq!((&scan["form_code"], codes(scan)), (&code, vec![]), "{scan}");
    let county = box_of(scan, "county-cyberspace");
    assert_eq!(
        (&county["sight"], &county["picture"]),
        (&json!("seen"), &json!(true))
    );
    assert_eq!(box_of(scan, "county-civilisation")["sight"], "not_seen");

    let now = json_of(t.get(&format!("/api/v1/entries/{id}"), &owner), 200).await;
    let again = t
        .submit(&owner, &id, now["version"].as_i64().unwrap())
        .await;
    assert_eq!(again["round"], 2, "{again}");
    let seen = json_of(t.get(&dossier, &officer), 200).await;
    let files = seen["evidence"].as_array().unwrap();
    let shown = files.iter().find(|f| f["slot"] == FORM).unwrap();
    assert_eq!(codes(&shown["scan"]), ["scan_older_round"]);
    let boxed = format!(
        "{dossier}/evidence/{}/boxes/county-cyberspace",
        shown["id"].as_str().unwrap()
    );
    let png = bytes_of(t.get(&boxed, &officer)).await;
    let crop = image::load_from_memory(&png).unwrap().into_rgb8();
    let red = crop
        .pixels()
        .filter(|p| p[0] > 150 && p[1] < 110 && p[2] < 110)
        .count();
    assert!(red > 200, "the seal is on the picture: {red}");

    let receipt = json!({ "code": code });
    let paper = t.post("/admin/api/v1/paper-receipts", &officer, &receipt);
    let paper = json_of(paper.header("idempotency-key", new_id()), 200).await;
    assert_eq!(
        (&paper["round"], &paper["current_round"]),
        (&json!(1), &json!(2))
    );
    assert!(
        paper["warning"].as_str().unwrap().contains("第1次提交"),
        "{paper}"
    );
}

/// A page with colour and no seal.
fn with_a_red_line() -> Vec<u8> {
    let mut page = image::load_from_memory(&blank_scan()).unwrap().into_rgb8();
    for (x, y) in (60..540).flat_map(|x| (70..80).map(move |y| (x, y))) {
        page.put_pixel(x, y, image::Rgb([210, 25, 30]));
    }
    let mut out = std::io::Cursor::new(Vec::new());
    page.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

#[tokio::test]
async fn the_units_own_box_and_the_number_of_pages_are_looked_for() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let owner = t.applicant("owner").await;
    let (id, version) = draft(&t, &owner).await;
    let file = t.attach(&owner, &id, FORM, with_a_red_line()).await;
    let finding = &file["scan"]["findings"][0]["violation"];
    assert_eq!(box_of(&file["scan"], "unit")["sight"], "not_seen");
    assert_eq!(finding["code"], "scan_no_seal", "{file}");
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("单位推荐意见"), "{message}");

    let away = format!("{}/api/v1/entries/{id}/evidence/", t.base);
    let away = t.client.delete(away + file["id"].as_str().unwrap());
    assert_eq!(away.bearer_auth(&owner).send().await.unwrap().status(), 200);
    t.attach(&owner, &id, FORM, blank_scan()).await;
    t.submit(&owner, &id, version + 3).await;
    let officer = t.reviewer(SLUG, COUNTY).await;
    bytes_of(t.get(&format!("/admin/api/v1/entries/{id}/form"), &officer)).await;
    let seen = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &officer), 200).await;
    let files = seen["evidence"].as_array().unwrap();
    let shown = files.iter().find(|f| f["slot"] == FORM).unwrap();
    let told = ["scan_no_colour", "scan_code_unread", "scan_pages"];
    assert_eq!(codes(&shown["scan"]), told);
}
