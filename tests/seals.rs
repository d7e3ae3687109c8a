//! The register of seals: who may keep it, and which seal may be used when.

use domain::actor::Role;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, picture};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";
const SEALS: &str = "/admin/api/v1/seals";
const MINUTE: i64 = 60_000;

/// A campaign; the city's organiser, and the county's keeper.
async fn started() -> (TestApp, String, String) {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = t.agency(SLUG, "亳州市委网信办").await;
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    let keeper = t.reviewer(SLUG, COUNTY).await;
    (t, organiser, keeper)
}

async fn handed_in(t: &TestApp, name: &str) -> String {
    let token = t.applicant(name).await;
    let input = t.bozhou_input(name).await;
    let files = [
        "pictures",
        "pictures",
        "pictures",
        "qualification",
        "stamped_form",
    ];
    let (id, version) = t.ready_draft(&token, &input, SLUG, &files).await;
    t.submit(&token, &id, version).await;
    id
}

fn input(agency: &str) -> Value {
    json!({
        "agency_id": agency, "kind": "official", "name": "谯城区委网信办公章",
        "valid_from": IN_BOZHOU_WINDOW, "valid_until": IN_BOZHOU_WINDOW + 10 * MINUTE,
    })
}

async fn register(t: &TestApp, token: &str, body: &Value, status: u16) -> Value {
    let call = t.post(SEALS, token, body);
    json_of(call.header("idempotency-key", new_id()), status).await
}

async fn act(
    t: &TestApp,
    token: &str,
    seal: &Value,
    what: &str,
    version: i64,
    status: u16,
) -> Value {
    let path = format!("{SEALS}/{}/{what}", seal["id"].as_str().unwrap());
    let call = t.post(&path, token, &json!({ "reason": "换章" }));
    json_of(call.header("if-match", version.to_string()), status).await
}

async fn stamp(t: &TestApp, token: &str, entry: &str, seal: Option<&Value>, status: u16) -> Value {
    let path = format!("/admin/api/v1/entries/{entry}");
    let seen = json_of(t.get(&path, token), 200).await;
    let mut body =
        json!({ "slot": "county-cyberspace", "digest": seen["digest"], "opinion": "同意推荐" });
    if let Some(seal) = seal {
        body["seal"] = seal["id"].clone();
    }
    json_of(t.post(&format!("{path}/stamps"), token, &body), status).await
}

async fn stamps(t: &TestApp) -> u64 {
    let db = t.app.db.read();
    entity::stamp::Entity::find().count(db).await.unwrap()
}

async fn keys_in_use(t: &TestApp) -> u64 {
    use entity::agency_key as key;
    let live = key::Entity::find().filter(key::Column::RevokedAt.is_null());
    live.count(t.app.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_seal_that_may_not_be_used_is_refused_before_anything_is_written() {
    let (t, organiser, keeper) = started().await;
    let entry = handed_in(&t, "谯城发布").await;
    let county = t.agency(SLUG, COUNTY).await;
    let elsewhere = t.agency(SLUG, "涡阳县委网信办").await;
    let own = register(&t, &organiser, &input(&county), 200).await;
    let foreign = register(&t, &organiser, &input(&elsewhere), 200).await;
    let later = json!({ "valid_from": IN_BOZHOU_WINDOW + 5 * MINUTE });
    let mut coming = input(&county);
    coming["valid_from"] = later["valid_from"].clone();
    let coming = register(&t, &organiser, &coming, 200).await;
    let mut kept = input(&county);
    let login = t.known_officer(&county, &[Role::SealKeeper], false).await;
    let other = tuixuan::db::officers::by_login(t.app.db.read(), &login).await;
    kept["keeper_id"] = json!(other.unwrap().unwrap().id);
    let kept = register(&t, &organiser, &kept, 200).await;
    let revoked = register(&t, &organiser, &input(&county), 200).await;
    act(&t, &organiser, &revoked, "revocation", 1, 200).await;
    act(&t, &organiser, &own, "suspension", 1, 200).await;
    let absent = json!({ "id": new_id() });

    let trail = t.trail(&keeper, &entry).await;
    let refused =
        async |seal: Option<&Value>| stamp(&t, &keeper, &entry, seal, 422).await["code"].clone();
    assert_eq!(refused(Some(&foreign)).await, "seal_foreign");
    assert_eq!(refused(Some(&absent)).await, "seal_foreign");
    assert_eq!(refused(Some(&own)).await, "seal_suspended");
    assert_eq!(refused(Some(&revoked)).await, "seal_revoked");
    assert_eq!(refused(Some(&coming)).await, "seal_not_yet_valid");
    assert_eq!(refused(Some(&kept)).await, "seal_other_keeper");
    assert_eq!(refused(None).await, "seal_suspended");
    t.clock.set(IN_BOZHOU_WINDOW + 10 * MINUTE);
    assert_eq!(refused(Some(&kept)).await, "seal_expired");
    assert_eq!((stamps(&t).await, keys_in_use(&t).await), (0, 0));
    assert_eq!(t.trail(&keeper, &entry).await, trail);

    t.clock.set(IN_BOZHOU_WINDOW + 5 * MINUTE);
    act(&t, &organiser, &own, "resumption", 2, 200).await;
    stamp(&t, &keeper, &entry, Some(&own), 200).await;
    let path = format!("/admin/api/v1/entries/{entry}/trail");
    let events = json_of(t.get(&path, &keeper), 200).await;
    let stamped: Vec<&Value> = events
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| ["stamp_planned", "form_stamped"].contains(&e["kind"].as_str().unwrap()))
        .map(|e| &e["body"]["seal"])
        .collect();
    assert_eq!(stamped, [&own["id"], &own["id"]]);
}

#[tokio::test]
async fn a_revoked_seal_leaves_its_stamps_valid_and_its_key_out_of_use() {
    let (t, organiser, keeper) = started().await;
    let entry = handed_in(&t, "谯城发布").await;
    stamp(&t, &keeper, &entry, None, 200).await;
    let seals = json_of(t.get(SEALS, &organiser), 200).await;
    let first = &seals[0];
    assert_eq!(seals.as_array().unwrap().len(), 1, "registered by itself");
    assert_eq!(
        (&first["kind"], &first["source"], &first["state"]),
        (&json!("official"), &json!("embedded"), &json!("active"))
    );
    assert_eq!(keys_in_use(&t).await, 1);
    let list = async || bytes_of(t.get("/crl/root.crl", "")).await;
    let before = list().await;
    // the list counts whole seconds, and what was stamped in the second of the revocation is not before it
    t.clock.set(IN_BOZHOU_WINDOW + MINUTE);
    act(&t, &organiser, first, "revocation", 1, 200).await;
    assert_eq!(keys_in_use(&t).await, 0);
    use entity::agency_key::Entity as Keys;
    let key = Keys::find().one(t.app.db.read()).await.unwrap().unwrap();
    let serial = hex::decode(key.serial).unwrap();
    let names = |list: &[u8]| list.windows(serial.len()).any(|w| w == serial);
    assert_eq!((names(&before), names(&list().await)), (false, true));
    json_of(t.get("/crl/root-sm2.crl", ""), 404).await;
    let path = format!("/admin/api/v1/entries/{entry}/form/verification");
    let report = json_of(t.get(&path, &keeper), 200).await;
    assert_eq!(report["valid"], true);
    // An agency whose seal was revoked does not get another by itself.
    let next = handed_in(&t, "谯城政务").await;
    let refused = stamp(&t, &keeper, &next, None, 422).await;
    assert_eq!(refused["code"], "seal_revoked");
    let again = act(&t, &organiser, first, "resumption", 2, 409).await;
    assert_eq!(again["code"], "seal_revoked");
}

#[tokio::test]
async fn the_register_is_kept_by_the_organiser_of_the_tree() {
    let (t, organiser, keeper) = started().await;
    let county = t.agency(SLUG, COUNTY).await;
    let elsewhere = t.agency(SLUG, "涡阳县委网信办").await;
    let below = t.officer(&elsewhere, &[Role::Organiser]).await;
    register(&t, &keeper, &input(&county), 403).await;
    register(&t, &below, &input(&county), 404).await;
    let mut strange = input(&county);
    strange["colour"] = json!("red");
    register(&t, &organiser, &strange, 400).await;
    for (field, value, code) in [
        ("valid_until", json!(IN_BOZHOU_WINDOW), "seal_period"),
        ("valid_until", json!(IN_BOZHOU_WINDOW * 2), "seal_period"),
        ("keeper_id", json!(new_id()), "keeper_unknown"),
    ] {
        let mut body = input(&county);
        body[field] = value;
        let refused = register(&t, &organiser, &body, 422).await;
        assert_eq!(refused["violations"][0]["code"], code);
    }
    let key = new_id();
    let call = |body: &Value| {
        t.post(SEALS, &organiser, body)
            .header("idempotency-key", &key)
    };
    let seal = json_of(call(&input(&county)), 200).await;
    assert_eq!(json_of(call(&input(&county)), 200).await, seal);
    let other = json_of(call(&input(&elsewhere)), 422).await;
    assert_eq!(other["code"], "idempotency_key_reused");
    let mine = format!("{SEALS}?agency_id={county}");
    assert_eq!(json_of(t.get(&mine, &organiser), 200).await, json!([seal]));
    assert_eq!(json_of(t.get(SEALS, &below), 200).await, json!([]));

    act(&t, &below, &seal, "suspension", 1, 404).await;
    assert_eq!(
        act(&t, &organiser, &seal, "suspension", 7, 412).await["code"],
        "stale"
    );
    let suspended = act(&t, &organiser, &seal, "suspension", 1, 200).await;
    assert_eq!(
        (
            &suspended["state"],
            &suspended["reason"],
            &suspended["version"]
        ),
        (&json!("suspended"), &json!("换章"), &json!(2))
    );
    assert_eq!(
        act(&t, &organiser, &seal, "suspension", 2, 409).await["code"],
        "seal_suspended"
    );
}

/// A red ring on a clear ground.
fn ring(side: u32) -> Vec<u8> {
    let middle = side as f32 / 2.0;
    let picture = image::RgbaImage::from_fn(side, side, |x, y| {
        let far = (x as f32 - middle).hypot(y as f32 - middle) / middle;
        image::Rgba([
            220,
            20,
            30,
            if (0.85..0.98).contains(&far) { 255 } else { 0 },
        ])
    });
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

#[tokio::test]
async fn a_seal_may_bring_its_own_picture() {
    let (t, organiser, keeper) = started().await;
    let county = t.agency(SLUG, COUNTY).await;
    let seal = register(&t, &organiser, &input(&county), 200).await;
    let path = format!("{SEALS}/{}/image", seal["id"].as_str().unwrap());
    let put = |bytes: Vec<u8>, version: &str| {
        let mut body = b"--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s.png\"\r\nContent-Type: image/png\r\n\r\n".to_vec();
        body.extend(bytes);
        body.extend(b"\r\n--frontier--\r\n");
        t.client
            .put(format!("{}{path}", t.base))
            .bearer_auth(&organiser)
            .header("content-type", "multipart/form-data; boundary=frontier")
            .header("if-match", version)
            .body(body)
    };
    for (bytes, status, code) in [
        (picture(), 422, "seal_opaque"),
        (b"GIF89a".to_vec(), 415, "seal_type"),
        (ring(100), 422, "seal_shape"),
        (ring(2001), 422, "too_many_pixels"),
        (
            [ring(300), vec![0; 1 << 20]].concat(),
            413,
            "seal_too_large",
        ),
    ] {
        let refused = json_of(put(bytes, "1"), status).await;
        assert_eq!(refused["violations"][0]["code"], code);
    }
    json_of(put(ring(300), "2"), 412).await;
    let with = json_of(put(ring(300), "1"), 200).await;
    assert_eq!(with["image_sha256"].as_str().unwrap().len(), 64);
    let entry = handed_in(&t, "谯城发布").await;
    stamp(&t, &keeper, &entry, None, 200).await;
    let form = bytes_of(t.get(&format!("/admin/api/v1/entries/{entry}/form"), &keeper)).await;
    let has = |what: &[u8]| form.windows(what.len()).any(|w| w == what);
    assert!(has(b"/Subtype/Image/Width 300/Height 300"));
    let path = format!("/admin/api/v1/entries/{entry}/form/verification");
    assert_eq!(json_of(t.get(&path, &keeper), 200).await["valid"], true);
}
