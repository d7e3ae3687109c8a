//! The queue as a spreadsheet: every row, no formula, nobody else's.

use std::io::Read as _;

use domain::actor::Role;
use sea_orm::EntityTrait as _;
use serde_json::json;
use tuixuan::clock::new_id;
use tuixuan::db::reviews;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const FILES: [&str; 5] = [
    "pictures",
    "pictures",
    "pictures",
    "qualification",
    "stamped_form",
];
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
    let more = (1..=250)
        .map(|n| entity::duty::Model {
            id: new_id(),
            round: first.round + n,
            late: n > 245,
            ..first.clone()
        })
        .collect();
    t.app
        .db
        .write(move |tx| Box::pin(async move { reviews::open(tx, more).await }))
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
