//! Papers: each is drawn, short and long, with rare characters, and left where a person can look at it.

use documents::papers::{
    Certificate, Column, Cover, CoverRow, Listing, Official, Paper, Plaque, Receipt, ReceiptFile,
    Signer, Slip, SlipItem,
};
use documents::render::{Rendered, qr_svg};
use documents::scan;
use documents::stamp::{Stamping, sha256_hex, stamp};

use crate::support::{AT, agency, file, renderer, root, stamping, text, today};

const RARE: &str = "㛃䶮𬭎𠅤";
const DAY: &str = "2022年6月20日";

/// A seal alone: date and office are printed.
fn sealed(pdf: &[u8], slot: &str) -> Vec<u8> {
    let key = root().issue(agency(slot), today()).unwrap();
    let sha256 = sha256_hex(pdf);
    let alone = Stamping {
        opinion: "",
        signer: "",
        date: "",
        ..stamping(slot, &sha256)
    };
    stamp(pdf, &alone, &key).unwrap_or_else(|e| panic!("{slot}: {e}"))
}

fn signer(id: &str, agency: &str) -> Signer {
    Signer {
        id: id.into(),
        agency: agency.into(),
    }
}

/// A paper of usual size, with its rare characters found again in its text.
fn found<P: Paper>(name: &str, paper: &P) -> Rendered {
    let drawn = drawn(name, paper);
    if let Some(told) = text(&format!("{name}.pdf"), &drawn.pdf) {
        assert!(told.contains(RARE), "{name}: {told}");
    }
    drawn
}

fn drawn<P: Paper>(name: &str, paper: &P) -> Rendered {
    let drawn = renderer().paper(paper, AT);
    let drawn = drawn.unwrap_or_else(|e| panic!("{name}: {e}"));
    file(&format!("{name}.pdf"), &drawn.pdf);
    drawn
}

fn official(rows: usize) -> Official {
    let row = |i: usize| {
        vec![
            i.to_string(),
            format!("亳州{RARE}发布{i}"),
            "市委宣传部".into(),
        ]
    };
    Official {
        title: "关于2022年亳州市文明网站平台、文明账号推选结果的公示".into(),
        form_code: "34-AAAAAAAAAA".into(),
        header: "亳州市互联网信息办公室文件".into(),
        number: "亳网办〔2022〕8号".into(),
        to: "各县（区）委网信办、文明办，市直有关单位".into(),
        paragraphs: vec![
            "按照通知安排，经申报推荐、资格审核、网上展播和专家评议，现将拟评选的名单予以公示。"
                .into(),
            "公示期为2022年6月20日至6月24日。对公示名单有异议的，请在公示期内以书面形式反映。"
                .into(),
        ],
        lists: vec![Listing {
            heading: "一、文明账号".into(),
            columns: ["序号", "名称", "运营主体"]
                .iter()
                .enumerate()
                .map(|(i, label)| Column {
                    label: (*label).into(),
                    wide: i > 0,
                })
                .collect(),
            rows: (1..=rows).map(row).collect(),
        }],
        closing: vec!["特此公示。".into()],
        attachments: vec!["推选名单".into(), "异议受理方式".into()],
        signers: vec![
            signer("city-cyberspace", "亳州市委网信办"),
            signer("city-civilisation", "亳州市文明办"),
        ],
        date: DAY.into(),
    }
}

/// Where the code of a paper leads, as whoever holds it reads it.
fn assert_leads(drawn: &Rendered, address: &str) {
    let seen = scan::read(&drawn.pdf).expect("a sheet of paper");
    assert_eq!(seen.code(), Some(address));
}

#[test]
fn an_announcement_has_the_layout_of_an_official_document_and_takes_its_seals() {
    let short = found("official-short", &official(3));
    assert_eq!(short.slots.len(), 2);
    let once = sealed(&short.pdf, "city-cyberspace");
    let twice = sealed(&once, "city-civilisation");
    let path = file("official-sealed.pdf", &twice);
    let report = crate::support::verify(&twice, &crate::support::roots());
    assert!(report.valid, "{report:?}");
    assert_eq!(report.signatures.len(), 2);
    if let Some(told) = crate::support::tool("pdfsig", &["-nocert", path.to_str().unwrap()]) {
        assert_eq!(told.matches("Signature is Valid").count(), 2, "{told}");
    }
    if let Some(told) = text("official-text.pdf", &short.pdf) {
        for part in [
            "亳网办〔2022〕8号",
            "特此公示。",
            "附件：1.推选名单",
            "2.异议受理方式",
        ] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }
    let long = found("official-long", &official(120));
    assert!(long.pages >= 4, "{} pages", long.pages);
    assert_eq!(long.slots.len(), 2);
}

/// GB/T 9704—2012, 5.2.2: 22 lines a page, 28 characters a line.
#[test]
fn an_official_document_has_22_lines_of_28_characters() {
    let plain = Official {
        title: "通报".into(),
        paragraphs: vec!["文".repeat(28 * 60)],
        ..Official::default()
    };
    let path = file("official-grid.pdf", &drawn("official-grid", &plain).pdf);
    let second = ["-layout", "-f", "2", "-l", "2", path.to_str().unwrap(), "-"];
    if let Some(told) = crate::support::tool("pdftotext", &second) {
        let lines = told.lines().filter(|l| l.contains('文'));
        let long: Vec<usize> = lines.map(|l| l.matches('文').count()).collect();
        assert_eq!(long, [28; 22]);
    }
}

#[test]
fn a_slip_names_everything_to_be_mended() {
    let item = |i: usize| SlipItem {
        label: format!("第{i}项"),
        message: "请补充2021年以来的成效，并写明出处。".repeat(i % 4 + 1),
        clause: if i.is_multiple_of(2) {
            "图文案例需展示案例亮点、实效等方面内容".into()
        } else {
            String::new()
        },
    };
    let slip = |n: usize| Slip {
        title: "补正通知".into(),
        form_code: "341600-AAAAAAAAAA-1".into(),
        to: format!("谯城{RARE}融媒体中心"),
        campaign: "2022年亳州市文明网站平台、文明账号推选活动".into(),
        name: "谯城发布".into(),
        receipt: "341600-AAAAAAAAAA".into(),
        round: 1,
        agency: "谯城区委网信办".into(),
        step: "县区审核".into(),
        items: (1..=n).map(item).collect(),
        due: "2022年6月8日 23:59:59".into(),
        date: DAY.into(),
        signers: vec![signer("", "谯城区委网信办")],
        qr_svg: qr_svg("https://example.cn/v/341600-AAAAAAAAAA-1"),
    };
    let short = found("slip-short", &slip(2));
    assert_eq!(short.pages, 1);
    assert_leads(&short, "https://example.cn/v/341600-AAAAAAAAAA-1");
    assert!(found("slip-long", &slip(40)).pages > 2);
}

#[test]
fn a_receipt_names_what_was_handed_in() {
    let receipt = Receipt {
        title: "申报回执".into(),
        form_code: "341600-AAAAAAAAAA".into(),
        receipt: "341600-AAAAAAAAAA".into(),
        campaign: "2022年亳州市文明网站平台、文明账号推选活动".into(),
        name: format!("谯城{RARE}发布"),
        category: "党政机关".into(),
        route: "各县（区）委网信办".into(),
        submitted: "2022年6月3日 23:59:59".into(),
        late: true,
        round: 2,
        digest: "5f".repeat(32),
        evidence: (1..=8)
            .map(|i| ReceiptFile {
                label: "相关图片".into(),
                file_name: format!("文明实践活动现场照片{i}.jpg"),
                size: "1.2 MB".into(),
                sha256: "a0".repeat(32),
            })
            .collect(),
        qr_svg: qr_svg("https://example.cn/v/341600-AAAAAAAAAA"),
    };
    let drawn = found("receipt", &receipt);
    assert_eq!(drawn.pages, 1);
    assert_leads(&drawn, "https://example.cn/v/341600-AAAAAAAAAA");
}

#[test]
fn a_batch_has_its_list_on_top() {
    let row = |i: usize| CoverRow {
        name: format!("亳州{RARE}发布{i}"),
        category: "党政机关".into(),
        operator: "谯城区委宣传部".into(),
        receipt: "341600-AAAAAAAAAA".into(),
        form_code: "34-AAAAAAAAAA".into(),
    };
    let cover = Cover {
        title: "申报材料报送清单".into(),
        form_code: "34-0123456789".into(),
        to: "亳州市委网信办".into(),
        campaign: "2022年亳州市文明网站平台、文明账号推选活动".into(),
        rows: (1..=60).map(row).collect(),
        clerk: "陈某".into(),
        phone: "138****8000".into(),
        date: DAY.into(),
        signers: vec![signer("sender", "谯城区委网信办")],
        qr_svg: qr_svg("https://example.cn/v/34-0123456789"),
    };
    let drawn = found("cover", &cover);
    assert!(drawn.pages > 1);
    assert_leads(&drawn, "https://example.cn/v/34-0123456789");
    sealed(&drawn.pdf, "sender");
}

#[test]
fn a_certificate_and_a_plaque_are_ready_for_print() {
    let certificate = Certificate {
        title: "荣誉证书".into(),
        form_code: "34-AAAAAAAAAA".into(),
        honoured: format!("亳州{RARE}发布"),
        text: "在2022年亳州市文明网站平台、文明账号推选活动中，被评为“文明账号”。".into(),
        frame: true,
        signers: vec![
            signer("city-cyberspace", "亳州市委网信办"),
            signer("city-civilisation", "亳州市文明办"),
        ],
        date: DAY.into(),
        qr_svg: qr_svg("https://example.cn/v/34-AAAAAAAAAA"),
    };
    let drawn_one = found("certificate", &certificate);
    assert_eq!(drawn_one.pages, 1);
    let once = sealed(&drawn_one.pdf, "city-cyberspace");
    file("certificate-sealed.pdf", &once);
    let plaque = Plaque {
        title: "文明账号".into(),
        form_code: "34-AAAAAAAAAA".into(),
        campaign: "2022年亳州市文明网站平台、文明账号推选活动".into(),
        honoured: format!("亳州{RARE}发布"),
        agencies: vec!["亳州市委网信办".into(), "亳州市文明办".into()],
        date: DAY.into(),
    };
    assert_eq!(drawn("plaque", &plaque).pages, 1);
}

#[test]
fn a_character_that_no_font_has_is_named_before_anything_is_issued() {
    let mut announcement = official(1);
    announcement.closing = vec!["😀".into()];
    let refused = renderer().paper(&announcement, AT);
    assert!(refused.is_err_and(|e| e.to_string().contains('😀')));
}
