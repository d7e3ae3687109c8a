//! 附件: what comes with a notice, out of a folder or sent later; the blank form.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use domain::actor::Role;
use media::Paper;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tuixuan::app::notices;
use tuixuan::clock::new_id;
use tuixuan::packs;

use crate::support::database::Folder;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, upload};

const PACK: &str = "three-tier";
const CAMPAIGNS: &str = "/api/v1/campaigns";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The general template with two attachments.
fn text() -> String {
    let named = "[[attachment]]\nkey = \"summary\"\nlabel = \"推荐汇总表\"\nfile = \"summary.xlsx\"\nclause = \"详见附件2\"\n\n[[attachment]]\nkey = \"guide\"\nlabel = \"填报说明\"\nfile = \"说明.pdf\"\n\n[form]";
    let text = packs::find(PACK).unwrap().notice;
    text.replace("key = \"three-tier\"", "key = \"hubei-2027\"")
        .replacen("[form]", named, 1)
}

/// A document of parts with nothing in them.
fn document(parts: &[&str]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for part in parts {
        let stored = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        zip.start_file(*part, stored).unwrap();
        zip.write_all(b"<x/>").unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet() -> Vec<u8> {
    document(&["[Content_Types].xml", "xl/workbook.xml"])
}

async fn pdf(t: &TestApp) -> Vec<u8> {
    t.campaign("bozhou-2022").await;
    bytes_of(t.get(&format!("{CAMPAIGNS}/bozhou-2022/blank-form"), "")).await
}

fn folder(files: &BTreeMap<&str, Vec<u8>>) -> Folder {
    let folder = Folder::new();
    let pack = folder.path("hubei-2027");
    std::fs::create_dir(&pack).unwrap();
    std::fs::write(pack.join("notice.toml"), text()).unwrap();
    std::fs::write(pack.join("form.typ"), packs::find(PACK).unwrap().template).unwrap();
    for (name, bytes) in files {
        std::fs::write(pack.join(name), bytes).unwrap();
    }
    folder
}

async fn faults(t: &TestApp, pack: &Path) -> Vec<(String, &'static str)> {
    let checked = notices::check(&t.app, &packs::read(pack).unwrap()).await;
    let faults = checked.unwrap().faults.into_iter();
    faults.map(|f| (f.path, f.code)).collect()
}

async fn listed(t: &TestApp, slug: &str) -> Vec<Value> {
    let notice = json_of(t.get(&format!("{CAMPAIGNS}/{slug}/notice"), ""), 200).await;
    notice["attachments"].as_array().unwrap().clone()
}

#[test]
fn a_document_is_told_by_its_parts_and_one_that_was_cut_or_bent_is_none() {
    let bounds = media::Bounds::from(&tuixuan::config::Limits::default());
    let told = |bytes: &[u8], kind| media::attachment(bytes, kind, &bounds).is_ok();
    let word = document(&["[Content_Types].xml", "word/document.xml"]);
    assert!(told(&word, Paper::Word));
    assert!(!told(&word, Paper::Excel));
    assert!(!told(&word, Paper::Pdf));
    assert!(told(&sheet(), Paper::Excel));
    assert!(!told(&document(&["word/document.xml"]), Paper::Word));
    for cut in 0..word.len() {
        assert!(!told(&word[..cut], Paper::Word), "{cut}");
    }
    for at in 0..word.len() {
        let mut bent = word.clone();
        bent[at] ^= 0xff;
        // whatever it says, it does not fall over
        told(&bent, Paper::Word);
    }
}

#[tokio::test]
async fn attachments_of_a_folder_are_given_to_everybody_under_their_chinese_names() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (guide, summary) = (pdf(&t).await, sheet());
    let files = BTreeMap::from([("summary.xlsx", summary.clone()), ("说明.pdf", guide)]);
    let folder = folder(&files);
    let pack = folder.path("hubei-2027");
    assert_eq!(faults(&t, &pack).await, []);
    let create = tuixuan::commands::create_campaign(&t.app, "hubei-2027", pack.to_str().unwrap());
    create.await.unwrap();

    let all = listed(&t, "hubei-2027").await;
    let told: Vec<_> = (all.iter())
        .map(|a| (&a["key"], &a["label"], &a["file_name"], &a["bytes"]))
        .collect();
    assert_eq!(
        told,
        [
            (
                &json!("summary"),
                &json!("推荐汇总表"),
                &json!("推荐汇总表.xlsx"),
                &json!(summary.len())
            ),
            (
                &json!("guide"),
                &json!("填报说明"),
                &json!("填报说明.pdf"),
                &json!(files["说明.pdf"].len())
            ),
        ]
    );
    assert_eq!(all[0]["clause"], "详见附件2");
    assert_eq!(all[0]["media_type"], SHEET);

    let path = format!("{CAMPAIGNS}/hubei-2027/attachments");
    let answer = t.get(&format!("{path}/summary"), "").send().await.unwrap();
    let head = |name: &str| {
        let all: Vec<_> = answer.headers().get_all(name).iter().collect();
        assert_eq!(all.len(), 1, "{name}");
        all[0].to_str().unwrap().to_owned()
    };
    assert_eq!(head("content-type"), SHEET);
    assert_eq!(head("x-content-type-options"), "nosniff");
    assert_eq!(head("content-length"), summary.len().to_string());
    assert_eq!(
        head("content-disposition"),
        "attachment; filename=\"attachment.xlsx\"; filename*=UTF-8''%E6%8E%A8%E8%8D%90%E6%B1%87%E6%80%BB%E8%A1%A8.xlsx"
    );
    assert_eq!(answer.bytes().await.unwrap().to_vec(), summary);
    let guide = bytes_of(t.get(&format!("{path}/guide"), "")).await;
    assert_eq!(guide, files["说明.pdf"]);
    json_of(t.get(&format!("{path}/other"), ""), 404).await;
    // the folder may change, the campaign does not
    std::fs::write(pack.join("summary.xlsx"), b"other").unwrap();
    assert_eq!(
        bytes_of(t.get(&format!("{path}/summary"), "")).await,
        summary
    );
}

#[tokio::test]
async fn a_file_that_is_missing_or_is_not_what_it_says_is_a_fault_of_the_pack() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let guide = pdf(&t).await;
    let summary = || "attachment.summary.file".to_owned();
    let macros = document(&[
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/vbaProject.bin",
    ]);
    for (bytes, code) in [
        (None, "attachment_missing"),
        (Some(guide.clone()), "attachment_unusable"),
        (Some(macros), "attachment_unusable"),
        (Some(b"MZ".to_vec()), "attachment_unusable"),
        (Some(vec![0; (20 << 20) + 1]), "attachment_unusable"),
    ] {
        let mut files = BTreeMap::from([("说明.pdf", guide.clone())]);
        files.extend(bytes.map(|bytes| ("summary.xlsx", bytes)));
        let folder = folder(&files);
        let pack = folder.path("hubei-2027");
        assert_eq!(faults(&t, &pack).await, [(summary(), code)]);
        let told = tuixuan::commands::check_notice(&pack, None);
        let told = told.await.unwrap_err();
        assert_eq!(told.to_string(), "1 faults");
        let create = tuixuan::commands::create_campaign(&t.app, "x-2027", pack.to_str().unwrap());
        create.await.unwrap_err();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn no_attachment_leads_out_of_its_folder() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let files = BTreeMap::from([("说明.pdf", pdf(&t).await)]);
    let folder = folder(&files);
    let pack = folder.path("hubei-2027");
    std::fs::write(folder.path("secret.xlsx"), sheet()).unwrap();
    std::os::unix::fs::symlink(folder.path("secret.xlsx"), pack.join("summary.xlsx")).unwrap();
    let missing = ("attachment.summary.file".to_owned(), "attachment_missing");
    assert_eq!(faults(&t, &pack).await, [missing]);
    let out = text().replace("summary.xlsx", "../secret.xlsx");
    std::fs::write(pack.join("notice.toml"), out).unwrap();
    let bad = ("attachment.summary.file".to_owned(), "bad_file");
    assert_eq!(faults(&t, &pack).await, [bad]);
}

#[tokio::test]
async fn over_the_api_they_are_sent_once_the_campaign_is_there_and_stay() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(PACK).await;
    let province = t.agency(PACK, "湖北省委网信办").await;
    let organiser = t.officer(&province, &[Role::Organiser]).await;
    let clerk = t.officer(&province, &[Role::Clerk]).await;
    let texts = json!({ "notice": text(), "form": packs::find(PACK).unwrap().template });
    let body = json!({ "slug": "hubei-2027", "texts": texts });
    let create = t.post("/admin/api/v1/campaigns", &organiser, &body);
    json_of(create.header("idempotency-key", new_id()), 200).await;
    assert_eq!(listed(&t, "hubei-2027").await, [] as [Value; 0]);
    let path = format!("{CAMPAIGNS}/hubei-2027/attachments/summary");
    json_of(t.get(&path, ""), 404).await;

    let put = |token: &str, key: &str, bytes: Vec<u8>| -> RequestBuilder {
        let (kind, body) = upload("none", "任意.bin", bytes);
        let path = format!("/admin/api/v1/campaigns/hubei-2027/attachments/{key}");
        let request = t.client.put(format!("{}{path}", t.base));
        let request = request.header("content-type", kind).body(body);
        request.bearer_auth(token)
    };
    json_of(put(&clerk, "summary", sheet()), 403).await;
    json_of(put(&organiser, "other", sheet()), 404).await;
    let refused = json_of(put(&organiser, "summary", b"MZ".to_vec()), 415).await;
    assert_eq!(refused["violations"][0]["code"], "attachment_type");
    for _ in 0..2 {
        let kept = put(&organiser, "summary", sheet()).send().await.unwrap();
        assert_eq!(kept.status(), 200);
    }
    assert_eq!(listed(&t, "hubei-2027").await.len(), 1);
    assert_eq!(bytes_of(t.get(&path, "")).await, sheet());
    let other = document(&["[Content_Types].xml", "xl/workbook.xml", "xl/styles.xml"]);
    let refused = json_of(put(&organiser, "summary", other), 409).await;
    assert_eq!(refused["code"], "attachment_there");
    let (kinds, _) = t.campaign_events("hubei-2027").await;
    assert_eq!(kinds, ["campaign_created", "attachment_kept"]);
}

#[tokio::test]
async fn the_blank_form_is_drawn_once_for_everybody_and_marked() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    t.campaign("chengdu-2022").await;
    let path = |slug: &str| format!("{CAMPAIGNS}/{slug}/blank-form");
    let answer = t.get(&path("bozhou-2022"), "").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    let named = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(
        named.starts_with("attachment; filename=\"blank-form.pdf\"; filename*=UTF-8''%E7%94%B3"),
        "{named}"
    );
    let first = answer.bytes().await.unwrap().to_vec();
    assert!(first.starts_with(b"%PDF-"));
    let asked = (0..20).map(|_| bytes_of(t.get(&path("bozhou-2022"), "")));
    let since = std::time::Instant::now();
    for again in futures_util::future::join_all(asked).await {
        assert!(again == first, "the same bytes");
    }
    assert!(since.elapsed().as_secs() < 5, "{:?}", since.elapsed());
    // nobody applies to a list that the organiser draws up
    json_of(t.get(&path("chengdu-2022"), ""), 404).await;
    json_of(t.get(&path("none-2022"), ""), 404).await;
    // no number: a scan of it is taken for no form
    let seen = documents::verify::verify(&first, &[], t.app.now());
    assert_eq!(seen.signatures.len(), 0);
}
