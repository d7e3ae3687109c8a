//! The chain of events finds what was done to it; who reads what of it: applicants their part, officers with the names of
//! those who acted, a campaign's organiser all of it, everybody over others what these did outside campaigns.

use domain::actor::Role;
use entity::event;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Database, EntityTrait, ExprTrait, QueryFilter};
use serde_json::{Value, json};
use tuixuan::app::campaigns;
use tuixuan::db::events::{Verdict, verify};

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";
const CITY: &str = "亳州市委网信办";
const ADMIN: &str = "/admin/api/v1";
const SYSTEM: &str = "/admin/api/v1/trail";

#[tokio::test]
async fn a_changed_row_and_a_missing_row_are_named() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("a").await;
    t.ready_draft(
        &token,
        &t.bozhou_input("谯城发布").await,
        "bozhou-2022",
        &["pictures", "pictures"],
    )
    .await;
    let id = campaigns::by_slug(&t.app, "bozhou-2022")
        .await
        .unwrap()
        .head
        .id;
    assert!(matches!(
        verify(t.app.db.read(), &id).await.unwrap(),
        Verdict::Whole { count: 4, .. }
    ));

    let insider = Database::connect(&t.app.settings.database.url)
        .await
        .unwrap();
    let row = |seq: i64| {
        event::Column::CampaignId
            .eq(&id)
            .and(event::Column::Seq.eq(seq))
    };
    event::Entity::update_many()
        .col_expr(event::Column::ActorId, Expr::value("somebody else"))
        .filter(row(2))
        .exec(&insider)
        .await
        .unwrap();
    assert_eq!(
        verify(t.app.db.read(), &id).await.unwrap(),
        Verdict::Broken {
            seq: 2,
            what: "changed"
        }
    );
    event::Entity::delete_many()
        .filter(row(2))
        .exec(&insider)
        .await
        .unwrap();
    assert_eq!(
        verify(t.app.db.read(), &id).await.unwrap(),
        Verdict::Broken {
            seq: 2,
            what: "missing"
        }
    );
}

#[tokio::test]
async fn rows_cut_off_at_the_end_are_missed() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let id = campaigns::by_slug(&t.app, "bozhou-2022")
        .await
        .unwrap()
        .head
        .id;
    let insider = Database::connect(&t.app.settings.database.url)
        .await
        .unwrap();
    event::Entity::delete_many()
        .filter(event::Column::CampaignId.eq(&id))
        .exec(&insider)
        .await
        .unwrap();
    assert_eq!(
        verify(t.app.db.read(), &id).await.unwrap(),
        Verdict::Broken {
            seq: 1,
            what: "missing"
        }
    );
}

async fn started() -> TestApp {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    t
}

async fn list(t: &TestApp, path: &str, token: &str) -> Vec<Value> {
    let page = json_of(t.get(path, token), 200).await;
    page.as_array().unwrap().clone()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|e| e["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_applicant_reads_what_is_meant_for_applicants_and_officers_the_rest_with_names() {
    let t = started().await;
    let owner = t.applicant("a").await;
    let mut input = t.bozhou_input("平台之声").await;
    input["answers"]["operator_kind"] = json!("company");
    let (id, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
    t.submit(&owner, &id, version).await;
    let county = t.reviewer(SLUG, COUNTY).await;
    let dossier = format!("{ADMIN}/entries/{id}");
    let verdict = json!({ "accepted": true, "reason": "约谈记录（内部）已核对" });
    let verdict = t.put(
        &format!("{dossier}/findings/operator-kind/verdict"),
        &county,
        &verdict,
    );
    json_of(verdict, 200).await;
    t.stamp_and_endorse(&county, &id, &["county-cyberspace"])
        .await;

    let timeline = list(&t, &format!("/api/v1/entries/{id}/timeline"), &owner).await;
    let told = kinds(&timeline);
    let mut expected = vec!["entry_begun"];
    expected.extend(FILES.map(|_| "evidence_attached"));
    expected.extend(["entry_submitted", "form_stamped", "entry_endorsed"]);
    assert_eq!(told, expected);
    let submitted = &timeline[FILES.len() + 1]["body"];
    assert!(submitted["receipt"].is_string(), "{submitted}");
    assert_eq!(submitted["warnings"], Value::Null);
    let stamped = &timeline[FILES.len() + 2]["body"];
    assert_eq!(*stamped, json!({ "slot": "county-cyberspace" }));
    let text = serde_json::to_string(&timeline).unwrap();
    assert!(!text.contains("约谈"), "{text}");

    let trail = list(&t, &format!("{dossier}/trail"), &county).await;
    let judged = trail.iter().find(|e| e["kind"] == "finding_decided");
    let judged = judged.unwrap();
    assert_eq!(judged["body"]["reason"], "约谈记录（内部）已核对");
    assert_eq!(judged["officer"]["name"], "王某");
    assert_eq!(
        trail[0]["officer"],
        Value::Null,
        "an applicant is not named"
    );
    let seen = json_of(t.get(&dossier, &county), 200).await;
    assert_eq!(seen["verdicts"][0]["decided_by"], judged["officer"]);
    let me = t.agency(SLUG, COUNTY).await;
    let duties = seen["duties"].as_array().unwrap();
    for duty in duties {
        let decided = (duty["agency_id"] == me.as_str()).then(|| judged["officer"].clone());
        assert_eq!(duty["decided_by"], decided.unwrap_or_default(), "{duty}");
    }
}

#[tokio::test]
async fn a_campaigns_trail_is_read_page_by_page_by_who_heads_it() {
    let t = started().await;
    let city = t.agency(SLUG, CITY).await;
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    let window = format!("{ADMIN}/campaigns/{SLUG}/windows/first-review");
    for (n, reason) in ["审核延期", "再次延期"].iter().enumerate() {
        let closes = IN_BOZHOU_WINDOW + (n as i64 + 40) * 86_400_000;
        let moved = json!({ "opens": IN_BOZHOU_WINDOW, "closes": closes, "reason": reason });
        json_of(t.put(&window, &organiser, &moved), 200).await;
    }
    let owner = t.applicant("a").await;
    let input = t.bozhou_input("谯城发布").await;
    t.ready_draft(&owner, &input, SLUG, &["pictures"]).await;

    let auditor = t.officer(&city, &[Role::Auditor]).await;
    let path = format!("{ADMIN}/campaigns/{SLUG}/trail");
    let all = list(&t, &path, &auditor).await;
    let expected = [
        "evidence_attached",
        "entry_begun",
        "window_moved",
        "window_moved",
        "campaign_created",
    ];
    assert_eq!(kinds(&all), expected);
    assert!(all[1]["entry_id"].is_string());
    let mut paged = list(&t, &format!("{path}?limit=2"), &auditor).await;
    loop {
        let last = paged.last().unwrap()["seq"].clone();
        let next = list(&t, &format!("{path}?limit=2&before={last}"), &auditor).await;
        match next.is_empty() {
            true => break,
            false => paged.extend(next),
        }
    }
    assert_eq!(paged, all);
    let moved = list(&t, &format!("{path}?kind=window_moved"), &auditor).await;
    assert_eq!(moved.len(), 2);
    assert_eq!(moved[0]["body"]["reason"], "再次延期");
    assert_eq!(moved[0]["officer"]["name"], "王某");

    let county = t.agency(SLUG, COUNTY).await;
    let below = t.officer(&county, &[Role::Auditor]).await;
    assert_eq!(
        json_of(t.get(&path, &below), 403).await["code"],
        "not_organiser"
    );
    let clerk = t.officer(&city, &[Role::Clerk]).await;
    assert_eq!(
        json_of(t.get(&path, &clerk), 403).await["code"],
        "role_missing"
    );
}

#[tokio::test]
async fn what_belongs_to_no_campaign_is_read_by_those_above_it() {
    let t = started().await;
    let (city, county) = (t.agency(SLUG, CITY).await, t.agency(SLUG, COUNTY).await);
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    let login = t.known_officer(&county, &[Role::Clerk], false).await;
    let wrong = json!({ "login": login, "password": "Not-the-password-1" });
    json_of(t.post(&format!("{ADMIN}/sessions"), "", &wrong), 401).await;
    let row = tuixuan::db::officers::by_login(t.app.db.read(), &login).await;
    let officer = row.unwrap().unwrap().id;
    let reset = json!({ "first_password": "First-password-1", "reason": "忘记密码" });
    let path = format!("{ADMIN}/officers/{officer}/password-reset");
    json_of(t.post(&path, &organiser, &reset), 200).await;

    let failed = format!("{SYSTEM}?kind=sign_in_failed");
    let resets = format!("{SYSTEM}?kind=password_reset");
    let added = format!("{SYSTEM}?kind=officer_added");
    let above = t.officer(&city, &[Role::Auditor]).await;
    let seen = list(&t, &failed, &above).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["officer"], json!({ "id": officer, "name": "王某" }));
    let seen = list(&t, &resets, &above).await;
    assert_eq!(
        seen[0]["body"],
        json!({ "officer": officer, "reason": "忘记密码" })
    );
    assert!(
        !list(&t, &added, &above).await.is_empty(),
        "added by the system"
    );

    // an agency below sees what its own people did, and nothing of others
    let below = t.officer(&county, &[Role::Auditor]).await;
    assert_eq!(list(&t, &failed, &below).await.len(), 1);
    assert_eq!(list(&t, &resets, &below).await, [Value::Null; 0]);
    assert_eq!(list(&t, &added, &below).await, [Value::Null; 0]);
    let other = t.agency(SLUG, "涡阳县委网信办").await;
    let other = t.officer(&other, &[Role::Auditor]).await;
    assert_eq!(list(&t, &failed, &other).await, [Value::Null; 0]);
    let own = list(&t, SYSTEM, &other).await;
    assert_eq!(kinds(&own), ["signed_in"]);
    let clerk = t.officer(&county, &[Role::Clerk]).await;
    json_of(t.get(SYSTEM, &clerk), 403).await;
}
