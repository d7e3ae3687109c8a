//! What happens to entries under review when things go wrong or happen at once.

mod mending;

use domain::actor::Role;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";
const PARTNER: &str = "谯城区文明办";

async fn started() -> TestApp {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    t
}

/// An entry that was handed in.
async fn handed_in(t: &TestApp, who: &str, name: &str) -> (String, String) {
    let token = t.applicant(who).await;
    let input = t.bozhou_input(name).await;
    let (id, version) = t.ready_draft(&token, &input, SLUG, &FILES).await;
    t.submit(&token, &id, version).await;
    (token, id)
}

async fn dossier(t: &TestApp, token: &str, id: &str) -> Value {
    json_of(t.get(&format!("/admin/api/v1/entries/{id}"), token), 200).await
}

fn stamp(
    t: &TestApp,
    token: &str,
    id: &str,
    slot: &str,
    digest: &Value,
) -> reqwest::RequestBuilder {
    let body = json!({ "slot": slot, "digest": digest, "opinion": "同意推荐" });
    t.post(&format!("/admin/api/v1/entries/{id}/stamps"), token, &body)
}

fn endorse(t: &TestApp, token: &str, id: &str, version: &Value) -> reqwest::RequestBuilder {
    let body = json!({ "opinion": "同意推荐" });
    t.post(
        &format!("/admin/api/v1/entries/{id}/endorsement"),
        token,
        &body,
    )
    .header("if-match", version.to_string())
}

async fn live_stamps(t: &TestApp, id: &str) -> u64 {
    use entity::stamp;
    let live = stamp::Entity::find()
        .filter(stamp::Column::EntryId.eq(id))
        .filter(stamp::Column::Live.eq(1));
    live.count(t.app.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_stamp_on_another_digest_writes_nothing() {
    let t = started().await;
    let (_, id) = handed_in(&t, "a", "谯城发布").await;
    let officer = t.reviewer(SLUG, COUNTY).await;
    let form = || bytes_of(t.get(&format!("/admin/api/v1/entries/{id}/form"), &officer));
    let before = form().await;
    let trail = t.trail(&officer, &id).await;
    let other = json!("0".repeat(64));
    let refused = json_of(stamp(&t, &officer, &id, "county-cyberspace", &other), 422).await;
    assert_eq!(refused["code"], "digest_changed");
    assert!(before == form().await, "the form is untouched");
    assert_eq!(live_stamps(&t, &id).await, 0);
    assert_eq!(t.trail(&officer, &id).await, trail);
    // Not one's own box, and not the next step's.
    let seen = dossier(&t, &officer, &id).await;
    for slot in ["county-civilisation", "city-cyberspace", "none"] {
        let refused = json_of(stamp(&t, &officer, &id, slot, &seen["digest"]), 422).await;
        assert_eq!(refused["code"], "slot_not_yours", "{slot}");
    }
    assert_eq!(live_stamps(&t, &id).await, 0);
}

#[tokio::test]
async fn partners_stamp_at_once_and_the_same_box_takes_one() {
    let t = started().await;
    let (_, id) = handed_in(&t, "a", "谯城发布").await;
    let (one, two) = (
        t.reviewer(SLUG, COUNTY).await,
        t.reviewer(SLUG, COUNTY).await,
    );
    let partner = t.reviewer(SLUG, PARTNER).await;
    let digest = dossier(&t, &one, &id).await["digest"].clone();
    let (a, b, c) = tokio::join!(
        stamp(&t, &one, &id, "county-cyberspace", &digest).send(),
        stamp(&t, &two, &id, "county-cyberspace", &digest).send(),
        stamp(&t, &partner, &id, "county-civilisation", &digest).send(),
    );
    let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
    assert_eq!(c.status(), 200, "{}", c.text().await.unwrap());
    let mut statuses = [a.status().as_u16(), b.status().as_u16()];
    statuses.sort_unstable();
    let texts = [a.text().await.unwrap(), b.text().await.unwrap()];
    assert_eq!(statuses, [200, 422], "{texts:?}");
    assert!(texts.iter().any(|t| t.contains("slot_filled")), "{texts:?}");
    let report = json_of(
        t.get(
            &format!("/admin/api/v1/entries/{id}/form/verification"),
            &one,
        ),
        200,
    )
    .await;
    assert_eq!(report["valid"], true, "{report}");
    assert_eq!(
        report["signatures"].as_array().unwrap().len(),
        2,
        "{report}"
    );
    assert_eq!(live_stamps(&t, &id).await, 2);
}

#[tokio::test]
async fn an_officer_disabled_midway_is_out_at_once_and_a_colleague_goes_on() {
    let t = started().await;
    let (_, id) = handed_in(&t, "a", "谯城发布").await;
    let agency = t.agency(SLUG, COUNTY).await;
    let login = t
        .known_officer(&agency, &[Role::Reviewer, Role::SealKeeper], false)
        .await;
    let signed_in = t.sign_in(&login, 200).await;
    let leaving = signed_in["token"].as_str().unwrap().to_owned();
    let seen = dossier(&t, &leaving, &id).await;
    json_of(
        stamp(&t, &leaving, &id, "county-cyberspace", &seen["digest"]),
        200,
    )
    .await;
    let organiser = t
        .officer(&t.agency(SLUG, "亳州市委网信办").await, &[Role::Organiser])
        .await;
    let row = tuixuan::db::officers::by_login(t.app.db.read(), &login).await;
    let path = format!("/admin/api/v1/officers/{}", row.unwrap().unwrap().id);
    let gone = t.client.delete(format!("{}{path}", t.base));
    let gone = gone.bearer_auth(&organiser).send().await.unwrap();
    assert_eq!(gone.status(), 200);
    let version = &seen["version"];
    json_of(endorse(&t, &leaving, &id, version), 401).await;
    json_of(t.get("/admin/api/v1/me", &leaving), 401).await;
    t.sign_in(&login, 401).await;
    let colleague = t.reviewer(SLUG, COUNTY).await;
    let seen = dossier(&t, &colleague, &id).await;
    assert_eq!(seen["stamps"][0]["state"], "done", "the stamp stays");
    let done = json_of(endorse(&t, &colleague, &id, &seen["version"]), 200).await;
    assert_eq!(done["step"], "county");
}

#[tokio::test]
async fn a_stale_endorsement_is_told_so_and_decides_nothing() {
    let t = started().await;
    let (_, id) = handed_in(&t, "a", "谯城发布").await;
    let (one, partner) = (
        t.reviewer(SLUG, COUNTY).await,
        t.reviewer(SLUG, PARTNER).await,
    );
    let seen = dossier(&t, &one, &id).await;
    t.stamp_and_endorse(&partner, &id, &["county-civilisation"])
        .await;
    json_of(
        stamp(&t, &one, &id, "county-cyberspace", &seen["digest"]),
        200,
    )
    .await;
    let stale = json_of(endorse(&t, &one, &id, &seen["version"]), 412).await;
    assert_eq!(stale["violations"][0]["value"], seen["version"].to_string());
    let body = json!({ "opinion": "同意" });
    let path = format!("/admin/api/v1/entries/{id}/endorsement");
    json_of(t.post(&path, &one, &body), 428).await;
    let now = dossier(&t, &one, &id).await;
    assert_eq!(now["step"], "county");
    // Twice at once on the right version: one decides.
    let (a, b) = tokio::join!(
        endorse(&t, &one, &id, &now["version"]).send(),
        endorse(&t, &one, &id, &now["version"]).send(),
    );
    let mut statuses = [a.unwrap().status().as_u16(), b.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(dossier(&t, &one, &id).await["step"], "city");
}

#[tokio::test]
async fn a_batch_answers_for_each_entry() {
    let t = started().await;
    let officer = t.reviewer(SLUG, COUNTY).await;
    let (_, ready) = handed_in(&t, "a", "账号一").await;
    let (_, bare) = handed_in(&t, "b", "账号二").await;
    let (_, stale) = handed_in(&t, "c", "账号三").await;
    let digest = dossier(&t, &officer, &ready).await["digest"].clone();
    json_of(
        stamp(&t, &officer, &ready, "county-cyberspace", &digest),
        200,
    )
    .await;
    let version = |v: &Value| v["version"].clone();
    let body = json!({ "opinion": "同意推荐", "entries": [
        { "id": bare, "version": version(&dossier(&t, &officer, &bare).await) },
        { "id": "none", "version": 1 },
        { "id": stale, "version": 1 },
        { "id": ready, "version": version(&dossier(&t, &officer, &ready).await) },
    ] });
    let results = json_of(t.post("/admin/api/v1/endorsements", &officer, &body), 200).await;
    let codes: Vec<&str> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].as_str().unwrap_or("done"))
        .collect();
    assert_eq!(codes, ["stamp_missing", "absent", "stale", "done"]);
    assert_eq!(results[3]["id"], ready.as_str());
    let duties = dossier(&t, &officer, &ready).await["duties"].clone();
    assert!(
        duties
            .as_array()
            .unwrap()
            .iter()
            .any(|d| d["state"] == "done"),
        "{duties}"
    );
}

#[tokio::test]
async fn what_the_notice_leaves_to_a_person_is_decided_before_endorsement() {
    let t = started().await;
    let token = t.applicant("a").await;
    let mut input = t.bozhou_input("平台之声").await;
    input["answers"]["operator_kind"] = json!("company");
    let (id, version) = t.ready_draft(&token, &input, SLUG, &FILES).await;
    t.submit(&token, &id, version).await;
    let officer = t.reviewer(SLUG, COUNTY).await;
    let seen = dossier(&t, &officer, &id).await;
    assert!(
        seen["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|f| f["rule"] == "operator-kind" && f["effect"] == "ask"),
        "{seen}"
    );
    json_of(
        stamp(&t, &officer, &id, "county-cyberspace", &seen["digest"]),
        200,
    )
    .await;
    let version = dossier(&t, &officer, &id).await["version"].clone();
    let refused = json_of(endorse(&t, &officer, &id, &version), 422).await;
    assert_eq!(refused["code"], "finding_undecided");
    let verdict = |rule: &str| {
        let path = format!("/admin/api/v1/entries/{id}/findings/{rule}/verdict");
        let body = json!({ "accepted": true, "reason": "主办方已函复" });
        t.put(&path, &officer, &body)
    };
    json_of(verdict("no-such-rule"), 404).await;
    let (a, b) = tokio::join!(
        verdict("operator-kind").send(),
        verdict("operator-kind").send()
    );
    let mut statuses = [a.unwrap().status().as_u16(), b.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "one verdict");
    let version = dossier(&t, &officer, &id).await["version"].clone();
    json_of(endorse(&t, &officer, &id, &version), 200).await;
}

#[tokio::test]
async fn what_was_found_not_to_hold_cannot_be_endorsed_until_it_is_judged_anew() {
    let t = started().await;
    let token = t.applicant("a").await;
    let mut input = t.bozhou_input("平台之声").await;
    input["answers"]["operator_kind"] = json!("company");
    let (id, version) = t.ready_draft(&token, &input, SLUG, &FILES).await;
    t.submit(&token, &id, version).await;
    let officer = t.reviewer(SLUG, COUNTY).await;
    let seen = dossier(&t, &officer, &id).await;
    let stamped = stamp(&t, &officer, &id, "county-cyberspace", &seen["digest"]);
    json_of(stamped, 200).await;
    let verdict = |token: &str, accepted: bool, reason: &str| {
        let path = format!("/admin/api/v1/entries/{id}/findings/operator-kind/verdict");
        let body = json!({ "accepted": accepted, "reason": reason });
        t.put(&path, token, &body)
    };
    json_of(verdict(&officer, false, "由企业运营"), 200).await;
    let seen = dossier(&t, &officer, &id).await;
    let refused = json_of(endorse(&t, &officer, &id, &seen["version"]), 422).await;
    assert_eq!(refused["code"], "finding_rejected");
    let findings = seen["findings"].as_array().unwrap();
    let asked = findings.iter().find(|f| f["rule"] == "operator-kind");
    let clause = &asked.unwrap()["violation"]["clause"];
    assert!(clause.is_string(), "{seen}");
    assert_eq!(&refused["violations"][0]["clause"], clause);

    // whose turn it is judges anew; nobody else does, and not once the turn is over
    let elsewhere = t.reviewer(SLUG, "涡阳县委网信办").await;
    json_of(verdict(&elsewhere, true, "已核实"), 404).await;
    let city = t.reviewer(SLUG, "亳州市委网信办").await;
    let refused = json_of(verdict(&city, true, "已核实"), 422).await;
    assert_eq!(refused["code"], "not_your_step");
    json_of(verdict(&officer, true, "主办方已函复"), 200).await;
    let seen = dossier(&t, &officer, &id).await;
    let verdicts = seen["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 1, "{seen}");
    assert_eq!(verdicts[0]["accepted"], true);
    json_of(endorse(&t, &officer, &id, &seen["version"]), 200).await;
    let refused = json_of(verdict(&officer, false, "又有疑问"), 422).await;
    assert_eq!(refused["code"], "not_your_step");
    let trail = t.trail(&officer, &id).await;
    let judged = trail.iter().filter(|l| l.contains("finding_decided"));
    assert_eq!(judged.count(), 2, "{trail:?}");
}

#[tokio::test]
async fn what_was_found_not_to_hold_is_returned_or_declined() {
    for (act, body, state) in [
        (
            "return",
            json!({ "items": [{ "field": "operator_kind", "message": "请核实" }] }),
            "returned",
        ),
        ("decline", json!({ "reason": "由企业运营" }), "declined"),
    ] {
        let t = started().await;
        let token = t.applicant("a").await;
        let mut input = t.bozhou_input("平台之声").await;
        input["answers"]["operator_kind"] = json!("company");
        let (id, version) = t.ready_draft(&token, &input, SLUG, &FILES).await;
        t.submit(&token, &id, version).await;
        let officer = t.reviewer(SLUG, COUNTY).await;
        let path = format!("/admin/api/v1/entries/{id}");
        let no = json!({ "accepted": false, "reason": "由企业运营" });
        let verdict = t.put(
            &format!("{path}/findings/operator-kind/verdict"),
            &officer,
            &no,
        );
        json_of(verdict, 200).await;
        let version = dossier(&t, &officer, &id).await["version"].to_string();
        let call = t.post(&format!("{path}/{act}"), &officer, &body);
        let done = json_of(call.header("if-match", version), 200).await;
        assert_eq!(done["state"], state);
    }
}

/// Places of the county that are taken.
async fn used(t: &TestApp, officer: &str) -> i64 {
    let lines = json_of(
        t.get(&format!("/admin/api/v1/campaigns/{SLUG}/quotas"), officer),
        200,
    )
    .await;
    let county = |l: &&Value| l["quota"] == "county" && l["holder"] == COUNTY;
    let lines = lines.as_array().unwrap();
    lines
        .iter()
        .find(county)
        .map_or(0, |l| l["used"].as_i64().unwrap())
}

#[tokio::test]
async fn declined_and_withdrawn_entries_give_their_places_back() {
    let t = started().await;
    let officer = t.reviewer(SLUG, COUNTY).await;
    let (_, declined) = handed_in(&t, "a", "账号一").await;
    let (withdrawing, withdrawn) = handed_in(&t, "b", "账号二").await;
    handed_in(&t, "c", "账号三").await;
    assert_eq!(used(&t, &officer).await, 3);
    let version = dossier(&t, &officer, &declined).await["version"].to_string();
    let decline = t.post(
        &format!("/admin/api/v1/entries/{declined}/decline"),
        &officer,
        &json!({ "reason": "不符合条件" }),
    );
    json_of(decline.header("if-match", version), 200).await;
    assert_eq!(used(&t, &officer).await, 2);
    let path = format!("/api/v1/entries/{withdrawn}");
    let version = json_of(t.get(&path, &withdrawing), 200).await["version"].to_string();
    let withdraw = || {
        t.post(
            &format!("{path}/withdrawal"),
            &withdrawing,
            &json!({ "reason": "另有安排" }),
        )
        .header("if-match", &version)
    };
    json_of(withdraw(), 200).await;
    json_of(withdraw(), 412).await;
    assert_eq!(used(&t, &officer).await, 1);
    // The same accounts may come again, by somebody else.
    let (_, again) = handed_in(&t, "d", "账号一").await;
    handed_in(&t, "e", "账号二").await;
    assert_eq!(used(&t, &officer).await, 3);
    let queue = json_of(
        t.get(&format!("/admin/api/v1/campaigns/{SLUG}/queue"), &officer),
        200,
    )
    .await;
    let queued: Vec<&str> = queue
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["entry_id"].as_str().unwrap())
        .collect();
    assert_eq!(queued.len(), 3, "neither waits any more");
    assert!(queued.contains(&again.as_str()));
}

#[tokio::test]
async fn files_that_others_have_too_are_shown_to_those_who_may_know() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let mut ids = Vec::new();
    for (name, office) in [
        ("甲号", COUNTY),
        ("乙号", COUNTY),
        ("丙号", "蒙城县委网信办"),
    ] {
        let owner = t.applicant(name).await;
        let mut input = t.bozhou_input(name).await;
        if office.starts_with("蒙城") {
            input["agency_id"] = json!(t.agency(SLUG, office).await);
            input["region"] = json!("341622");
            input["answers"]["region"] = json!("341622");
        }
        let (id, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
        t.submit(&owner, &id, version).await;
        ids.push(id);
    }
    let county = t.reviewer(SLUG, COUNTY).await;
    let path = format!("/admin/api/v1/entries/{}", ids[0]);
    let seen = json_of(t.get(&path, &county), 200).await;
    let same = seen["same_files"].as_array().unwrap();
    assert_eq!(same.len(), 5, "{seen}");
    assert_eq!(same[0]["entries"][0]["id"], ids[1].as_str());
    assert_eq!(same[0]["entries"].as_array().unwrap().len(), 1);
    assert_eq!(same[0]["elsewhere"], 1);
    let city = t.reviewer(SLUG, "亳州市委网信办").await;
    let seen = json_of(t.get(&path, &city), 200).await;
    let same = &seen["same_files"][0];
    assert_eq!(
        (
            same["entries"].as_array().unwrap().len(),
            &same["elsewhere"]
        ),
        (2, &json!(0))
    );
}
