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
    /// What the register holds of that entry, which is printed as it was issued.
    pub issued: Option<Certificate>,
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
    /// Names of entries that have none, since their certificates were withdrawn; the archive tells them.
    pub left_out: Vec<String>,
}

/// Print files as they are sent.
pub struct Printed {
    pub count: usize,
    /// How many are printed as they were issued, though the order says something else.
    pub as_issued: usize,
    pub pieces: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
}

impl Order {
    /// One certificate of the list.
    fn certificate(&self, one: &Honoured) -> Certificate {
        one.issued.clone().unwrap_or_else(|| self.asked(one))
    }

    fn asked(&self, one: &Honoured) -> Certificate {
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

/// A category's endorsed entries with their numbers, and the names of those that are left out. One on the register stays as it was
/// issued; the others take the next numbers that are free in the campaign, whatever their category. An entry whose certificates
/// were withdrawn is left out, for the honour may be gone with them, unless it is named in `reissue`.
pub async fn numbered(
    app: &Shared,
    campaign: &Campaign,
    category: &str,
    kind: Kind,
    reissue: &[String],
) -> Result<(Vec<Honoured>, Vec<String>)> {
    let found = endorsed(app, campaign, category).await?;
    let register = rows::given(app.db.read(), &campaign.head.id, kind).await?;
    let taken: HashSet<String> = register.iter().map(|g| g.number.clone()).collect();
    let mut free = series(&campaign.head.slug, &taken);
    let (mut honoured, mut left_out, mut again) = (Vec::new(), Vec::new(), 0);
    for (id, name) in found {
        let own = register.iter().filter(|g| g.entry_id.as_ref() == Some(&id));
        let own: Vec<_> = own.collect();
        let live = own.iter().find(|g| g.revoked_at.is_none());
        let issued = live.map(|row| rows::to_certificate(row)).transpose()?;
        let number = match &issued {
            Some(issued) => issued.number.clone(),
            None if !own.is_empty() && !reissue.contains(&id) => {
                left_out.push(name);
                continue;
            }
            None => {
                again += usize::from(!own.is_empty());
                free.next().unwrap_or_default()
            }
        };
        honoured.push(Honoured {
            name,
            number,
            entry: Some(id),
            issued,
        });
    }
    let named: HashSet<&String> = reissue.iter().collect();
    if again != named.len() {
        let message = "只能为本类别中审核通过、且证书均已撤销的申报重新颁发";
        return Err(invalid("reissue", "certificate_not_withdrawn", message));
    }
    Ok((honoured, left_out))
}

/// Print files of a list, made one after the other while they are sent, so that memory stays flat. Before anything is sent, every
/// character has its glyph, each is known to fit on its sheet, and what is issued is on the register. The same list again is
/// printed with the same codes. Without `issue` these are proof sheets.
pub async fn print(app: &Shared, order: Order, issue: Option<(&Campaign, &By)>) -> Result<Printed> {
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
    fit(app, &order, at).await?;
    let sheets = match issue {
        Some((campaign, by)) => enter(app, campaign, by, &order.honoured, sheets).await?,
        None => sheets,
    };
    let as_issued = order.honoured.iter().filter(|one| {
        let issued = one.issued.as_ref();
        issued.is_some_and(|issued| *issued != order.asked(one))
    });
    let (as_issued, count) = (as_issued.count(), sheets.len());
    let (app, frame, left_out) = (app.clone(), order.frame, order.left_out);
    let fill = move |mut archive: Archive| async move {
        for (n, sheet) in sheets.iter().enumerate() {
            let pdf = draw(&app, sheet, frame, at).await?.pdf;
            let one = &sheet.certificate;
            let name = archive::file_name(&format!("{}-{}", one.number, one.name));
            archive
                .put(&format!("{:03}-{name}.pdf", n + 1), &pdf)
                .await?;
        }
        if !left_out.is_empty() {
            let told = format!(
                "以下申报的证书均已撤销，未印制：\n{}\n",
                left_out.join("\n")
            );
            archive.note("未印制.txt", &told).await?;
        }
        Ok::<Archive, Error>(archive)
    };
    Ok(Printed {
        count,
        as_issued,
        pieces: Box::pin(archive::stream(fill)?),
    })
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
    for Sheet { certificate: c, .. } in sheets {
        words.extend([&c.title, &c.text, &c.date, &c.name, &c.number].map(String::as_str));
        words.extend(c.agencies.iter().map(String::as_str));
    }
    words
}

/// Names of so many characters stay on one line of a certificate; two narrow ones count as one.
const ONE_LINE: usize = 28;

/// Refused unless each is one page. What was issued is known to be; the others differ in their names alone, so only those are drawn
/// whose name is long enough to be broken, and the shortest name, which a plaque shows largest.
async fn fit(app: &Shared, order: &Order, at: i64) -> Result<()> {
    let new = order.honoured.iter().filter(|one| one.issued.is_none());
    let sheets: Vec<Sheet> = new
        .map(|one| Sheet {
            certificate: order.asked(one),
            code: None,
        })
        .collect();
    let width = |sheet: &Sheet| -> usize {
        let chars = sheet.certificate.name.chars();
        chars
            .map(|c| if c.is_ascii() { 1 } else { 2 })
            .sum::<usize>()
    };
    let shortest = sheets.iter().min_by_key(|s| width(s));
    let broken = sheets.iter().filter(|s| width(s) > 2 * ONE_LINE);
    for sheet in shortest.into_iter().chain(broken) {
        if draw(app, sheet, order.frame, at).await?.pages > 1 {
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
