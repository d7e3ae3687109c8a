//! 盖章 in the real binary, killed between plan and store.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use documents::authority::{KeyPair, to_pem};
use entity::{document, stamp};
use reqwest::{Client, RequestBuilder};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Database, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tuixuan::clock::{Clock, SystemClock, new_id};
use tuixuan::demo::PASSWORD;
use tuixuan::sealing_service::stand_in::{self, Fault};

use crate::durability::{Ledger, Site, apply, counties, sign_in};
use crate::support::database::{Folder, fresh};
use crate::support::{bytes_of, json_of};

const COUNTY: &str = "谯城区委网信办";
const SLOT: &str = "county-cyberspace";

/// An officer of the demo at a running service.
struct Desk {
    client: Client,
    base: String,
    token: String,
}

impl Desk {
    async fn open(base: &str, login: &str) -> Desk {
        let client = Client::new();
        let body = json!({ "login": format!("bozhou-2022.{login}"), "password": PASSWORD });
        let call = client.post(format!("{base}/admin/api/v1/sessions"));
        let token = json_of(call.json(&body), 200).await["token"].clone();
        Desk {
            client,
            base: base.to_owned(),
            token: token.as_str().unwrap().to_owned(),
        }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let call = self.client.get(format!("{}/admin/api/v1{path}", self.base));
        call.bearer_auth(&self.token)
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let call = self
            .client
            .post(format!("{}/admin/api/v1{path}", self.base));
        call.bearer_auth(&self.token).json(body)
    }

    async fn stamp(&self, entry: &str) -> RequestBuilder {
        let seen = json_of(self.get(&format!("/entries/{entry}")), 200).await;
        let body = json!({ "slot": SLOT, "digest": seen["digest"], "opinion": "同意推荐" });
        self.post(&format!("/entries/{entry}/stamps"), &body)
    }

    /// What was planned, set and given up, in order.
    async fn told(&self, entry: &str) -> Vec<String> {
        let trail = json_of(self.get(&format!("/entries/{entry}/trail")), 200).await;
        let kinds = trail.as_array().unwrap().iter().map(|e| &e["kind"]);
        let kinds = kinds.map(|kind| kind.as_str().unwrap().to_owned());
        kinds.filter(|kind| kind.contains("stamp")).collect()
    }
}

/// Registers a seal whose key is held by a sealing service, which is asked for every stamp.
async fn register(organiser: &Desk, agency: &Value) {
    let now = SystemClock.now();
    let seal = json!({
        "agency_id": agency["id"], "kind": "official", "name": "公章", "key": { "service": "county-seal" },
        "valid_from": now - 60_000, "valid_until": now + 86_400_000,
    });
    let call = organiser.post("/seals", &seal);
    json_of(call.header("idempotency-key", new_id()), 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_plan_and_store_nothing_is_half_stamped_and_a_retry_leaves_one_stamp() {
    let folder = Folder::new();
    let database = fresh(&folder).await;
    let root = KeyPair::root("签章服务", SystemClock.now()).unwrap();
    let key = root.issue(COUNTY, SystemClock.now()).unwrap();
    let keys = HashMap::from([("county-seal".to_owned(), key)]);
    let (url, service) = stand_in::start("127.0.0.1:0", keys, "shared")
        .await
        .unwrap();
    std::fs::write(folder.path("root.pem"), to_pem(&root.certificate).unwrap()).unwrap();
    let settings = format!(
        "[seals]\nroots = [\"root.pem\"]\nservice_url = \"{url}\"\nservice_secret = \"shared\"\nservice_ms = 20000\n"
    );
    std::fs::write(folder.path("tuixuan.toml"), settings).unwrap();
    let site = Site { folder, database };

    let mut running = site.start().await;
    let base = running.base.clone();
    let counties = counties(&Client::new(), &base).await;
    let agency = counties.iter().find(|a| a["name"] == COUNTY).unwrap();
    let (ledger, token) = (
        Ledger::default(),
        sign_in(&Client::new(), &base, "owner").await,
    );
    let applied = apply(
        Client::new(),
        base.clone(),
        ledger.clone(),
        "谯城发布".into(),
        token,
        agency.clone(),
        0,
    );
    applied.await.unwrap();
    let entry = ledger.lock().unwrap()[0].answer.as_ref().unwrap()["id"].clone();
    let entry = entry.as_str().unwrap();
    register(&Desk::open(&base, "organiser").await, agency).await;
    let desk = Desk::open(&base, "qiaocheng-cyberspace").await;
    let form = format!("/entries/{entry}/form");
    let before = bytes_of(desk.get(&form)).await;

    service.script([Fault::Slow(Duration::from_secs(3600))]);
    let asked = service.asked().len();
    let cut_off = tokio::spawn(desk.stamp(entry).await.send());
    while service.asked().len() == asked {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    assert!(cut_off.await.unwrap().is_err(), "cut off by the kill");
    assert!(site.audit_is_whole(), "the trail after the kill");
    let db = Database::connect(&site.database).await.unwrap();
    let plans = stamp::Entity::find().all(&db).await.unwrap();
    let left: Vec<_> = plans.iter().map(|s| (s.state.as_str(), s.live)).collect();
    assert_eq!(left, [("planned", Some(1))]);
    let forms = document::Entity::find().all(&db).await.unwrap();
    assert_eq!(forms[0].sha256, plans[0].before_sha256);

    // more than a minute later it is started again
    stamp::Entity::update_many()
        .col_expr(
            stamp::Column::PlannedAt,
            Expr::value(plans[0].planned_at - 61_000),
        )
        .filter(stamp::Column::Id.eq(&plans[0].id))
        .exec(&db)
        .await
        .unwrap();
    let running = site.start().await;
    let desk = Desk::open(&running.base, "qiaocheng-cyberspace").await;
    let given_up = ["stamp_planned", "stamp_given_up"];
    // at the start; on a database that is busy just then, a little later
    let late = Instant::now() + Duration::from_secs(100);
    while desk.told(entry).await != given_up && Instant::now() < late {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(desk.told(entry).await, given_up);
    assert!(bytes_of(desk.get(&form)).await == before);

    json_of(desk.stamp(entry).await, 200).await;
    let again = json_of(desk.stamp(entry).await, 422).await;
    assert_eq!(again["code"], "slot_filled");
    let all = [&given_up[..], &["stamp_planned", "form_stamped"]].concat();
    assert_eq!(desk.told(entry).await, all);
    let report = json_of(desk.get(&format!("{form}/verification")), 200).await;
    assert_eq!(report["valid"], true, "{report}");
    assert_eq!(report["signatures"].as_array().unwrap().len(), 1);
    let rows = stamp::Entity::find().all(&db).await.unwrap();
    let mut states: Vec<_> = rows.iter().map(|s| (s.state.as_str(), s.live)).collect();
    states.sort_unstable();
    assert_eq!(states, [("done", Some(1)), ("void", None)]);
    db.close().await.unwrap();
    drop(running);
    assert!(site.audit_is_whole(), "the trail at the end");
}
