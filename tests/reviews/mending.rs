//! Entries that were returned: what their slip opens, and what officers see of the change.

use serde_json::{Value, json};

use super::{COUNTY, SLUG, dossier, started};
use crate::support::{
    BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, blank_scan, bytes_of, json_of,
};

/// What a returned applicant writes and attaches, until it is handed in again.
struct Mending<'a> {
    t: &'a TestApp,
    owner: String,
    officer: String,
    id: String,
}

impl<'a> Mending<'a> {
    /// Handed in, and returned for this.
    async fn returned(t: &'a TestApp, input: Value, field: &str) -> Mending<'a> {
        let owner = t.applicant("a").await;
        let (id, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
        t.submit(&owner, &id, version).await;
        let officer = t.reviewer(SLUG, COUNTY).await;
        let it = Mending {
            t,
            owner,
            officer,
            id,
        };
        json_of(it.give_back(field).await, 200).await;
        it
    }

    async fn give_back(&self, field: &str) -> reqwest::RequestBuilder {
        let path = format!("/admin/api/v1/entries/{}", self.id);
        let version = json_of(self.t.get(&path, &self.officer), 200).await["version"].to_string();
        let slip = json!({ "items": [{ "field": field, "message": "请核对" }] });
        let call = self.t.post(&format!("{path}/return"), &self.officer, &slip);
        call.header("if-match", version)
    }

    async fn own(&self) -> Value {
        let path = format!("/api/v1/entries/{}", self.id);
        json_of(self.t.get(&path, &self.owner), 200).await
    }

    async fn save(&self, input: &Value, status: u16) -> Value {
        let version = self.own().await["version"].to_string();
        let path = format!("/api/v1/entries/{}", self.id);
        let call = self.t.put(&path, &self.owner, input);
        json_of(call.header("if-match", version), status).await
    }

    /// Hands it in again; the officer's view of it.
    async fn again(&self) -> Value {
        let version = self.own().await["version"].as_i64().unwrap();
        self.t.submit(&self.owner, &self.id, version).await;
        dossier(self.t, &self.officer, &self.id).await
    }
}

#[tokio::test]
async fn what_a_category_has_written_out_is_returned_like_a_field() {
    let t = started().await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["category"] = json!("other");
    input["answers"]["category_other"] = json!("某类");
    let m = Mending::returned(&t, input.clone(), "category_other").await;
    assert_eq!(m.own().await["reopened"], json!(["category_other"]));
    input["answers"]["category_other"] = json!("行业协会");
    let mut more = input.clone();
    more["answers"]["summary"] = json!("另写一段。".repeat(20));
    assert_eq!(m.save(&more, 422).await["code"], "field_closed");
    m.save(&input, 200).await;
    assert_eq!(
        m.again().await["changed"],
        json!([{ "field": "category_other", "before": "某类", "after": "行业协会" }])
    );
}

#[tokio::test]
async fn where_no_category_has_it_written_out_a_slip_cannot_ask_for_it() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign_but(SLUG, |n| {
        n.category.iter_mut().for_each(|c| c.needs_text = false)
    })
    .await;
    let input = t.bozhou_input("谯城发布").await;
    let m = Mending::returned(&t, input, "summary").await;
    let seen = m.again().await;
    assert_eq!(seen["changed"], json!([]));
    let refused = json_of(m.give_back("category_other").await, 422).await;
    assert_eq!(refused["violations"][0]["code"], "field_unknown");
}

#[tokio::test]
async fn files_that_came_and_went_are_told_by_slot_name_and_digest() {
    let t = started().await;
    let m = Mending::returned(&t, t.bozhou_input("谯城发布").await, "pictures").await;
    let evidence = m.own().await["evidence"].clone();
    let mut files = evidence.as_array().unwrap().iter();
    let old = files.find(|f| f["slot"] == "pictures").unwrap();
    let path = format!("{}/api/v1/entries/{}/evidence/", t.base, m.id);
    let gone = t.client.delete(path + old["id"].as_str().unwrap());
    let gone = gone.bearer_auth(&m.owner).send().await.unwrap();
    assert_eq!(gone.status(), 200);
    let new = t.attach(&m.owner, &m.id, "pictures", blank_scan()).await;
    let file = |f: &Value| json!({ "file_name": f["file_name"], "sha256": f["sha256"] });
    assert_eq!(
        m.again().await["changed_files"],
        json!([{ "slot": "pictures", "added": [file(&new)], "removed": [file(old)] }])
    );
}

/// Places of a county that are taken.
async fn used_of(t: &TestApp, officer: &str, county: &str) -> i64 {
    let path = format!("/admin/api/v1/campaigns/{SLUG}/quotas");
    let lines = json_of(t.get(&path, officer), 200).await;
    let mut lines = lines.as_array().unwrap().iter();
    let its = lines.find(|l| l["quota"] == "county" && l["holder"] == county);
    its.map_or(0, |l| l["used"].as_i64().unwrap())
}

#[tokio::test]
async fn a_returned_choice_of_place_goes_to_the_other_county_and_takes_its_place_there() {
    const OTHER: &str = "涡阳县委网信办";
    let t = started().await;
    let mut input = t.bozhou_input("谯城发布").await;
    let m = Mending::returned(&t, input.clone(), "choice.agency_id").await;
    input["agency_id"] = json!(t.agency(SLUG, OTHER).await);
    // an office and the region that it is in charge of only change together
    assert_eq!(
        m.save(&input, 422).await["violations"][0]["code"],
        "agency_unfit"
    );
    input["region"] = json!("341621");
    let mut more = input.clone();
    more["category"] = json!("other");
    let refused = m.save(&more, 422).await;
    assert_eq!(
        (&refused["code"], &refused["violations"][0]["field"]),
        (&json!("field_closed"), &json!("choice.category"))
    );
    m.save(&input, 200).await;

    // until it is handed in again, officers see what was
    let city = t.reviewer(SLUG, "亳州市委网信办").await;
    assert_eq!(used_of(&t, &city, COUNTY).await, 1);
    let seen = m.again().await;
    let changed = seen["changed"].as_array().unwrap();
    assert_eq!(changed.len(), 2, "{seen}");
    for (change, field) in changed.iter().zip(["agency_id", "region"]) {
        assert_eq!(change["field"], format!("choice.{field}"));
        assert_eq!(change["after"], input[field]);
    }
    assert_eq!(used_of(&t, &city, COUNTY).await, 0);
    assert_eq!(used_of(&t, &city, OTHER).await, 1);
    let other = t.reviewer(SLUG, OTHER).await;
    let queue = format!("/admin/api/v1/campaigns/{SLUG}/queue");
    let waiting = json_of(t.get(&queue, &other), 200).await;
    assert_eq!(waiting[0]["entry_id"], m.id.as_str());
    let waiting = json_of(t.get(&queue, &m.officer), 200).await;
    assert_eq!(waiting, json!([]));
}

/// 注册地 is a field of the form; whose office reviews the entry is the choice.
#[tokio::test]
async fn a_place_corrected_in_the_form_moves_no_entry_to_another_county() {
    let t = started().await;
    let mut input = t.bozhou_input("谯城发布").await;
    let m = Mending::returned(&t, input.clone(), "region").await;
    assert_eq!(m.own().await["reopened"], json!(["region"]));
    input["answers"]["region"] = json!("341621");
    let mut moved = input.clone();
    moved["agency_id"] = json!(t.agency(SLUG, "涡阳县委网信办").await);
    moved["region"] = json!("341621");
    let refused = m.save(&moved, 422).await;
    let closed = refused["violations"].as_array().unwrap().iter();
    let closed: Vec<_> = closed.map(|v| v["field"].as_str().unwrap()).collect();
    assert_eq!(closed, ["choice.agency_id", "choice.region"]);
    m.save(&input, 200).await;
    assert_eq!(
        m.again().await["changed"],
        json!([{ "field": "region", "before": "341602", "after": "341621" }])
    );
}

#[tokio::test]
async fn a_returned_choice_is_refused_where_the_other_county_has_no_place_left() {
    const OTHER: &str = "涡阳县委网信办";
    let t = started().await;
    let other = t.agency(SLUG, OTHER).await;
    for name in ["甲号", "乙号", "丙号"] {
        let owner = t.applicant(name).await;
        let mut input = t.bozhou_input(name).await;
        (input["agency_id"], input["region"]) = (json!(other), json!("341621"));
        let (id, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
        t.submit(&owner, &id, version).await;
    }
    let mut input = t.bozhou_input("谯城发布").await;
    let m = Mending::returned(&t, input.clone(), "choice.agency_id").await;
    (input["agency_id"], input["region"]) = (json!(other), json!("341621"));
    m.save(&input, 200).await;
    let version = m.own().await["version"].to_string();
    let body = json!({ "declarations": t.declarations(&m.owner, &m.id).await });
    let call = t.post(
        &format!("/api/v1/entries/{}/submission", m.id),
        &m.owner,
        &body,
    );
    let call = call.header("if-match", version);
    let call = call.header("idempotency-key", "hand-in-again");
    let refused = json_of(call, 422).await;
    assert_eq!(refused["violations"][0]["code"], "quota_used_up");
    let city = t.reviewer(SLUG, "亳州市委网信办").await;
    assert_eq!(used_of(&t, &city, COUNTY).await, 1, "it keeps what it held");
}

#[tokio::test]
async fn a_returned_category_opens_what_it_asks_for_and_shows_as_it_was_until_handed_in() {
    let t = started().await;
    let mut input = t.bozhou_input("谯城发布").await;
    let m = Mending::returned(&t, input.clone(), "choice.category").await;
    let open = m.own().await["reopened"].clone();
    let open = open.as_array().unwrap();
    assert!(open.contains(&json!("category_other")), "{open:?}");
    input["category"] = json!("other");
    input["answers"]["category_other"] = json!("行业协会");
    m.save(&input, 200).await;
    let seen = dossier(&t, &m.officer, &m.id).await;
    assert_eq!(seen["category"], "government");
    let seen = m.again().await;
    assert_eq!(seen["category"], "other");
    assert_eq!(
        seen["changed"],
        json!([
            { "field": "choice.category", "before": "government", "after": "other" },
            { "field": "category_other", "before": null, "after": "行业协会" },
        ])
    );
}

#[tokio::test]
async fn what_is_being_written_is_neither_the_officers_nor_the_publics() {
    let t = started().await;
    let mut input = t.bozhou_input("谯城发布").await;
    let m = Mending::returned(&t, input.clone(), "name").await;
    bytes_of(t.get(&format!("/admin/api/v1/entries/{}/form", m.id), &m.officer)).await;
    let code = dossier(&t, &m.officer, &m.id).await["form_code"].clone();
    input["answers"]["name"] = json!("谯城发布号");
    assert_eq!(m.save(&input, 200).await["name"], "谯城发布号");
    assert_eq!(dossier(&t, &m.officer, &m.id).await["name"], "谯城发布");
    let paper = format!("/api/v1/documents/{}", code.as_str().unwrap());
    let shown = json_of(t.get(&paper, &m.owner), 200).await;
    assert_eq!(shown["name"], "谯城发布");
    assert_eq!(m.again().await["name"], "谯城发布号");
    assert_eq!(
        json_of(t.get(&paper, &m.owner), 200).await["name"],
        "谯城发布"
    );
}
