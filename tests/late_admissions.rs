//! One applicant admitted after closing, and the docket that says so.

use domain::actor::Role;
use reqwest::RequestBuilder;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";
/// 2022-06-04 00:00 in Asia/Shanghai.
const CLOSES: i64 = 1_654_272_000_000;

#[tokio::test]
async fn a_late_admission_admits_exactly_that_applicant_and_is_on_the_trail() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let other = t.applicant("b").await;
    let input = t.bozhou_input("谯城发布").await;
    let (theirs, their_version) = t
        .ready_draft(&other, &t.bozhou_input("别的账号").await, SLUG, &FILES)
        .await;
    t.clock.set(CLOSES + 3_600_000);
    // Their sign-ins have ended meanwhile.
    let (admitted, other) = (t.applicant("a").await, t.applicant("b").await);
    let create = |token: &str| {
        t.post(&format!("/api/v1/campaigns/{SLUG}/entries"), token, &input)
            .header("idempotency-key", new_id())
    };
    assert_eq!(
        json_of(create(&admitted), 422).await["code"],
        "window_closed"
    );
    let organiser = t
        .officer(&t.agency(SLUG, "亳州市委网信办").await, &[Role::Organiser])
        .await;
    let me = json_of(t.get("/api/v1/me", &admitted), 200).await;
    let until = CLOSES + 24 * 3_600_000;
    let admit = json!({ "applicant_id": me["id"], "reason": "系统故障", "until": until });
    let path = format!("/admin/api/v1/campaigns/{SLUG}/late-admissions");
    let key = new_id();
    let admission = || {
        t.post(&path, &organiser, &admit)
            .header("idempotency-key", &key)
    };
    let line = json_of(admission(), 200).await;
    assert_eq!(json_of(admission(), 200).await, line, "the same again");
    json_of(t.post(&path, &organiser, &admit), 400).await;

    assert_eq!(json_of(create(&other), 422).await["code"], "window_closed");
    let body = json!({ "declarations": t.declarations(&other, &theirs).await });
    let submit = t
        .post(
            &format!("/api/v1/entries/{theirs}/submission"),
            &other,
            &body,
        )
        .header("if-match", their_version.to_string())
        .header("idempotency-key", new_id());
    assert_eq!(json_of(submit, 422).await["code"], "window_closed");

    let (id, version) = t.ready_draft(&admitted, &input, SLUG, &FILES).await;
    let done = t.submit(&admitted, &id, version).await;
    assert_eq!(done["late"], true);
    let officer = t.reviewer(SLUG, COUNTY).await;
    let seen = json_of(t.get(&format!("/admin/api/v1/entries/{id}"), &officer), 200).await;
    assert_eq!(seen["late"], true);
    let trail = t.trail(&officer, &id).await;
    assert!(trail.iter().any(|l| l.contains("late=true")), "{trail:?}");
    let campaign = tuixuan::app::campaigns::by_slug(&t.app, SLUG)
        .await
        .unwrap();
    use entity::event::{Column, Entity};
    let decided = Entity::find()
        .filter(Column::Kind.eq("late_admitted"))
        .all(t.app.db.read())
        .await
        .unwrap();
    assert_eq!(decided.len(), 1);
    assert!(decided[0].body.contains("系统故障"), "{}", decided[0].body);
    let whole = tuixuan::db::events::verify(t.app.db.read(), &campaign.head.id).await;
    assert!(matches!(
        whole.unwrap(),
        tuixuan::db::events::Verdict::Whole { .. }
    ));

    let docket = json_of(t.get(&path, &organiser), 200).await;
    assert_eq!(docket.as_array().unwrap().len(), 1);
    assert_eq!(docket[0]["entry_id"], id.as_str());
    assert_eq!(docket[0]["applicant_id"], me["id"]);
    assert_eq!(docket[0]["reason"], "系统故障");

    assert_eq!(
        json_of(create(&admitted), 422).await["code"],
        "window_closed",
        "one admission, one entry"
    );
    let withdrawn = withdraw(&t, &organiser, &line["id"]);
    assert_eq!(json_of(withdrawn, 409).await["code"], "admission_used");
}

fn withdraw(t: &TestApp, organiser: &str, id: &Value) -> RequestBuilder {
    let id = id.as_str().unwrap();
    let path = format!("/admin/api/v1/campaigns/{SLUG}/late-admissions/{id}/withdrawal");
    t.post(&path, organiser, &json!({ "reason": "准予有误" }))
}

#[tokio::test]
async fn an_admission_ends_when_it_says_when_it_is_withdrawn_and_with_the_last_review() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    t.clock.set(CLOSES + 3_600_000);
    let organiser = t
        .officer(&t.agency(SLUG, "亳州市委网信办").await, &[Role::Organiser])
        .await;
    let input = t.bozhou_input("谯城发布").await;
    let token = t.applicant("a").await;
    let me = json_of(t.get("/api/v1/me", &token), 200).await;
    let path = format!("/admin/api/v1/campaigns/{SLUG}/late-admissions");
    let admit = async |until: i64, status: u16| {
        let body = json!({ "applicant_id": me["id"], "reason": "系统故障", "until": until });
        let admission = t.post(&path, &organiser, &body);
        json_of(admission.header("idempotency-key", new_id()), status).await
    };
    let create = |token: &str| {
        t.post(&format!("/api/v1/campaigns/{SLUG}/entries"), token, &input)
            .header("idempotency-key", new_id())
    };
    // 初评 ends with 13 June 2022
    let last = CLOSES + 10 * 24 * 3_600_000;
    let late = admit(last + 1, 422).await;
    assert_eq!(late["violations"][0]["field"], "until");

    let line = admit(last, 200).await;
    json_of(create(&token), 200).await;
    json_of(withdraw(&t, &organiser, &line["id"]), 200).await;
    assert_eq!(json_of(create(&token), 422).await["code"], "window_closed");
    let again = withdraw(&t, &organiser, &line["id"]);
    assert_eq!(json_of(again, 409).await["code"], "admission_withdrawn");
    let docket = json_of(t.get(&path, &organiser), 200).await;
    assert_eq!(docket[0]["withdrawn_at"], CLOSES + 3_600_000);
    let (kinds, bodies) = t.campaign_events(SLUG).await;
    assert_eq!(
        kinds.last().map(String::as_str),
        Some("late_admission_withdrawn")
    );
    assert!(bodies.contains("准予有误"), "{bodies}");

    admit(last, 200).await;
    json_of(create(&token), 200).await;
    t.clock.set(last);
    let back = t.applicant("a").await;
    assert_eq!(json_of(create(&back), 422).await["code"], "window_closed");
}

#[tokio::test]
async fn a_late_applicant_is_named_by_phone_or_by_id_and_by_one_of_them_only() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let organiser = t
        .officer(&t.agency(SLUG, "亳州市委网信办").await, &[Role::Organiser])
        .await;
    let applicant = t.applicant("phone").await;
    let bind = json!({ "code": "phone-13800138000" });
    json_of(t.put("/api/v1/me/phone", &applicant, &bind), 200).await;
    let path = format!("/admin/api/v1/campaigns/{SLUG}/late-admissions");
    let until = IN_BOZHOU_WINDOW + 3_600_000;
    let admit = |body: Value| {
        t.post(&path, &organiser, &body)
            .header("idempotency-key", new_id())
    };

    let by_phone = json!({ "phone": "13800138000", "reason": "系统故障", "until": until });
    let line = json_of(admit(by_phone), 200).await;
    assert_eq!(line["phone"], "138****8000");
    let unknown = json!({ "phone": "13900139000", "reason": "系统故障", "until": until });
    json_of(admit(unknown), 404).await;
    let neither = json!({ "reason": "系统故障", "until": until });
    let refused = json_of(admit(neither), 422).await;
    assert_eq!(refused["violations"][0]["code"], "applicant_unclear");
}
