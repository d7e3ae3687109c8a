//! Certificates of endorsed entries: later ones, and such as were withdrawn to be corrected.

use std::io::{Cursor, Read as _};

use serde_json::{Value, json};

use super::{PRINT, REGISTER, SLUG, endorse, issued, names, numbers, organiser};
use crate::papers::assert_told;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

/// The list of a category on a day.
fn on(date: &str) -> Value {
    let mut list = issued(&[]);
    list["endorsed"] = json!("government");
    list["date"] = json!(date);
    list
}

/// What is told of an archive (entries, as issued, left out), and the archive.
async fn printed(t: &TestApp, token: &str, list: &Value) -> ([String; 3], Vec<u8>) {
    let answer = t.post(PRINT, token, list).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    let told = ["x-entries", "x-as-issued", "x-left-out"]
        .map(|name| answer.headers()[name].to_str().unwrap().to_owned());
    (told, answer.bytes().await.unwrap().to_vec())
}

fn file(archive: &[u8], name: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut content = Vec::new();
    zip.by_name(name)
        .unwrap()
        .read_to_end(&mut content)
        .unwrap();
    content
}

async fn entered(t: &TestApp, owner: &str, name: &str) -> String {
    let input = t.bozhou_input(name).await;
    let id = t.ready_draft(owner, &input, SLUG, &[]).await.0;
    endorse(t, &id).await;
    id
}

#[tokio::test]
async fn what_is_endorsed_later_is_printed_later_and_what_was_issued_stays_as_it_is() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let owner = t.applicant("owner").await;
    entered(&t, &owner, "谯城发布").await;
    let (told, _) = printed(&t, &city, &on("2022年6月20日")).await;
    assert_eq!(told, ["1", "0", "0"]);
    entered(&t, &owner, "药都发布").await;
    let (told, archive) = printed(&t, &city, &on("2022年7月15日")).await;
    assert_eq!(told, ["2", "1", "0"]);
    assert_told(
        &file(&archive, "001-bozhou-2022-001-谯城发布.pdf"),
        &["2022年6月20日"],
    );
    assert_told(
        &file(&archive, "002-bozhou-2022-002-药都发布.pdf"),
        &["2022年7月15日"],
    );
    assert_eq!(numbers(&t, &city).await.len(), 2);
}

#[tokio::test]
async fn one_that_was_withdrawn_is_told_and_issued_anew_where_it_was_to_be_corrected() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let owner = t.applicant("owner").await;
    let mut ids = Vec::new();
    for name in ["谯城发布", "药都发布"] {
        ids.push(entered(&t, &owner, name).await);
    }
    bytes_of(t.post(PRINT, &city, &on("2022年6月20日"))).await;
    let register = json_of(t.get(REGISTER, &city), 200).await;
    for certificate in register.as_array().unwrap() {
        let path = format!(
            "{REGISTER}/{}/revocation",
            certificate["id"].as_str().unwrap()
        );
        json_of(t.post(&path, &city, &json!({ "reason": "更正" })), 200).await;
    }

    let mut list = on("2022年6月21日");
    let none = json_of(t.post(PRINT, &city, &list), 422).await;
    assert_eq!(none["violations"][0]["code"], "list_length");
    list["reissue"] = json!([ids[0]]);
    let (told, archive) = printed(&t, &city, &list).await;
    assert_eq!(told, ["1", "0", "1"]);
    assert_eq!(
        names(archive.clone()),
        [
            "001-bozhou-2022-003-谯城发布.pdf",
            "未印制.txt",
            "manifest.json"
        ]
    );
    let note = String::from_utf8(file(&archive, "未印制.txt")).unwrap();
    assert!(note.contains("药都发布") && !note.contains("谯城发布"));
    let path = format!("/api/v1/entries/{}/certificates", ids[0]);
    let mine = json_of(t.get(&path, &owner), 200).await;
    let standings: Vec<&Value> = (mine.as_array().unwrap().iter())
        .map(|c| &c["standing"])
        .collect();
    assert_eq!(standings, ["revoked", "valid"]);

    // once it has one again, there is nothing to correct
    let refused = json_of(t.post(PRINT, &city, &list), 422).await;
    assert_eq!(
        refused["violations"][0]["code"],
        "certificate_not_withdrawn"
    );
}
