//! 证书、奖牌: print files for a whole list in one archive, one PDF a name. Those that are issued go on the register, and
//! their QR code leads to it; a proof sheet bears neither code nor entry there.

mod register;

use std::collections::HashSet;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use documents::papers::{self, Paper, Plaque, Signer};
use documents::render::{Rendered, qr_svg};
use domain::certificate::{Certificate, Kind, series};
use domain::refusal::{Refusal, Violation};
use domain::text::tidy;
use futures_util::Stream;

use register::enter;
pub use register::{Issued, by_code, list, of_entry, paper, revoke};

use super::archive::{self, Archive};
use super::campaigns::Campaign;
use super::{forms, verification};
use crate::db::certificates as rows;
use crate::db::entries;
use crate::db::events::By;
use crate::error::{Error, Result, invalid};
use crate::state::Shared;

/// Names of one request.
pub const MOST: usize = 500;

/// Who is honoured, under which number.
#[derive(Debug, Clone)]
pub struct Honoured {
    pub name: String,
    pub number: String,
    /// The entry, where the list was made from entries.
    pub entry: Option<String>,
}

/// A list to be printed; all but name and number is the same for all.
#[derive(Debug, Clone)]
pub struct Order {
    pub kind: Kind,
    pub honoured: Vec<Honoured>,
    pub title: String,
    /// What a certificate says after the name; the upper line of a plaque.
    pub text: String,
    pub agencies: Vec<String>,
    pub date: String,
    /// Whether the frame of a certificate is drawn, or on the paper already.
    pub frame: bool,
}

impl Order {
    /// One certificate of the list.
    fn certificate(&self, one: &Honoured) -> Certificate {
        Certificate {
            kind: self.kind,
            number: tidy(&one.number),
            name: tidy(&one.name),
            title: self.title.clone(),
            text: self.text.clone(),
            agencies: self.agencies.clone(),
            date: self.date.clone(),
        }
    }
}

/// A sheet to be drawn; without a code it is a proof sheet.
struct Sheet {
    certificate: Certificate,
    code: Option<String>,
}

/// Ids and names of a category's endorsed entries, in the order in which they were begun.
pub async fn endorsed(
    app: &Shared,
    campaign: &Campaign,
    category: &str,
) -> Result<Vec<(String, String)>> {
    let known = campaign.notice.category.iter().any(|c| c.key == category);
    if !known {
        let message = "通知中没有此类别";
        return Err(invalid("endorsed", "category_unknown", message));
    }
    let most = MOST as u64 + 1;
    entries::endorsed(app.db.read(), &campaign.head.id, category, most).await
}

/// A category's endorsed entries with their numbers. One on the register keeps its number; the others take the next that are
/// free in the campaign, whatever their category. An entry whose certificate was withdrawn is left out.
pub async fn numbered(
    app: &Shared,
    campaign: &Campaign,
    category: &str,
    kind: Kind,
) -> Result<Vec<Honoured>> {
    let found = endorsed(app, campaign, category).await?;
    let register = rows::given(app.db.read(), &campaign.head.id, kind).await?;
    let taken: HashSet<String> = register.iter().map(|g| g.number.clone()).collect();
    let mut free = series(&campaign.head.slug, &taken);
    let mut honoured = Vec::new();
    for (id, name) in found {
        let own = register.iter().filter(|g| g.entry_id.as_ref() == Some(&id));
        let own: Vec<_> = own.collect();
        let number = match own.iter().find(|g| g.revoked_at.is_none()) {
            Some(given) => Some(given.number.clone()),
            None if own.is_empty() => free.next(),
            None => None,
        };
        let entry = Some(id);
        honoured.extend(number.map(|number| Honoured {
            name,
            number,
            entry,
        }));
    }
    Ok(honoured)
}

/// Print files of a list, made one after the other while they are sent, so that memory stays flat; with how many there
/// are. Before anything is sent, every character has its glyph, each is known to fit on its sheet, and what is issued is on the
/// register. The same list again is printed with the same codes. Without `issue` these are proof sheets.
pub async fn print(
    app: &Shared,
    order: Order,
    issue: Option<(&Campaign, &By)>,
) -> Result<(usize, Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>)> {
    check(&order.honoured)?;
    let sheets: Vec<Sheet> = (order.honoured.iter())
        .map(|one| Sheet {
            certificate: order.certificate(one),
            code: None,
        })
        .collect();
    let missing = app.typesetter.missing(&words(&sheets));
    if !missing.is_empty() {
        return Err(forms::missing_glyphs(&missing));
    }
    let at = issue.map_or(app.now(), |(_, by)| by.at);
    fit(app, &sheets, order.frame, at).await?;
    let sheets = match issue {
        Some((campaign, by)) => enter(app, campaign, by, &order.honoured, sheets).await?,
        None => sheets,
    };
    let (app, count, frame) = (app.clone(), sheets.len(), order.frame);
    let fill = move |mut archive: Archive| async move {
        for (n, sheet) in sheets.iter().enumerate() {
            let pdf = draw(&app, sheet, frame, at).await?.pdf;
            let one = &sheet.certificate;
            let name = archive::file_name(&format!("{}-{}", one.number, one.name));
            archive
                .put(&format!("{:03}-{name}.pdf", n + 1), &pdf)
                .await?;
        }
        Ok::<Archive, Error>(archive)
    };
    let pieces: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>> =
        Box::pin(archive::stream(fill)?);
    Ok((count, pieces))
}

/// At least one, at most [`MOST`], each number once.
fn check(honoured: &[Honoured]) -> Result<()> {
    if !(1..=MOST).contains(&honoured.len()) {
        return Err(Error::Invalid(vec![Violation {
            field: "names".into(),
            code: "list_length".into(),
            limit: Some(format!("1-{MOST}")),
            value: Some(honoured.len().to_string()),
            message: format!("名单应有1至{MOST}个名称"),
            ..Violation::default()
        }]));
    }
    let mut seen = HashSet::new();
    let twice = honoured
        .iter()
        .filter(|one| !seen.insert(tidy(&one.number)));
    let faults: Vec<Violation> = twice
        .map(|one| Violation {
            field: "names.number".into(),
            code: "number_twice".into(),
            value: Some(one.number.clone()),
            message: format!("编号“{}”重复", one.number),
            ..Violation::default()
        })
        .collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Error::Invalid(faults)),
    }
}

/// All text that will be printed.
fn words(sheets: &[Sheet]) -> String {
    let mut words = String::new();
    for (n, Sheet { certificate: c, .. }) in sheets.iter().enumerate() {
        if n == 0 {
            words.extend([&c.title, &c.text, &c.date].map(String::as_str));
            words.extend(c.agencies.iter().map(String::as_str));
        }
        words.extend([&c.name, &c.number].map(String::as_str));
    }
    words
}

/// Names of so many characters stay on one line of a certificate; two narrow ones count as one.
const ONE_LINE: usize = 28;

/// Refused unless each is one page. Sheets differ in their names alone, so only those are drawn whose name is long enough to be
/// broken, and the shortest name, which a plaque shows largest.
async fn fit(app: &Shared, sheets: &[Sheet], frame: bool, at: i64) -> Result<()> {
    let width = |sheet: &Sheet| -> usize {
        let chars = sheet.certificate.name.chars();
        chars
            .map(|c| if c.is_ascii() { 1 } else { 2 })
            .sum::<usize>()
    };
    let shortest = sheets.iter().min_by_key(|s| width(s));
    let broken = sheets.iter().filter(|s| width(s) > 2 * ONE_LINE);
    for sheet in shortest.into_iter().chain(broken) {
        if draw(app, sheet, frame, at).await?.pages > 1 {
            return Err(overflow(&sheet.certificate));
        }
    }
    Ok(())
}

fn overflow(certificate: &Certificate) -> Error {
    let message = format!(
        "“{}”的内容一页印不下，请缩短标题、名称或正文",
        certificate.name
    );
    let violation = Violation {
        field: "text".into(),
        code: "overflow".into(),
        value: Some(certificate.name.clone()),
        message: message.clone(),
        ..Violation::default()
    };
    Refusal::with("overflow", message, vec![violation]).into()
}

async fn draw(app: &Shared, sheet: &Sheet, frame: bool, at: i64) -> Result<Rendered> {
    let c = &sheet.certificate;
    let (template, data) = match c.kind {
        Kind::Certificate => {
            let code = sheet.code.as_ref();
            let qr_svg = code.map(|code| qr_svg(&verification::address(app, code)));
            let paper = papers::Certificate {
                title: c.title.clone(),
                form_code: c.number.clone(),
                honoured: c.name.clone(),
                text: c.text.clone(),
                frame,
                signers: c.agencies.iter().map(|a| signer(a)).collect(),
                date: c.date.clone(),
                qr_svg: qr_svg.unwrap_or_default(),
            };
            (papers::Certificate::TEMPLATE, serde_json::to_value(paper)?)
        }
        Kind::Plaque => {
            let code = sheet.code.as_ref();
            let paper = Plaque {
                title: c.title.clone(),
                form_code: match code {
                    Some(code) => format!("{}　核验码 {code}", c.number),
                    None => c.number.clone(),
                },
                campaign: c.text.clone(),
                honoured: c.name.clone(),
                agencies: c.agencies.clone(),
                date: c.date.clone(),
            };
            (Plaque::TEMPLATE, serde_json::to_value(paper)?)
        }
    };
    forms::render(app, template.to_owned(), data, at).await
}

/// An office whose seal is set on the printed sheet.
fn signer(agency: &str) -> Signer {
    Signer {
        id: String::new(),
        agency: agency.to_owned(),
    }
}
