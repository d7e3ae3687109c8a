//! What pages are put together from: forms, seals and lettering, all drawn by Typst and then by hayro.

use documents::render::{Renderer, SlotBox};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings, render};
use serde_json::json;

/// Pages are put together at so many dots per inch.
pub const DPI: f32 = 200.0;
/// The code that every form carries.
pub const CODE: &str = "https://tx.example.cn/v/34-7K2M9QXWPB";

/// A grey drawing: 0 is ink, 255 paper.
#[derive(Clone)]
pub struct Drawing {
    pub width: usize,
    pub height: usize,
    pub grey: Vec<u8>,
}

/// One page of a form with its boxes; all of them say page 1.
pub struct FormPage {
    pub drawing: Drawing,
    pub boxes: Vec<SlotBox>,
}

/// Everything that is drawn once.
pub struct Stock {
    pub forms: Vec<FormPage>,
    /// Round seals with a star and lettering.
    pub seals: Vec<Drawing>,
    /// Round logos.
    pub logos: Vec<Drawing>,
    /// Lines for the head of a letter (红头).
    pub heads: Vec<Drawing>,
    /// Square seals of persons (名章).
    pub names: Vec<Drawing>,
    /// A few words by hand.
    pub words: Vec<Drawing>,
}

const SEAL: &str = r##"
#set page(width: 44mm, height: 44mm, margin: 0mm)
#let d = json("/data.json")
#for it in d.items {
  page(box(width: 44mm, height: 44mm, {
    let r = it.radius * 1mm
    place(center + horizon, circle(radius: r, stroke: it.line * 1mm + black))
    if it.star {
      let corner(n) = { let a = n * 36deg - 90deg; let l = if calc.even(n) { r * 0.33 } else { r * 0.126 }; (22mm + l * calc.cos(a), 22mm + l * calc.sin(a)) }
      place(top + left, polygon(fill: black, ..range(10).map(corner)))
    }
    let letters = it.text.clusters()
    let step = calc.min(24, 260 / letters.len()) * 1deg
    for (i, c) in letters.enumerate() {
      let a = (i - (letters.len() - 1) / 2) * step
      let glyph = text(size: calc.min(17pt, 200pt / letters.len() + 4pt), font: "Noto Serif SC", weight: 400, c)
      let away = r * 0.74
      place(center + horizon, dx: away * calc.sin(a), dy: -away * calc.cos(a), rotate(a, glyph))
    }
    if it.foot != "" { place(center + horizon, dy: r * 0.58, text(size: 9pt, font: "Noto Sans SC", it.foot)) }
  }))
}
"##;

const LOGO: &str = r##"
#set page(width: 44mm, height: 44mm, margin: 0mm)
#let d = json("/data.json")
#for it in d.items {
  page(box(width: 44mm, height: 44mm, {
    if it.filled {
      place(center + horizon, circle(radius: it.radius * 1mm, fill: black))
      place(center + horizon, text(size: 40pt, font: "Noto Sans SC", fill: white, it.text))
    } else {
      for k in range(4) { place(center + horizon, dx: (k - 1.5) * 6mm, dy: calc.rem(k, 2) * 5mm, rect(width: 5mm, height: 12mm + k * 2mm, fill: black)) }
      place(center + bottom, dy: -4mm, text(size: 14pt, font: "Noto Sans SC", it.text))
    }
  }))
}
"##;

const LINES: &str = r##"
#let d = json("/data.json")
#set page(width: d.width * 1mm, height: d.height * 1mm, margin: 0mm)
#for it in d.items {
  page(align(center + horizon, box(stroke: if d.boxed { 0.9mm + black } else { none }, inset: 1mm,
    box(width: if d.boxed { 2.1em } else { auto }, text(size: d.size * 1pt, font: d.font, it)))))
}
"##;

const AGENCIES: [&str; 10] = [
    "谯城区融媒体中心",
    "中共亳州市谯城区委网络安全和信息化委员会办公室",
    "谯城区精神文明建设指导委员会办公室",
    "陕西科技大学",
    "涡阳县人民医院",
    "太原市数字文化传播有限公司",
    "亳州市文明办",
    "省委网信办",
    "中国科协学会服务中心信息宣传处",
    "成都市互联网信息办公室",
];

/// Draws everything.
pub fn made(renderer: &Renderer) -> Stock {
    let seals: Vec<_> = AGENCIES
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let radius = [20.4, 19.4, 21.4, 18.4][n % 4];
            let foot = if n % 3 == 0 { "业务专用章" } else { "" };
            json!({ "text": name, "radius": radius, "line": 0.9 + 0.1 * (n % 4) as f32, "star": n != 5, "foot": foot })
        })
        .collect();
    let logos = ["推", "网", "融媒", "文明"]
        .iter()
        .enumerate()
        .map(|(n, text)| json!({ "text": text, "radius": 9.0 + 4.0 * n as f32, "filled": n < 2 }));
    let logos: Vec<_> = logos.collect();
    let lines = |width, height, size, font, boxed, items: &[&str]| {
        let data = json!({ "width": width, "height": height, "size": size, "font": font, "boxed": boxed, "items": items });
        drawings(renderer, LINES, &data)
    };
    let heads = [
        "中共亳州市委网信办文件",
        "陕西省教育厅",
        "推选活动组委会办公室文件",
    ];
    let words = ["同意推荐", "情况属实", "李建国", "已核 2024.12.20"];
    Stock {
        forms: forms(renderer),
        seals: drawings(renderer, SEAL, &json!({ "items": seals })),
        logos: drawings(renderer, LOGO, &json!({ "items": logos })),
        heads: lines(170, 24, 30, "Noto Serif SC", false, &heads),
        names: lines(
            24,
            24,
            22,
            "Noto Serif SC",
            true,
            &["张建国印", "李文明印", "王㛃之印"],
        ),
        words: lines(60, 18, 26, "FandolFang R", false, &words),
    }
}

fn drawings(renderer: &Renderer, template: &str, data: &serde_json::Value) -> Vec<Drawing> {
    let pdf = renderer.render(template, data, 0).expect("a drawing").pdf;
    drawn(pdf)
}

/// Every page of a PDF as a drawing.
fn drawn(pdf: Vec<u8>) -> Vec<Drawing> {
    let pdf = Pdf::new(pdf).expect("a PDF");
    let scale = DPI / 72.0;
    let settings = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
        ..RenderSettings::default()
    };
    let pages = pdf.pages().iter().map(|page| {
        let drawn = render(
            page,
            &RenderCache::new(),
            &InterpreterSettings::default(),
            &settings,
        );
        Drawing {
            width: drawn.width().into(),
            height: drawn.height().into(),
            grey: drawn
                .data_as_u8_slice()
                .chunks_exact(4)
                .map(|p| p[1])
                .collect(),
        }
    });
    pages.collect()
}

/// A form with boxes of several arrangements, in the house style of the notices' own forms.
const FORM: &str = r##"
#import "/common.typ": *
#show: form
#table(
  columns: (label-width, 1fr),
  head[名　称], told(answer("name")),
  head[简　介], told(answer("text")),
  ..d.rows.map(row => (head[审核意见], opinions(row, height: 62mm))).flatten()
)
"##;

fn forms(renderer: &Renderer) -> Vec<FormPage> {
    let arrangements: [&[&[&str]]; 4] = [
        &[&["unit"], &["county-a", "county-b"]],
        &[&["unit"], &["city"], &["province"]],
        &[&["county-a", "county-b"], &["city-a", "city-b"]],
        &[&["unit"]],
    ];
    let pages = arrangements.iter().enumerate().map(|(n, rows)| {
        let text = "围绕群众关心的供暖、就医、入学等问题开设专栏，线上收集留言，线下联合部门办理。".repeat(1 + n % 2 * 2);
        let slots: Vec<_> = rows
            .iter()
            .flat_map(|row| row.iter())
            .enumerate()
            .map(|(at, id)| json!({ "id": id, "label": "审核意见", "agency": AGENCIES[(n + at) % 5] }))
            .collect();
        let data = json!({
            "title": "网站平台文明账号申报表", "form_code": "34-7K2M9QXWPB", "round": "1", "draft": false,
            "qr_svg": documents::render::qr_svg(CODE), "campaign": "推选", "receipt": "BZ2022-000123",
            "categories": [], "children": [], "slots": slots, "rows": rows,
            "fields": [
                { "key": "name", "label": "名称", "text": AGENCIES[n] },
                { "key": "text", "label": "简介", "text": text },
            ],
        });
        let form = renderer.render(FORM, &data, 0).expect("a form");
        let first = drawn(form.pdf).swap_remove(0);
        FormPage { drawing: first, boxes: form.slots.into_iter().filter(|b| b.page == 1).collect() }
    });
    pages.collect()
}
