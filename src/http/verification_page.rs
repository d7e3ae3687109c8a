//! `/v/{code}`: where the QR code of a form, certificate, receipt, slip or list leads. One page, no script, nothing from elsewhere.

use domain::notice::shanghai;
use maud::{DOCTYPE, Markup, html};
use poem::http::{StatusCode, header};
use poem::web::{Data, Path};
use poem::{Response, handler};

use crate::app::certificates::{self, Issued};
use crate::app::verification::{self, Kind, Original, Paper, SealLine, Standing, Worth};
use crate::error::Error;
use crate::http::problem::Problem;
use crate::state::Shared;

const STYLE: &str = include_str!("verification_page.css");

/// The page of a number. An unknown one says so; a fault of ours goes the way of all faults.
#[handler]
pub async fn page(app: Data<&Shared>, code: Path<String>) -> Result<Response, Problem> {
    match known(&app, &code).await {
        Ok(page) => Ok(answer(StatusCode::OK, &page)),
        Err(Error::Absent) => Ok(answer(StatusCode::NOT_FOUND, &unknown(&code))),
        Err(other) => Err(other.into()),
    }
}

/// A number is that of a form, of a certificate, or of another paper.
async fn known(app: &Shared, code: &str) -> Result<Markup, Error> {
    match verification::original(app, code).await {
        Err(Error::Absent) => {}
        found => return found.map(|original| of_original(&original)),
    }
    match certificates::by_code(app, code).await {
        Err(Error::Absent) => {}
        found => return found.map(|(issued, campaign)| of_certificate(&issued, &campaign)),
    }
    Ok(of_paper(&verification::paper(app, code).await?))
}

/// The page's style.
#[handler]
pub fn style() -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/css; charset=utf-8")
        .header(header::CACHE_CONTROL, "public, max-age=3600")
        .body(STYLE)
}

fn answer(status: StatusCode, markup: &Markup) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(markup.0.clone())
}

fn frame(title: &str, class: &str, inside: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href="/v/style.css";
            }
            body { main class=(class) { (inside) } }
        }
    }
}

/// Verdict, what it means, and the class that colours it.
fn verdict(standing: Standing) -> (&'static str, &'static str, &'static str) {
    match standing {
        Standing::Valid => (
            "有效",
            "本表与系统中的原件编号一致，已盖的印章核验有效。请再核对以下内容与手中的表是否相同。",
            "valid",
        ),
        Standing::Unsealed => ("尚未盖章", "原件已提交，还没有单位盖章。", "waiting"),
        Standing::Superseded => (
            "已被新版本替代",
            "申报内容已补正并重新提交，请使用新的申报表。",
            "void",
        ),
        Standing::Revoked => (
            "已失效",
            "申报（推荐表）已退回、未获推荐或已撤回，表上印章不再有效。",
            "void",
        ),
        Standing::Altered => (
            "核验不通过",
            "系统中的文件与盖章时不一致，请联系主办单位。",
            "void",
        ),
    }
}

fn of_original(o: &Original) -> Markup {
    let (word, meaning, class) = verdict(o.standing);
    let day = |at: i64| shanghai(at).format("%Y年%-m月%-d日 %H:%M").to_string();
    let inside = html! {
        h1 { (word) }
        p { (meaning) }
        dl {
            dt { "编号" } dd { (o.code) }
            dt { "活动" } dd { (o.campaign) }
            dt { "文件" } dd { (o.form) "，共" (o.pages) "页" @if o.round > 1 { "，第" (o.round) "次提交" } }
            dt { "名称" } dd { (o.name) }
            dt { "类别" } dd { (o.category) }
            dt { "生成时间" } dd { (day(o.issued_at)) }
        }
        @if !o.seals.is_empty() {
            h2 { "印章" }
            ol {
                @for seal in &o.seals {
                    li {
                        strong { (seal.agency) }
                        " " (seal.slot) "，" (day(seal.at)) "，"
                        @if seal.valid { "有效" } @else { "无效" }
                        @for said in covered(seal) { br; span.small { (said) } }
                    }
                }
            }
        }
        @if o.standing == Standing::Valid && !o.open.is_empty() {
            p { "以下" (o.open.len()) "处尚未盖章：" (o.open.join("、")) "。" }
        }
        @for problem in &o.problems { p { (problem) } }
        p class="small" { "电子文件的 SHA-256：" code { (o.sha256) } }
    };
    frame(&format!("{word} {}", o.code), class, &inside)
}

/// What a seal stands for, and what else there is to say of it.
fn covered(seal: &SealLine) -> Vec<&str> {
    let over = match (seal.valid, seal.covers_whole_file) {
        (true, true) => Some("签章覆盖整份文件"),
        (true, false) => Some("签章覆盖盖章时的整份文件，其后只加盖了其他印章"),
        (false, _) => None,
    };
    let reviewed = seal.reviewed.then_some("所盖内容与该单位审核时所看一致");
    let said = over.into_iter().chain(reviewed);
    said.chain(seal.remarks.iter().map(String::as_str))
        .collect()
}

fn of_certificate(issued: &Issued, campaign: &str) -> Markup {
    let (word, meaning, class) = match issued.row.revoked_at {
        None => (
            "有效",
            "系统登记有此证书。请再核对以下内容与手中的证书是否相同。",
            "valid",
        ),
        Some(_) => ("已撤销", "颁发单位已撤销此证书，不再有效。", "void"),
    };
    let c = &issued.certificate;
    let inside = html! {
        h1 { (word) }
        p { (meaning) }
        dl {
            dt { "名称" } dd { (c.name) }
            dt { "证书" } dd { (c.title) }
            @if !c.text.is_empty() { dt { "内容" } dd { (c.text) } }
            dt { "编号" } dd { (c.number) }
            dt { "活动" } dd { (campaign) }
            dt { "颁发单位" } dd { (c.agencies.join("、")) }
            @if !c.date.is_empty() { dt { "落款日期" } dd { (c.date) } }
            dt { "核验码" } dd { (issued.row.code) }
        }
    };
    frame(&format!("{word} {}", c.number), class, &inside)
}

fn of_paper(paper: &Paper) -> Markup {
    let (word, class) = match paper.worth {
        Worth::Pending => ("尚未报送", "waiting"),
        Worth::Valid => ("有效", "valid"),
        Worth::Superseded => ("已办结", "void"),
        Worth::Revoked => ("已失效", "void"),
    };
    let kind = match paper.kind {
        Kind::Receipt => "申报回执",
        Kind::Slip => "补正通知",
        Kind::Cover => "报送清单",
    };
    let inside = html! {
        h1 { (word) }
        p { (paper.meaning) }
        dl {
            dt { "文件" } dd { (kind) }
            dt { "编号" } dd { (paper.code) }
            @for fact in &paper.facts { dt { (fact.label) } dd { (fact.text) } }
        }
    };
    frame(&format!("{word} {}", paper.code), class, &inside)
}

fn unknown(code: &str) -> Markup {
    let inside = html! {
        h1 { "没有这个编号" }
        p { "系统中没有编号为“" (code) "”的文件。请核对编号；如编号无误，手中的文件不是由本系统出具的。" }
    };
    frame("没有这个编号", "void", &inside)
}
