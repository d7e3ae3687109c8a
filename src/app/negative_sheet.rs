//! A negative list as a spreadsheet program writes it: comma-separated (Excel in China: GB18030) or copied cells (tabs).

use domain::negative_line::{Line, day};
use encoding_rs::{Encoding, GB18030};

use crate::error::{Error, Result, invalid};

/// Largest sheet, bytes.
pub const SHEET_BYTES: usize = 2 << 20;

/// A line and its row, as people count: a sheet's heading is row 1.
pub struct Numbered {
    pub row: u64,
    /// Or what is wrong with its day.
    pub line: std::result::Result<Line, String>,
}

impl Numbered {
    /// Of a line and its day as written.
    pub fn new(row: u64, line: Line, written: &str) -> Numbered {
        let on = day(written);
        let unread = on.is_none() && !written.trim().is_empty();
        let line = if unread {
            Err(format!("日期“{written}”应写作2024-05-01"))
        } else {
            Ok(Line { on, ..line })
        };
        Numbered { row, line }
    }
}

/// Headings that are known; every other is refused, lest a misspelt column goes unread.
const HEADINGS: [&str; 6] = ["运营主体", "平台", "账号名称", "账号ID", "记录内容", "日期"];

/// Reads a sheet: the first row names the columns, in any order. Refused whole when it is no table or lacks 记录内容.
pub fn read(bytes: &[u8]) -> Result<Vec<Numbered>> {
    let text = decode(bytes)?;
    let head = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if head.contains('\t') { b'\t' } else { b',' })
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(|e| no_table(&e))?)?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| no_table(&e))?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let cell = |heading: usize| {
            let at = columns.iter().position(|c| *c == Some(heading));
            at.and_then(|at| record.get(at)).unwrap_or_default()
        };
        let line = Line {
            operator: cell(0).to_owned(),
            platform: cell(1).to_owned(),
            account: cell(2).to_owned(),
            account_id: cell(3).to_owned(),
            text: cell(4).to_owned(),
            on: None,
        };
        let row = record.position().map_or(0, |p| p.record() + 1);
        lines.push(Numbered::new(row, line, cell(5)));
    }
    Ok(lines)
}

/// A byte order mark says which it is; without one it is UTF-8 or, where that does not fit, GB18030.
fn decode(bytes: &[u8]) -> Result<String> {
    let utf8 = || std::str::from_utf8(bytes).ok().map(str::to_owned);
    let as_told = |told: &'static Encoding, bytes: &[u8]| {
        let read = told.decode_without_bom_handling_and_without_replacement(bytes);
        read.map(std::borrow::Cow::into_owned)
    };
    let text = match Encoding::for_bom(bytes) {
        Some((told, mark)) => as_told(told, &bytes[mark..]),
        None => utf8().or_else(|| as_told(GB18030, bytes)),
    };
    text.filter(|t| !t.contains('\0')).ok_or_else(|| {
        let message = "读不出文字，请另存为CSV（UTF-8或GB18030编码）";
        invalid("file", "sheet_unreadable", message)
    })
}

fn columns(head: &csv::StringRecord) -> Result<Vec<Option<usize>>> {
    let mut columns = Vec::new();
    for title in head {
        let known = HEADINGS.iter().position(|h| h.eq_ignore_ascii_case(title));
        if (known.is_none() && !title.is_empty()) || (known.is_some() && columns.contains(&known)) {
            let message = format!("表头“{title}”不认识或重复，可以用：{}", HEADINGS.join("、"));
            return Err(invalid("file", "sheet_heading", &message));
        }
        columns.push(known);
    }
    if !columns.contains(&Some(4)) {
        let message = "第一行应为表头，其中须有“记录内容”";
        return Err(invalid("file", "sheet_heading", message));
    }
    Ok(columns)
}

fn no_table(error: &csv::Error) -> Error {
    let row = error.position().map_or(1, |p| p.record() + 1);
    invalid("file", "sheet_unreadable", &format!("第{row}行不成表格"))
}
