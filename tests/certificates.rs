//! 证书、奖牌: print files for the organiser, and the register of what was issued.

mod corrected;

use std::io::{Cursor, Read as _};

use domain::actor::Role;
use sea_orm::{EntityTrait as _, Set};
use serde_json::{Value, json};

use crate::papers::{assert_told, followed};
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";
const PRINT: &str = "/admin/api/v1/campaigns/bozhou-2022/certificates/print-files";

pub async fn organiser(t: &TestApp, agency: &str) -> String {
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
        "agencies": [{ "name": "亳州市委网信办" }], "date": "2022年6月20日", "frame": true, "issue": false,
    })
}

fn names(bytes: Vec<u8>) -> Vec<String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut names = Vec::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        let name = file.name().unwrap();
        let is_told = name == "manifest.json" || name == "未印制.txt";
        assert!(is_told || content.starts_with(b"%PDF-"));
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

/// A second page would have been printed without anybody seeing it.
#[tokio::test]
async fn what_does_not_fit_on_a_sheet_is_not_issued() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let agencies = json!(vec![json!({ "name": "亳州市委网信办" }); 3]);
    let full = |kind: &str, name: &str, title: usize, text: usize| {
        let mut list = order(kind, &[("谯城发布", "1"), (name, "2"), ("药都发布", "3")]);
        list["title"] = json!("奖".repeat(title));
        list["text"] = json!("文".repeat(text));
        list["agencies"] = agencies.clone();
        list["issue"] = json!(true);
        list
    };
    let long = "名".repeat(100);
    for list in [
        full("certificate", "甲", 30, 300),
        full("certificate", "甲", 4, 300),
        full("certificate", &long, 4, 100),
    ] {
        let refused = json_of(t.post(PRINT, &city, &list), 422).await;
        assert_eq!(refused["violations"][0]["code"], "overflow");
    }
    let register = "/admin/api/v1/campaigns/bozhou-2022/certificates";
    assert_eq!(json_of(t.get(register, &city), 200).await, json!([]));
    for list in [
        full("certificate", &"名".repeat(40), 4, 30),
        full("plaque", &long, 30, 300),
    ] {
        let archive = bytes_of(t.post(PRINT, &city, &list)).await;
        assert_eq!(names(archive).len(), 4);
    }
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
    endorse(&t, &ids[1]).await;
    assert_eq!(
        names(bytes_of(t.post(PRINT, &city, &list)).await),
        ["001-bozhou-2022-001-药都发布.pdf", "manifest.json"]
    );
}

/// The whole chain is walked in the journeys.
async fn endorse(t: &TestApp, id: &str) {
    let passed = entity::entry::ActiveModel {
        id: Set(id.to_owned()),
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
}

const REGISTER: &str = "/admin/api/v1/campaigns/bozhou-2022/certificates";

/// The list as it is meant, not as a proof.
fn issued(names: &[(&str, &str)]) -> Value {
    let mut list = order("certificate", names);
    list["issue"] = json!(true);
    list
}

/// The first print file of an archive.
fn first_file(bytes: Vec<u8>) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut content = Vec::new();
    let mut file = zip.by_index(0).unwrap();
    file.read_to_end(&mut content).unwrap();
    content
}

async fn page(t: &TestApp, code: &str, status: u16) -> String {
    let answer = t.client.get(format!("{}/v/{code}", t.base));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), status);
    answer.text().await.unwrap()
}

#[tokio::test]
async fn an_issued_certificate_is_found_by_its_code_until_it_is_withdrawn() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let proof = order("certificate", &[("谯城㛃发布", "亳2022-01")]);
    bytes_of(t.post(PRINT, &city, &proof)).await;
    assert_eq!(json_of(t.get(REGISTER, &city), 200).await, json!([]));

    let list = issued(&[("谯城㛃发布", "亳2022-01"), ("药都发布", "亳2022-02")]);
    let archive = bytes_of(t.post(PRINT, &city, &list)).await;
    let sheet = first_file(archive);
    assert_told(&sheet, &["扫码核验", "亳2022-01"]);
    let register = json_of(t.get(REGISTER, &city), 200).await;
    let names: Vec<_> = register
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["药都发布", "谯城㛃发布"]);
    let code = register[1]["code"].as_str().unwrap();
    let found = json_of(
        t.client
            .get(format!("{}/api/v1/certificates/{code}", t.base)),
        200,
    )
    .await;
    assert_eq!(
        (&found["standing"], &found["name"], &found["number"]),
        (&json!("valid"), &json!("谯城㛃发布"), &json!("亳2022-01"))
    );
    assert!(found.get("reason").is_none() && found.get("entry_id").is_none());
    let shown = page(&t, code, 200).await;
    assert_eq!(followed(&t, &sheet).await, (code.to_owned(), shown.clone()));
    assert!(
        shown.contains("有效") && shown.contains("谯城㛃发布") && shown.contains("亳州市委网信办")
    );

    let id = register[1]["id"].as_str().unwrap();
    let path = format!("{REGISTER}/{id}/revocation");
    let why = json!({ "reason": "名称印错" });
    let revoked = json_of(t.post(&path, &city, &why), 200).await;
    assert_eq!(revoked["reason"], "名称印错");
    assert_eq!(
        json_of(t.post(&path, &city, &why), 422).await["code"],
        "certificate_revoked"
    );
    let found = json_of(
        t.client
            .get(format!("{}/api/v1/certificates/{code}", t.base)),
        200,
    )
    .await;
    assert_eq!(found["standing"], "revoked");
    assert!(!page(&t, code, 200).await.contains("名称印错"));
    let again = json_of(t.post(PRINT, &city, &list), 422).await;
    assert_eq!(again["violations"][0]["code"], "certificate_revoked");
    assert!(
        page(&t, "34-ZZZZZZZZZZ", 404)
            .await
            .contains("没有这个编号")
    );
    let trail = t.campaign_events(SLUG).await.0;
    let told: Vec<_> = trail.iter().filter(|l| l.contains("certificate")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
}

#[tokio::test]
async fn printed_again_it_has_the_same_code_and_its_number_goes_to_nobody_else() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let list = issued(&[("谯城发布", "1")]);
    let before = bytes_of(t.post(PRINT, &city, &list)).await;
    let register = json_of(t.get(REGISTER, &city), 200).await;
    assert_eq!(bytes_of(t.post(PRINT, &city, &list)).await, before);
    let longer = issued(&[("谯城发布", "1"), ("药都发布", "2")]);
    bytes_of(t.post(PRINT, &city, &longer)).await;
    let after = json_of(t.get(REGISTER, &city), 200).await;
    assert_eq!(
        (after.as_array().unwrap().len(), &after[1]),
        (2, &register[0])
    );

    let other = issued(&[("涡阳发布", "3"), ("药都发布", "1")]);
    let refused = json_of(t.post(PRINT, &city, &other), 422).await;
    assert_eq!(refused["code"], "certificates_refused");
    let fault = &refused["violations"][0];
    assert_eq!(
        (&fault["code"], &fault["value"]),
        (&json!("certificate_number_taken"), &json!("1"))
    );
    assert!(fault["message"].as_str().unwrap().contains("谯城发布"));
    // a plaque of the same number is another thing
    let mut plaque = issued(&[("谯城发布", "1")]);
    plaque["kind"] = json!("plaque");
    bytes_of(t.post(PRINT, &city, &plaque)).await;
    let page = json_of(t.get(&format!("{REGISTER}?limit=1"), &city), 200).await;
    assert_eq!(page[0]["kind"], "plaque");
    let last = page[0]["id"].as_str().unwrap();
    let rest = json_of(t.get(&format!("{REGISTER}?before={last}"), &city), 200).await;
    assert_eq!(rest, after, "the refused list left nothing");
}

/// More than one statement writes a list of the largest size, and none of it is lost.
#[tokio::test]
async fn a_list_of_the_largest_size_is_on_the_register_as_a_whole() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let names: Vec<(String, String)> = (0..500)
        .map(|n| (format!("账号{n}"), n.to_string()))
        .collect();
    let names: Vec<(&str, &str)> = names
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let answer = t.post(PRINT, &city, &issued(&names)).send().await.unwrap();
    assert_eq!(answer.headers()["x-entries"], "500");
    drop(answer);
    let (mut all, mut before) = (0, String::new());
    loop {
        let page = json_of(t.get(&format!("{REGISTER}?limit=100{before}"), &city), 200).await;
        let page = page.as_array().unwrap();
        let Some(last) = page.last() else { break };
        all += page.len();
        before = format!("&before={}", last["id"].as_str().unwrap());
    }
    assert_eq!(all, 500);
}

#[tokio::test]
async fn an_applicant_has_the_certificates_of_its_entries_and_of_no_other() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let (owner, other) = (t.applicant("owner").await, t.applicant("other").await);
    let input = t.bozhou_input("谯城发布").await;
    let id = t.ready_draft(&owner, &input, SLUG, &[]).await.0;
    endorse(&t, &id).await;
    let mut list = issued(&[]);
    list["endorsed"] = json!("government");
    bytes_of(t.post(PRINT, &city, &list)).await;
    let path = format!("/api/v1/entries/{id}/certificates");
    let mine = json_of(t.get(&path, &owner), 200).await;
    assert_eq!(
        (mine.as_array().unwrap().len(), &mine[0]["name"]),
        (1, &json!("谯城发布"))
    );
    let certificate = mine[0]["id"].as_str().unwrap();
    let paper = format!("{path}/{certificate}/paper");
    let pdf = bytes_of(t.get(&paper, &owner)).await;
    assert_told(&pdf, &["谯城发布", "扫码核验"]);
    json_of(t.get(&path, &other), 404).await;
    json_of(t.get(&paper, &other), 404).await;
    let another = t.bozhou_input("药都发布").await;
    let another = t.ready_draft(&owner, &another, SLUG, &[]).await.0;
    let strange = format!("/api/v1/entries/{another}/certificates/{certificate}/paper");
    json_of(t.get(&strange, &owner), 404).await;
    let why = json!({ "reason": "取消荣誉" });
    json_of(
        t.post(&format!("{REGISTER}/{certificate}/revocation"), &city, &why),
        200,
    )
    .await;
    json_of(t.get(&paper, &owner), 404).await;
    assert_eq!(
        json_of(t.get(&path, &owner), 200).await[0]["standing"],
        "revoked"
    );
}

/// Numbers and names on the register, in the order in which they were issued.
async fn numbers(t: &TestApp, organiser: &str) -> Vec<String> {
    let register = json_of(t.get(REGISTER, organiser), 200).await;
    let all = register.as_array().unwrap().iter().rev();
    let told = |c: &Value| {
        let text = |key: &str| c[key].as_str().unwrap().to_owned();
        format!("{} {}", text("number"), text("name"))
    };
    all.map(told).collect()
}

#[tokio::test]
async fn entries_keep_their_numbers_whatever_is_endorsed_or_printed_later() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let owner = t.applicant("owner").await;
    let mut ids = Vec::new();
    for (name, category) in [
        ("药都发布", "government"),
        ("涡阳发布", "government"),
        ("亳州晚报", "commercial"),
    ] {
        let mut input = t.bozhou_input(name).await;
        input["category"] = json!(category);
        ids.push(t.ready_draft(&owner, &input, SLUG, &[]).await.0);
    }
    let print = async |category: &str| {
        let mut list = issued(&[]);
        list["endorsed"] = json!(category);
        names(bytes_of(t.post(PRINT, &city, &list)).await)
    };
    endorse(&t, &ids[1]).await;
    endorse(&t, &ids[2]).await;
    let first = ["001-bozhou-2022-001-涡阳发布.pdf", "manifest.json"];
    assert_eq!(print("government").await, first);
    // another category goes on with the series
    let commercial = ["001-bozhou-2022-002-亳州晚报.pdf", "manifest.json"];
    assert_eq!(print("commercial").await, commercial);
    // one that was begun before is endorsed after
    endorse(&t, &ids[0]).await;
    let both = [
        "001-bozhou-2022-003-药都发布.pdf",
        "002-bozhou-2022-001-涡阳发布.pdf",
        "manifest.json",
    ];
    for _ in 0..2 {
        assert_eq!(print("government").await, both);
    }
    assert_eq!(print("commercial").await, commercial);
    let all = [
        "bozhou-2022-001 涡阳发布",
        "bozhou-2022-002 亳州晚报",
        "bozhou-2022-003 药都发布",
    ];
    assert_eq!(numbers(&t, &city).await, all);

    // what was withdrawn is printed no more and told, and its number goes to nobody
    let register = json_of(t.get(REGISTER, &city), 200).await;
    let last = register[0]["id"].as_str().unwrap();
    let path = format!("{REGISTER}/{last}/revocation");
    json_of(t.post(&path, &city, &json!({ "reason": "取消" })), 200).await;
    assert_eq!(
        print("government").await,
        [first[0], "未印制.txt", first[1]]
    );
    assert_eq!(numbers(&t, &city).await, all);
}

/// Which numbers are free is looked up before the turn to write has come.
#[tokio::test]
async fn two_who_issue_one_list_at_once_get_the_same_certificates() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let agency = "亳州市委网信办";
    let two = [organiser(&t, agency).await, organiser(&t, agency).await];
    let owner = t.applicant("owner").await;
    for name in ["谯城发布", "药都发布"] {
        let input = t.bozhou_input(name).await;
        let id = t.ready_draft(&owner, &input, SLUG, &[]).await.0;
        endorse(&t, &id).await;
    }
    let mut list = issued(&[]);
    list["endorsed"] = json!("government");
    let print = |who| bytes_of(t.post(PRINT, who, &list));
    let (one, other) = tokio::join!(print(&two[0]), print(&two[1]));
    // the codes are on them
    assert_eq!(one, other);
    let all = ["bozhou-2022-001 谯城发布", "bozhou-2022-002 药都发布"];
    assert_eq!(numbers(&t, &two[0]).await, all);
}

/// Two lists want the same free numbers: one gets them, and of the other nothing is on the register until it is asked for again.
#[tokio::test]
async fn of_two_lists_that_are_issued_at_once_none_takes_a_number_of_the_other() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let agency = "亳州市委网信办";
    let two = [organiser(&t, agency).await, organiser(&t, agency).await];
    let owner = t.applicant("owner").await;
    for (name, category) in [("谯城发布", "government"), ("亳州晚报", "commercial")] {
        let mut input = t.bozhou_input(name).await;
        input["category"] = json!(category);
        let id = t.ready_draft(&owner, &input, SLUG, &[]).await.0;
        endorse(&t, &id).await;
    }
    let lists = ["government", "commercial"].map(|category| {
        let mut list = issued(&[]);
        list["endorsed"] = json!(category);
        list
    });
    let print = async |n: usize| {
        let answer = t.post(PRINT, &two[n], &lists[n]).send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        let code = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["code"].clone();
        (status != 200).then(|| (status, code(&body)))
    };
    let (one, other) = tokio::join!(print(0), print(1));
    let refused = [one, other];
    let told: Vec<_> = refused.iter().flatten().collect();
    assert!(told.len() <= 1, "{told:?}");
    for told in told {
        assert_eq!(*told, (422, json!("certificates_refused")));
    }
    let printed = refused.iter().filter(|r| r.is_none()).count();
    assert_eq!(numbers(&t, &two[0]).await.len(), printed);
    for n in 0..2 {
        assert_eq!(print(n).await, None);
    }
    let mut all = numbers(&t, &two[0]).await;
    all.sort_by_key(|line| line.split(' ').nth(1).map(str::to_owned));
    let names: Vec<&str> = all.iter().map(|l| l.split(' ').nth(1).unwrap()).collect();
    assert_eq!(names, ["亳州晚报", "谯城发布"]);
    let mut given: Vec<&str> = all.iter().map(|l| l.split(' ').next().unwrap()).collect();
    given.sort_unstable();
    assert_eq!(given, ["bozhou-2022-001", "bozhou-2022-002"]);
}
