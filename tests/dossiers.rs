//! 卷宗: one PDF that carries the signed form, one archive that carries everything, those of a whole queue.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use domain::actor::Role;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tuixuan::app::keys;

use crate::support::{
    BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of, picture,
};

const SLUG: &str = "bozhou-2022";
const ADMIN: &str = "/admin/api/v1";
const QUEUE: &str = "/admin/api/v1/campaigns/bozhou-2022/queue/dossiers.zip";

/// The files of an archive; each is what the manifest says, and nothing else is there.
fn opened(bytes: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.insert(file.name().unwrap().into_owned(), content);
    }
    let manifest = files.remove("manifest.json").unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let listed = manifest["files"].as_array().unwrap().iter();
    let listed: BTreeMap<String, String> = listed
        .map(|f| {
            (
                f["name"].as_str().unwrap().into(),
                f["sha256"].as_str().unwrap().into(),
            )
        })
        .collect();
    let found = files.iter();
    let found: BTreeMap<String, String> = found
        .map(|(name, content)| (name.clone(), hex::encode(Sha256::digest(content))))
        .collect();
    assert_eq!(listed, found);
    files
}

async fn submitted(t: &TestApp, name: &str) -> (String, String) {
    let owner = t.applicant(name).await;
    let input = t.bozhou_input(name).await;
    let (id, version) = t.ready_draft(&owner, &input, SLUG, &FILES).await;
    let sent = t.submit(&owner, &id, version).await;
    (id, sent["receipt"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_archive_has_the_originals_and_their_signatures_hold() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let (id, _) = submitted(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    t.stamp_and_endorse(&county, &id, &["county-cyberspace"])
        .await;
    let stamped = bytes_of(t.get(&format!("{ADMIN}/entries/{id}/form"), &county)).await;

    let pdf = bytes_of(t.get(&format!("{ADMIN}/entries/{id}/dossier.pdf"), &county)).await;
    assert!(pdf.starts_with(b"%PDF-"));
    let files =
        opened(bytes_of(t.get(&format!("{ADMIN}/entries/{id}/dossier.zip"), &county)).await);
    assert_eq!(files["form.pdf"], stamped);
    let roots = keys::roots(&t.app).await.unwrap();
    let report = documents::verify::verify(&files["form.pdf"], &roots, t.app.now());
    assert!(report.valid, "{report:?}");
    let told: Value = serde_json::from_slice(&files["verification.json"]).unwrap();
    assert_eq!(told["valid"], true);
    assert_eq!(files["dossier.pdf"], pdf);
    assert_eq!(files["evidence/01-pictures-材料.png"], picture());
    let evidence = files.keys().filter(|name| name.starts_with("evidence/"));
    assert_eq!(evidence.count(), FILES.len());
    let trail: Value = serde_json::from_slice(&files["trail.json"]).unwrap();
    let kinds = trail
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["kind"].as_str().unwrap());
    assert_eq!(kinds.filter(|kind| *kind == "form_stamped").count(), 1);
    crate::papers::assert_told(
        &pdf,
        &["签名完好", "覆盖整个文件", "证书未被吊销", "准备盖章"],
    );
    // an independent reader finds the same signed file inside the PDF
    if let Some(inside) = attached(&pdf) {
        assert_eq!(inside, stamped);
    }
}

/// The first file attached to a PDF, where poppler is installed.
fn attached(pdf: &[u8]) -> Option<Vec<u8>> {
    let folder = crate::support::database::Folder::new();
    let (whole, part) = (folder.path("dossier.pdf"), folder.path("form.pdf"));
    std::fs::create_dir_all(whole.parent().unwrap()).unwrap();
    std::fs::write(&whole, pdf).unwrap();
    let mut tool = std::process::Command::new("pdfdetach");
    let tool = tool.args(["-save", "1", "-o"]).arg(&part).arg(&whole);
    tool.status().ok()?;
    Some(std::fs::read(part).unwrap())
}

#[tokio::test]
async fn nobody_takes_a_dossier_that_is_not_theirs_or_not_for_their_role() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let (id, _) = submitted(&t, "谯城发布").await;
    let agency = t.agency(SLUG, "谯城区委网信办").await;
    let clerk = t.officer(&agency, &[Role::Clerk]).await;
    let elsewhere = t.reviewer(SLUG, "涡阳县委网信办").await;
    for kind in ["pdf", "zip"] {
        let path = format!("{ADMIN}/entries/{id}/dossier.{kind}");
        assert_eq!(
            json_of(t.get(&path, &clerk), 403).await["code"],
            "role_missing"
        );
        json_of(t.get(&path, &elsewhere), 404).await;
    }
    assert_eq!(
        json_of(t.get(QUEUE, &clerk), 403).await["code"],
        "role_missing"
    );
    assert!(opened(bytes_of(t.get(QUEUE, &elsewhere)).await).is_empty());
}

#[tokio::test]
async fn a_queue_has_a_folder_for_each_entry_under_its_filters_and_that_it_was_taken_is_recorded() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let mut receipts = Vec::new();
    for name in ["谯城发布", "药都发布"] {
        receipts.push(submitted(&t, name).await.1);
    }
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let answer = t.get(QUEUE, &county).send().await.unwrap();
    assert_eq!(answer.headers()["x-entries"], "2");
    let files = opened(answer.bytes().await.unwrap().to_vec());
    for receipt in &receipts {
        let its = files
            .keys()
            .filter(|name| name.starts_with(&format!("{receipt}/")));
        // no form was asked for yet: dossier, trail, evidence, and a note that it is lacking
        assert_eq!(its.count(), 3 + FILES.len());
    }
    let late = format!("{QUEUE}?late=true");
    assert!(opened(bytes_of(t.get(&late, &county)).await).is_empty());
    let (kinds, _) = t.campaign_events(SLUG).await;
    let taken = kinds.iter().filter(|kind| *kind == "dossiers_exported");
    assert_eq!(taken.count(), 2);
}

#[tokio::test]
async fn what_is_gone_of_one_entry_is_told_in_its_place_and_the_others_follow() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let (broken, of_broken) = submitted(&t, "谯城发布").await;
    let (_, of_whole) = submitted(&t, "药都发布").await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let path = format!("{ADMIN}/entries/{broken}/form");
    let form = bytes_of(t.get(&path, &county)).await;
    let form = hex::encode(Sha256::digest(form));
    t.app.files.delete(&form).await.unwrap();
    let files = opened(bytes_of(t.get(QUEUE, &county)).await);
    let its = |receipt: &str| -> Vec<&str> {
        let inside = format!("{receipt}/");
        let names = files.keys().filter_map(|name| name.strip_prefix(&inside));
        names.collect()
    };
    assert_eq!(its(&of_broken), ["错误.txt"]);
    assert_eq!(its(&of_whole).len(), 3 + FILES.len());
    let told = std::str::from_utf8(&files[&format!("{of_broken}/错误.txt")]).unwrap();
    assert!(told.contains("卷宗未能生成"), "{told}");
    assert!(!told.contains(&form), "{told}");

    // every file of both is the same picture
    let picture = hex::encode(Sha256::digest(picture()));
    t.app.files.delete(&picture).await.unwrap();
    let files = opened(bytes_of(t.get(QUEUE, &county)).await);
    let notes = files.keys().filter(|name| name.ends_with(".未附.txt"));
    assert_eq!(notes.count(), 1 + FILES.len());
    let manifest = lacking(bytes_of(t.get(QUEUE, &county)).await);
    assert_eq!(manifest.len(), 2 + FILES.len());
    assert!(manifest.contains(&format!("{of_broken}/错误.txt")));
}

/// What the manifest of an archive says is lacking.
fn lacking(bytes: Vec<u8>) -> Vec<String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let manifest: Value = serde_json::from_reader(zip.by_name("manifest.json").unwrap()).unwrap();
    let names = manifest["lacking"].as_array().unwrap().iter();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_file_with_other_bytes_than_were_handed_in_is_noted_and_not_listed() {
    let t = TestApp::start_on_disk(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let (id, _) = submitted(&t, "谯城发布").await;
    let county = t.reviewer(SLUG, "谯城区委网信办").await;
    let picture = hex::encode(Sha256::digest(picture()));
    let folder = &t.app.settings.files.folder;
    std::fs::write(folder.join(&picture[..2]).join(&picture), b"rotten").unwrap();
    let path = format!("{ADMIN}/entries/{id}/dossier.zip");
    let zip = bytes_of(t.get(&path, &county)).await;
    let name = "evidence/01-pictures-材料.png";
    assert!(lacking(zip.clone()).contains(&format!("{name}.未附.txt")));
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let manifest: Value = serde_json::from_reader(zip.by_name("manifest.json").unwrap()).unwrap();
    let mut listed = manifest["files"].as_array().unwrap().iter();
    assert!(!listed.any(|file| file["name"] == name));
}
