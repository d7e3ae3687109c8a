//! 卷宗: everything of an entry, as one PDF to read and as an archive to keep; of a queue or batch in one archive.

mod trail;

use std::collections::HashSet;
use std::io;

use bytes::Bytes;
use documents::papers::{
    Dossier as Paper, DossierFile, DossierForm, DossierSeal, Fact, Paper as _,
};
use documents::render::RenderError;
use documents::verify::{Report, SignatureReport};
use domain::actor::Officer;
use domain::agency::Agency;
use domain::notice::{Notice, to_the_second};
use domain::virus::VirusState;
use entity::{deliverable, document, entry, event, evidence};
use futures_util::Stream;
use serde_json::{Value, json};

use super::archive::{self, Archive};
use super::campaigns;
use super::copies::{self, Size};
use super::papers::{category, day, item, size, spelt};
use super::reviews::{self as acts, Dossier};
use super::{deliverables, forms, scans, stamps};
use crate::db::batches;
use crate::db::events::{self, By};
use crate::db::reviews::{self, Filter};
use crate::error::{Error, Result};
use crate::state::Shared;

/// Entries asked of the database at a time.
const PAGE: u64 = 50;
/// Pages of a form that are shown; shorter side of their pictures, pixels: A4 at 130 dpi.
const FORM_PAGES: usize = 12;
const FORM_SHORT: usize = 1_075;

/// Everything of an entry.
struct Gathered {
    dossier: Dossier,
    form: Option<(document::Model, Vec<u8>, Report)>,
    trail: Vec<event::Model>,
    agencies: Vec<Agency>,
}

/// Bytes of an archive, as they come.
pub type Pieces = std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// The file of an entry in the officer's sight as one PDF: contents, what was handed in, the form with its stamps,
/// evidence, what was decided, the verdict on each seal. The signed form is enclosed as it is.
pub async fn pdf(app: &Shared, who: &Officer, id: &str) -> Result<Vec<u8>> {
    let gathered = gather(app, who, id).await?;
    draw(app, &gathered).await
}

/// The same as an archive: the signed form and the evidence byte for byte, the trail, the verdict, the PDF.
pub async fn zip(app: &Shared, who: &Officer, id: &str) -> Result<Pieces> {
    // who may not see it learns so before anything is sent
    let gathered = gather(app, who, id).await?;
    let app = app.clone();
    let fill = move |mut archive: Archive| async move {
        add(&app, &mut archive, "", &gathered).await?;
        Ok::<Archive, Error>(archive)
    };
    Ok(Box::pin(archive::stream(fill)?))
}

/// The files of a whole queue in one archive, a folder each, named by receipt; with how many there are. That it was
/// taken is recorded. One entry after the other, so that memory does not grow with the queue.
pub async fn of_queue(
    app: &Shared,
    who: &Officer,
    slug: &str,
    filter: &Filter,
) -> Result<(u64, Pieces)> {
    let campaign = campaigns::id_of(app, slug).await?;
    let count = reviews::count(app.db.read(), &who.agency.id, &campaign, filter).await?;
    let told = json!({
        "entries": count, "state": filter.state.as_str(), "step": filter.step, "category": filter.category,
        "region": filter.region,
    });
    record(app, &campaign, who, told).await?;
    let (app, who, filter) = (app.clone(), who.clone(), filter.clone());
    let fill = move |mut archive: Archive| async move {
        add_all(&app, &who, &campaign, filter, &mut archive).await?;
        Ok::<Archive, Error>(archive)
    };
    let pieces: Pieces = Box::pin(archive::stream(fill)?);
    Ok((count, pieces))
}

/// The files of the entries of a batch, of the agency's own or sent to it, in one archive; with how many there are.
pub async fn of_batch(app: &Shared, who: &Officer, id: &str) -> Result<(u64, Pieces)> {
    let batch = batches::of_party(app.db.read(), &who.agency.id, id).await?;
    let held = batches::entries(app.db.read(), vec![batch.id.clone()]).await?;
    let ids = held.into_iter().map(|(_, row)| row.id).collect();
    let rows = reviews::visible_among(app.db.read(), who, ids).await?;
    let count = rows.len() as u64;
    let told = json!({ "entries": count, "batch": batch.id });
    record(app, &batch.campaign_id, who, told).await?;
    let (app, who) = (app.clone(), who.clone());
    let fill = move |mut archive: Archive| async move {
        for row in rows {
            let receipt = row.receipt.as_deref().unwrap_or(&row.id);
            add_one(&app, &who, &mut archive, &row.id, receipt).await?;
        }
        Ok::<Archive, Error>(archive)
    };
    Ok((count, Box::pin(archive::stream(fill)?)))
}

/// Records that dossiers were taken.
async fn record(app: &Shared, campaign: &str, who: &Officer, told: Value) -> Result<()> {
    let (campaign, by) = (campaign.to_owned(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                events::append_raw(tx, &campaign, None, &by, "dossiers_exported", &told).await
            })
        })
        .await
}

async fn add_all(
    app: &Shared,
    who: &Officer,
    campaign: &str,
    filter: Filter,
    archive: &mut Archive,
) -> Result<()> {
    let mut filter = Filter {
        limit: PAGE,
        ..filter
    };
    // an entry that was returned has a duty a round
    let mut added = HashSet::new();
    loop {
        let page = reviews::queue(app.db.read(), &who.agency.id, campaign, &filter).await?;
        for row in &page {
            if added.insert(row.entry_id.clone()) {
                let receipt = row.receipt.as_deref().unwrap_or(&row.entry_id);
                add_one(app, who, archive, &row.entry_id, receipt).await?;
            }
        }
        match page.last() {
            Some(last) => filter.after = Some(last.id.clone()),
            None => return Ok(()),
        }
    }
}

/// Puts one of many entries in. One that cannot be gathered leaves a note in its folder, and the others follow.
async fn add_one(
    app: &Shared,
    who: &Officer,
    archive: &mut Archive,
    id: &str,
    receipt: &str,
) -> Result<()> {
    let folder = format!("{receipt}/");
    match gather(app, who, id).await {
        Ok(gathered) => add(app, archive, &folder, &gathered).await,
        Err(error) => {
            let told = lacking(id, "该申报的卷宗未能生成", &error);
            archive.note(&format!("{folder}错误.txt"), &told).await
        }
    }
}

/// What a person reads in the place of something that could not be put in.
fn lacking(entry: &str, what: &str, error: &Error) -> String {
    tracing::warn!(entry, %error, "part of a dossier is left out");
    let why = match error {
        Error::Refused(no) | Error::Conflict(no) => no.message.as_str(),
        Error::Absent => "找不到有关记录或文件",
        Error::Busy => "系统繁忙",
        _ => "读取或制作时出错",
    };
    format!("{what}：{why}。其余内容不受影响；请稍后重新导出，仍不成功的请联系管理员。")
}

async fn gather(app: &Shared, who: &Officer, id: &str) -> Result<Gathered> {
    let dossier = acts::dossier(app, who, id).await?;
    let form = match &dossier.form {
        Some(form) => {
            let (bytes, report) = stamps::judged(app, form).await?;
            Some((form.clone(), bytes, report))
        }
        None => None,
    };
    let trail = events::of_entry(app.db.read(), id).await?;
    let mut ids: Vec<String> = trail.iter().filter_map(|e| e.agency_id.clone()).collect();
    ids.sort();
    ids.dedup();
    Ok(Gathered {
        agencies: crate::db::officers::agencies(app.db.read(), ids).await?,
        dossier,
        form,
        trail,
    })
}

/// Puts an entry's files into a folder of an archive.
async fn add(app: &Shared, archive: &mut Archive, folder: &str, g: &Gathered) -> Result<()> {
    let (id, name) = (&g.dossier.row.id, |name: &str| format!("{folder}{name}"));
    match draw(app, g).await {
        Ok(pdf) => archive.put(&name("dossier.pdf"), &pdf).await?,
        Err(error) => {
            let told = lacking(id, "卷宗的PDF文件未能生成", &error);
            archive.note(&name("错误.txt"), &told).await?;
        }
    }
    if let Some((_, bytes, report)) = &g.form {
        archive.put(&name("form.pdf"), bytes).await?;
        let report = serde_json::to_vec_pretty(report)?;
        archive.put(&name("verification.json"), &report).await?;
    } else {
        let told = "本轮申报尚未生成申报表，因此没有申报表及其核验结果；打开一次申报表后重新导出即可。以前各轮的签章见办理记录。";
        archive.note(&name("form.未附.txt"), told).await?;
    }
    for (n, shown) in g.dossier.evidence.iter().enumerate() {
        let file = &shown.file;
        let called = archive::file_name(&file.file_name);
        let called = name(&format!("evidence/{:02}-{}-{called}", n + 1, file.slot));
        if let Some(Err(refusal)) = shown.virus.map(VirusState::may_leave) {
            let note = format!("{called}.未附.txt");
            archive.note(&note, &refusal.message).await?;
            continue;
        }
        let fault = match app.files.open_object(&file.sha256).await {
            Ok((object, _)) => match archive.copy(&called, object, &file.sha256).await? {
                true => continue,
                false => Error::Outside(format!("files: {} is not whole", file.sha256)),
            },
            Err(error) => error,
        };
        let told = lacking(id, "该材料未能附上，同名文件如有也不完整", &fault);
        archive.note(&format!("{called}.未附.txt"), &told).await?;
    }
    let row = &g.dossier.row;
    for piece in crate::db::deliverables::of_entry(app.db.read(), &row.id).await? {
        let number = u32::try_from(piece.number).unwrap_or_default();
        let called = name(&format!("deliverables/{}-{number:02}", piece.name));
        match written(app, row, &piece, number).await {
            Ok((kind, bytes)) => archive.put(&format!("{called}.{kind}"), &bytes).await?,
            Err(error) => {
                let told = lacking(id, "该后续材料未能附上", &error);
                archive.note(&format!("{called}.未附.txt"), &told).await?;
            }
        }
    }
    let trail: Vec<Value> = g.trail.iter().map(trail::stored).collect();
    let trail = serde_json::to_vec_pretty(&trail)?;
    archive.put(&name("trail.json"), &trail).await
}

/// A piece (后续材料) as PDF, or as JSON where the notice has no form for it; with which of the two it is.
async fn written(
    app: &Shared,
    row: &entry::Model,
    piece: &deliverable::Model,
    number: u32,
) -> Result<(&'static str, Vec<u8>)> {
    match deliverables::pdf(app, row, &piece.name, Some(number)).await {
        Err(Error::Absent) => {
            let answers = crate::db::deliverables::answers(piece, &app.sealing)?;
            Ok(("json", serde_json::to_vec_pretty(&answers)?))
        }
        pdf => Ok(("pdf", pdf?)),
    }
}

/// Draws the PDF, as of the last thing that happened. A character that no font has is printed as its number.
async fn draw(app: &Shared, g: &Gathered) -> Result<Vec<u8>> {
    let at = g.trail.last().map_or(0, |e| e.at);
    let (paper, enclosed) = paper(app, g).await?;
    let data = serde_json::to_value(paper)?;
    let render = |data: Value, enclosed| {
        let template = Paper::TEMPLATE.to_owned();
        app.typesetter.render_with(template, data, enclosed, at)
    };
    let drawn = render(data.clone(), enclosed.clone()).await?;
    if let Some(Err(RenderError::MissingGlyphs(missing))) = drawn {
        let again = render(spelt(data, &missing), enclosed).await?;
        return Ok(forms::judged(again)?.pdf);
    }
    Ok(forms::judged(drawn)?.pdf)
}

async fn paper(app: &Shared, g: &Gathered) -> Result<(Paper, Vec<Vec<u8>>)> {
    let (d, notice) = (&g.dossier, &g.dossier.campaign.notice);
    let mut enclosed = Vec::new();
    let form = match &g.form {
        Some((row, bytes, _)) => {
            enclosed.push(bytes.clone());
            let pages = scans::pictures(bytes.clone(), FORM_PAGES, FORM_SHORT).await?;
            Some(DossierForm {
                code: row.code.clone(),
                pages: row.pages,
                sha256: row.sha256.clone(),
                pictures: pages
                    .into_iter()
                    .map(|p| enclose(&mut enclosed, p))
                    .collect(),
            })
        }
        None => None,
    };
    let mut evidence = Vec::new();
    for shown in &d.evidence {
        evidence.push(file(app, notice, &shown.file, &mut enclosed).await?);
    }
    let report = g.form.as_ref().map(|(_, _, report)| report);
    let signatures = report.map(|r| r.signatures.as_slice()).unwrap_or_default();
    let fields = notice.form.field.iter();
    let answers = fields.map(|f| fact(&f.label, &forms::shown(notice, f, &d.entry.answers)));
    let paper = Paper {
        title: "申报卷宗".into(),
        form_code: d.row.receipt.clone().unwrap_or_default(),
        facts: facts(g),
        answers: answers.filter(|f| !f.text.is_empty()).collect(),
        form,
        evidence,
        events: (g.trail.iter())
            .map(|e| trail::told(notice, &g.agencies, e))
            .collect(),
        seals: signatures.iter().map(|s| seal(notice, s)).collect(),
        problems: report.map(|r| r.problems.clone()).unwrap_or_default(),
    };
    Ok((paper, enclosed))
}

fn enclose(enclosed: &mut Vec<Vec<u8>>, file: Vec<u8>) -> usize {
    enclosed.push(file);
    enclosed.len() - 1
}

fn fact(label: &str, text: &str) -> Fact {
    Fact {
        label: label.to_owned(),
        text: text.to_owned(),
    }
}

/// Where an entry stands, in words.
pub(super) fn state(word: &str) -> &str {
    match word {
        "under_review" => "审核中",
        "returned" => "已退回补正",
        "endorsed" => "审核通过",
        "declined" => "不予推荐",
        "withdrawn" => "已撤回",
        other => other,
    }
}

fn facts(g: &Gathered) -> Vec<Fact> {
    let (d, notice) = (&g.dossier, &g.dossier.campaign.notice);
    let submitted = d.row.submitted_at.map(to_the_second).unwrap_or_default();
    let to = g.trail.last().map(|e| day(e.at)).unwrap_or_default();
    vec![
        fact("推选活动", &notice.title),
        fact("申报名称", &d.row.name),
        fact("申报类别", &category(notice, &d.row.category)),
        fact("回执编号", d.row.receipt.as_deref().unwrap_or_default()),
        fact("首次提交", &submitted),
        fact("提交次数", &format!("第{}次", d.row.round)),
        fact("办理状态", state(&d.row.state)),
        fact("内容截至", &to),
        fact(
            "内容摘要",
            &halves(d.row.digest.as_deref().unwrap_or_default()),
        ),
    ]
}

/// A digest on two lines, since one does not hold it.
fn halves(digest: &str) -> String {
    match digest.split_at_checked(32) {
        Some((first, second)) => format!("{first}\n{second}"),
        None => digest.to_owned(),
    }
}

/// A file with its thumbnail: a picture made smaller, or the first page; none when it cannot be shown.
async fn file(
    app: &Shared,
    notice: &Notice,
    row: &evidence::Model,
    enclosed: &mut Vec<Vec<u8>>,
) -> Result<DossierFile> {
    let thumbnail = match copies::of(app, row, Size::Thumbnail).await {
        Ok(picture) => Some(picture),
        // a video, or what cannot be opened any more
        Err(Error::Absent | Error::Invalid(_) | Error::Unsupported(_)) => None,
        Err(fault) => return Err(fault),
    };
    let pages = row.pages.map(|n| format!("，共{n}页")).unwrap_or_default();
    Ok(DossierFile {
        label: item(notice, &row.slot),
        file_name: row.file_name.clone(),
        size: format!("{}{pages}", size(row.bytes)),
        sha256: row.sha256.clone(),
        picture: thumbnail.map(|picture| enclose(enclosed, picture)),
    })
}

fn seal(notice: &Notice, s: &SignatureReport) -> DossierSeal {
    let yes = |flag: bool, good: &str, bad: &str| if flag { good } else { bad }.to_owned();
    let mut verdict = vec![
        yes(s.valid, "有效", "无效"),
        yes(s.intact, "签名完好", "签名不符"),
        yes(s.trusted, "证书可信", "证书不可信"),
    ];
    verdict.push(yes(s.covers_whole_file, "覆盖整个文件", "覆盖至本次签章"));
    if let Some(t) = &s.timestamp {
        let kind = yes(t.trusted, "时间戳", "不受信任的时间戳");
        let at = t.at.trim_end_matches("+08:00").replace('T', " ");
        verdict.push(format!("{kind}：{at}，{}", t.authority));
    }
    // of one that was, a remark tells
    if s.withdrawn_at.is_none() {
        verdict.push(yes(
            s.withdrawal_checked,
            "证书未被吊销",
            "未查证书吊销情况",
        ));
    }
    verdict.extend(s.remarks.iter().cloned());
    verdict.extend(s.changes.iter().map(|c| format!("其后改动：{c}")));
    DossierSeal {
        slot: trail::slot(notice, &s.slot),
        agency: s.agency.clone(),
        at: when(&s.signed_at),
        serial: s.serial.clone(),
        verdict: verdict.join("\n"),
    }
}

/// `D:20220603093000+08'00'` as a person reads it; what is not of this shape stays as it is.
fn when(signed_at: &str) -> String {
    let figures = signed_at.strip_prefix("D:").unwrap_or_default();
    let part = |from: usize, to: usize| figures.get(from..to).unwrap_or_default();
    match figures.get(..14) {
        Some(all) if all.bytes().all(|b| b.is_ascii_digit()) => format!(
            "{}-{}-{} {}:{}:{}",
            part(0, 4),
            part(4, 6),
            part(6, 8),
            part(8, 10),
            part(10, 12),
            part(12, 14)
        ),
        _ => signed_at.to_owned(),
    }
}
