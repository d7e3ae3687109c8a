//! 补正通知 that nobody answers: its last instant, more time, an end.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";
const PARTNER: &str = "谯城区文明办";
/// 2022-05-28 23:59:59.999 in Asia/Shanghai: the end of the third day after.
const DUE: i64 = 1_653_753_599_999;
const DAY: i64 = 24 * 3_600_000;

/// An entry that the county returned.
struct Returned {
    t: TestApp,
    id: String,
}

impl Returned {
    async fn new() -> Returned {
        let t = TestApp::start(IN_BOZHOU_WINDOW).await;
        t.campaign(SLUG).await;
        let owner = t.applicant("a").await;
        let input = t.bozhou_input("谯城发布").await;
        let (id, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
        t.submit(&owner, &id, version).await;
        let it = Returned { t, id };
        let county = it.t.reviewer(SLUG, COUNTY).await;
        let slip = json!({ "days": 3, "items": [
            { "field": "summary", "message": "请补充成效", "clause": "（1500字）" },
        ] });
        let call = it.act("post", "return", &county, slip).await;
        json_of(call, 200).await;
        it
    }

    fn path(&self, rest: &str) -> String {
        format!("/admin/api/v1/entries/{}{rest}", self.id)
    }

    async fn dossier(&self, officer: &str) -> Value {
        json_of(self.t.get(&self.path(""), officer), 200).await
    }

    /// An officer's act on the entry as it is now.
    async fn act(&self, method: &str, act: &str, officer: &str, body: Value) -> RequestBuilder {
        let row = tuixuan::db::entries::get(self.t.app.db.read(), &self.id).await;
        let path = self.path(&format!("/{act}"));
        let call = match method {
            "put" => self.t.put(&path, officer, &body),
            _ => self.t.post(&path, officer, &body),
        };
        call.header("if-match", row.unwrap().version.to_string())
    }

    async fn decline(&self, officer: &str, status: u16) -> Value {
        let body = json!({ "reason": "逾期未补正" });
        json_of(self.act("post", "decline", officer, body).await, status).await
    }

    async fn extend(&self, officer: &str, days: u32, status: u16) -> Value {
        let body = json!({ "days": days, "reason": "证照补办需要时间" });
        json_of(self.act("put", "slip", officer, body).await, status).await
    }

    async fn answer(&self, status: u16) -> Value {
        let owner = self.t.applicant("a").await;
        let path = format!("/api/v1/entries/{}", self.id);
        let entry = json_of(self.t.get(&path, &owner), 200).await;
        let body = json!({ "declarations": self.t.declarations(&owner, &self.id).await });
        let call = self.t.post(&format!("{path}/submission"), &owner, &body);
        let call = call.header("if-match", entry["version"].to_string());
        json_of(call.header("idempotency-key", new_id()), status).await
    }

    /// Places of the county that are taken.
    async fn used(&self, officer: &str) -> i64 {
        let path = format!("/admin/api/v1/campaigns/{SLUG}/quotas");
        let lines = json_of(self.t.get(&path, officer), 200).await;
        let mut lines = lines.as_array().unwrap().iter();
        let county = lines.find(|l| l["quota"] == "county" && l["holder"] == COUNTY);
        county.map_or(0, |l| l["used"].as_i64().unwrap())
    }
}

#[tokio::test]
async fn an_answer_is_taken_to_the_end_of_the_last_day() {
    let r = Returned::new().await;
    let owner = r.t.applicant("a").await;
    let slip = r.t.get(&format!("/api/v1/entries/{}/slip", r.id), &owner);
    assert_eq!(json_of(slip, 200).await["due_at"], DUE);
    r.t.clock.set(DUE);
    assert_eq!(r.answer(200).await["state"], "under_review");
}

#[tokio::test]
async fn one_instant_late_the_slip_is_named_with_its_clauses_and_the_county_may_decline() {
    let r = Returned::new().await;
    let county = r.t.reviewer(SLUG, COUNTY).await;
    assert_eq!(r.dossier(&county).await["slip"]["due_at"], DUE);
    assert_eq!(r.decline(&county, 422).await["code"], "slip_running");

    r.t.clock.set(DUE + 1);
    let refused = r.answer(422).await;
    assert_eq!(refused["code"], "slip_overdue");
    let item = &refused["violations"][0];
    assert_eq!(
        (&item["field"], &item["clause"], &item["limit"]),
        (
            &json!("summary"),
            &json!("（1500字）"),
            &json!("2022年5月28日 23:59:59")
        )
    );
    let county = r.t.reviewer(SLUG, COUNTY).await;
    assert_eq!(r.used(&county).await, 1, "it holds its place so far");
    let partner = r.t.reviewer(SLUG, PARTNER).await;
    assert_eq!(r.decline(&partner, 422).await["code"], "not_your_step");
    let elsewhere = r.t.reviewer(SLUG, "涡阳县委网信办").await;
    r.decline(&elsewhere, 404).await;
    let declined = r.decline(&county, 200).await;
    assert_eq!(
        (&declined["state"], &declined["step"]),
        (&json!("declined"), &json!("county"))
    );
    assert_eq!(r.used(&county).await, 0);
    let trail = r.t.trail(&county, &r.id).await;
    assert_eq!(trail.last().unwrap(), "officer entry_declined step=county");
    assert_eq!(r.answer(422).await["code"], "entry_state");
}

#[tokio::test]
async fn the_agency_that_returned_gives_more_time_for_a_reason() {
    let r = Returned::new().await;
    let (county, partner) = (
        r.t.reviewer(SLUG, COUNTY).await,
        r.t.reviewer(SLUG, PARTNER).await,
    );
    assert_eq!(r.extend(&partner, 5, 422).await["code"], "not_your_step");
    assert_eq!(r.extend(&county, 3, 422).await["code"], "slip_not_extended");
    r.extend(&county, 0, 400).await;
    let stale = json!({ "days": 5, "reason": "理由" });
    let stale = r.t.put(&r.path("/slip"), &county, &stale);
    json_of(stale.header("if-match", "1"), 412).await;

    r.t.clock.set(DUE + 1);
    let county = r.t.reviewer(SLUG, COUNTY).await;
    assert_eq!(r.answer(422).await["code"], "slip_overdue");
    let longer = r.extend(&county, 2, 200).await;
    assert_eq!(longer["due_at"], DUE + 3 * DAY);
    r.t.clock.set(DUE + 3 * DAY);
    assert_eq!(r.answer(200).await["round"], 2);
    let county = r.t.reviewer(SLUG, COUNTY).await;
    assert_eq!(r.extend(&county, 9, 422).await["code"], "not_returned");
    let path = r.path("/trail");
    let trail = json_of(r.t.get(&path, &county), 200).await;
    let mut trail = trail.as_array().unwrap().iter();
    let told = trail.find(|e| e["kind"] == "slip_extended").unwrap();
    assert_eq!(
        told["body"],
        json!({ "step": "county", "round": 1, "from": DUE, "due_at": DUE + 3 * DAY, "reason": "证照补办需要时间" })
    );
}
