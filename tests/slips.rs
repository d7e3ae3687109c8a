//! 补正通知 that nobody answers: its last instant, more time, an end.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::papers::assert_told;
use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";
const PARTNER: &str = "谯城区文明办";
/// 2022-05-28 23:59:59.999 in Asia/Shanghai: the end of the third day after.
const DUE: i64 = 1_653_753_599_999;
const DAY: i64 = 24 * 3_600_000;
/// 2022-06-14 00:00 in Asia/Shanghai: reviews are over.
const OVER: i64 = 1_655_136_000_000;

/// An entry that the county returned, or is to.
struct Returned {
    t: TestApp,
    id: String,
}

impl Returned {
    async fn new() -> Returned {
        let it = Returned::not_yet().await;
        it.give_back(json!(3), 200).await;
        it
    }

    async fn not_yet() -> Returned {
        let t = TestApp::start(IN_BOZHOU_WINDOW).await;
        t.campaign(SLUG).await;
        let owner = t.applicant("a").await;
        let input = t.bozhou_input("谯城发布").await;
        let (id, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
        t.submit(&owner, &id, version).await;
        Returned { t, id }
    }

    async fn give_back(&self, days: Value, status: u16) -> Value {
        let county = self.t.reviewer(SLUG, COUNTY).await;
        let slip = json!({ "days": days, "items": [
            { "field": "summary", "message": "请补充成效", "clause": "（1500字）" },
        ] });
        json_of(self.act("post", "return", &county, slip).await, status).await
    }

    async fn queue(&self, officer: &str, state: &str) -> Value {
        let path = format!("/admin/api/v1/campaigns/{SLUG}/queue?state={state}");
        json_of(self.t.get(&path, officer), 200).await
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

#[tokio::test]
async fn a_slip_runs_no_longer_than_reviews() {
    let r = Returned::not_yet().await;
    let refused = r.give_back(json!(20), 422).await;
    assert_eq!(refused["code"], "slip_too_long");
    let told = &refused["violations"][0];
    assert_eq!(
        (&told["field"], &told["limit"], &told["clause"]),
        (&json!("days"), &json!("19"), &json!("2.6月3日至6月13日。"))
    );
    // the day before the last: the notice gives more days than there are
    r.t.clock.set(OVER - 2 * DAY);
    r.give_back(Value::Null, 200).await;
    let county = r.t.reviewer(SLUG, COUNTY).await;
    assert_eq!(r.dossier(&county).await["slip"]["due_at"], OVER - 1);
    assert_eq!(r.extend(&county, 1, 422).await["code"], "slip_not_extended");
    assert_eq!(r.extend(&county, 2, 422).await["code"], "slip_too_long");
}

/// What was answered in the last hour, or not at all, can still be brought to an end.
#[tokio::test]
async fn what_is_left_over_when_reviews_end_is_declined() {
    let r = Returned::not_yet().await;
    r.t.clock.set(OVER - 2 * DAY);
    r.give_back(Value::Null, 200).await;
    r.t.clock.set(OVER - 1);
    assert_eq!(r.answer(200).await["state"], "under_review");
    r.t.clock.set(OVER);
    let county = r.t.reviewer(SLUG, COUNTY).await;
    let agree = json!({ "opinion": "同意推荐" });
    let agree = r.act("post", "endorsement", &county, agree).await;
    assert_eq!(json_of(agree, 422).await["code"], "window_closed");
    assert_eq!(r.used(&county).await, 1);
    assert_eq!(r.decline(&county, 200).await["state"], "declined");
    assert_eq!(r.used(&county).await, 0);

    let r = Returned::new().await;
    r.t.clock.set(OVER);
    let county = r.t.reviewer(SLUG, COUNTY).await;
    assert_eq!(r.extend(&county, 2, 422).await["code"], "window_closed");
    assert_eq!(r.decline(&county, 200).await["state"], "declined");
    assert_eq!(r.used(&county).await, 0);
}

#[tokio::test]
async fn more_time_does_not_disturb_who_is_writing() {
    let r = Returned::new().await;
    let owner = r.t.applicant("a").await;
    let path = format!("/api/v1/entries/{}", r.id);
    let open = json_of(r.t.get(&path, &owner), 200).await;
    let county = r.t.reviewer(SLUG, COUNTY).await;
    r.extend(&county, 5, 200).await;
    let mut input = r.t.bozhou_input("谯城发布").await;
    input["answers"]["summary"] = json!("成效。".repeat(30));
    let save = r.t.put(&path, &owner, &input);
    let save = save.header("if-match", open["version"].to_string());
    json_of(save, 200).await;
    assert_eq!(r.answer(200).await["round"], 2);
}

#[tokio::test]
async fn a_lengthened_slip_says_until_when_it_was_to_be_answered_before() {
    let r = Returned::new().await;
    let path = r.path("/slip.pdf");
    let county = r.t.reviewer(SLUG, COUNTY).await;
    let pdf = bytes_of(r.t.get(&path, &county)).await;
    assert_told(&pdf, &["请于2022年5月28日23时59分前"]);
    r.extend(&county, 4, 200).await;
    r.t.clock.set(DUE + 1);
    let county = r.t.reviewer(SLUG, COUNTY).await;
    r.extend(&county, 2, 200).await;
    let pdf = bytes_of(r.t.get(&path, &county)).await;
    let told = "2022年5月31日23时59分（原期限2022年5月28日23时59分，2022年5月29日准予延长）前";
    assert_told(&pdf, &[told]);
    assert_eq!(bytes_of(r.t.get(&path, &county)).await, pdf);
}

#[tokio::test]
async fn entries_that_wait_for_an_answer_are_found_and_overdue_ones_apart() {
    let r = Returned::new().await;
    let county = r.t.reviewer(SLUG, COUNTY).await;
    let line = &r.queue(&county, "returned").await[0];
    assert_eq!(
        json!([
            line["entry_id"],
            line["state"],
            line["entry_state"],
            line["slip_due_at"]
        ]),
        json!([r.id, "done", "returned", DUE])
    );
    assert_eq!(r.queue(&county, "overdue").await, json!([]));
    let partner = r.t.reviewer(SLUG, PARTNER).await;
    assert_eq!(r.queue(&partner, "returned").await, json!([]));
    assert_eq!(r.queue(&partner, "void").await[0]["slip_due_at"], DUE);
    let queue = format!("/admin/api/v1/campaigns/{SLUG}/queue");
    for path in ["", ".xlsx", "/dossiers.zip"] {
        let unknown = r.t.get(&format!("{queue}{path}?state=late"), &county);
        let told = &json_of(unknown, 400).await["violations"][0];
        assert_eq!(
            (&told["field"], &told["limit"]),
            (
                &json!("state"),
                &json!("open、done、void、returned、overdue")
            ),
            "{path}"
        );
    }

    r.t.clock.set(DUE + 1);
    let county = r.t.reviewer(SLUG, COUNTY).await;
    assert_eq!(r.queue(&county, "overdue").await[0]["entry_id"], r.id);
    let archive = format!("{queue}/dossiers.zip?state=overdue");
    let archive = r.t.get(&archive, &county).send().await.unwrap();
    assert_eq!(archive.headers()["x-entries"], "1");
    r.extend(&county, 5, 200).await;
    assert_eq!(r.queue(&county, "overdue").await, json!([]));
    assert_eq!(
        r.queue(&county, "returned").await[0]["slip_due_at"],
        DUE + 6 * DAY
    );

    r.answer(200).await;
    assert_eq!(r.queue(&county, "returned").await, json!([]));
    let done = &r.queue(&county, "done").await[0];
    assert_eq!(done["entry_state"], "under_review");
    assert_eq!(done["slip_due_at"], Value::Null);
    // returned once more: the line of the first round stays away
    r.give_back(json!(3), 200).await;
    let again = r.queue(&county, "returned").await;
    assert_eq!(again.as_array().unwrap().len(), 1);
    assert_eq!(again[0]["round"], 2);
}
