//! The review queue as a spreadsheet, written row by row: memory does not grow with the queue.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use domain::actor::Officer;
use domain::notice::{Notice, shanghai};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use super::campaigns;
use crate::clock::new_id;
use crate::db::reviews::{self, Filter, QueueRow};
use crate::error::{Error, Result};
use crate::state::Shared;

/// Rows asked of the database at a time.
const PAGE: u64 = 100;

const HEAD: [&str; 13] = [
    "受理编号",
    "名称",
    "平台",
    "类别",
    "区划代码",
    "审核环节",
    "办理状态",
    "申报状态",
    "补正期限",
    "轮次",
    "逾期申报",
    "须关注",
    "到达时间",
];

/// The officer's agency's queue as XLSX: what the list shows, no personal data. The file has no name on disk and goes
/// when it is closed.
pub async fn of_queue(
    app: &Shared,
    who: &Officer,
    slug: &str,
    filter: &Filter,
) -> Result<tokio::fs::File> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().map_err(fault)?;
    write(sheet, 0, &HEAD.map(str::to_owned))?;
    let mut filter = Filter {
        limit: PAGE,
        ..filter.clone()
    };
    let mut line = 1;
    loop {
        let page =
            reviews::queue(app.db.read(), &who.agency.id, &campaign.head.id, &filter).await?;
        for row in &page {
            write(sheet, line, &cells(&campaign.notice, row))?;
            line += 1;
        }
        match page.last() {
            Some(last) => filter.after = Some(last.id.clone()),
            None => break,
        }
    }
    let file = tokio::task::spawn_blocking(move || saved(book))
        .await
        .map_err(|e| Error::Bug(format!("spreadsheet: {e}")))??;
    Ok(tokio::fs::File::from_std(file))
}

fn cells(notice: &Notice, row: &QueueRow) -> [String; 13] {
    let yes = |flag: bool| if flag { "是" } else { "否" }.to_owned();
    let named = |found: Option<&String>, key: &str| found.map_or(key, String::as_str).to_owned();
    let category = notice.category.iter().find(|c| c.key == row.category);
    let step = notice.step.iter().find(|s| s.key == row.step);
    let platform = (notice.platform.iter()).find(|p| Some(&p.key) == row.platform.as_ref());
    let state = match row.state.as_str() {
        "open" => "待办",
        "done" => "已办",
        _ => "已失效",
    };
    [
        row.receipt.clone().unwrap_or_default(),
        row.name.clone(),
        row.platform
            .as_deref()
            .map_or_else(String::new, |key| named(platform.map(|p| &p.label), key)),
        named(category.map(|c| &c.label), &row.category),
        row.region_code.clone(),
        named(step.map(|s| &s.label), &row.step),
        state.to_owned(),
        super::dossiers::state(&row.entry_state).to_owned(),
        row.slip_due_at.map(instant).unwrap_or_default(),
        row.round.to_string(),
        yes(row.late),
        yes(row.flagged),
        instant(row.opened_at),
    ]
}

fn instant(at: i64) -> String {
    shanghai(at).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn write(sheet: &mut Worksheet, line: u32, cells: &[String; 13]) -> Result<()> {
    for (column, text) in (0_u16..).zip(cells) {
        sheet
            .write_string(line, column, plain(text))
            .map_err(fault)?;
    }
    Ok(())
}

/// Text that no spreadsheet takes for a formula, even after it was saved as CSV: applicants choose their names.
fn plain(text: &str) -> String {
    let risky = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];
    if text.starts_with(risky) {
        return format!("'{text}");
    }
    text.to_owned()
}

fn saved(mut book: Workbook) -> Result<File> {
    let path = std::env::temp_dir().join(format!("tuixuan-{}.xlsx", new_id()));
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    book.save_to_writer(&mut file).map_err(fault)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn fault(error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(e) => e.into(),
        e => Error::Bug(format!("spreadsheet: {e}")),
    }
}
