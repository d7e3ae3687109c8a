//! An organiser keeps the officers of the own tree: adds, changes, takes out of service, puts back.

use domain::actor::Role;
use entity::event;
use reqwest::RequestBuilder;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
const OFFICERS: &str = "/admin/api/v1/officers";

struct Scene {
    t: TestApp,
    county: String,
    organiser: String,
    login: String,
    id: String,
}

impl Scene {
    /// An organiser of the city and a clerk of the county.
    async fn new() -> Scene {
        let t = TestApp::start(IN_BOZHOU_WINDOW).await;
        t.campaign(SLUG).await;
        let county = t.agency(SLUG, "谯城区委网信办").await;
        let city = t.agency(SLUG, "亳州市委网信办").await;
        let organiser = t.officer(&city, &[Role::Organiser]).await;
        let login = t.known_officer(&county, &[Role::Clerk], false).await;
        let id = id_of(&t, &login).await;
        Scene {
            t,
            county,
            organiser,
            login,
            id,
        }
    }

    async fn token(&self) -> String {
        token(&self.t, &self.login).await
    }

    async fn line(&self) -> Value {
        let all = json_of(self.t.get(OFFICERS, &self.organiser), 200).await;
        let mut lines = all.as_array().unwrap().iter();
        lines.find(|o| o["id"] == self.id.as_str()).unwrap().clone()
    }

    async fn change(&self, version: i64, change: Value, status: u16) -> Value {
        let mut body = json!({
            "agency_id": self.county, "name": "王某", "roles": ["clerk"], "reason": "岗位调整",
        });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let path = format!("{OFFICERS}/{}", self.id);
        let change = self.t.put(&path, &self.organiser, &body);
        json_of(change.header("if-match", version.to_string()), status).await
    }

    fn reinstate(&self) -> RequestBuilder {
        let path = format!("{OFFICERS}/{}/reinstatement", self.id);
        let body = json!({ "reason": "误停用" });
        self.t.post(&path, &self.organiser, &body)
    }
}

async fn id_of(t: &TestApp, login: &str) -> String {
    let row = tuixuan::db::officers::by_login(t.app.db.read(), login).await;
    row.unwrap().unwrap().id
}

async fn token(t: &TestApp, login: &str) -> String {
    let answer = t.sign_in(login, 200).await;
    answer["token"].as_str().unwrap().to_owned()
}

fn disable(t: &TestApp, by: &str, id: &str) -> RequestBuilder {
    let url = format!("{}{OFFICERS}/{id}", t.base);
    t.client.delete(url).bearer_auth(by)
}

/// What the trail keeps of a kind, oldest first.
async fn events(t: &TestApp, kind: &str) -> Vec<Value> {
    let events = event::Entity::find()
        .filter(event::Column::Kind.eq(kind))
        .order_by_asc(event::Column::Seq);
    let rows = events.all(t.app.db.read()).await.unwrap();
    let bodies = rows.iter().map(|e| serde_json::from_str(&e.body).unwrap());
    bodies.collect()
}

#[tokio::test]
async fn the_same_key_adds_one_officer() {
    let s = Scene::new().await;
    let new = |password: &str| {
        json!({
            "agency_id": s.county, "login": "newcomer", "name": "新人", "roles": ["clerk"],
            "first_password": password,
        })
    };
    let key = new_id();
    let add = |password: &str| {
        s.t.post(OFFICERS, &s.organiser, &new(password))
            .header("idempotency-key", &key)
    };
    let missing = s.t.post(OFFICERS, &s.organiser, &new("First-password-1"));
    assert_eq!(
        json_of(missing, 400).await["code"],
        "idempotency_key_missing"
    );
    let first = json_of(add("First-password-1"), 200).await;
    assert_eq!(json_of(add("First-password-1"), 200).await, first);
    let other = json_of(add("Other-password-1"), 422).await;
    assert_eq!(other["code"], "idempotency_key_reused");
    let taken = s.t.post(OFFICERS, &s.organiser, &new("First-password-1"));
    let taken = json_of(taken.header("idempotency-key", new_id()), 409).await;
    assert_eq!(taken["code"], "login_taken");
    assert_eq!(events(&s.t, "officer_added").await.len(), 3);
}

#[tokio::test]
async fn other_rights_end_the_sign_ins_and_another_name_does_not() {
    let s = Scene::new().await;
    let seen = s.line().await;
    assert_eq!(
        (&seen["version"], &seen["agency_id"]),
        (&json!(1), &json!(s.county))
    );
    let mine = s.token().await;
    s.change(0, json!({ "name": "汪某" }), 412).await;
    s.change(1, json!({ "name": " " }), 422).await;
    s.change(1, json!({ "reason": " " }), 422).await;
    s.change(1, json!({ "roles": ["chief"] }), 422).await;
    let renamed = s.change(1, json!({ "name": "汪某" }), 200).await;
    assert_eq!(
        (&renamed["name"], &renamed["version"]),
        (&json!("汪某"), &json!(2))
    );
    json_of(s.t.get("/admin/api/v1/me", &mine), 200).await;

    let roles = json!({ "name": "汪某", "roles": ["seal_keeper", "reviewer"] });
    let promoted = s.change(2, roles, 200).await;
    assert_eq!(promoted["roles"], json!(["reviewer", "seal_keeper"]));
    json_of(s.t.get("/admin/api/v1/me", &mine), 401).await;
    let again = s.token().await;
    let partner = s.t.agency(SLUG, "谯城区文明办").await;
    let moved = json!({ "agency_id": partner, "roles": ["reviewer", "seal_keeper"] });
    s.change(3, moved, 200).await;
    json_of(s.t.get("/admin/api/v1/me", &again), 401).await;
    let me = json_of(s.t.get("/admin/api/v1/me", &s.token().await), 200).await;
    assert_eq!(me["agency"]["name"], "谯城区文明办");
    s.change(4, json!({ "agency_id": "none" }), 404).await;

    let told = events(&s.t, "officer_changed").await;
    assert_eq!(told.len(), 3);
    let is = |roles: &str, agency: &str| json!({ "agency": agency, "roles": roles });
    assert_eq!(
        told[1],
        json!({
            "officer": s.id, "was": is("clerk", &s.county), "is": is("reviewer,seal_keeper", &s.county),
            "renamed": false, "reason": "岗位调整",
        })
    );
}

#[tokio::test]
async fn an_officer_taken_out_of_service_is_put_back_with_a_reason() {
    let s = Scene::new().await;
    let early = json_of(s.reinstate(), 409).await;
    assert_eq!(early["code"], "officer_in_service");
    for _ in 0..2 {
        json_of(disable(&s.t, &s.organiser, &s.id), 200).await;
    }
    s.t.sign_in(&s.login, 401).await;
    assert_eq!(s.line().await["disabled"], true);
    let path = format!("{OFFICERS}/{}/reinstatement", s.id);
    let blank = s.t.post(&path, &s.organiser, &json!({ "reason": " " }));
    json_of(blank, 422).await;
    json_of(s.reinstate(), 200).await;
    s.t.sign_in(&s.login, 200).await;
    assert_eq!(events(&s.t, "officer_disabled").await.len(), 1);
    let back = json!({ "officer": s.id, "reason": "误停用" });
    assert_eq!(events(&s.t, "officer_reinstated").await, [back]);
}

#[tokio::test]
async fn nobody_changes_the_own_rights_and_one_organiser_is_left() {
    let s = Scene::new().await;
    let city = s.t.agency(SLUG, "亳州市委网信办").await;
    let me = json_of(s.t.get("/admin/api/v1/me", &s.organiser), 200).await;
    let own = me["id"].as_str().unwrap();
    let refused = json_of(disable(&s.t, &s.organiser, own), 403).await;
    assert_eq!(refused["code"], "own_rights");
    let mine = |name: &str, roles: Value| {
        let body = json!({ "agency_id": city, "name": name, "roles": roles, "reason": "调整" });
        let path = format!("{OFFICERS}/{own}");
        s.t.put(&path, &s.organiser, &body).header("if-match", "1")
    };
    json_of(mine("王某", json!(["organiser", "auditor"])), 403).await;
    json_of(mine("汪某", json!(["organiser"])), 200).await;

    let login = s.t.known_officer(&city, &[Role::Organiser], false).await;
    let (second, id) = (token(&s.t, &login).await, id_of(&s.t, &login).await);
    let first_out = json_of(disable(&s.t, &s.organiser, &id), 200);
    let second_out = json_of(disable(&s.t, &second, own), 401);
    s.t.after(first_out, second_out).await;
    json_of(s.t.get("/admin/api/v1/me", &s.organiser), 200).await;
}
