//! Packs without Rust: checked, listed, and a campaign set up from one that is sent or lies in a folder.

use domain::actor::Role;
use domain::entry::{Entry, EntryState};
use domain::form::Answers;
use domain::notice::Choice;
use serde_json::{Value, json};
use tuixuan::app::{campaigns, forms, notices};
use tuixuan::clock::new_id;
use tuixuan::db::events::By;
use tuixuan::error::Error;
use tuixuan::packs::{self, Texts};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const NOTICES: &str = "/admin/api/v1/notices";
const CAMPAIGNS: &str = "/admin/api/v1/campaigns";
const PACK: &str = "three-tier";

/// The general template as an office would change it: another name, and one more county.
fn edited() -> String {
    let county = "[[agency]]\nkey = \"jianghan\"\nname = \"江汉区委网信办\"\ntier = \"county\"\nsystem = \"cyberspace\"\nregion = \"420103\"\nparent = \"wuhan\"\n\n[period]";
    (packs::find(PACK).unwrap().notice)
        .replace("key = \"three-tier\"", "key = \"hubei-2027\"")
        .replace("[period]", county)
}

fn form() -> &'static str {
    packs::find(PACK).unwrap().template
}

async fn organiser(t: &TestApp) -> String {
    t.campaign(PACK).await;
    let province = t.agency(PACK, "湖北省委网信办").await;
    t.officer(&province, &[Role::Organiser]).await
}

async fn create(t: &TestApp, token: &str, key: &str, body: &Value, status: u16) -> Value {
    let request = t.post(CAMPAIGNS, token, body);
    json_of(request.header("idempotency-key", key), status).await
}

/// Places, lines and codes of faults.
fn told(faults: &Value) -> Vec<(String, u64, String)> {
    let of = |f: &Value| {
        (
            f["field"].as_str().unwrap().to_owned(),
            f["line"].as_u64().unwrap_or_default(),
            f["code"].as_str().unwrap().to_owned(),
        )
    };
    faults.as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn every_pack_of_the_binary_passes_its_own_check() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    for pack in &packs::ALL {
        let checked = notices::check(&t.app, &Texts::from(pack)).await.unwrap();
        assert_eq!(checked.faults, [], "{}", pack.key);
    }
}

#[tokio::test]
async fn a_check_tells_every_fault_with_its_line_and_keeps_nothing() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let token = organiser(&t).await;
    let sound = json!({ "notice": edited(), "form": form() });
    let checked = json_of(t.post(NOTICES, &token, &sound), 200).await;
    assert_eq!(checked["sound"], true, "{checked}");
    assert_eq!(checked["faults"], json!([]));

    let broken = edited()
        .replace("closes = \"2027-03-31\"", "closes = 20270331")
        .replace("parent = \"yichang\"", "parent = \"xiangyang\"");
    let line = |of: &str| 1 + broken.lines().position(|l| l == of).unwrap() as u64;
    let checked = json_of(
        t.post(
            NOTICES,
            &token,
            &json!({ "notice": broken, "form": form() }),
        ),
        200,
    )
    .await;
    assert_eq!(checked["sound"], false);
    let faults = told(&checked["faults"]);
    assert!(
        faults.contains(&(
            "stage.apply.closes".into(),
            line("closes = 20270331"),
            "wrong_type".into()
        )),
        "{faults:?}"
    );
    let lost = faults.iter().filter(|f| f.0.ends_with(".parent")).count();
    assert_eq!(lost, 2, "{faults:?}");
    let unknown = json!({ "notice": "", "extra": 1 });
    json_of(t.post(NOTICES, &token, &unknown), 400).await;
}

#[tokio::test]
async fn a_template_is_proved_by_drawing_with_it() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let token = organiser(&t).await;
    let verdict = async |form: &str| {
        let body = json!({ "notice": edited(), "form": form });
        let checked = json_of(t.post(NOTICES, &token, &body), 200).await;
        told(&checked["faults"])
    };
    let file = |line, code: &str| vec![("form.typ".to_owned(), line, code.to_owned())];
    assert_eq!(verdict("").await, file(0, "template_missing"));
    let slip = form().replace("#note[", "#nota[");
    let line = 1 + slip.lines().position(|l| l.starts_with("#nota[")).unwrap() as u64;
    assert_eq!(verdict(&slip).await, file(line, "template_fault"));
    let unsealed = form().replace(
        "opinions((\"city\",), colspan: 3)",
        "table.cell(colspan: 3)[／]",
    );
    assert_eq!(verdict(&unsealed).await, file(0, "slot_drawn_wrongly"));
    for outside in [
        "#read(\"/etc/passwd\")",
        "#read(\"../../../etc/passwd\")",
        "#import \"@preview/cetz:0.3.0\"",
    ] {
        let found = verdict(&format!("{outside}\n{}", form())).await;
        assert_eq!(found, file(1, "template_fault"), "{outside}");
    }
    for (fonts, faulty) in [
        ("(\"仿宋_GB2312\",)", true),
        ("(\"仿宋_GB2312\",) + fang", false),
    ] {
        let set = format!("{}\n#text(font: {fonts})[仿宋]", form().trim_end());
        let line = set.lines().count() as u64;
        let wanted = if faulty {
            file(line, "template_fault")
        } else {
            vec![]
        };
        assert_eq!(verdict(&set).await, wanted, "{fonts}");
    }
    let long = format!("{}\n#for n in range(300) [#n #pagebreak()]", form());
    assert_eq!(verdict(&long).await, file(0, "template_fault"));
}

#[tokio::test]
async fn a_template_that_does_not_end_is_refused_and_the_service_goes_on() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| s.limits.form_seconds = 4).await;
    let token = organiser(&t).await;
    let endless = "#{ let n = 0\nfor a in range(20000) { for b in range(2000) { n = n + 1 } } }";
    let body = json!({ "notice": edited(), "form": format!("{endless}\n{}", form()) });
    let checked = json_of(t.post(NOTICES, &token, &body), 200).await;
    assert_eq!(
        told(&checked["faults"]),
        [("form.typ".into(), 0, "template_endless".into())]
    );
    json_of(t.get("/admin/api/v1/me", &token), 200).await;
}

#[tokio::test]
async fn a_template_that_needs_ever_more_memory_is_refused_and_the_service_goes_on() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let token = organiser(&t).await;
    let growing = "#for n in range(100000000) [#n]";
    let body = json!({ "notice": edited(), "form": format!("{growing}\n{}", form()) });
    let checked = json_of(t.post(NOTICES, &token, &body), 200).await;
    assert_eq!(
        told(&checked["faults"]),
        [("form.typ".into(), 0, "template_too_large".into())]
    );
    let body = json!({ "notice": edited(), "form": form() });
    let checked = json_of(t.post(NOTICES, &token, &body), 200).await;
    assert_eq!(checked["sound"], true);
}

#[tokio::test]
async fn texts_over_their_limit_are_refused() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let token = organiser(&t).await;
    let body = json!({ "notice": "样".repeat(200_000), "form": "" });
    let refused = json_of(t.post(NOTICES, &token, &body), 413).await;
    assert_eq!(refused["violations"][0]["field"], "notice");
    assert_eq!(refused["violations"][0]["limit"], "524288");
}

#[tokio::test]
async fn an_organiser_sets_a_campaign_up_from_texts_of_its_own_once() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let token = organiser(&t).await;
    let body = json!({ "slug": "hubei-2027", "texts": { "notice": edited(), "form": form() } });
    let (key, other) = (new_id(), new_id());
    let first = create(&t, &token, &key, &body, 200).await;
    assert_eq!(first["slug"], "hubei-2027");
    assert_eq!(create(&t, &token, &key, &body, 200).await, first);
    let again = create(&t, &token, &other, &body, 409).await;
    assert_eq!(again["code"], "slug_taken");
    let changed = json!({ "slug": "hubei-2028", "pack": PACK });
    let reused = create(&t, &token, &key, &changed, 422).await;
    assert_eq!(reused["code"], "idempotency_key_reused");
    // Agencies are found by their names in the organiser's tree; the new county stands below its city.
    for name in ["湖北省委网信办", "武汉市委网信办", "武昌区委网信办"] {
        assert_eq!(
            t.agency("hubei-2027", name).await,
            t.agency(PACK, name).await
        );
    }
    let campaign = campaigns::by_slug(&t.app, "hubei-2027").await.unwrap();
    let all = campaigns::agencies(&t.app, &campaign).await.unwrap();
    let added = all.iter().find(|a| a.name == "江汉区委网信办").unwrap();
    let city = t.agency(PACK, "武汉市委网信办").await;
    assert_eq!(added.path[added.path.len() - 2], city);
    assert_eq!(all.len(), 7);
}

#[tokio::test]
async fn a_faulty_pack_makes_no_campaign() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let token = organiser(&t).await;
    let broken = edited().replace("parent = \"yichang\"", "parent = \"xiangyang\"");
    let body = json!({ "slug": "hubei-2027", "texts": { "notice": broken, "form": form() } });
    let refused = create(&t, &token, &new_id(), &body, 422).await;
    assert_eq!(refused["code"], "notice_faulty");
    assert_eq!(refused["violations"].as_array().unwrap().len(), 2);
    assert!(refused["violations"][0]["line"].as_u64().unwrap() > 0);
    json_of(t.get(&format!("{CAMPAIGNS}/hubei-2027"), &token), 404).await;
    let neither = create(&t, &token, &new_id(), &json!({ "slug": "hubei-2027" }), 422).await;
    assert_eq!(neither["violations"][0]["code"], "pack_or_texts");
    let body = json!({ "slug": "hubei-2027", "pack": PACK });
    let keyless = json_of(t.post(CAMPAIGNS, &token, &body), 400).await;
    assert_eq!(keyless["code"], "idempotency_key_missing");
}

#[tokio::test]
async fn nobody_sets_a_campaign_up_for_another_territory() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let bozhou = t.agency("bozhou-2022", "亳州市委网信办").await;
    let token = t.officer(&bozhou, &[Role::Organiser]).await;
    let body = json!({ "slug": "hubei-2027", "texts": { "notice": edited(), "form": form() } });
    let refused = create(&t, &token, &new_id(), &body, 403).await;
    assert_eq!(refused["code"], "territory_not_yours");
    let body = json!({ "slug": "hubei-2027", "pack": PACK });
    create(&t, &token, &new_id(), &body, 404).await;
    let seen = json_of(t.get(NOTICES, &token), 200).await;
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(seen[0]["key"], "bozhou-2022");
}

#[tokio::test]
async fn a_folder_of_the_operators_holds_packs_beside_those_of_the_binary() {
    let folder = std::env::temp_dir().join(format!("tuixuan-packs-{}", new_id()));
    let write = |pack: &str, notice: &str| {
        std::fs::create_dir_all(folder.join(pack)).unwrap();
        std::fs::write(folder.join(pack).join("notice.toml"), notice).unwrap();
        std::fs::write(folder.join(pack).join("form.typ"), form()).unwrap();
    };
    write("hubei-2027", &edited());
    write("broken", "format = ");
    let own = folder.clone();
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, move |s| s.notices.folder = own).await;
    let token = organiser(&t).await;
    let keys = |page: Value| -> Vec<String> {
        let all = page.as_array().unwrap().clone();
        all.iter()
            .map(|p| p["key"].as_str().unwrap().to_owned())
            .collect()
    };
    let page = json_of(t.get(NOTICES, &token), 200).await;
    assert_eq!(keys(page), ["hubei-2027", PACK]);
    let page = json_of(t.get(&format!("{NOTICES}?after=hubei-2027"), &token), 200).await;
    assert_eq!(keys(page), [PACK]);
    for (pack, status) in [("hubei-2027", 200), ("broken", 422), ("../broken", 404)] {
        let body = json!({ "slug": format!("c-{}", &new_id()[24..]), "pack": pack });
        create(&t, &token, &new_id(), &body, status).await;
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_campaign_to_which_nobody_applies_has_no_form() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("chengdu-2022").await;
    let campaign = campaigns::by_slug(&t.app, "chengdu-2022").await.unwrap();
    let entry = Entry {
        id: new_id(),
        campaign_id: campaign.head.id.clone(),
        applicant_id: new_id(),
        choice: Choice {
            subject: String::new(),
            category: String::new(),
            route: String::new(),
        },
        agency_id: None,
        unit_id: None,
        region: "510100".into(),
        answers: Answers::default(),
        state: EntryState::Draft,
        round: 0,
        late: false,
        receipt: None,
        digest: None,
        version: 1,
    };
    let by = By::system(t.app.now());
    let asked = forms::pdf(&t.app, &campaign, &entry, &by).await;
    assert!(matches!(asked, Err(Error::Absent)), "{asked:?}");
}

#[tokio::test]
async fn the_command_sets_a_campaign_up_from_a_folder_and_prints_every_fault() {
    let folder = std::env::temp_dir().join(format!("tuixuan-pack-{}", new_id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("form.typ"), form()).unwrap();
    let run = |slug: &str, notice: &str| {
        std::fs::write(folder.join("notice.toml"), notice).unwrap();
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_tuixuan"))
            .args(["campaign", "create", "--slug", slug, "--pack"])
            .arg(&folder)
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        (done.status.success(), said)
    };
    std::fs::create_dir_all(folder.join("data")).unwrap();
    let broken = edited().replace("parent = \"yichang\"", "parent = \"xiangyang\"");
    let (done, said) = run("hubei-2027", &broken);
    assert!(!done, "{said}");
    assert_eq!(said.lines().filter(|l| l.starts_with('第')).count(), 2);
    let (done, said) = run("hubei-2027", &edited());
    assert!(done, "{said}");
    let (done, _) = run("hubei-2027", &edited());
    assert!(!done, "the name is taken");
    std::fs::remove_dir_all(folder).unwrap();
}
