//! 公文: drafts of announcements for the organiser, with boxes for the seals of those who issue them.

use documents::authority::KeyPair;
use documents::stamp::{StampError, Stamping, sha256_hex, stamp};
use serde_json::{Value, json};

use crate::certificates::organiser;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

const SLUG: &str = "bozhou-2022";
const OFFICIAL: &str = "/admin/api/v1/campaigns/bozhou-2022/official-papers/draft";

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

/// GB/T 9704—2012, 7.3.5.1: 印章端正、居中下压发文机关署名和成文日期; of several, each on its own agency.
#[tokio::test]
async fn an_announcement_has_a_box_for_the_seal_of_each_agency() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let city = organiser(&t, "亳州市委网信办").await;
    let root = KeyPair::root("办公厅", IN_BOZHOU_WINDOW).unwrap();
    let offices = ["亳州市委网信办", "亳州市文明办"];
    for offices in [&offices[..1], &offices] {
        let agencies: Vec<Value> = offices.iter().map(|o| json!({ "name": o })).collect();
        let paper = json!({
            "title": "关于推选结果的公示", "text": "现将名单予以公示。", "lists": [],
            "agencies": agencies, "date": "2022年6月20日",
        });
        let mut pdf = bytes_of(t.post(OFFICIAL, &city, &paper)).await;
        let sealed = |pdf: &[u8], n: usize, agency: &str| {
            let sealing = Stamping {
                slot: &format!("seal-{n}"),
                agency,
                opinion: "",
                signer: "",
                date: "",
                at_ms: IN_BOZHOU_WINDOW,
                expect_sha256: &sha256_hex(pdf),
            };
            stamp(
                pdf,
                &sealing,
                &root.issue(agency, IN_BOZHOU_WINDOW).unwrap(),
            )
        };
        for (n, agency) in offices.iter().enumerate() {
            pdf = sealed(&pdf, n + 1, agency).unwrap();
        }
        let more = sealed(&pdf, offices.len() + 1, offices[0]);
        assert!(matches!(more, Err(StampError::UnknownSlot(_))), "{more:?}");
        let roots = [root.certificate.clone()];
        let report = documents::verify::verify(&pdf, &roots, IN_BOZHOU_WINDOW);
        assert!(report.valid, "{report:?}");
        let slots: Vec<&str> = report.signatures.iter().map(|s| s.slot.as_str()).collect();
        assert_eq!(slots, &["seal-1", "seal-2"][..offices.len()]);
    }
}
