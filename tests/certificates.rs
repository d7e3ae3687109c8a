//! 证书、奖牌、公文: print files and drafts for the organiser.

use std::io::{Cursor, Read as _};

use domain::actor::Role;
use sea_orm::{EntityTrait as _, Set};
use serde_json::{Value, json};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";
const PRINT: &str = "/admin/api/v1/campaigns/bozhou-2022/certificates/print-files";
const OFFICIAL: &str = "/admin/api/v1/campaigns/bozhou-2022/official-papers/draft";

async fn organiser(t: &TestApp, agency: &str) -> String {
    let agency = t.agency(SLUG, agency).await;
    t.officer(&agency, &[Role::Organiser]).await
}

fn order(kind: &str, names: &[(&str, &str)]) -> Value {
    let names = names.iter();
    let names: Vec<Value> = names
        .map(|(name, number)| json!({ "name": name, "number": number }))
        .collect();
    json!({
        "kind": kind, "names": names, "title": "荣誉证书", "text": "在推选活动中被评为文明账号。",
        "agencies": [{ "name": "亳州市委网信办" }], "date": "2022年6月20日", "frame": true,
    })
}

fn names(bytes: Vec<u8>) -> Vec<String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut names = Vec::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert!(file.name().unwrap() == "manifest.json" || content.starts_with(b"%PDF-"));
        names.push(file.name().unwrap().into_owned());
    }
    names
}

#[tokio::test]
async fn a_list_is_printed_in_one_archive_with_a_file_a_name() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    for kind in ["certificate", "plaque"] {
        let list = order(
            kind,
            &[("谯城㛃发布", "亳2022-01"), ("药都发布", "亳2022-02")],
        );
        let answer = t.post(PRINT, &city, &list).send().await.unwrap();
        assert_eq!(answer.headers()["x-entries"], "2");
        let names = names(answer.bytes().await.unwrap().to_vec());
        assert_eq!(
            names,
            [
                "001-亳2022-01-谯城㛃发布.pdf",
                "002-亳2022-02-药都发布.pdf",
                "manifest.json"
            ]
        );
    }
}

#[tokio::test]
async fn what_cannot_be_printed_is_told_before_anything_is_sent() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let code = async |list: Value, status: u16| -> Value {
        let problem = json_of(t.post(PRINT, &city, &list), status).await;
        problem["violations"][0]["code"].clone()
    };
    let missing = order("certificate", &[("谯城发布", "1"), ("😀发布", "2")]);
    assert_eq!(code(missing, 422).await, "glyph_missing");
    assert_eq!(code(order("plaque", &[]), 422).await, "list_length");
    let twice = order("plaque", &[("甲", "1"), ("乙", "1")]);
    assert_eq!(code(twice, 422).await, "number_twice");
    let mut unknown = order("plaque", &[("甲", "1")]);
    unknown["colour"] = json!("gold");
    json_of(t.post(PRINT, &city, &unknown), 400).await;
    let mut nobody = order("plaque", &[]);
    nobody["endorsed"] = json!("no-such");
    assert_eq!(code(nobody, 422).await, "category_unknown");
    let county = organiser(&t, "谯城区委网信办").await;
    json_of(
        t.post(PRINT, &county, &order("plaque", &[("甲", "1")])),
        403,
    )
    .await;
}

#[tokio::test]
async fn an_announcement_is_drawn_for_the_organiser_and_stores_nothing() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let (before, _) = t.campaign_events(SLUG).await;
    let mut paper = json!({
        "title": "关于推选结果的公示", "number": "亳网办〔2022〕8号", "text": "现将名单予以公示。\n公示期五日。",
        "lists": [{ "heading": "一、文明账号", "names": [{ "name": "谯城发布" }] }],
        "closing": "特此公示。", "agencies": [{ "name": "亳州市委网信办" }], "date": "2022年6月20日",
    });
    let pdf = bytes_of(t.post(OFFICIAL, &city, &paper)).await;
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(bytes_of(t.post(OFFICIAL, &city, &paper)).await, pdf);
    assert_eq!(t.campaign_events(SLUG).await.0, before);
    paper["lists"][0]["names"][0]["name"] = json!("😀");
    assert_eq!(
        json_of(t.post(OFFICIAL, &city, &paper), 422).await["code"],
        "glyph_missing"
    );
    let county = organiser(&t, "谯城区委网信办").await;
    json_of(t.post(OFFICIAL, &county, &paper), 403).await;
}

#[tokio::test]
async fn the_endorsed_entries_of_a_category_and_no_others_may_be_the_list() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let mut list = order("certificate", &[]);
    list["endorsed"] = json!("government");
    let none = json_of(t.post(PRINT, &city, &list), 422).await;
    assert_eq!(none["violations"][0]["code"], "list_length");

    let owner = t.applicant("owner").await;
    let mut ids = Vec::new();
    for name in ["谯城发布", "药都发布"] {
        let input = t.bozhou_input(name).await;
        ids.push(t.ready_draft(&owner, &input, SLUG, &[]).await.0);
    }
    // the whole chain is walked in the journeys
    let passed = entity::entry::ActiveModel {
        id: Set(ids[1].clone()),
        state: Set("endorsed".into()),
        ..Default::default()
    };
    let passed = entity::entry::Entity::update(passed);
    let write = t.app.db.write(move |tx| {
        Box::pin(async move {
            passed.exec(tx).await?;
            Ok(())
        })
    });
    write.await.unwrap();
    assert_eq!(
        names(bytes_of(t.post(PRINT, &city, &list)).await),
        ["001-bozhou-2022-001-药都发布.pdf", "manifest.json"]
    );
}
