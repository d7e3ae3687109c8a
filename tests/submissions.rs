//! A submission is looked at before its turn to be written: what came in between is not overlooked.

use domain::actor::Role;
use entity::entry;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tuixuan::clock::new_id;
use tuixuan::db::events::{self, By, Verdict};
use tuixuan::error::{Error, Result};

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";

struct Draft {
    token: String,
    id: String,
    version: i64,
    input: Value,
}

async fn draft_of(t: &TestApp, who: &str, input: Value) -> Draft {
    let token = t.applicant(who).await;
    let (id, version) = t.ready_draft(&token, &input, SLUG, &FILES).await;
    Draft {
        token,
        id,
        version,
        input,
    }
}

async fn draft(t: &TestApp, name: &str) -> Draft {
    draft_of(t, name, t.bozhou_input(name).await).await
}

async fn hand_in(t: &TestApp, draft: &Draft, status: u16) -> Value {
    let body = json!({ "declarations": t.declarations(&draft.token, &draft.id).await });
    let path = format!("/api/v1/entries/{}/submission", draft.id);
    let call = t.post(&path, &draft.token, &body);
    let call = call.header("if-match", draft.version.to_string());
    json_of(call.header("idempotency-key", new_id()), status).await
}

#[tokio::test]
async fn a_draft_that_was_saved_in_between_is_stale() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let draft = draft(&t, "谯城发布").await;
    let path = format!("/api/v1/entries/{}", draft.id);
    let save = t.put(&path, &draft.token, &draft.input);
    let save = json_of(save.header("if-match", draft.version.to_string()), 200);
    let told = t.after(save, hand_in(&t, &draft, 412)).await;
    assert_eq!(
        told["violations"][0]["limit"],
        (draft.version + 1).to_string()
    );
}

#[tokio::test]
async fn dates_that_were_moved_in_between_count() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let draft = draft(&t, "谯城发布").await;
    let city = t.agency(SLUG, "亳州市委网信办").await;
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    let over = json!({ "opens": IN_BOZHOU_WINDOW - 2000, "closes": IN_BOZHOU_WINDOW - 1000, "reason": "提前截止" });
    let path = format!("/admin/api/v1/campaigns/{SLUG}/windows/apply");
    let moved = json_of(t.put(&path, &organiser, &over), 200);
    let told = t.after(moved, hand_in(&t, &draft, 422)).await;
    assert_eq!(told["code"], "window_closed");
}

#[tokio::test]
async fn the_last_place_that_was_taken_in_between_is_gone() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    for name in ["账号一", "账号二"] {
        let draft = draft(&t, name).await;
        hand_in(&t, &draft, 200).await;
    }
    let (third, fourth) = (draft(&t, "账号三").await, draft(&t, "账号四").await);
    let told = t
        .after(hand_in(&t, &third, 200), hand_in(&t, &fourth, 422))
        .await;
    let told = &told["violations"][0];
    assert_eq!(
        (&told["code"], &told["limit"]),
        (&json!("quota_used_up"), &json!("3"))
    );
}

/// 为避免重复，各账号只通过一种途径申报: the second of two that read alike is left to a person.
#[tokio::test]
async fn a_name_alike_that_was_handed_in_in_between_is_asked_about() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let one = draft(&t, "谯城发布").await;
    let mut elsewhere = t.bozhou_input("谯城 发布").await;
    elsewhere["answers"]["platform"] = json!("douyin");
    elsewhere["answers"]["host_unit"] = json!("另一单位");
    let two = draft_of(&t, "另一人", elsewhere).await;
    let flags = async |draft: &Draft| {
        let row = entry::Entity::find_by_id(&draft.id)
            .one(t.app.db.read())
            .await;
        row.unwrap().unwrap().flags
    };
    t.after(hand_in(&t, &one, 200), hand_in(&t, &two, 200))
        .await;
    assert_eq!(
        (flags(&one).await.as_str(), flags(&two).await.as_str()),
        ("", "same-name")
    );
}

/// An event that was never committed is not followed, though it was the last that was seen.
#[tokio::test]
async fn an_event_that_was_undone_is_not_followed() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let draft = draft(&t, "谯城发布").await;
    let campaign = tuixuan::app::campaigns::by_slug(&t.app, SLUG)
        .await
        .unwrap();
    let id = campaign.head.id.clone();
    let undone: Result<()> = t
        .app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let by = By::system(IN_BOZHOU_WINDOW);
                events::append_raw(tx, &id, None, &by, "undone", &json!({})).await?;
                Err(Error::Absent)
            })
        })
        .await;
    assert!(matches!(undone, Err(Error::Absent)));
    hand_in(&t, &draft, 200).await;
    let verdict = events::verify(t.app.db.read(), &campaign.head.id)
        .await
        .unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
    let (kinds, _) = t.campaign_events(SLUG).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "undone").count(), 0);
}

/// What no font draws is told to who writes it, at the first screen and at the end: an office could not stamp such a form.
#[tokio::test]
async fn what_the_form_cannot_show_is_told_before_it_is_handed_in() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["answers"]["name"] = json!("谯城发布\u{1F600}");
    input["answers"]["host_unit"] = json!("𠅤䶮中心");
    let draft = draft_of(&t, "owner", input).await;
    let path = format!("/api/v1/campaigns/{SLUG}/check");
    let told = json_of(t.post(&path, &draft.token, &draft.input), 200).await;
    let is_glyph = |v: &&Value| v["code"] == "glyph_missing";
    let mut found = told["findings"].as_array().unwrap().iter();
    let early = found.find(|f| is_glyph(&&f["violation"])).unwrap();
    let refused = hand_in(&t, &draft, 422).await;
    let faults: Vec<&Value> = (refused["violations"].as_array().unwrap().iter())
        .filter(is_glyph)
        .collect();
    assert_eq!(faults, [&early["violation"]]);
    assert_eq!(faults[0]["field"], "name");
    assert_eq!(faults[0]["value"], "\u{1F600}（U+1F600）");
}

/// 「同一运营主体的账号申报不超过1个」: under another name an operator is shown to a person.
#[tokio::test]
async fn an_operator_under_another_name_is_asked_about() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let mut first = t.bozhou_input("谯城发布").await;
    first["answers"]["credit_code"] = json!("91350100M000100Y43");
    first["answers"]["host_unit"] = json!("谯城apple公司");
    let first = draft_of(&t, "a", first).await;
    hand_in(&t, &first, 200).await;
    let asked = async |unit: &str, code: Option<&str>| -> Vec<(String, String)> {
        let mut input = t.bozhou_input("涡阳发布").await;
        input["answers"]["host_unit"] = json!(unit);
        if let Some(code) = code {
            input["answers"]["credit_code"] = json!(code);
        }
        let path = format!("/api/v1/campaigns/{SLUG}/check");
        let token = t.applicant("b").await;
        let told = json_of(t.post(&path, &token, &input), 200).await;
        let found = told["findings"].as_array().unwrap().iter();
        found
            .filter(|f| f["violation"]["code"] == "operator_alike")
            .map(|f| {
                assert_eq!(f["effect"], "ask");
                assert_eq!(f["violation"]["clause"], "同一运营主体的账号申报不超过1个");
                let text = |v: &Value| v.as_str().unwrap().to_owned();
                (text(&f["rule"]), text(&f["violation"]["field"]))
            })
            .collect()
    };
    let found = |field: &str| [("operator".to_owned(), field.to_owned())];
    assert_eq!(asked("谯城公司", None).await, []);
    assert_eq!(
        asked("谯城公司", Some("91350100m000100y43")).await,
        found("credit_code")
    );
    // a Cyrillic а
    assert_eq!(asked("谯城аpple公司", None).await, found("host_unit"));
    // the same name is the same operator, and has no place left
    assert_eq!(asked("谯城 Apple公司", None).await, []);

    let mut second = t.bozhou_input("涡阳发布").await;
    second["answers"]["credit_code"] = json!("91350100M000100Y43");
    let second = draft_of(&t, "c", second).await;
    hand_in(&t, &second, 200).await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let path = format!("/admin/api/v1/entries/{}", second.id);
    let seen = json_of(t.get(&path, &county), 200).await;
    let stamp = json!({ "slot": "county-cyberspace", "digest": seen["digest"], "opinion": "同意" });
    json_of(t.post(&format!("{path}/stamps"), &county, &stamp), 200).await;
    let body = json!({ "opinion": "同意" });
    let post = t.post(&format!("{path}/endorsement"), &county, &body);
    let open = json_of(post.header("if-match", seen["version"].to_string()), 422).await;
    assert_eq!(open["code"], "finding_undecided");
    t.stamp_and_endorse(&county, &second.id, &[]).await;
}
