//! Papers as an office would fill them. Units and persons are made up.

use documents::papers::{
    Certificate, Column, Cover, CoverRow, Dossier, DossierEvent, DossierFile, DossierForm,
    DossierSeal, Fact, Listing, Official, Plaque, Receipt, ReceiptFile, Signer, Slip, SlipItem,
};
use documents::render::qr_svg;
use documents::scan::pictures;
use documents::stamp::sha256_hex;
use image::codecs::jpeg::JpegEncoder;

use super::{forms, sentences};
use crate::support::PACKS;

const CAMPAIGN: &str = "关于开展2022年亳州市文明网站平台、文明账号推选活动的通知";
pub const CITY: [(&str, &str); 2] = [
    ("city-cyberspace", "亳州市委网信办"),
    ("city-civilisation", "亳州市文明办"),
];

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

/// Offices with a box each for a seal of this platform.
fn sealing() -> Vec<Signer> {
    let signer = |(id, agency): (&str, &str)| Signer {
        id: id.into(),
        agency: agency.into(),
    };
    CITY.map(signer).to_vec()
}

/// An office that seals with ink.
fn inked(agency: &str) -> Vec<Signer> {
    vec![Signer {
        id: String::new(),
        agency: agency.into(),
    }]
}

pub fn receipt() -> Receipt {
    let file = |(n, (label, name)): (usize, (&str, &str))| ReceiptFile {
        label: label.into(),
        file_name: name.into(),
        size: format!("{}.2 MB", n + 1),
        sha256: sha256_hex(name.as_bytes()),
    };
    let files = [
        ("相关图片", "网络中国节活动现场.jpg"),
        ("相关图片", "网络公益活动.jpg"),
        ("相关图片", "争做好网民主题宣传活动后台数据截图.png"),
        ("营业执照或法人证书等扫描件", "法人证书.pdf"),
    ];
    Receipt {
        title: "申报回执".into(),
        form_code: "341600-0000000001".into(),
        receipt: "341600-0000000001".into(),
        campaign: CAMPAIGN.into(),
        name: "谯城发布（㛃䶮𬭎𠅤工作室）".into(),
        category: "政府、新闻类".into(),
        route: "各县（区）委网信办申报".into(),
        submitted: "2022年6月2日 16:30:05".into(),
        late: false,
        round: 1,
        digest: sha256_hex(b"content"),
        evidence: files.into_iter().enumerate().map(file).collect(),
        qr_svg: qr_svg("https://tx.example.cn/v/341600-0000000001"),
    }
}

pub fn slip() -> Slip {
    let item = |label: &str, message: &str, clause: &str| SlipItem {
        label: label.into(),
        message: message.into(),
        clause: clause.into(),
    };
    Slip {
        title: "补正通知".into(),
        form_code: "341600-0000000001-1".into(),
        to: "谯城区融媒体中心㛃䶮𬭎𠅤工作室".into(),
        campaign: CAMPAIGN.into(),
        name: "谯城发布".into(),
        receipt: "341600-0000000001".into(),
        round: 1,
        agency: "谯城区委网信办".into(),
        step: "县区委网信办、县文明办审核意见".into(),
        items: vec![
            item(
                "网站平台或账号主要情况",
                "请补充2021年以来的案例亮点和实效，数据写明出处。",
                "图文案例需展示案例亮点、实效等方面内容",
            ),
            item(
                "相关图片",
                "第3张图片模糊，请更换。",
                "配发三张以上相关图片",
            ),
            item(
                "负责人（联系人）",
                "联系人“张㛃䶮𬭎𠅤”与所附证件不一致，请核对。",
                "",
            ),
        ],
        due: "2022年6月3日23时59分".into(),
        date: "2022年6月2日".into(),
        signers: inked("谯城区委网信办"),
        qr_svg: qr_svg("https://tx.example.cn/v/341600-0000000001-1"),
    }
}

pub fn cover() -> Cover {
    let row = |n: usize, name: &str, operator: &str| CoverRow {
        name: name.into(),
        category: "政府、新闻类".into(),
        operator: operator.into(),
        receipt: format!("341600-000000000{n}"),
        form_code: format!("34-AAAAAAAAA{n}"),
    };
    Cover {
        title: "报送清单".into(),
        form_code: "34-BBBBBBBBBB".into(),
        to: "亳州市委网信办".into(),
        campaign: CAMPAIGN.into(),
        rows: vec![
            row(1, "谯城发布", "谯城区融媒体中心㛃䶮𬭎𠅤工作室"),
            row(2, "药都微讯", "谯城区委宣传部"),
            row(3, "谯城教育网络文明建设微信公众号", "谯城区教育局"),
        ],
        clerk: "陈㛃䶮𬭎𠅤".into(),
        phone: "0558-5000000".into(),
        date: "2022年6月2日".into(),
        signers: inked("中共亳州市谯城区委网络安全和信息化委员会办公室"),
        qr_svg: qr_svg("https://tx.example.cn/v/34-BBBBBBBBBB"),
    }
}

fn list(heading: &str, rows: &[(&str, &str)]) -> Listing {
    let column = |label: &str, wide| Column {
        label: label.into(),
        wide,
    };
    let row = |(n, (name, operator)): (usize, &(&str, &str))| {
        vec![(n + 1).to_string(), (*name).into(), (*operator).into()]
    };
    Listing {
        heading: heading.into(),
        columns: vec![
            column("序号", false),
            column("名称", true),
            column("运营主体", true),
        ],
        rows: rows.iter().enumerate().map(row).collect(),
    }
}

/// 公示, as it is put on a site: without a red head.
pub fn announcement() -> Official {
    Official {
        title: "关于2022年亳州市文明网站平台、文明账号推选结果的公示".into(),
        form_code: "34-CCCCCCCCCC".into(),
        paragraphs: texts([
            "按照推选活动安排，经申报推荐、资格审核、网上展播点赞和专家评议，拟推选以下网站平台和账号，现予公示。",
            "公示期为2022年6月13日至6月19日。公示期间，如有异议，请以书面形式向亳州市委网信办反映，单位反映的须加盖公章，个人反映的须署真实姓名和联系方式。",
        ]),
        lists: vec![
            list(
                "一、亳州市文明网站平台",
                &[
                    ("药都在线", "亳州市融媒体中心"),
                    ("谯城政务网", "谯城区人民政府办公室"),
                ],
            ),
            list(
                "二、亳州市文明账号",
                &[
                    ("谯城发布", "谯城区融媒体中心㛃䶮𬭎𠅤工作室"),
                    ("涡阳微讯", "涡阳县委宣传部"),
                    ("张㛃䶮𬭎𠅤说药都", "张㛃䶮𬭎𠅤"),
                ],
            ),
        ],
        closing: texts(["特此公示。"]),
        signers: sealing(),
        date: "2022年6月13日".into(),
        ..Official::default()
    }
}

/// 表彰决定, with a red head and an attachment; of the length that shows 22 lines a page.
pub fn commendation() -> Official {
    Official {
        title: "关于表扬2022年亳州市文明网站平台、\n文明账号的通报".into(),
        form_code: "34-DDDDDDDDDD".into(),
        header: "亳州市互联网信息办公室文件".into(),
        number: "亳网办〔2022〕8号".into(),
        to: "各县（区）委网信办、文明办，市直及中央、省驻亳有关单位".into(),
        paragraphs: vec![
            "推选活动开展以来，各地各单位积极申报，涌现出一批导向正确、运维健康、服务优质、创建突出的网站平台和账号。经研究，决定对谯城发布（运营主体：谯城区融媒体中心㛃䶮𬭎𠅤工作室）等10个网站平台和账号予以通报表扬。".into(),
            sentences(330),
            "希望受到表扬的单位珍惜荣誉、再接再厉。".into(),
        ],
        attachments: texts(["2022年亳州市文明网站平台、文明账号名单"]),
        signers: sealing(),
        date: "2022年6月30日".into(),
        ..Official::default()
    }
}

pub fn certificate() -> Certificate {
    Certificate {
        title: "荣誉证书".into(),
        form_code: "bozhou-2022-001".into(),
        honoured: "谯城发布（㛃䶮𬭎𠅤工作室）".into(),
        text: "在2022年亳州市文明网站平台、文明账号推选活动中，被评为“亳州市文明账号”。".into(),
        frame: true,
        signers: sealing(),
        date: "2022年6月30日".into(),
        qr_svg: String::new(),
    }
}

pub fn plaque() -> Plaque {
    Plaque {
        title: "亳州市文明账号".into(),
        form_code: "bozhou-2022-001".into(),
        campaign: "2022年亳州市文明网站平台、文明账号推选活动".into(),
        honoured: "谯城发布（㛃䶮𬭎𠅤工作室）".into(),
        agencies: texts(["亳州市委网信办", "亳州市文明办"]),
        date: "2022年6月".into(),
    }
}

/// A picture of even colours, as evidence.
fn photo(colour: [u8; 3]) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(160, 120, |x, y| {
        let sky = if y < 70 - x / 8 { 40 } else { 0 };
        image::Rgb(colour.map(|v| v + sky))
    });
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
    picture.write_with_encoder(encoder).unwrap();
    jpeg
}

pub fn dossier() -> (Dossier, Vec<Vec<u8>>) {
    let (form, pdf) = forms::bozhou_stamped();
    let fact = |label: &str, text: &str| Fact {
        label: label.into(),
        text: text.into(),
    };
    let answers = forms::filled(&PACKS[0])["fields"]
        .as_array()
        .unwrap()
        .clone();
    let answers = answers.iter().filter(|f| f["text"] != "");
    let words = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    let shown = pictures(&pdf, 2, 500);
    let event = |at: &str, who: &str, what: &str| DossierEvent {
        at: at.into(),
        who: who.into(),
        what: what.into(),
    };
    let seal = |slot: &str, agency: &str| DossierSeal {
        slot: slot.into(),
        agency: agency.into(),
        at: "2022年6月2日 10:00:00".into(),
        serial: "5f3a09c2d471be68a05512de".into(),
        verdict: "有效\n签名完好\n证书可信".into(),
    };
    let file = |label: &str, name: &str, picture| DossierFile {
        label: label.into(),
        file_name: name.into(),
        size: "1.2 MB".into(),
        sha256: sha256_hex(name.as_bytes()),
        picture,
    };
    let paper = Dossier {
        title: "申报卷宗".into(),
        form_code: "341600-0000000001".into(),
        facts: vec![
            fact("推选活动", CAMPAIGN),
            fact("申报名称", "谯城发布（㛃䶮𬭎𠅤工作室）"),
            fact("申报类别", "政府、新闻类"),
            fact("回执编号", "341600-0000000001"),
            fact("首次提交", "2022年6月2日 16:30:05"),
            fact("提交次数", "第1次"),
            fact("办理状态", "审核通过"),
            fact("内容截至", "2022年6月10日"),
        ],
        answers: answers
            .map(|f| fact(&words(&f["label"]), &words(&f["text"])))
            .collect(),
        form: Some(DossierForm {
            code: "34-7K2M9QXWPB".into(),
            pages: i32::try_from(form.pages).unwrap(),
            // of a signature made now, which must not show
            sha256: sha256_hex(b"form"),
            pictures: (1..=shown.len()).collect(),
        }),
        evidence: vec![
            file("相关图片", "网络中国节活动现场.jpg", Some(3)),
            file("相关图片", "网络公益活动.jpg", Some(4)),
            file("短视频、动漫", "文明创建.mp4", None),
        ],
        events: vec![
            event(
                "2022年6月2日 16:30:05",
                "谯城区融媒体中心㛃䶮𬭎𠅤工作室",
                "提交申报",
            ),
            event(
                "2022年6月2日 17:05:41",
                "谯城区委网信办",
                "盖章：县区委网信办审核意见\n意见：同意推荐",
            ),
            event("2022年6月10日 09:12:00", "亳州市委网信办", "同意"),
        ],
        seals: vec![
            seal("单位推荐意见", "谯城区融媒体中心㛃䶮𬭎𠅤工作室"),
            seal(
                "县区委网信办审核意见",
                "中共亳州市谯城区委网络安全和信息化委员会办公室",
            ),
        ],
        problems: vec![],
    };
    let mut enclosed = vec![pdf];
    enclosed.extend(shown);
    enclosed.extend([photo([70, 110, 150]), photo([150, 90, 60])]);
    (paper, enclosed)
}
