//! Organisers keep the agencies of their own tree, and say which take part.

use domain::actor::Role;
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
const AGENCIES: &str = "/admin/api/v1/agencies";

struct Scene {
    t: TestApp,
    organiser: String,
    city: String,
    county: String,
}

async fn scene() -> Scene {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = t.agency(SLUG, "亳州市委网信办").await;
    let county = t.agency(SLUG, "谯城区委网信办").await;
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    Scene {
        t,
        organiser,
        city,
        county,
    }
}

fn unit(name: &str, parent: &str) -> Value {
    json!({ "name": name, "tier": "unit", "system": "education", "region": "341602", "parent_id": parent })
}

impl Scene {
    async fn add(&self, body: &Value, status: u16) -> Value {
        let request = self.t.post(AGENCIES, &self.organiser, body);
        json_of(request.header("idempotency-key", new_id()), status).await
    }

    async fn put(&self, id: &str, version: i64, body: &Value, status: u16) -> Value {
        let request = self
            .t
            .put(&format!("{AGENCIES}/{id}"), &self.organiser, body);
        json_of(request.header("if-match", version), status).await
    }

    async fn get(&self, id: &str) -> Value {
        json_of(
            self.t.get(&format!("{AGENCIES}/{id}"), &self.organiser),
            200,
        )
        .await
    }

    async fn closure(&self, method: &str, id: &str, version: &Value, status: u16) -> Value {
        let path = format!("{}{AGENCIES}/{id}/closure", self.t.base);
        let request = (self.t.client)
            .request(method.parse().unwrap(), path)
            .bearer_auth(&self.organiser)
            .header("if-match", version.to_string());
        json_of(request, status).await
    }

    async fn import(&self, key: &str, csv: &str, status: u16) -> Value {
        let path = format!("{AGENCIES}/imports");
        let request = self.t.post(&path, &self.organiser, &json!({ "csv": csv }));
        json_of(request.header("idempotency-key", key), status).await
    }

    async fn names(&self, query: &str) -> Vec<String> {
        let path = format!("{AGENCIES}?limit=100&{query}");
        let page = json_of(self.t.get(&path, &self.organiser), 200).await;
        let all = page.as_array().unwrap().iter();
        all.map(|a| a["name"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn part(&self, method: &str, id: &str, status: u16) -> Value {
        let path = format!(
            "{}/admin/api/v1/campaigns/{SLUG}/agencies/{id}",
            self.t.base
        );
        let request = (self.t.client)
            .request(method.parse().unwrap(), path)
            .bearer_auth(&self.organiser);
        json_of(request, status).await
    }

    /// An entry that waits for the county, and its applicant.
    async fn entry_at_the_county(&self) -> (String, String) {
        let owner = self.t.applicant("owner").await;
        let input = self.t.bozhou_input("平台之声").await;
        let files = [
            "pictures",
            "pictures",
            "pictures",
            "qualification",
            "stamped_form",
        ];
        let (id, version) = self.t.ready_draft(&owner, &input, SLUG, &files).await;
        self.t.submit(&owner, &id, version).await;
        (id, owner)
    }
}

#[tokio::test]
async fn an_agency_is_added_once_and_renamed_over_the_version_seen() {
    let s = scene().await;
    let (key, body) = (new_id(), unit("亳州学院", &s.city));
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = s.t.post(AGENCIES, &s.organiser, &body);
        let added = json_of(request.header("idempotency-key", &key), 200).await;
        ids.push(added["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    let renamed = s
        .put(&ids[0], 1, &unit("亳州学院（新）", &s.city), 200)
        .await;
    assert_eq!(renamed["name"], "亳州学院（新）");
    assert_eq!(renamed["version"], 2);
    let stale = s.put(&ids[0], 1, &unit("亳州学院", &s.city), 412).await;
    assert_eq!(stale["code"], "stale");
    let mut odd = unit("亳州学院", &s.city);
    odd["extra"] = json!(1);
    s.add(&odd, 400).await;
    let mut wrong = unit("亳州学院", &s.city);
    wrong["region"] = json!("999999");
    wrong["system"] = json!("教育");
    let faults = s.add(&wrong, 422).await;
    let fields: Vec<&str> = (faults["violations"].as_array().unwrap().iter())
        .map(|v| v["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["system", "region"]);
}

#[tokio::test]
async fn two_processes_do_not_move_two_agencies_into_each_other() {
    let s = scene().await;
    let other = s.t.beside(|_| {}).await;
    for round in 0..10 {
        let [a, b] = ["甲", "乙"].map(|name| format!("{name}{round}学院"));
        let (first, second) = (
            s.add(&unit(&a, &s.county), 200).await,
            s.add(&unit(&b, &s.county), 200).await,
        );
        let [first, second] = [&first, &second].map(|row| row["id"].as_str().unwrap());
        let below = |t: &TestApp, id: &str, name: &str, parent: &str| {
            let path = format!("{AGENCIES}/{id}");
            let put = t.put(&path, &s.organiser, &unit(name, parent));
            put.header("if-match", 1).send()
        };
        let (one, two) = tokio::join!(
            below(&s.t, first, &a, second),
            below(&other, second, &b, first)
        );
        let told = [one, two].map(|answer| answer.unwrap().status().as_u16());
        assert_eq!(
            told.iter().filter(|status| **status == 200).count(),
            1,
            "{told:?}"
        );
        let parents = [s.get(first).await, s.get(second).await].map(|row| row["parent_id"].clone());
        assert!(parents.contains(&json!(s.county)), "{parents:?}");
    }
}

#[tokio::test]
async fn a_move_takes_the_whole_subtree_and_makes_no_cycle() {
    let s = scene().await;
    let school = s.add(&unit("亳州学院", &s.city), 200).await;
    let school = school["id"].as_str().unwrap();
    let faculty = s.add(&unit("亳州学院教务处", school), 200).await;
    let faculty = faculty["id"].as_str().unwrap();
    let clerk = s.t.officer(faculty, &[Role::Organiser]).await;
    let cycle = s.put(school, 1, &unit("亳州学院", faculty), 422).await;
    assert_eq!(cycle["code"], "agency_cycle");
    let county = s.t.officer(&s.county, &[Role::Organiser]).await;
    json_of(s.t.get(&format!("{AGENCIES}/{faculty}"), &county), 404).await;

    let moved = s.put(school, 1, &unit("亳州学院", &s.county), 200).await;
    assert_eq!(moved["parent_id"], json!(s.county));
    let below = json_of(s.t.get(&format!("{AGENCIES}/{faculty}"), &county), 200).await;
    assert_eq!(below["name"], "亳州学院教务处");
    let own = json_of(s.t.get(AGENCIES, &clerk), 200).await;
    assert_eq!(own.as_array().unwrap().len(), 1);
    let root = s
        .put(&s.city, 1, &unit("亳州市委网信办", &s.county), 422)
        .await;
    assert_eq!(root["code"], "own_agency");
    let mut named = unit("亳州市委网信办（改）", "");
    named.as_object_mut().unwrap().remove("parent_id");
    named["tier"] = json!("city");
    named["system"] = json!("cyberspace");
    named["region"] = json!("341600");
    assert_eq!(s.put(&s.city, 1, &named, 200).await["version"], 2);
}

#[tokio::test]
async fn a_tree_has_seven_levels_and_no_more() {
    let s = scene().await;
    let mut ids = vec![s.city.clone()];
    for level in 2..=7 {
        let added = s
            .add(&unit(&format!("第{level}级"), &ids[level - 2]), 200)
            .await;
        ids.push(added["id"].as_str().unwrap().to_owned());
    }
    let deep = s.add(&unit("第8级", &ids[6]), 422).await;
    assert_eq!(deep["code"], "agency_too_deep");
    let deep = s.put(&ids[1], 1, &unit("第2级", &s.county), 422).await;
    assert_eq!(deep["code"], "agency_too_deep");
    assert_eq!(s.get(&ids[1]).await["version"], 1, "nothing was changed");
}

#[tokio::test]
async fn an_agency_closes_when_nothing_waits_below_it_and_opens_again() {
    let s = scene().await;
    let school = s.add(&unit("亳州学院", &s.county), 200).await;
    let id = school["id"].as_str().unwrap();
    let kept = s.closure("PUT", &s.county, &json!(1), 422).await;
    assert_eq!(kept["code"], "agency_has_below");
    let own = s.closure("PUT", &s.city, &json!(1), 422).await;
    assert_eq!(own["code"], "own_agency");
    let closed = s.closure("PUT", id, &json!(1), 200).await;
    assert_eq!(closed["closed_at"], json!(IN_BOZHOU_WINDOW));
    s.closure("PUT", id, &json!(2), 409).await;
    let below = s.add(&unit("分校", id), 422).await;
    assert_eq!(below["code"], "agency_closed");
    assert_eq!(s.part("PUT", id, 422).await["code"], "agency_closed");
    let officer = json!({
        "agency_id": id, "login": "newcomer", "name": "新人", "roles": ["clerk"], "first_password": "First-password-1",
    });
    let refused = json_of(
        s.t.post("/admin/api/v1/officers", &s.organiser, &officer)
            .header("idempotency-key", new_id()),
        422,
    )
    .await;
    assert_eq!(refused["code"], "agency_closed");
    let open = s.closure("DELETE", id, &json!(2), 200).await;
    assert_eq!(open["closed_at"], Value::Null);

    s.entry_at_the_county().await;
    s.closure("PUT", id, &json!(3), 200).await;
    let busy = s.closure("PUT", &s.county, &json!(1), 422).await;
    assert_eq!(busy["code"], "agency_busy");
    let there = s.get(&s.county).await;
    let elsewhere = json!({
        "name": there["name"], "tier": there["tier"], "system": there["system"], "region": there["region"],
        "parent_id": s.t.agency(SLUG, "涡阳县委网信办").await,
    });
    let busy = s.put(&s.county, 1, &elsewhere, 422).await;
    assert_eq!(busy["code"], "agency_busy");
}

#[tokio::test]
async fn agencies_come_and_go_in_a_campaign_while_nothing_waits_for_them() {
    let s = scene().await;
    let school = s.add(&unit("亳州学院", &s.county), 200).await;
    let id = school["id"].as_str().unwrap();
    let part = async || {
        let campaign = tuixuan::app::campaigns::by_slug(&s.t.app, SLUG)
            .await
            .unwrap();
        let all = tuixuan::app::campaigns::agencies(&s.t.app, &campaign).await;
        all.unwrap().iter().any(|a| a.id == id)
    };
    s.part("DELETE", id, 404).await;
    s.part("PUT", id, 200).await;
    s.part("PUT", id, 200).await;
    assert!(part().await);
    s.part("DELETE", id, 200).await;
    assert!(!part().await);
    s.entry_at_the_county().await;
    assert_eq!(
        s.part("DELETE", &s.county, 422).await["code"],
        "agency_busy"
    );
    assert_eq!(s.part("DELETE", &s.city, 422).await["code"], "own_agency");
    s.part("PUT", &new_id(), 404).await;
}

/// The chain of an entry is laid out anew at each decision: the city's 文明办 comes last and is needed from the first.
#[tokio::test]
async fn an_agency_stays_as_long_as_an_entry_under_way_has_it_on_its_chain() {
    let s = scene().await;
    let (entry, owner) = s.entry_at_the_county().await;
    let partner = s.t.agency(SLUG, "亳州市文明办").await;
    let elsewhere = s.t.agency(SLUG, "涡阳县文明办").await;
    let there = s.get(&partner).await;
    let mut moved = json!({
        "name": there["name"], "tier": there["tier"], "system": there["system"], "region": "341602",
        "parent_id": there["parent_id"],
    });
    let kept = async || {
        for told in [
            s.part("DELETE", &partner, 422).await,
            s.closure("PUT", &partner, &json!(1), 422).await,
            s.put(&partner, 1, &moved, 422).await,
        ] {
            assert_eq!(told["code"], "agency_busy", "{told}");
        }
    };
    kept().await;
    s.part("DELETE", &elsewhere, 200).await;

    let county = s.t.reviewer(SLUG, "谯城区委网信办").await;
    let path = format!("/admin/api/v1/entries/{entry}");
    let seen = json_of(s.t.get(&path, &county), 200).await;
    let slip = json!({ "items": [{ "field": "summary", "message": "请补充" }] });
    let give_back = s.t.post(&format!("{path}/return"), &county, &slip);
    let version = seen["version"].to_string();
    json_of(give_back.header("if-match", version), 200).await;
    kept().await;
    assert_eq!(
        s.part("DELETE", &s.county, 422).await["code"],
        "agency_busy"
    );

    let own = format!("/api/v1/entries/{entry}");
    let mine = json_of(s.t.get(&own, &owner), 200).await;
    let gone = json!({ "reason": "不再参加" });
    let withdraw = s.t.post(&format!("{own}/withdrawal"), &owner, &gone);
    let version = mine["version"].to_string();
    json_of(withdraw.header("if-match", version), 200).await;
    assert_eq!(s.put(&partner, 1, &moved, 200).await["region"], "341602");
    moved["region"] = json!("341600");
    s.put(&partner, 2, &moved, 200).await;
    s.part("DELETE", &partner, 200).await;
}

/// What nobody decided in time keeps no agency as it is for ever.
#[tokio::test]
async fn what_is_left_over_is_named_and_once_declined_its_agencies_are_free() {
    let mut s = scene().await;
    let (entry, _) = s.entry_at_the_county().await;
    // 2022-06-14 00:00 in Asia/Shanghai: reviews are over
    s.t.clock.set(1_655_136_000_000);
    s.organiser = s.t.officer(&s.city, &[Role::Organiser]).await;
    let campaign = s.t.get(&format!("/api/v1/campaigns/{SLUG}"), "");
    let title = json_of(campaign, 200).await["title"].clone();
    let partner = s.t.agency(SLUG, "谯城区文明办").await;
    for agency in [&s.county, &partner] {
        let busy = s.closure("PUT", agency, &json!(1), 422).await;
        assert_eq!(busy["code"], "agency_busy");
        let detail = busy["detail"].as_str().unwrap();
        assert!(detail.contains(title.as_str().unwrap()), "{detail}");
    }
    let county = s.t.reviewer(SLUG, "谯城区委网信办").await;
    let path = format!("/admin/api/v1/entries/{entry}");
    let version = json_of(s.t.get(&path, &county), 200).await["version"].to_string();
    let reason = json!({ "reason": "逾期未办结" });
    let decline = s.t.post(&format!("{path}/decline"), &county, &reason);
    json_of(decline.header("if-match", version), 200).await;
    s.closure("PUT", &partner, &json!(1), 200).await;
    s.part("DELETE", &s.county, 200).await;
}

#[tokio::test]
async fn what_is_longer_than_it_may_be_is_told_by_its_line() {
    let s = scene().await;
    let head = "name,tier,system,region,parent\n";
    let (name, system) = ("院".repeat(101), "x".repeat(41));
    let table = format!("{head}亳州学院,unit,education,341602,\n{name},unit,{system},341602,\n");
    let refused = s.import(&new_id(), &table, 422).await;
    let told: Vec<(u64, &str, &str, &str)> = (refused["violations"].as_array().unwrap().iter())
        .map(|v| {
            (
                v["line"].as_u64().unwrap(),
                v["field"].as_str().unwrap(),
                v["code"].as_str().unwrap(),
                v["limit"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, "name", "field_too_long", "100"),
            (3, "system", "field_too_long", "40")
        ]
    );
    let (name, system) = ("院".repeat(100), "x".repeat(40));
    let table = format!("{head}{name},unit,{system},341602,\n");
    assert_eq!(s.import(&new_id(), &table, 200).await["added"], 1);
}

#[tokio::test]
async fn a_table_is_taken_whole_or_not_at_all_with_its_faulty_lines() {
    let s = scene().await;
    let head = "name,tier,system,region,parent\n";
    let before = s.names("").await.len();
    let bad = format!(
        "{head}亳州学院,unit,education,341602,\n亳州学院,unit,education,341602,\n某中学,school,education,341602,亳州学院\n某小学,unit,education,999999,没有的单位\n少一列,unit\n"
    );
    let refused = s.import(&new_id(), &bad, 422).await;
    assert_eq!(
        (
            &refused["violations"][0]["line"],
            &refused["violations"][0]["code"]
        ),
        (&json!(6), &json!("csv_format"))
    );
    let bad = bad.replace("少一列,unit\n", "");
    let refused = s.import(&new_id(), &bad, 422).await;
    let told: Vec<(u64, &str, &str)> = (refused["violations"].as_array().unwrap().iter())
        .map(|v| {
            (
                v["line"].as_u64().unwrap(),
                v["field"].as_str().unwrap(),
                v["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, "name", "duplicate"),
            (4, "tier", "tier_unknown"),
            (5, "region", "region_unknown"),
            (5, "parent", "agency_unknown"),
        ]
    );
    assert_eq!(s.names("").await.len(), before);

    let good = format!(
        "\u{feff}{head}亳州学院,unit,education,341602,谯城区委网信办\n\"亳州学院,教务处\",unit,education,341602,亳州学院\n"
    );
    let key = new_id();
    for _ in 0..2 {
        assert_eq!(s.import(&key, &good, 200).await["added"], 2);
    }
    assert_eq!(s.names("").await.len(), before + 2);
    assert_eq!(
        s.names("name=%E4%BA%B3%E5%B7%9E%E5%AD%A6%E9%99%A2").await,
        ["亳州学院", "亳州学院,教务处"]
    );
    assert_eq!(s.names("name=%25").await, Vec::<String>::new());
    let empty = s.import(&new_id(), head, 422).await;
    assert_eq!(empty["violations"][0]["code"], "csv_format");
}

#[tokio::test]
async fn pages_follow_the_tree_and_nobody_sees_beside_its_own() {
    let s = scene().await;
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("{AGENCIES}?limit=3{after}");
        let page = json_of(s.t.get(&path, &s.organiser), 200).await;
        let page = page.as_array().unwrap();
        let Some(last) = page.last() else { break };
        after = format!("&after={}", last["id"].as_str().unwrap());
        seen.extend(page.iter().map(|a| a["id"].as_str().unwrap().to_owned()));
    }
    let whole = s.names("").await;
    assert_eq!(seen.len(), whole.len());
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), whole.len());
    let county = s.t.officer(&s.county, &[Role::Organiser]).await;
    let others = s.t.agency(SLUG, "涡阳县委网信办").await;
    for id in [&s.city, &others] {
        json_of(s.t.get(&format!("{AGENCIES}/{id}"), &county), 404).await;
    }
    let request = s.t.post(AGENCIES, &county, &unit("学校", &others));
    let refused = json_of(request.header("idempotency-key", new_id()), 422).await;
    assert_eq!(refused["violations"][0]["field"], "parent_id");
}
