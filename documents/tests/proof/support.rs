//! Forms with realistic answers, a root with agencies, and the tools of other people.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use documents::algorithm::Suite;
use documents::authority::KeyPair;
use documents::render::{Rendered, Renderer};
use documents::seal::SealFace;
use documents::stamp::{Proofs, Sealer, StampError, Stamping, sha256_hex, stamp, stamp_proved};
use documents::timestamp::{TimeAuthority, TimestampError, responder};
use documents::verify::Report;
use serde_json::{Value, json};

/// 2024-12-20, as of which forms are rendered.
pub const AT: i64 = 1_734_652_800_000;

pub struct Pack {
    pub key: &'static str,
    pub notice: &'static str,
    pub template: &'static str,
}

macro_rules! pack {
    ($key:literal) => {
        Pack {
            key: $key,
            notice: include_str!(concat!("../../../notices/", $key, "/notice.toml")),
            template: include_str!(concat!("../../../notices/", $key, "/form.typ")),
        }
    };
}

pub const PACKS: [Pack; 5] = [
    pack!("bozhou-2022"),
    pack!("shanxi-2024"),
    pack!("shaanxi-universities-2024"),
    pack!("cast-2021"),
    pack!("three-tier"),
];

pub fn renderer() -> &'static Renderer {
    static ONE: OnceLock<Renderer> = OnceLock::new();
    ONE.get_or_init(Renderer::new)
}

/// So many characters, no two stretches alike, so that a lost line is missed.
pub fn prose(chars: usize) -> String {
    let mut out = String::new();
    let mut n = 1;
    while out.chars().count() < chars {
        out.push_str(&format!(
            "第{n}项：围绕群众关心的供暖、就医、入学等问题开设专栏，线上收集留言，线下联合部门办理，逐条公开答复。"
        ));
        n += 1;
    }
    out.chars().take(chars).collect()
}

fn sample(field: &toml::Value, long: usize) -> String {
    let get = |key: &str| {
        field
            .get(key)
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
    };
    match (get("key"), get("kind")) {
        (_, "long_text") => prose(long),
        ("name", _) => "谯城区融媒体中心“药都谯城”官方账号".into(),
        (_, "integer" | "children_followers") => "128600".into(),
        (_, "telephone") => "0558-5512345".into(),
        (_, "mobile") => "13905580000".into(),
        (_, "email") => "yaoduqiaocheng@example.cn".into(),
        (_, "percent") => "72.50%".into(),
        (_, "date") => "2019-06-03".into(),
        (_, "postcode") => "236800".into(),
        (_, "platform") => "微信公众号".into(),
        (_, "address") => "https://weibo.com/u/7012345678901234567890".into(),
        (_, "choice") => "企业".into(),
        (_, "region") => "安徽省亳州市谯城区".into(),
        (_, "credit_code") => "12341600MB1234567X".into(),
        (_, "children") => String::new(),
        _ if get("label").contains("联系人") || get("key") == "contact" => "张㛃".into(),
        _ => "亳州市谯城区融媒体中心（谯城区广播电视台）".into(),
    }
}

pub fn notice(pack: &Pack) -> toml::Value {
    toml::from_str(pack.notice).expect("a notice")
}

fn list<'a>(value: &'a toml::Value, key: &str) -> &'a [toml::Value] {
    value
        .get(key)
        .and_then(toml::Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn word(value: &toml::Value, key: &str) -> String {
    value
        .get(key)
        .and_then(toml::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Boxes that the notice's steps ask for.
pub fn slots(pack: &Pack) -> Vec<(String, String)> {
    let notice = notice(pack);
    let steps = list(&notice, "step").iter();
    steps
        .flat_map(|s| list(s, "slot"))
        .map(|s| (word(s, "key"), word(s, "label")))
        .collect()
}

/// What a template gets, long answers with so many characters.
pub fn data(pack: &Pack, long: usize) -> Value {
    let notice = notice(pack);
    let form = &notice["form"];
    let fields: Vec<Value> = list(form, "field")
        .iter()
        .map(|f| json!({ "key": word(f, "key"), "label": word(f, "label"), "text": sample(f, long) }))
        .collect();
    let categories: Vec<Value> = list(&notice, "category")
        .iter()
        .enumerate()
        .map(|(i, c)| json!({ "key": word(c, "key"), "label": word(c, "label"), "ticked": i == 0, "other": "" }))
        .collect();
    let slots: Vec<Value> = slots(pack)
        .iter()
        .map(|(key, label)| json!({ "id": key, "label": label, "agency": agency(key) }))
        .collect();
    let has_children = list(form, "field")
        .iter()
        .any(|f| word(f, "kind") == "children");
    let children: Vec<Value> = (1..=if has_children { 6 } else { 0 })
        .map(|n| json!({ "name": format!("药都谯城{n}号"), "platform": "抖音", "account_id": format!("ydqc{n:04}"), "followers": "20000" }))
        .collect();
    json!({
        "title": word(form, "title"), "duplex": form.get("duplex").is_some_and(|d| d.as_bool() == Some(true)), "form_code": "34-7K2M9QXWPB", "round": "1", "draft": false,
        "qr_svg": documents::render::qr_svg("https://tx.example.cn/v/34-7K2M9QXWPB"),
        "campaign": word(&notice, "title"), "receipt": "BZ2022-000123",
        "categories": categories, "fields": fields, "children": children, "slots": slots,
    })
}

pub fn agency(slot: &str) -> &'static str {
    match slot {
        "county-cyberspace" | "county" => "中共亳州市谯城区委网络安全和信息化委员会办公室",
        "county-civilisation" => "谯城区精神文明建设指导委员会办公室",
        "city-cyberspace" | "city" => "亳州市委网信办",
        "city-civilisation" => "亳州市文明办",
        "province" => "省委网信办",
        "centre" => "陕西高校网络思想政治工作中心",
        "university" => "陕西科技大学",
        _ => "谯城区融媒体中心",
    }
}

pub fn render(pack: &Pack, long: usize) -> Rendered {
    renderer()
        .render(pack.template, &data(pack, long), AT)
        .unwrap_or_else(|e| panic!("{}: {e}", pack.key))
}

/// The Bozhou form, rendered once.
pub fn bozhou() -> &'static Rendered {
    static ONE: OnceLock<Rendered> = OnceLock::new();
    ONE.get_or_init(|| render(&PACKS[0], 700))
}

#[expect(
    clippy::disallowed_methods,
    reason = "other people's tools judge certificates as of today"
)]
pub fn today() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("small") - 3_600_000
}

/// The verdict on a file as of now.
pub fn verify(pdf: &[u8], roots: &[Vec<u8>]) -> Report {
    documents::verify::verify(pdf, roots, today() + 3_600_000)
}

/// One root for all tests.
pub fn root() -> &'static KeyPair {
    static ONE: OnceLock<KeyPair> = OnceLock::new();
    ONE.get_or_init(|| KeyPair::root("推选平台测试根证书", today()).expect("a root"))
}

pub fn roots() -> Vec<Vec<u8>> {
    vec![root().certificate.clone()]
}

pub const OPINION: &str = "经审核，该账号导向正确、运营规范，填报内容属实，公示无异议，同意推荐。";

pub fn stamping<'a>(slot: &'a str, sha256: &'a str) -> Stamping<'a> {
    Stamping {
        slot,
        agency: agency(slot),
        opinion: OPINION,
        signer: "李𬭎",
        date: "2024年12月20日",
        at_ms: today(),
        expect_sha256: sha256,
    }
}

/// Stamps with the key of the box's agency.
pub fn stamped(pdf: &[u8], slot: &str) -> Result<Vec<u8>, StampError> {
    let key = root().issue(agency(slot), today()).expect("a key");
    stamp(pdf, &stamping(slot, &sha256_hex(pdf)), &key)
}

/// Stamps with a key and proofs.
pub fn proved(
    pdf: &[u8],
    slot: &str,
    key: &dyn Sealer,
    proofs: Proofs<'_>,
) -> Result<Vec<u8>, StampError> {
    let art = SealFace::of(agency(slot)).draw();
    stamp_proved(pdf, &stamping(slot, &sha256_hex(pdf)), &art, key, proofs)
}

/// One root of authorities that attest the time.
pub fn time_root() -> &'static KeyPair {
    static ONE: OnceLock<KeyPair> = OnceLock::new();
    ONE.get_or_init(|| KeyPair::root("时间戳测试根证书", today()).expect("a root"))
}

/// An authority that attests the time, in this process. `twist` has its way with each answer's question and key.
pub struct Attesting {
    pub key: KeyPair,
    pub roots: Vec<Vec<u8>>,
    /// What its clock says; the right time when absent.
    pub at_ms: Option<i64>,
    pub twist: fn(&mut Vec<u8>),
    pub suite: Suite,
}

impl Attesting {
    pub fn now() -> Attesting {
        Attesting {
            key: time_root()
                .issue_for_time("测试时间戳机构", today())
                .expect("a key"),
            roots: vec![time_root().certificate.clone()],
            at_ms: None,
            twist: |_| {},
            suite: Suite::International,
        }
    }
}

impl TimeAuthority for Attesting {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let mut request = request.to_vec();
        (self.twist)(&mut request);
        let wrong = |e: documents::authority::KeyError| TimestampError::Wrong(e.to_string());
        responder::answer(&request, &self.key, self.at_ms.unwrap_or_else(today)).map_err(wrong)
    }

    fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }

    fn suite(&self) -> Suite {
        self.suite
    }
}

/// The container of the last signature, without its padding, and where its digits begin.
pub fn container(pdf: &[u8]) -> (usize, Vec<u8>) {
    let mark = b"/Contents<";
    let at = pdf.windows(mark.len()).rposition(|w| w == mark);
    let from = at.expect("a signature") + mark.len();
    let length = pdf[from..].iter().position(|b| *b == b'>').expect("an end");
    let mut der = hex::decode(&pdf[from..from + length]).expect("hexadecimal");
    while der.last() == Some(&0) {
        der.pop();
    }
    (from, der)
}

/// The file with another container in the place of the last signature's.
pub fn with_container(pdf: &[u8], der: &[u8]) -> Vec<u8> {
    let (from, old) = container(pdf);
    let mut out = pdf.to_vec();
    out[from..from + 2 * old.len()].fill(b'0');
    let text = hex::encode(der);
    out[from..from + text.len()].copy_from_slice(text.as_bytes());
    out
}

pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

/// Runs somebody else's tool; `None`, and a line that says so, where it is not installed.
pub fn tool(name: &str, args: &[&str]) -> Option<String> {
    match Command::new(name).args(args).output() {
        Ok(done) => Some(
            [done.stdout, done.stderr]
                .map(|b| String::from_utf8_lossy(&b).into_owned())
                .concat(),
        ),
        Err(_) => {
            eprintln!("left out: {name} is not installed");
            None
        }
    }
}

/// Runs a script by the interpreter that pyHanko is installed for; its command line does not read what a file keeps.
#[expect(
    clippy::disallowed_methods,
    reason = "where other people's tools are installed"
)]
pub fn pyhanko_python(args: &[&str]) -> Option<String> {
    tool("pyhanko", &["--version"])?;
    let path = std::env::var_os("PATH")?;
    let command = std::env::split_paths(&path)
        .map(|folder| folder.join("pyhanko"))
        .find(|file| file.is_file())?;
    let text = std::fs::read_to_string(command).expect("a script");
    let interpreter = text.lines().next().and_then(|l| l.strip_prefix("#!"));
    tool(interpreter.expect("its interpreter").trim(), args)
}

/// The text of a PDF without white space and without the feet of its pages.
pub fn text(name: &str, pdf: &[u8]) -> Option<String> {
    let path = file(name, pdf);
    let told = tool(
        "pdftotext",
        &[
            "-raw",
            "-x",
            "0",
            "-y",
            "0",
            "-W",
            "595",
            "-H",
            "780",
            path.to_str()?,
            "-",
        ],
    )?;
    Some(told.chars().filter(|c| !c.is_whitespace()).collect())
}
