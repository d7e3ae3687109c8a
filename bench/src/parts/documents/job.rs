//! What everybody gets to draw: forms with answers, the same keys, the same opinion.

use std::path::{Path, PathBuf};

use documents::authority::KeyPair;
use documents::render::{Rendered, Renderer, SlotBox, qr_svg};
use documents::seal::SealFace;
use documents::stamp::{Proofs, Stamping, sha256_hex, stamp_proved};
use domain::notice::{Field, FieldKind, Notice};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tuixuan::app::forms::Sheet;
use tuixuan::packs::{self, Pack};

use crate::Outcome;

/// The form that is drawn.
const PACK: &str = "bozhou-2022";

/// So many different ones, in turn: what a typesetter keeps of one is of no use for the next.
const FORMS: usize = 40;

const DAY: i64 = 24 * 3_600_000;

/// Boxes and who stamps them, in the order of the stamps; two of them are stamped where two are asked for.
const SLOTS: [(&str, &str); 5] = [
    (
        "county-cyberspace",
        "中共亳州市谯城区委网络安全和信息化委员会办公室",
    ),
    ("county-civilisation", "谯城区精神文明建设指导委员会办公室"),
    ("unit", "亳州市谯城区融媒体中心"),
    ("city-cyberspace", "亳州市委网信办"),
    ("city-civilisation", "亳州市文明办"),
];

const SENTENCES: [&str; 10] = [
    "围绕群众关心的供暖、就医、入学等问题开设专栏，线上收集留言，线下联合部门办理，逐条公开答复。",
    "推出“药都好人”系列短视频，讲述身边榜样的敬业奉献故事，单条播放最高达到三百二十万次。",
    "联合公安机关揭穿涉诈、养老骗局等谣言，制作图解与动漫，转发至社区网格群，覆盖八万户居民。",
    "坚持先审后发、三审三校，建立值班台账和应急预案，近三年未发生任何导向偏差或安全事故。",
    "组织网络志愿者参与防汛、助农、献血等公益活动，帮助种植户销售中药材与瓜果一百五十余吨。",
    "开展“清朗校园”宣讲，走进二十六所中小学，引导青少年理性表达、文明用网、拒绝网络暴力。",
    "整理古井、花戏楼、曹操运兵道等历史遗存资料，以航拍和手绘形式介绍，获省级优秀作品奖励。",
    "设立辟谣、曝光、点赞三个栏目，每周推送不少于四期，评论区由专人回应，差错当日更正。",
    "与乡镇宣传员建立联络机制，随时采写春耕、夏收和乡村治理中的新鲜经验，稿件采用率逐年提高。",
    "策划“我们的节日”主题直播，邀请非遗传承人现场展示剪纸、五禽戏，观众留言祝福超过六万条。",
];

/// The job as it lies on disk, for this program's processes and for the peers.
#[derive(Serialize, Deserialize)]
pub struct Job {
    pub root: Vec<u8>,
    pub seals: Vec<Seal>,
    pub opinion: String,
    pub signer: String,
    pub date: String,
    pub at_ms: i64,
    /// Where the boxes are on the form.
    pub boxes: Vec<SlotBox>,
    /// What the template gets.
    pub forms: Vec<Value>,
}

/// An agency's key for a box.
#[derive(Serialize, Deserialize)]
pub struct Seal {
    pub slot: String,
    pub agency: String,
    certificate: Vec<u8>,
    secret: Vec<u8>,
}

impl Job {
    pub fn new(now_ms: i64) -> Outcome<Job> {
        let pack = pack()?;
        let notice = Notice::parse(pack.notice).map_err(|faults| faults.to_string())?;
        let root = KeyPair::root("测量用根证书", now_ms - DAY)?;
        let seals = SLOTS.iter().map(|(slot, agency)| {
            let key = root.issue(agency, now_ms - DAY)?;
            Ok(Seal {
                slot: (*slot).to_owned(),
                agency: (*agency).to_owned(),
                secret: key.secret()?,
                certificate: key.certificate,
            })
        });
        let mut job = Job {
            root: root.certificate.clone(),
            seals: seals.collect::<Outcome<_>>()?,
            opinion: "经审核，该账号导向正确、运营规范，填报内容属实，公示无异议，同意推荐。"
                .into(),
            signer: "李晓明".into(),
            date: "2022年6月3日".into(),
            at_ms: now_ms,
            boxes: Vec::new(),
            forms: (0..FORMS).map(|n| form(&notice, n)).collect(),
        };
        job.boxes = job.draw(&Renderer::new(), 0)?.slots;
        Ok(job)
    }

    pub fn read(folder: &Path) -> Outcome<Job> {
        Ok(serde_json::from_slice(&std::fs::read(path(folder))?)?)
    }

    pub fn write(&self, folder: &Path) -> Outcome {
        Ok(std::fs::write(path(folder), serde_json::to_vec(self)?)?)
    }

    /// The nth form, without a stamp.
    pub fn draw(&self, renderer: &Renderer, n: usize) -> Outcome<Rendered> {
        let data = &self.forms[n % self.forms.len()];
        let drawn = renderer.render(pack()?.template, data, self.at_ms)?;
        match drawn.pages {
            2 => Ok(drawn),
            pages => Err(format!("{pages} pages; the form that is measured has two").into()),
        }
    }

    /// Keys of the first so many seals.
    pub fn keys(&self, count: usize) -> Outcome<Vec<KeyPair>> {
        let taken = self.seals.iter().take(count);
        let keys = taken.map(|s| KeyPair::from_parts(&s.secret, s.certificate.clone(), vec![]));
        Ok(keys.collect::<Result<_, _>>()?)
    }

    /// Stamps with these keys, one after the other.
    pub fn stamp(&self, pdf: Vec<u8>, keys: &[KeyPair], proofs: Proofs<'_>) -> Outcome<Vec<u8>> {
        let mut pdf = pdf;
        for (seal, key) in self.seals.iter().zip(keys) {
            let sha256 = sha256_hex(&pdf);
            let stamping = Stamping {
                slot: &seal.slot,
                agency: &seal.agency,
                opinion: &self.opinion,
                signer: &self.signer,
                date: &self.date,
                at_ms: self.at_ms,
                expect_sha256: &sha256,
            };
            let art = SealFace::of(&seal.agency).draw();
            pdf = stamp_proved(&pdf, &stamping, &art, key, proofs)?;
        }
        Ok(pdf)
    }
}

pub fn path(folder: &Path) -> PathBuf {
    folder.join("job.json")
}

fn pack() -> Outcome<&'static Pack> {
    Ok(packs::find(PACK).ok_or("no such pack")?)
}

/// What the service gives the template, for one applicant of many.
fn form(notice: &Notice, n: usize) -> Value {
    let slots = SLOTS
        .iter()
        .map(|(slot, agency)| json!({ "id": slot, "label": "", "agency": agency }));
    let code = format!("34-7K2M9QX{n:03}");
    let url = format!("https://tx.example.cn/v/{code}");
    let sheet = Sheet {
        code: &code,
        url: "",
        draft: false,
        round: 1,
        receipt: &format!("BZ2022-{n:06}"),
        category: &notice.category[n % notice.category.len()].key,
        category_other: "",
        children: Vec::new(),
        slots: slots.collect(),
    };
    let mut data = sheet.data(notice, |field| answer(field, n));
    data["qr_svg"] = qr_svg(&url).into();
    data
}

/// A field that the notice's own form has no cell for stays empty, or it would be printed on a third page.
fn answer(field: &Field, n: usize) -> String {
    if field.added {
        return String::new();
    }
    match (field.key.as_str(), &field.kind) {
        ("details", _) => prose(n, 190),
        (_, FieldKind::LongText { .. }) => prose(n + 3, 440),
        ("name", _) => format!("谯城区融媒体中心“药都谯城”第{n}号官方账号"),
        ("contact", _) => format!("张晓{}", ["华", "明", "芳", "军", "丽"][n % 5]),
        ("address", _) => format!("亳州市谯城区芍花路{}号", n + 1),
        (_, FieldKind::Telephone) => format!("0558-55{n:05}"),
        (_, FieldKind::Mobile) => format!("139055{n:05}"),
        (_, FieldKind::Email) => format!("qiaocheng{n}@example.cn"),
        (_, FieldKind::Postcode) => "236800".into(),
        (_, FieldKind::Address) => format!("https://weibo.com/u/70123456{n:04}"),
        ("record_number" | "licence_number", _) => String::new(),
        _ => format!("亳州市谯城区融媒体中心（第{n}编辑部）"),
    }
}

fn prose(n: usize, characters: usize) -> String {
    let numbered = (0..).map(|k| {
        let sentence = SENTENCES[(n * 3 + k) % SENTENCES.len()];
        format!("第{}项：{sentence}", n + k + 1)
    });
    let mut text = String::new();
    for sentence in numbered {
        if text.chars().count() >= characters {
            break;
        }
        text.push_str(&sentence);
    }
    text.chars().take(characters).collect()
}
