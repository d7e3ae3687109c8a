//! 内容安全: asked after the commit, answered by push, left to a person where WeChat cannot say.

use std::sync::Arc;
use std::time::Duration;

use domain::actor::Role;
use entity::{content_check, outbox};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use tuixuan::app::outbox::send_all;
use tuixuan::config::Secret;
use tuixuan::wechat::stand_in::pushing::{Pushing, told};
use tuixuan::wechat::stand_in::{Door, Fault};

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";
const TOKEN: &str = "push-token";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const MINUTE: i64 = 60_000;

struct Scene {
    t: TestApp,
    owner: String,
    entry: String,
}

impl Scene {
    /// An entry that was handed in, with this summary.
    async fn with(summary: &str) -> Scene {
        let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
            s.wechat.check_content = true;
            s.wechat.push_token = Secret(TOKEN.into());
            s.wechat.push_key = Secret(KEY.into());
        })
        .await;
        t.campaign(SLUG).await;
        let owner = t.applicant("owner").await;
        let mut input = t.bozhou_input("谯城发布").await;
        input["answers"]["summary"] = json!(summary);
        let (entry, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
        t.submit(&owner, &entry, version).await;
        Scene { t, owner, entry }
    }

    fn pushing(&self) -> Pushing {
        Pushing {
            url: format!("{}/wechat/push", self.t.base),
            token: TOKEN.into(),
            key: KEY.into(),
            app_id: "test".into(),
        }
    }

    async fn push(&self, text: &str) {
        let push = self.pushing().prepare(text, self.t.app.now() / 1000);
        let sent = self.t.client.post(&push.url).body(push.body).send().await;
        assert_eq!(sent.unwrap().text().await.unwrap(), "success");
    }

    async fn send(&self) -> usize {
        send_all(&self.t.app).await.unwrap()
    }

    /// Kind and state of every check, in the order of kinds.
    async fn states(&self) -> Vec<String> {
        let rows = content_check::Entity::find()
            .all(self.t.app.db.read())
            .await;
        let mut states: Vec<String> = (rows.unwrap().into_iter())
            .map(|r| format!("{} {}", r.kind, r.state))
            .collect();
        states.sort();
        states
    }

    async fn reviewer(&self) -> String {
        self.t.reviewer(SLUG, "谯城区委网信办").await
    }

    async fn seen(&self, reviewer: &str) -> Vec<Value> {
        let path = format!("/admin/api/v1/entries/{}", self.entry);
        let seen = json_of(self.t.get(&path, reviewer), 200).await;
        seen["content_checks"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn text_and_pictures_pass_without_a_person() {
    let s = Scene::with("账号情况良好。").await;
    assert_eq!(
        s.states().await[..2],
        ["picture pending", "picture pending"]
    );
    let clock = Arc::new(s.t.clock.clone());
    s.t.wechat.push_to(s.pushing(), clock);
    assert_eq!(s.send().await, 5);
    let texts = s.t.wechat.texts().join("\n");
    assert!(
        texts.contains("谯城发布") && texts.contains("账号情况良好"),
        "{texts}"
    );
    for personal in ["张㛃䶮𬭎𠅤", "13800138000", "a@example.cn"] {
        assert!(!texts.contains(personal), "{texts}");
    }
    // the stand-in fetches each picture at the server's address and pushes its answer
    let mut passed = vec!["picture pass".to_owned(); 4];
    passed.push("text pass".into());
    for _ in 0..100 {
        if s.states().await == passed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(s.states().await, passed);
    assert_eq!(s.send().await, 0);
}

#[tokio::test]
async fn a_link_shows_one_picture_for_an_hour_to_whoever_has_it_whole() {
    let s = Scene::with("账号情况良好。").await;
    s.send().await;
    let (_, url) = s.t.wechat.pictures().remove(0);
    let picture = bytes_of(s.t.client.get(&url)).await;
    assert_eq!(
        image::guess_format(&picture).unwrap(),
        image::ImageFormat::Jpeg
    );
    let status = async |url: &str| s.t.client.get(url).send().await.unwrap().status().as_u16();
    let altered = match url.ends_with('A') {
        true => format!("{}B", &url[..url.len() - 1]),
        false => format!("{}A", &url[..url.len() - 1]),
    };
    assert_eq!(status(&altered).await, 404);
    // a link of another purpose, signed with the same key
    let other = tuixuan::security::link::sign(&s.t.app.token_key, "other", "x", i64::MAX);
    assert_eq!(
        status(&format!("{}/wechat/pictures/{other}", s.t.base)).await,
        404
    );
    s.t.clock.set(IN_BOZHOU_WINDOW + 60 * MINUTE - 1);
    assert_eq!(status(&url).await, 200);
    s.t.clock.set(IN_BOZHOU_WINDOW + 60 * MINUTE);
    assert_eq!(status(&url).await, 404);
}

#[tokio::test]
async fn what_wechat_says_is_kept_and_pushed_answers_count_once() {
    let s = Scene::with("这里有违禁内容。").await;
    s.send().await;
    let reviewer = s.reviewer().await;
    let seen = s.seen(&reviewer).await;
    let text = seen.iter().find(|c| c["kind"] == "text").unwrap();
    assert_eq!(
        (&text["state"], &text["label"]),
        (&json!("risky"), &json!(20006))
    );

    let traces: Vec<String> = s.t.wechat.pictures().into_iter().map(|(t, _)| t).collect();
    s.push(&told(&traces[0], "test", Some(("risky", 20002))))
        .await;
    s.push(&told(&traces[0], "test", Some(("pass", 100)))).await;
    s.push(&told(&traces[1], "test", Some(("review", 21000))))
        .await;
    // the first version of the event, in both its forms
    let first = |trace: &str, fields: &str| {
        format!(
            "<xml><Event><![CDATA[wxa_media_check]]></Event><trace_id><![CDATA[{trace}]]></trace_id>{fields}</xml>"
        )
    };
    let passed = "<isrisky>0</isrisky><status_code>0</status_code>";
    s.push(&first(&traces[2], passed)).await;
    let failed = "<isrisky>0</isrisky><status_code>4294966288</status_code>";
    s.push(&first(&traces[3], failed)).await;
    s.push(&told("nobody-asked", "test", Some(("risky", 20002))))
        .await;
    let expected = [
        "picture pass",
        "picture person",
        "picture review",
        "picture risky",
        "text risky",
    ];
    assert_eq!(s.states().await, expected);
}

#[tokio::test]
async fn a_verdict_that_comes_before_its_trace_is_on_record_is_kept() {
    let s = Scene::with("账号情况良好。").await;
    let risky = told("early", "test", Some(("risky", 20002)));
    s.push(&risky).await;
    s.push(&risky).await;
    s.push(&told("early", "test", Some(("pass", 100)))).await;
    s.t.wechat.name_traces(["early".into()]);
    assert_eq!(s.send().await, 5);
    let expected = [
        "picture pending",
        "picture pending",
        "picture pending",
        "picture risky",
        "text pass",
    ];
    assert_eq!(s.states().await, expected);
    let rows = content_check::Entity::find().all(s.t.app.db.read()).await;
    let labels = rows.unwrap().into_iter().filter(|r| r.state == "risky");
    assert_eq!(labels.map(|r| r.label).collect::<Vec<_>>(), [Some(20002)]);
}

#[tokio::test]
async fn without_an_answer_in_forty_minutes_a_person_decides() {
    let s = Scene::with("账号情况良好。").await;
    s.send().await;
    // one could not be fetched
    let (trace, _) = s.t.wechat.pictures().remove(1);
    s.push(&told(&trace, "test", None)).await;
    assert_eq!(
        s.states().await[..4]
            .iter()
            .filter(|s| s.ends_with("person"))
            .count(),
        1
    );
    s.t.clock.set(IN_BOZHOU_WINDOW + 40 * MINUTE);
    s.send().await;
    assert_eq!(s.states().await[0], "picture pending");
    s.t.clock.set(IN_BOZHOU_WINDOW + 40 * MINUTE + 1);
    s.send().await;
    assert_eq!(s.states().await[..4], ["picture person"; 4]);
    // too late
    let (trace, _) = s.t.wechat.pictures().remove(0);
    s.push(&told(&trace, "test", Some(("pass", 100)))).await;
    assert_eq!(s.states().await[..4], ["picture person"; 4]);
}

#[tokio::test]
async fn who_wechat_does_not_know_is_left_to_a_person_and_trouble_is_tried_again() {
    let s = Scene::with("账号情况良好。").await;
    s.t.wechat.script(Door::Text, [Fault::Errcode(61010)]);
    s.t.wechat
        .script(Door::Picture, vec![Fault::Errcode(-1), Fault::Status(502)]);
    s.send().await;
    let states = s.states().await;
    assert_eq!(states[4], "text person");
    let rows = outbox::Entity::find().order_by_asc(outbox::Column::State);
    let rows = rows.all(s.t.app.db.read()).await.unwrap();
    let states: Vec<&str> = rows.iter().map(|r| r.state.as_str()).collect();
    assert_eq!(states, ["failed", "planned", "planned", "sent", "sent"]);
    assert_eq!(rows[0].fault.as_deref(), Some("errcode 61010"));
    s.t.clock.set(IN_BOZHOU_WINDOW + 20_000);
    assert_eq!(s.send().await, 2);
    assert_eq!(s.t.wechat.pictures().len(), 4);

    // until the day is over; then a person
    let s = Scene::with("账号情况良好。").await;
    s.t.wechat.script(Door::Text, vec![Fault::Errcode(-1); 9]);
    for hour in 0..60 {
        s.t.clock.set(IN_BOZHOU_WINDOW + hour * 60 * MINUTE);
        s.send().await;
    }
    assert_eq!(s.states().await[4], "text person");
}

#[tokio::test]
async fn a_check_under_way_when_the_process_ended_is_made_again() {
    let s = Scene::with("账号情况良好。").await;
    let rows = outbox::Entity::find().all(s.t.app.db.read()).await.unwrap();
    let now = s.t.app.now();
    for row in rows {
        let claim = s.t.app.db.write(move |tx| {
            Box::pin(async move { tuixuan::db::outbox::claim(tx, row, now).await })
        });
        claim.await.unwrap().unwrap();
    }
    assert_eq!(s.send().await, 0);
    s.t.clock.set(IN_BOZHOU_WINDOW + 6 * MINUTE);
    assert_eq!(s.send().await, 5);
    assert_eq!(s.t.wechat.texts().len(), 1);
}

#[tokio::test]
async fn a_person_decides_once_and_it_is_recorded() {
    let s = Scene::with("有存疑之处。").await;
    let reviewer = s.reviewer().await;
    let check = |seen: &[Value], kind: &str| {
        let found = seen.iter().find(|c| c["kind"] == kind).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let queue = async |undecided: bool| {
        let path = format!("/admin/api/v1/campaigns/{SLUG}/queue?content_undecided={undecided}");
        let rows = json_of(s.t.get(&path, &reviewer), 200).await;
        rows.as_array().unwrap().len()
    };
    assert_eq!((queue(true).await, queue(false).await), (0, 1));
    let before = s.seen(&reviewer).await;
    let decide = |token: String, id: String, accepted: bool| {
        let path = format!(
            "/admin/api/v1/entries/{}/content-checks/{id}/verdict",
            s.entry
        );
        let body = json!({ "accepted": accepted, "reason": "经核实无问题" });
        s.t.put(&path, &token, &body)
    };
    let text = check(&before, "text");
    let early = decide(reviewer.clone(), text.clone(), true);
    assert_eq!(json_of(early, 422).await["code"], "content_settled");
    s.send().await;
    assert_eq!((queue(true).await, queue(false).await), (1, 0));

    let partner = s.t.agency(SLUG, "谯城区文明办").await;
    let clerk = s.t.officer(&partner, &[Role::Clerk]).await;
    assert_eq!(
        json_of(decide(clerk, text.clone(), true), 403).await["code"],
        "role_missing"
    );
    let city = s.t.reviewer(SLUG, "亳州市委网信办").await;
    let not_yet = json_of(decide(city, text.clone(), true), 422).await;
    assert_eq!(not_yet["code"], "not_your_step");
    json_of(decide(reviewer.clone(), text.clone(), true), 200).await;
    let again = json_of(decide(reviewer.clone(), text.clone(), false), 409).await;
    assert_eq!(again["code"], "content_decided");
    json_of(decide(reviewer.clone(), "none".into(), true), 404).await;

    let seen = s.seen(&reviewer).await;
    let decided = seen.iter().find(|c| c["kind"] == "text").unwrap();
    assert_eq!(decided["state"], "review");
    assert_eq!(
        decided["verdict"],
        json!({
            "accepted": true, "reason": "经核实无问题", "decided_at": IN_BOZHOU_WINDOW,
            "decided_by": decided["verdict"]["decided_by"],
        })
    );
    assert_eq!(decided["verdict"]["decided_by"]["name"], "王某");
    assert_eq!(queue(true).await, 0);
    let (kinds, _) = s.t.campaign_events(SLUG).await;
    assert_eq!(kinds.last().map(String::as_str), Some("content_decided"));
}

#[tokio::test]
async fn a_second_round_checks_its_text_and_new_files_only() {
    let s = Scene::with("账号情况良好。").await;
    let reviewer = s.reviewer().await;
    let path = format!("/admin/api/v1/entries/{}", s.entry);
    let version = json_of(s.t.get(&path, &reviewer), 200).await["version"].to_string();
    let slip = json!({ "items": [{ "field": "pictures", "message": "请补充" }] });
    let back = s.t.post(&format!("{path}/return"), &reviewer, &slip);
    json_of(back.header("if-match", version), 200).await;
    let path = format!("/api/v1/entries/{}", s.entry);
    let own = json_of(s.t.get(&path, &s.owner), 200).await;
    let mut files = own["evidence"].as_array().unwrap().iter();
    let first = files.find(|f| f["slot"] == "pictures").unwrap()["id"]
        .as_str()
        .unwrap();
    let removed =
        s.t.client
            .delete(format!("{}{path}/evidence/{first}", s.t.base));
    let removed = removed.bearer_auth(&s.owner).send().await.unwrap();
    assert!(removed.status().is_success());
    s.t.attach(&s.owner, &s.entry, "pictures", crate::support::blank_scan())
        .await;
    let own = json_of(
        s.t.get(&format!("/api/v1/entries/{}", s.entry), &s.owner),
        200,
    )
    .await;
    s.t.submit(&s.owner, &s.entry, own["version"].as_i64().unwrap())
        .await;
    let states = s.states().await;
    assert_eq!(states.len(), 7);
    // the first round's text and the picture that is gone wait for nobody
    let void = states.iter().filter(|state| state.ends_with(" void"));
    assert_eq!(void.count(), 2, "{states:?}");
    assert_eq!(s.seen(&reviewer).await.len(), 5);
}

#[tokio::test]
async fn people_of_the_web_page_and_what_is_no_picture_are_left_to_a_person() {
    let s = Scene::with("账号情况良好。").await;
    let rows = entity::entry::Entity::find().one(s.t.app.db.read()).await;
    let (mut row, app) = (rows.unwrap().unwrap(), s.t.app.clone());
    let by_phone = tuixuan::db::applicants::blank(app.now());
    row.applicant_id = by_phone.id.clone();
    row.id = "another".into();
    let file = |id: &str, media_type: &str| entity::evidence::Model {
        id: id.into(),
        entry_id: "another".into(),
        slot: "video".into(),
        sha256: "0".repeat(64),
        media_type: media_type.into(),
        bytes: 1,
        width: None,
        height: None,
        pages: None,
        duration_ms: None,
        header_ms: None,
        codec: None,
        has_sound: None,
        file_name: "x".into(),
        created_at: 0,
        place: None,
    };
    let files = [
        file("a", "video/mp4"),
        file("b", "image/png"),
        file("c", "application/pdf"),
    ];
    let now = app.now();
    let campaign = tuixuan::app::campaigns::by_slug(&app, SLUG).await.unwrap();
    let db = app.db.clone();
    let planned = db.write(move |tx| {
        Box::pin(async move {
            tuixuan::db::applicants::insert(tx, by_phone).await?;
            tuixuan::app::content_checks::plan(&app, tx, &campaign, &row, &files, now).await
        })
    });
    planned.await.unwrap();
    let rows = content_check::Entity::find()
        .all(s.t.app.db.read())
        .await
        .unwrap();
    let mut of_phone: Vec<String> = (rows.iter().filter(|r| r.entry_id == "another"))
        .map(|r| format!("{} {}", r.kind, r.state))
        .collect();
    of_phone.sort();
    let person = [
        "document person",
        "picture person",
        "text person",
        "video person",
    ];
    assert_eq!(of_phone, person);
}

#[tokio::test]
async fn switched_off_nothing_is_checked() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let told = json_of(t.get("/api/v1/client-settings", ""), 200).await;
    assert_eq!(told["content_check"], false);
    t.campaign(SLUG).await;
    let owner = t.applicant("owner").await;
    let input = t.bozhou_input("谯城发布").await;
    let (entry, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
    t.submit(&owner, &entry, version).await;
    let rows = content_check::Entity::find().all(t.app.db.read()).await;
    assert_eq!(rows.unwrap().len(), 0);
    let mut settings = tuixuan::config::WeChat {
        check_content: true,
        ..Default::default()
    };
    assert_eq!(
        settings.check_features().unwrap_err().name,
        "wechat.check_content"
    );
    settings.app_id = "wx".into();
    settings.push_token = Secret(TOKEN.into());
    settings.check_features().unwrap();
}
