//! Subscribe messages: what applicants accept, and what they are told; each once, whatever happens on the way.

use std::collections::BTreeMap;

use entity::{outbox, subscription};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use tuixuan::app::outbox::send_all;
use tuixuan::clock::new_id;
use tuixuan::config::{MessageTemplate, WeChat};
use tuixuan::state::App;
use tuixuan::wechat::stand_in::{Door, Fault};
use tuixuan::wechat::template::{Facts, Occasion, Template};

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
const RETURNED: &str = "template-returned";
const DAY: i64 = 24 * 3_600_000;
/// 2022-05-28 23:59:59.999 in Asia/Shanghai: the slip's last instant.
const DUE: i64 = 1_653_753_599_999;

fn fields(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = of
        .iter()
        .map(|(name, fact)| ((*name).to_owned(), (*fact).to_owned()));
    owned.collect()
}

fn templates(wechat: &mut WeChat) {
    wechat.message_page = "pages/entry/entry".into();
    wechat.templates = vec![
        MessageTemplate {
            id: RETURNED.into(),
            occasions: vec![Occasion::Returned, Occasion::ReturnDue],
            fields: fields(&[
                ("thing1", "entry"),
                ("phrase2", "result"),
                ("time3", "due"),
                ("thing4", "=请修改后重新提交"),
            ]),
            lasting: false,
        },
        MessageTemplate {
            id: "template-passed".into(),
            occasions: vec![Occasion::StepPassed, Occasion::CertificateIssued],
            fields: fields(&[("thing1", "campaign"), ("date2", "at")]),
            lasting: true,
        },
    ];
}

struct Scene {
    t: TestApp,
    owner: String,
    reviewer: String,
    entry: String,
    version: i64,
}

/// An entry that was handed in, of an applicant of WeChat's.
async fn scene() -> Scene {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| templates(&mut s.wechat)).await;
    t.campaign(SLUG).await;
    let owner = t.applicant("owner").await;
    let input = t
        .bozhou_input("谯城发布，一个名字很长很长的政务新媒体账号")
        .await;
    let (entry, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
    let version = t.submit(&owner, &entry, version).await["version"].as_i64();
    let reviewer = t.reviewer(SLUG, "谯城区委网信办").await;
    Scene {
        owner,
        reviewer,
        entry,
        version: version.unwrap(),
        t,
    }
}

impl Scene {
    async fn subscribe(&self, template: &str, accepted: bool) -> Value {
        let body = json!({ "template_id": template, "accepted": accepted });
        let request = self.t.post("/api/v1/me/subscriptions", &self.owner, &body);
        json_of(request.header("idempotency-key", new_id()), 200).await
    }

    async fn give_back(&self) {
        let path = format!("/admin/api/v1/entries/{}/return", self.entry);
        let slip = json!({ "items": [{ "field": "summary", "message": "请补充" }] });
        let request = self.t.post(&path, &self.reviewer, &slip);
        json_of(request.header("if-match", self.version.to_string()), 200).await;
    }

    /// State and fault of every row, oldest first.
    async fn outbox(&self) -> Vec<(String, String)> {
        let rows = outbox::Entity::find().order_by_asc(outbox::Column::DueAt);
        let rows = rows.all(self.t.app.db.read()).await.unwrap();
        let told = rows
            .into_iter()
            .map(|r| (r.state, r.fault.unwrap_or_default()));
        told.collect()
    }

    async fn budget(&self) -> (i32, bool) {
        let rows = subscription::Entity::find().all(self.t.app.db.read()).await;
        let row = rows
            .unwrap()
            .into_iter()
            .find(|r| r.template_id == RETURNED);
        row.map_or((0, false), |r| (r.budget, r.refused_at.is_some()))
    }

    async fn send(&self) -> usize {
        send_all(&self.t.app).await.unwrap()
    }
}

fn ended(state: &str, fault: &str) -> (String, String) {
    (state.to_owned(), fault.to_owned())
}

#[tokio::test]
async fn clients_learn_the_templates_and_answers_are_counted_up_to_a_bound() {
    let s = scene().await;
    let told = json_of(s.t.get("/api/v1/client-settings", ""), 200).await;
    assert_eq!(
        told["subscribe_templates"],
        json!([
            { "template_id": RETURNED, "occasions": ["returned", "return_due"], "lasting": false },
            { "template_id": "template-passed", "occasions": ["step_passed", "certificate_issued"], "lasting": true },
        ])
    );
    let body = json!({ "template_id": RETURNED, "accepted": true });
    let path = "/api/v1/me/subscriptions";
    let once = || {
        s.t.post(path, &s.owner, &body)
            .header("idempotency-key", "the-same-key")
    };
    for _ in 0..2 {
        assert_eq!(json_of(once(), 200).await["budget"], 1);
    }
    for _ in 0..25 {
        s.subscribe(RETURNED, true).await;
    }
    let declined = s.subscribe(RETURNED, false).await;
    assert_eq!(
        declined,
        json!({ "template_id": RETURNED, "budget": 20, "refused": true })
    );
    assert_eq!(s.subscribe(RETURNED, true).await["refused"], false);

    let unknown = json!({ "template_id": "other", "accepted": true });
    let request =
        s.t.post(path, &s.owner, &unknown)
            .header("idempotency-key", new_id());
    assert_eq!(json_of(request, 422).await["code"], "template_unknown");
    assert_eq!(
        json_of(s.t.post(path, &s.owner, &body), 400).await["code"],
        "idempotency_key_missing"
    );
}

#[tokio::test]
async fn who_accepted_is_told_once_by_the_rules_of_the_fields() {
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    assert_eq!(s.budget().await, (0, false));
    assert_eq!(s.send().await, 1);
    assert_eq!(s.send().await, 0);
    let messages = s.t.wechat.messages();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(
        message["data"],
        json!({
            "thing1": { "value": "谯城发布，一个名字很长很长的政务新媒体…" },
            "phrase2": { "value": "退回补正" },
            "time3": { "value": "2022年5月28日 23:59" },
            "thing4": { "value": "请修改后重新提交" },
        })
    );
    assert_eq!(message["page"], format!("pages/entry/entry?id={}", s.entry));
    assert_eq!(message["miniprogram_state"], "formal");
    assert_eq!(s.outbox().await, [ended("sent", "")]);
    let rows = outbox::Entity::find().all(s.t.app.db.read()).await.unwrap();
    assert!(!rows[0].body.contains("谯城"), "{}", rows[0].body);
}

#[tokio::test]
async fn without_an_acceptance_nothing_is_planned() {
    let s = scene().await;
    s.subscribe(RETURNED, false).await;
    s.give_back().await;
    assert_eq!((s.outbox().await, s.send().await), (vec![], 0));
}

#[tokio::test]
async fn the_reminder_comes_a_day_before_the_end_unless_answered() {
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    assert_eq!(s.send().await, 1);
    s.t.clock.set(DUE - DAY - 1);
    assert_eq!(s.send().await, 0);
    s.t.clock.set(DUE - DAY);
    assert_eq!(s.send().await, 1);
    let messages = s.t.wechat.messages();
    assert_eq!(messages[1]["data"]["phrase2"]["value"], "即将到期");

    // another, given more time: reminded of that, and of that only, by what was accepted for the reminder
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    s.send().await;
    let longer = json!({ "days": 5, "reason": "证照补办需要时间" });
    let path = format!("/admin/api/v1/entries/{}/slip", s.entry);
    let call = s.t.put(&path, &s.reviewer, &longer);
    let version = (s.version + 1).to_string();
    json_of(call.header("if-match", version), 200).await;
    s.t.clock.set(DUE - DAY);
    s.send().await;
    assert_eq!(s.t.wechat.messages().len(), 1);
    s.t.clock.set(DUE + DAY);
    s.send().await;
    let messages = s.t.wechat.messages();
    assert_eq!(messages[1]["data"]["time3"]["value"], "2022年5月30日 23:59");
    assert_eq!(s.outbox().await, [ended("sent", ""), ended("sent", "")]);

    // another, answered in time
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    s.send().await;
    let own = json_of(
        s.t.get(&format!("/api/v1/entries/{}", s.entry), &s.owner),
        200,
    )
    .await;
    s.t.submit(&s.owner, &s.entry, own["version"].as_i64().unwrap())
        .await;
    s.t.clock.set(DUE - DAY);
    assert_eq!(s.send().await, 1);
    assert_eq!(s.t.wechat.messages().len(), 1);
    assert_eq!(s.outbox().await, [ended("sent", ""), ended("dropped", "")]);
    assert_eq!(s.budget().await, (1, false));
}

#[tokio::test]
async fn a_lasting_acceptance_is_not_used_up_and_tells_of_certificates() {
    let s = scene().await;
    s.subscribe("template-passed", true).await;
    s.t.stamp_and_endorse(&s.reviewer, &s.entry, &["county-cyberspace"])
        .await;
    let partner = s.t.reviewer(SLUG, "谯城区文明办").await;
    s.t.stamp_and_endorse(&partner, &s.entry, &["county-civilisation"])
        .await;
    assert_eq!(s.send().await, 1);
    assert_eq!(
        s.t.wechat.messages()[0]["data"]["date2"]["value"],
        "2022年5月25日"
    );
    let row = subscription::Entity::find().one(s.t.app.db.read()).await;
    assert_eq!(row.unwrap().unwrap().budget, 1);
}

#[tokio::test]
async fn what_wechat_refuses_is_kept_with_its_reason() {
    for (errcode, budget) in [(43101, (0, true)), (40003, (1, false)), (40037, (1, false))] {
        let s = scene().await;
        s.subscribe(RETURNED, true).await;
        s.give_back().await;
        s.t.wechat.script(Door::Message, [Fault::Errcode(errcode)]);
        s.send().await;
        let expected = ended("failed", &format!("errcode {errcode}"));
        assert_eq!(s.outbox().await, [expected]);
        assert_eq!(s.budget().await, budget, "{errcode}");
        assert_eq!(s.send().await, 0);
    }
}

#[tokio::test]
async fn a_field_against_the_rules_is_named_without_what_was_in_it() {
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    let sentence = "argument invalid! data.thing1.value 谯城发布 invalid rid: 6";
    s.t.wechat
        .script(Door::Message, [Fault::Sentence(47003, sentence)]);
    s.send().await;
    assert_eq!(s.outbox().await, [ended("failed", "errcode 47003 thing1")]);
    assert_eq!(s.budget().await, (1, false));
}

#[tokio::test]
async fn trouble_before_wechat_did_anything_is_tried_again_later() {
    for fault in [Fault::Errcode(-1), Fault::Errcode(45009)] {
        let s = scene().await;
        s.subscribe(RETURNED, true).await;
        s.give_back().await;
        s.t.wechat.script(Door::Message, [fault]);
        s.send().await;
        assert_eq!(s.outbox().await[0].0, "planned");
        assert_eq!(s.send().await, 0);
        s.t.clock.set(IN_BOZHOU_WINDOW + 20_000);
        assert_eq!(s.send().await, 1);
        assert_eq!(s.t.wechat.messages().len(), 1);
    }
    // seven times, then never again
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    s.t.wechat
        .script(Door::Message, vec![Fault::Errcode(-1); 9]);
    let mut tries = 0;
    for hour in 0..100 {
        s.t.clock.set(IN_BOZHOU_WINDOW + hour * 3_600_000);
        tries += s.send().await;
    }
    assert_eq!(tries, 8);
    assert_eq!(s.outbox().await, [ended("failed", "errcode -1")]);
    assert_eq!(s.budget().await, (1, false));
}

#[tokio::test]
async fn a_refused_access_token_is_renewed_and_the_message_sent() {
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    s.t.wechat.script(Door::Message, [Fault::Errcode(42001)]);
    assert_eq!(s.send().await, 1);
    assert_eq!(s.outbox().await, [ended("sent", "")]);
    assert_eq!(s.t.wechat.tokens_given(), 2);
}

#[tokio::test]
async fn an_answer_that_never_came_is_reported_and_the_message_not_sent_again() {
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    s.t.wechat.script(Door::Message, [Fault::Status(502)]);
    assert_eq!(s.send().await, 1);
    assert_eq!(s.outbox().await[0].0, "unclear");
    s.t.clock.set(IN_BOZHOU_WINDOW + DAY);
    assert_eq!(s.send().await, 0);
    assert_eq!(s.t.wechat.messages().len(), 0);
}

#[tokio::test]
async fn a_process_that_ended_while_sending_leaves_a_report_and_no_second_message() {
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    // as far as a process comes that is killed in the middle
    let row = outbox::Entity::find().one(s.t.app.db.read()).await;
    let (row, now) = (row.unwrap().unwrap(), s.t.app.now());
    let claimed =
        s.t.app.db.write(move |tx| {
            Box::pin(async move { tuixuan::db::outbox::claim(tx, row, now).await })
        });
    assert!(claimed.await.unwrap().is_some());
    assert_eq!(s.send().await, 0);
    assert_eq!(s.outbox().await, [ended("sending", "")]);
    s.t.clock.set(IN_BOZHOU_WINDOW + 6 * 60_000);
    assert_eq!(s.send().await, 0);
    assert_eq!(
        s.outbox().await,
        [ended("unclear", "the process ended meanwhile")]
    );
    assert_eq!(s.t.wechat.messages().len(), 0);
}

#[tokio::test]
async fn senders_side_by_side_send_it_once() {
    let s = scene().await;
    s.subscribe(RETURNED, true).await;
    s.give_back().await;
    // another process on the same database
    let clock = std::sync::Arc::new(s.t.clock.clone());
    let other = App::open(s.t.app.settings.clone(), clock).await.unwrap();
    let sending = (0..8).map(|n| send_all(if n % 2 == 0 { &s.t.app } else { &other }));
    let sent = futures_util::future::join_all(sending).await;
    assert_eq!(sent.into_iter().map(Result::unwrap).sum::<usize>(), 1);
    assert_eq!(s.t.wechat.messages().len(), 1);
}

#[tokio::test]
async fn who_came_by_phone_is_not_asked() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| templates(&mut s.wechat)).await;
    let row = tuixuan::db::applicants::blank(t.app.now());
    let id = row.id.clone();
    let kept = t
        .app
        .db
        .write(move |tx| Box::pin(async move { tuixuan::db::applicants::insert(tx, row).await }));
    kept.await.unwrap();
    let claims = tuixuan::security::token::Claims {
        sub: id,
        exp: t.app.now() + DAY,
        ver: 1,
    };
    let token = tuixuan::security::token::sign(&t.app.token_key, &claims);
    let body = json!({ "template_id": RETURNED, "accepted": true });
    let request = t.post("/api/v1/me/subscriptions", &token, &body);
    let refused = json_of(request.header("idempotency-key", new_id()), 422).await;
    assert_eq!(refused["code"], "wechat_missing");
}

fn fault(occasions: &[Occasion], of: &[(&str, &str)]) -> Option<String> {
    Template::new("id", occasions, false, &fields(of)).err()
}

#[test]
fn a_template_that_wechat_would_refuse_stops_the_start() {
    let returned = [Occasion::Returned];
    assert_eq!(
        fault(&returned, &[("thing1", "entry"), ("time2", "due")]),
        None
    );
    for (field, fact) in [
        ("thing", "entry"),
        ("theme1", "entry"),
        ("thing1", "nobody"),
        ("phrase1", "entry"),
        ("number1", "receipt"),
        ("time1", "entry"),
        ("thing1", "="),
        ("thing1", "=一二三四五六七八九十一二三四五六七八九十一"),
        ("thing1", "=两\n行"),
        ("phrase1", "=一二三四五六"),
        ("phrase1", "=ok"),
        ("phone_number1", "=电话"),
    ] {
        let found = fault(&returned, &[(field, fact)]);
        assert!(found.is_some_and(|f| f.contains(field)), "{field} = {fact}");
    }
    assert!(fault(&[Occasion::Declined], &[("time1", "due")]).is_some());
    assert!(fault(&[Occasion::CertificateIssued], &[("thing1", "step")]).is_some());
    assert!(fault(&[], &[("thing1", "entry")]).is_some());

    let mut wechat = WeChat {
        app_id: "wx".into(),
        ..WeChat::default()
    };
    templates(&mut wechat);
    assert_eq!(wechat.read_templates().unwrap().len(), 2);
    wechat.message_page = "/pages/entry?x=1".into();
    assert_eq!(
        wechat.check_features().unwrap_err().name,
        "wechat.message_page"
    );
    templates(&mut wechat);
    wechat.templates[1].occasions.push(Occasion::Returned);
    assert_eq!(
        wechat.read_templates().unwrap_err().name,
        "wechat.templates"
    );
}

#[test]
fn values_are_cut_to_their_fields_and_never_empty() {
    let template = Template::new(
        "id",
        &[Occasion::Returned],
        false,
        &fields(&[
            ("thing1", "entry"),
            ("thing2", "step"),
            ("character_string3", "receipt"),
            ("thing4", "at"),
            ("date5", "at"),
        ]),
    );
    let facts = Facts {
        entry: "😀".repeat(11),
        step: " 县级\r\n审核 ".into(),
        receipt: "编号340000-ABC".into(),
        at: IN_BOZHOU_WINDOW,
        ..Facts::default()
    };
    let cut = template.unwrap().data(&facts);
    assert_eq!(cut["thing1"]["value"], format!("{}…", "😀".repeat(9)));
    assert_eq!(cut["thing2"]["value"], "县级  审核");
    assert_eq!(cut["character_string3"]["value"], "340000-ABC");
    assert_eq!(cut["thing4"]["value"], "2022年5月25日 10:00");
    assert_eq!(cut["date5"]["value"], "2022年5月25日");
    let empty = Template::new(
        "id",
        &[Occasion::Returned],
        false,
        &fields(&[("thing1", "step")]),
    );
    assert_eq!(
        empty.unwrap().data(&Facts::default())["thing1"]["value"],
        "无"
    );
}
