//! Applicants and officers with their tokens; a campaign from a pack.

use domain::actor::Role;
use domain::notice::Notice;
use entity::event;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tuixuan::app::campaigns;
use tuixuan::app::officers::{self, NewOfficer};
use tuixuan::clock::new_id;
use tuixuan::db::events::By;
use tuixuan::db::references::dangling;
use tuixuan::packs;

use super::{TestApp, json_of};

const PASSWORD: &str = "Long-enough-1";

impl TestApp {
    /// Sets a pack up as a campaign named like it.
    pub async fn campaign(&self, key: &str) {
        self.campaign_but(key, |_| {}).await;
    }

    /// The same with another notice.
    pub async fn campaign_but(&self, key: &str, change: impl FnOnce(&mut Notice)) {
        let pack = packs::find(key).unwrap();
        let mut notice = Notice::parse(pack.notice).unwrap();
        change(&mut notice);
        let by = By::system(self.app.now());
        campaigns::create(&self.app, &by, key, notice, pack.templates())
            .await
            .unwrap();
    }

    /// Id of a campaign's agency, by its name.
    pub async fn agency(&self, slug: &str, name: &str) -> String {
        let campaign = campaigns::by_slug(&self.app, slug).await.unwrap();
        let all = campaigns::agencies(&self.app, &campaign).await.unwrap();
        all.into_iter()
            .find(|a| a.name == name)
            .unwrap_or_else(|| panic!("no agency {name}"))
            .id
    }

    /// Signs an applicant in through WeChat.
    pub async fn applicant(&self, name: &str) -> String {
        let code = json!({ "code": format!("login-{name}-{}", new_id()) });
        let answer = json_of(self.post("/api/v1/sessions/wechat", "", &code), 200).await;
        answer["token"].as_str().unwrap().to_owned()
    }

    /// Adds an officer to an agency; answers with its login.
    pub async fn known_officer(&self, agency: &str, roles: &[Role], must_change: bool) -> String {
        let login = format!("o{}", new_id());
        let new = NewOfficer {
            agency_id: agency.to_owned(),
            login: login.clone(),
            name: "王某".into(),
            roles: roles.to_vec(),
            password: PASSWORD.into(),
            must_change,
        };
        officers::add(&self.app, &By::system(self.app.now()), new)
            .await
            .unwrap();
        login
    }

    /// Adds an officer to an agency and signs it in.
    pub async fn officer(&self, agency: &str, roles: &[Role]) -> String {
        let login = self.known_officer(agency, roles, false).await;
        let answer = self.sign_in(&login, 200).await;
        answer["token"].as_str().unwrap().to_owned()
    }

    /// Signs an officer in with the right password.
    pub async fn sign_in(&self, login: &str, status: u16) -> Value {
        let body = json!({ "login": login, "password": PASSWORD });
        json_of(self.post("/admin/api/v1/sessions", "", &body), status).await
    }

    /// An officer who decides and stamps.
    pub async fn reviewer(&self, slug: &str, agency: &str) -> String {
        let id = self.agency(slug, agency).await;
        self.officer(&id, &[Role::Clerk, Role::Reviewer, Role::SealKeeper])
            .await
    }

    /// A complete 亳州 entry of an account by the county route.
    pub async fn bozhou_input(&self, name: &str) -> Value {
        let agency = self.agency("bozhou-2022", "谯城区委网信办").await;
        json!({
            "subject": "account", "category": "government", "route": "county", "agency_id": agency, "region": "341602",
            "answers": {
                "name": name, "domain_or_id": format!("id-{name}"), "platform": "wechat", "region": "341602", "operator_kind": "party",
                "host_unit": format!("{name}主办单位"), "address": "芍花路1号", "postcode": "236800", "contact": "张㛃䶮𬭎𠅤",
                "mobile": "13800138000", "email": "a@example.cn", "followers": 386_000, "summary": "账号情况。".repeat(20),
            }
        })
    }

    /// Draft with files, ready to be submitted: id and version.
    pub async fn ready_draft(
        &self,
        token: &str,
        input: &Value,
        slug: &str,
        slots: &[&str],
    ) -> (String, i64) {
        let created = json_of(
            self.post(&format!("/api/v1/campaigns/{slug}/entries"), token, input)
                .header("idempotency-key", new_id()),
            200,
        )
        .await;
        let id = created["id"].as_str().unwrap().to_owned();
        for slot in slots {
            self.attach(token, &id, slot, super::picture()).await;
        }
        let now = json_of(self.get(&format!("/api/v1/entries/{id}"), token), 200).await;
        (id, now["version"].as_i64().unwrap())
    }

    pub async fn attach(&self, token: &str, id: &str, slot: &str, bytes: Vec<u8>) -> Value {
        let (kind, body) = super::upload(slot, "材料.png", bytes);
        let request = self
            .client
            .post(format!("{}/api/v1/entries/{id}/evidence", self.base))
            .bearer_auth(token)
            .header("content-type", kind)
            .body(body);
        json_of(request, 200).await
    }

    /// Hands a draft in.
    pub async fn submit(&self, token: &str, id: &str, version: i64) -> Value {
        let body = json!({ "declarations": self.declarations(token, id).await });
        let request = self.post(&format!("/api/v1/entries/{id}/submission"), token, &body);
        json_of(
            request
                .header("if-match", version.to_string())
                .header("idempotency-key", new_id()),
            200,
        )
        .await
    }

    /// Every declaration of the entry's notice.
    pub async fn declarations(&self, token: &str, id: &str) -> Vec<String> {
        let entry = json_of(self.get(&format!("/api/v1/entries/{id}"), token), 200).await;
        let slug = entry["campaign"].as_str().unwrap();
        let campaign = campaigns::by_slug(&self.app, slug).await.unwrap();
        campaign
            .notice
            .form
            .declaration
            .iter()
            .map(|d| d.key.clone())
            .collect()
    }

    /// Decides every open finding, stamps every box of the officer's agency, endorses.
    pub async fn stamp_and_endorse(&self, token: &str, id: &str, slots: &[&str]) -> Value {
        let entry = json_of(self.get(&format!("/admin/api/v1/entries/{id}"), token), 200).await;
        for finding in entry["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["effect"] == "ask")
        {
            let rule = finding["rule"].as_str().unwrap();
            let decided = entry["verdicts"]
                .as_array()
                .unwrap()
                .iter()
                .any(|v| v["rule"] == rule);
            if !decided {
                let body = json!({ "accepted": true, "reason": "已核实" });
                json_of(
                    self.put(
                        &format!("/admin/api/v1/entries/{id}/findings/{rule}/verdict"),
                        token,
                        &body,
                    ),
                    200,
                )
                .await;
            }
        }
        for slot in slots {
            let body = json!({ "slot": slot, "digest": entry["digest"], "opinion": "情况属实，同意推荐。" });
            json_of(
                self.post(&format!("/admin/api/v1/entries/{id}/stamps"), token, &body),
                200,
            )
            .await;
        }
        let version = entry["version"].to_string();
        json_of(
            self.post(
                &format!("/admin/api/v1/entries/{id}/endorsement"),
                token,
                &json!({ "opinion": "同意推荐" }),
            )
            .header("if-match", version),
            200,
        )
        .await
    }

    /// What happened in a campaign: the kinds in order, and all bodies as one text.
    pub async fn campaign_events(&self, slug: &str) -> (Vec<String>, String) {
        let campaign = campaigns::by_slug(&self.app, slug).await.unwrap();
        let events = event::Entity::find()
            .filter(event::Column::CampaignId.eq(campaign.head.id))
            .order_by_asc(event::Column::Seq)
            .all(self.app.db.read())
            .await
            .unwrap();
        let text = events.iter().map(|e| e.body.as_str()).collect();
        (events.into_iter().map(|e| e.kind).collect(), text)
    }

    /// Nothing that was done left a row which names what is not there.
    pub async fn names_only_what_is_there(&self) {
        assert_eq!(dangling(self.app.db.read()).await.unwrap(), []);
    }

    /// What happened to an entry, one line each, without what differs from run to run.
    pub async fn trail(&self, token: &str, id: &str) -> Vec<String> {
        self.names_only_what_is_there().await;
        let events = json_of(
            self.get(&format!("/admin/api/v1/entries/{id}/trail"), token),
            200,
        )
        .await;
        let line = |e: &Value| {
            let body = &e["body"];
            let words: Vec<String> = [
                "slot",
                "step",
                "next",
                "round",
                "rule",
                "late",
                "waiting_for",
            ]
            .iter()
            .filter(|k| !body[**k].is_null())
            .map(|k| format!("{k}={}", body[*k]))
            .collect();
            format!(
                "{} {} {}",
                e["actor_kind"].as_str().unwrap(),
                e["kind"].as_str().unwrap(),
                words.join(" ")
            )
            .trim_end()
            .replace('"', "")
        };
        events.as_array().unwrap().iter().map(line).collect()
    }
}
