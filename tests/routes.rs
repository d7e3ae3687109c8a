//! Whom an applicant names: nobody chooses who reviews it.

use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";

/// Field and clause of each fault in whom it names.
async fn unfit(t: &TestApp, slug: &str, token: &str, input: &Value) -> Vec<(String, String)> {
    let path = format!("/api/v1/campaigns/{slug}/check");
    let told = json_of(t.post(&path, token, input), 200).await;
    let found = told["findings"].as_array().unwrap().iter();
    let found: Vec<_> = found
        .map(|f| &f["violation"])
        .filter(|v| v["code"] == "agency_unfit")
        .map(|v| (text(&v["field"]), text(&v["clause"])))
        .collect();
    let create = t.post(&format!("/api/v1/campaigns/{slug}/entries"), token, input);
    let create = create.header("idempotency-key", new_id());
    let status = if found.is_empty() { 200 } else { 422 };
    json_of(create, status).await;
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_own_unit_is_a_unit_and_the_office_is_that_of_the_place() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let token = t.applicant("a").await;
    let plain = t.bozhou_input("谯城发布").await;
    assert_eq!(unfit(&t, SLUG, &token, &plain).await, []);
    let wrong_unit = [("unit_id".to_owned(), "单位推荐意见".to_owned())];
    for name in ["涡阳县文明办", "谯城区委网信办", "亳州市文明办"] {
        let mut input = plain.clone();
        input["unit_id"] = json!(t.agency(SLUG, name).await);
        assert_eq!(unfit(&t, SLUG, &token, &input).await, wrong_unit, "{name}");
    }
    let mut input = plain.clone();
    input["unit_id"] = json!(new_id());
    assert_eq!(unfit(&t, SLUG, &token, &input).await, wrong_unit);

    let clause = "市直及中央、省驻亳有关单位、网站平台，各县（区）委网信办申报两种途径";
    let wrong_office = [("agency_id".to_owned(), clause.to_owned())];
    let mut elsewhere = plain.clone();
    elsewhere["region"] = json!("341621");
    assert_eq!(unfit(&t, SLUG, &token, &elsewhere).await, wrong_office);
    let mut none = plain.clone();
    none.as_object_mut().unwrap().remove("agency_id");
    assert_eq!(unfit(&t, SLUG, &token, &none).await, wrong_office);
    let mut partner = plain.clone();
    partner["agency_id"] = json!(t.agency(SLUG, "谯城区文明办").await);
    assert_eq!(unfit(&t, SLUG, &token, &partner).await, wrong_office);

    for field in ["agency_id", "unit_id"] {
        let mut long = plain.clone();
        long[field] = json!("x".repeat(37));
        let path = format!("/api/v1/campaigns/{SLUG}/check");
        json_of(t.post(&path, &token, &long), 400).await;
    }
}

#[tokio::test]
async fn a_draft_is_not_changed_to_another_office_and_the_unit_hangs_where_it_may() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let token = t.applicant("a").await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["unit_id"] = json!(t.agency(SLUG, "谯城区融媒体中心").await);
    let (id, version) = t.ready_draft(&token, &input, SLUG, &FILES).await;
    let mut other = input.clone();
    other["agency_id"] = json!(t.agency(SLUG, "涡阳县委网信办").await);
    let path = format!("/api/v1/entries/{id}");
    let save = t.put(&path, &token, &other);
    let refused = json_of(save.header("if-match", version.to_string()), 422).await;
    assert_eq!(
        (
            &refused["violations"][0]["field"],
            &refused["violations"][0]["code"]
        ),
        (&json!("agency_id"), &json!("agency_unfit"))
    );
    assert_eq!(t.submit(&token, &id, version).await["step"], "unit");
}

#[tokio::test]
async fn a_route_through_nobody_takes_no_office() {
    let t = TestApp::start(1_735_092_000_000).await;
    t.campaign("shanxi-2024").await;
    let token = t.applicant("a").await;
    let mut input = json!({
        "subject": "account", "category": "government", "route": "self", "region": "140100", "answers": { "name": "太原发布" },
    });
    assert_eq!(unfit(&t, "shanxi-2024", &token, &input).await, []);
    input["agency_id"] = json!(t.agency("shanxi-2024", "太原市委网信办").await);
    let told = unfit(&t, "shanxi-2024", &token, &input).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "agency_id");
    assert!(!told[0].1.is_empty());
}
