//! 小程序码 of an entry, through WeChat's habit of telling faults in place of the picture.

use tuixuan::wechat::stand_in::{Door, Fault};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";

async fn scene(page: &str) -> (TestApp, String, String) {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| s.wechat.entry_page = page.into()).await;
    t.campaign(SLUG).await;
    let owner = t.applicant("owner").await;
    let input = t.bozhou_input("谯城发布").await;
    let (entry, _) = t.ready_draft(&owner, &input, SLUG, &[]).await;
    (t, owner, format!("/api/v1/entries/{entry}/code"))
}

/// The scene that the stand-in drew into its picture.
fn scene_of(png: &[u8]) -> String {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let byte = |row: u32| -> u8 {
        (0..8)
            .map(|bit| u8::from(picture.get_pixel(bit * 8, row * 8)[0] == 0) << bit)
            .sum()
    };
    let bytes: Vec<u8> = (0..32).map(byte).filter(|b| *b > 0).collect();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn the_owner_gets_a_code_that_leads_to_the_entry() {
    let (t, owner, path) = scene("pages/entry/entry").await;
    let told = json_of(t.get("/api/v1/client-settings", ""), 200).await;
    assert_eq!(told["entry_codes"], true);
    let answer = t.get(&path, &owner).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    let png = answer.bytes().await.unwrap();
    let id = path.split('/').nth(4).unwrap().replace('-', "");
    assert_eq!(scene_of(&png), id);
    let other = t.applicant("other").await;
    json_of(t.get(&path, &other), 404).await;
}

#[tokio::test]
async fn faults_in_place_of_the_picture_are_told_apart() {
    let (t, owner, path) = scene("pages/entry/entry").await;
    for (fault, status, code) in [
        (Fault::Errcode(45009), 429, "too_many"),
        (Fault::Errcode(41030), 503, "page_not_published"),
        (Fault::Errcode(40169), 503, "unavailable"),
        (Fault::Errcode(0), 503, "unavailable"),
        (Fault::Malformed, 503, "unavailable"),
        (Fault::Status(502), 503, "unavailable"),
    ] {
        t.wechat.script(Door::Code, [fault.clone()]);
        let refused = json_of(t.get(&path, &owner), status).await;
        assert_eq!(refused["code"], code, "{fault:?}");
    }
    let tokens = t.wechat.tokens_given();
    t.wechat.script(Door::Code, [Fault::Errcode(40001)]);
    assert!(!bytes_of(t.get(&path, &owner)).await.is_empty());
    assert_eq!(t.wechat.tokens_given(), tokens + 1);
}

#[tokio::test]
async fn without_a_page_there_are_no_codes() {
    let (t, owner, path) = scene("").await;
    let told = json_of(t.get("/api/v1/client-settings", ""), 200).await;
    assert_eq!(told["entry_codes"], false);
    assert_eq!(
        json_of(t.get(&path, &owner), 422).await["code"],
        "entry_codes_off"
    );
}
