//! Every pack's form, filled as an applicant would; with all its seals; the list of those who are recommended.

use documents::render::{Rendered, qr_svg};
use documents::stamp::{Stamping, sha256_hex, stamp};
use serde_json::{Value, json};

use super::answers::{Filled, NOMINATED, of};
use super::{Gallery, holds_rare_characters, sentences};
use crate::support::{AT, PACKS, Pack, data, renderer, root, slots, today};

/// What the template of a pack gets; nothing in it is left to chance or to the clock.
pub fn filled(pack: &Pack) -> Value {
    let filled = of(pack);
    let answer = |key: &str| {
        let short = filled.answers.iter().find(|(k, _)| *k == key);
        let long = filled.long.iter().find(|(k, _)| *k == key);
        let long = long.map(|(_, chars)| sentences(*chars));
        short.map(|(_, text)| (*text).to_owned()).or(long)
    };
    let mut data = data(pack, 0);
    for field in data["fields"].as_array_mut().unwrap() {
        let text = answer(field["key"].as_str().unwrap()).unwrap_or_default();
        field["text"] = text.into();
    }
    for (n, category) in data["categories"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        category["ticked"] = (n == filled.category).into();
    }
    for slot in data["slots"].as_array_mut().unwrap() {
        slot["agency"] = agency(filled, slot["id"].as_str().unwrap()).into();
    }
    data["children"] = json!([]);
    data["receipt"] = "000000-0000000001".into();
    data
}

fn agency(filled: &Filled, slot: &str) -> &'static str {
    let found = filled.agencies.iter().find(|(id, _)| *id == slot);
    found.unwrap_or_else(|| panic!("nobody stamps {slot}")).1
}

fn drawn(template: &str, data: &Value) -> Rendered {
    let drawn = renderer().render(template, data, AT);
    drawn.unwrap_or_else(|e| panic!("{}: {e}", data["title"]))
}

/// The form with a stamp in every box; of a stamp only the opinion, who signed, the date and the seal show.
fn stamped(form: &Rendered, filled: &Filled) -> Vec<u8> {
    let mut pdf = form.pdf.clone();
    for slot in &form.slots {
        let agency = agency(filled, &slot.id);
        let key = root().issue(agency, today()).unwrap();
        let stamping = Stamping {
            slot: &slot.id,
            agency,
            opinion: filled.opinion,
            signer: "赵㛃䶮𬭎𠅤",
            date: filled.date,
            at_ms: today(),
            expect_sha256: &sha256_hex(&pdf),
        };
        pdf = stamp(&pdf, &stamping, &key).unwrap_or_else(|e| panic!("{}: {e}", slot.id));
    }
    pdf
}

/// A text that takes pages of its own, and cells of several lines above it.
fn longest() -> Value {
    let mut data = filled(&PACKS[0]);
    for field in data["fields"].as_array_mut().unwrap() {
        let text = match field["key"].as_str().unwrap() {
            "summary" => sentences(1000),
            "name" => "亳州市谯城区文明实践与网络文明建设综合服务平台政务新媒体矩阵总账号".into(),
            _ => continue,
        };
        field["text"] = text.into();
    }
    data
}

/// 传播矩阵 with its accounts.
fn matrix() -> Value {
    let mut data = filled(&PACKS[1]);
    for field in data["fields"].as_array_mut().unwrap() {
        let text = match field["key"].as_str().unwrap() {
            "name" => "㛃䶮𬭎𠅤新媒体传播矩阵",
            "matrix_followers" => "1286000",
            "followers" | "platform" | "account_id" => "",
            _ => continue,
        };
        field["text"] = text.into();
    }
    for (n, category) in data["categories"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        category["ticked"] = (n == 4).into();
    }
    let child = |name: &str, platform: &str, followers: &str| json!({ "name": name, "platform": platform, "account_id": "jcfb", "followers": followers });
    data["children"] = json!([
        child("㛃䶮𬭎𠅤发布", "微信公众号", "523000"),
        child("晋城发布", "新浪微博", "310000"),
        child("晋城发布", "抖音", "268000"),
        child("晋城发布", "快手", "120000"),
        child("晋城发布", "今日头条", "65000"),
    ]);
    data
}

const NOMINATION: &str = include_str!("../../../../notices/shanxi-2024/nomination.typ");

/// 各地市网信办推荐表: a row in each category but one.
fn nomination() -> Value {
    let row = |name: &str, platform: &str, contact: &str| json!({ "name": name, "platform": platform, "contact": contact, "phone": "13800138000" });
    let category = |key: &str, label: &str, rows: Vec<Value>| json!({ "key": key, "label": label, "rows": rows });
    let agency = "中共晋城市委网络安全和信息化委员会办公室";
    json!({
        "title": "各地市网信办推荐表", "form_code": "14-7K2M9QXWPB", "round": "1", "draft": false, "receipt": "",
        "qr_svg": qr_svg("https://tx.example.cn/v/14-7K2M9QXWPB"), "campaign": "",
        "fields": [
            { "key": "agency", "label": "推荐单位", "text": "晋城市委网信办" },
            { "key": "count", "label": "推荐数量", "text": "4" },
            { "key": "contact", "label": "联系人", "text": "赵㛃䶮𬭎𠅤" },
            { "key": "phone", "label": "联系方式", "text": "0356-2000000" },
        ],
        "categories": [
            category("government", "政务类", vec![row("晋城发布", "微信公众号", "李㛃䶮𬭎𠅤")]),
            category("enterprise", "企事业单位类", vec![row("太行水务", "抖音", "孙某")]),
            category("media", "新闻媒体类", vec![row("太行日报客户端", "自有客户端", "周某")]),
            category("celebrity", "网络名人账号类", vec![]),
            category("matrix", "传播矩阵类", vec![row("㛃䶮𬭎𠅤新媒体传播矩阵", "微信公众号、抖音、快手、新浪微博、今日头条", "吴某")]),
        ],
        "slots": [{ "id": "agency", "label": "推荐单位（盖章）", "agency": agency }],
    })
}

const DELIVERABLE: &str =
    include_str!("../../../../notices/shaanxi-universities-2024/deliverable.typ");

/// 互动实践活动情况表 and 活动总结 of an account of 陕西高校.
fn deliverable(key: &str, title: &str, fields: Value) -> Value {
    let filled = filled(&PACKS[2]);
    json!({
        "key": key, "title": title, "number": "1", "campaign": "", "receipt": "000000-0000000001",
        "form_code": "", "round": "", "draft": false, "qr_svg": "",
        "fields": fields, "application": filled["fields"],
    })
}

fn activity() -> Value {
    let fields = json!([
        { "key": "topic", "label": "活动主题", "text": "“秦岭书声”网上答疑与夜间自习室预约" },
        { "key": "date", "label": "开展日期", "text": "2024-09-02" },
        { "key": "address", "label": "活动链接", "text": "https://mp.example.cn/s/Zq3kLw0n7fTt8yXo2mVb" },
    ]);
    deliverable("activity", "“走好网上群众路线”互动实践活动", fields)
}

fn summary(chars: usize) -> Value {
    let cell =
        |key: &str, label: &str| json!({ "key": key, "label": label, "text": sentences(chars) });
    let fields = json!([
        cell("situation", "活动开展情况"),
        cell("effect", "活动效果"),
        cell("publicity", "宣传效果"),
    ]);
    deliverable("summary", "活动总结", fields)
}

#[test]
fn every_field_and_box_of_a_notice_is_known_here() {
    for pack in &PACKS {
        let (data, filled) = (filled(pack), of(pack));
        let has = |key: &str| {
            data["fields"]
                .as_array()
                .unwrap()
                .iter()
                .any(|f| f["key"] == key)
        };
        let written = filled.answers.iter().map(|(key, _)| key);
        for key in written.chain(filled.long.iter().map(|(key, _)| key)) {
            assert!(has(key), "{} has no field {key}", pack.key);
        }
        assert_eq!(slots(pack).len(), filled.agencies.len(), "{}", pack.key);
    }
}

#[test]
fn forms_look_as_their_golden_pictures() {
    let mut gallery = Gallery::new("forms");
    for pack in &PACKS {
        let form = drawn(pack.template, &filled(pack));
        // contact and operator
        holds_rare_characters(pack.key, &form.pdf, 2);
        gallery.hang(pack.key, &form.pdf, |_| true);
    }
    let long = drawn(PACKS[0].template, &longest());
    gallery.hang("bozhou-2022-longest", &long.pdf, |n| n != 2);
    let matrix = drawn(PACKS[1].template, &matrix());
    gallery.hang("shanxi-2024-matrix", &matrix.pdf, |_| true);
    let list = drawn(NOMINATION, &nomination());
    holds_rare_characters("nomination", &list.pdf, 3);
    gallery.hang("shanxi-2024-nomination", &list.pdf, |_| true);
    for (name, data) in [("activity", activity()), ("summary", summary(300))] {
        let paper = drawn(DELIVERABLE, &data);
        holds_rare_characters(name, &paper.pdf, 2);
        gallery.hang(
            &format!("shaanxi-universities-2024-{name}"),
            &paper.pdf,
            |_| true,
        );
    }
    gallery.judge();
}

/// Only pages with boxes: nothing else of a form changes by a stamp.
#[test]
fn stamped_forms_look_as_their_golden_pictures() {
    let mut gallery = Gallery::new("stamped");
    for pack in &PACKS {
        let form = drawn(pack.template, &filled(pack));
        let pdf = stamped(&form, of(pack));
        gallery.hang(pack.key, &pdf, |n| form.slots.iter().any(|s| s.page == n));
    }
    let list = drawn(NOMINATION, &nomination());
    let pdf = stamped(&list, &NOMINATED);
    gallery.hang("shanxi-2024-nomination", &pdf, |_| true);
    gallery.judge();
}

/// Printed on both sides of one sheet, as the notice asks for.
#[test]
fn the_form_of_bozhou_has_two_pages() {
    assert_eq!(drawn(PACKS[0].template, &filled(&PACKS[0])).pages, 2);
}

/// For whoever encloses a stamped form.
pub fn bozhou_stamped() -> (Rendered, Vec<u8>) {
    let form = drawn(PACKS[0].template, &filled(&PACKS[0]));
    let pdf = stamped(&form, of(&PACKS[0]));
    (form, pdf)
}
