//! The queue as a spreadsheet: every row, no formula, nobody else's.

use std::io::Read as _;

use domain::actor::Role;
use sea_orm::{EntityTrait as _, Set};
use serde_json::json;
use tuixuan::clock::new_id;
use tuixuan::db::together::Together;

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const PATH: &str = "/admin/api/v1/campaigns/bozhou-2022/queue.xlsx";

/// The XML of the sheet in a workbook.
fn sheet(bytes: Vec<u8>) -> String {
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    book.by_name("xl/worksheets/sheet1.xml")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[tokio::test]
async fn a_name_that_looks_like_a_formula_stays_a_text() {
    for name in ["=1+1", "＝1+1", "@cmd", "-2", "+3", "－4"] {
        let t = TestApp::start(IN_BOZHOU_WINDOW).await;
        t.campaign("bozhou-2022").await;
        let applicant = t.applicant("a").await;
        let mut input = t.bozhou_input("谯城发布").await;
        input["answers"]["name"] = json!(name);
        let (id, version) = t
            .ready_draft(&applicant, &input, "bozhou-2022", &FILES)
            .await;
        t.submit(&applicant, &id, version).await;
        let token = t.reviewer("bozhou-2022", "谯城区委网信办").await;
        let xml = sheet(bytes_of(t.get(PATH, &token)).await);
        assert!(xml.contains(&format!(">'{name}<")), "{xml}");
        assert!(!xml.contains("<f>"), "{xml}");
        assert!(!xml.contains("13800138000"), "{xml}");
    }
}

#[tokio::test]
async fn every_row_is_there_once_and_filters_hold() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let applicant = t.applicant("a").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t
        .ready_draft(&applicant, &input, "bozhou-2022", &FILES)
        .await;
    t.submit(&applicant, &id, version).await;
    let agency = t.agency("bozhou-2022", "谯城区委网信办").await;
    let first = entity::duty::Entity::find()
        .all(t.app.db.read())
        .await
        .unwrap()
        .into_iter()
        .find(|d| d.agency_id == agency)
        .unwrap();
    let more = (1..=250).map(|n| entity::duty::Model {
        id: new_id(),
        round: first.round + n,
        late: n > 245,
        ..first.clone()
    });
    let mut changes = Together::default();
    changes.insert(more);
    t.app
        .db
        .write(move |tx| Box::pin(async move { changes.run(tx).await }))
        .await
        .unwrap();

    let clerk = t.officer(&agency, &[Role::Clerk]).await;
    let rows = |xml: String| xml.matches("<row ").count();
    assert_eq!(rows(sheet(bytes_of(t.get(PATH, &clerk)).await)), 252);
    let late = format!("{PATH}?late=true");
    assert_eq!(rows(sheet(bytes_of(t.get(&late, &clerk)).await)), 6);

    let elsewhere = t.reviewer("bozhou-2022", "涡阳县委网信办").await;
    assert_eq!(rows(sheet(bytes_of(t.get(PATH, &elsewhere)).await)), 1);
    let auditor = t.officer(&agency, &[Role::Auditor]).await;
    assert_eq!(
        json_of(t.get(PATH, &auditor), 403).await["code"],
        "role_missing"
    );
}

#[tokio::test]
async fn what_waits_for_an_answer_is_there_with_its_due_date() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let applicant = t.applicant("a").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t
        .ready_draft(&applicant, &input, "bozhou-2022", &FILES)
        .await;
    let version = t.submit(&applicant, &id, version).await["version"].to_string();
    let token = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let slip = json!({ "days": 3, "items": [{ "field": "summary", "message": "请补充" }] });
    let give_back = t.post(&format!("/admin/api/v1/entries/{id}/return"), &token, &slip);
    json_of(give_back.header("if-match", version), 200).await;
    let xml = sheet(bytes_of(t.get(&format!("{PATH}?state=returned"), &token)).await);
    for told in [">已办<", ">已退回补正<", ">2022-05-28 23:59:59<"] {
        assert!(xml.contains(told), "{told} is not in {xml}");
    }
}

#[tokio::test]
async fn names_that_read_alike_are_found_while_both_live() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let applicant = t.applicant("a").await;
    let mut ids = Vec::new();
    for name in ["谯城发布", "药都发布", "药都之声"] {
        let input = t.bozhou_input(name).await;
        let (id, version) = t
            .ready_draft(&applicant, &input, "bozhou-2022", &FILES)
            .await;
        t.submit(&applicant, &id, version).await;
        ids.push(id);
    }
    // This notice takes no second entry of a name, so one is renamed behind its back.
    let renamed = entity::entry::ActiveModel {
        id: Set(ids[1].clone()),
        name_fold: Set(tuixuan::db::entries::name_fold(" 谯城 发布")),
        ..Default::default()
    };
    let rename = entity::entry::Entity::update(renamed);
    t.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                rename.exec(tx).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    let token = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let found = async |duplicate: bool| -> Vec<String> {
        let path = format!("/admin/api/v1/campaigns/bozhou-2022/queue?duplicate={duplicate}");
        let rows = json_of(t.get(&path, &token), 200).await;
        let rows = rows.as_array().unwrap().iter();
        rows.map(|r| r["entry_id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(found(true).await, ids[..2]);
    assert_eq!(found(false).await, ids[2..]);

    let path = format!("/api/v1/entries/{}", ids[1]);
    let version = json_of(t.get(&path, &applicant), 200).await["version"].to_string();
    let gone = t.post(
        &format!("{path}/withdrawal"),
        &applicant,
        &json!({ "reason": "重复申报" }),
    );
    json_of(gone.header("if-match", version), 200).await;
    assert_eq!(found(true).await, [""; 0]);
}

#[tokio::test]
async fn a_city_and_a_province_take_in_their_counties() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let applicant = t.applicant("a").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t
        .ready_draft(&applicant, &input, "bozhou-2022", &FILES)
        .await;
    t.submit(&applicant, &id, version).await;
    let agency = t.agency("bozhou-2022", "谯城区委网信办").await;
    let duties = entity::duty::Entity::find().all(t.app.db.read()).await;
    let mut duties = duties.unwrap().into_iter();
    let first = duties.find(|d| d.agency_id == agency).unwrap();
    let elsewhere = ["341600", "341621", "341699", "341702", "340104", "410102"];
    let mut changes = Together::default();
    changes.insert((1..).zip(elsewhere).map(|(n, code)| entity::duty::Model {
        id: new_id(),
        round: first.round + n,
        region_code: code.into(),
        ..first.clone()
    }));
    t.app
        .db
        .write(move |tx| Box::pin(async move { changes.run(tx).await }))
        .await
        .unwrap();
    let token = t.reviewer("bozhou-2022", "谯城区委网信办").await;
    let queue = "/admin/api/v1/campaigns/bozhou-2022/queue";
    for (region, codes) in [
        ("341602", &["341602"][..]),
        ("341600", &["341602", "341600", "341621", "341699"]),
        (
            "340000",
            &["341602", "341600", "341621", "341699", "341702", "340104"],
        ),
        ("350000", &[]),
        ("3416", &[]),
    ] {
        let rows = json_of(t.get(&format!("{queue}?region={region}"), &token), 200).await;
        let rows = rows.as_array().unwrap().iter();
        let found: Vec<_> = rows.map(|r| r["region"].as_str().unwrap()).collect();
        assert_eq!(found, codes, "{region}");
        let path = format!("{queue}/counts?region={region}");
        let counts = json_of(t.get(&path, &token), 200).await;
        let counts = counts.as_array().unwrap().iter();
        let sum: i64 = counts.map(|c| c["count"].as_i64().unwrap()).sum();
        assert_eq!(sum, codes.len() as i64, "{region}");
        let book = bytes_of(t.get(&format!("{PATH}?region={region}"), &token)).await;
        assert_eq!(sheet(book).matches("<row ").count(), codes.len() + 1);
    }
    let path = format!("{queue}/dossiers.zip?region=341600");
    let archive = t.get(&path, &token).send().await.unwrap();
    assert_eq!(archive.headers()["x-entries"], "1");
}
