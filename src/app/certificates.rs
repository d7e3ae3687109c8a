//! 证书、奖牌: print files for a whole list in one archive, one PDF a name. They bear a number and no QR code: there is
//! no register of certificates yet that it could lead to.

use std::collections::HashSet;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use documents::papers::{Certificate, Paper, Plaque, Signer};
use domain::refusal::Violation;
use futures_util::Stream;

use super::archive::{self, Archive};
use super::campaigns::Campaign;
use super::forms;
use crate::db::entries;
use crate::error::{Error, Result, invalid};
use crate::state::Shared;

/// Names of one request.
pub const MOST: usize = 500;

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 荣誉证书, A4 across.
    Certificate,
    /// 奖牌, for the engraver.
    Plaque,
}

/// Who is honoured, under which number.
#[derive(Debug, Clone)]
pub struct Honoured {
    pub name: String,
    pub number: String,
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

/// Names of endorsed entries of a category, numbered in the order in which they were begun.
pub async fn endorsed(app: &Shared, campaign: &Campaign, category: &str) -> Result<Vec<Honoured>> {
    let known = campaign.notice.category.iter().any(|c| c.key == category);
    if !known {
        let message = "通知中没有此类别";
        return Err(invalid("endorsed", "category_unknown", message));
    }
    let most = MOST as u64 + 1;
    let names = entries::endorsed(app.db.read(), &campaign.head.id, category, most).await?;
    let numbered = names.into_iter().enumerate().map(|(n, name)| Honoured {
        name,
        number: format!("{}-{:03}", campaign.head.slug, n + 1),
    });
    Ok(numbered.collect())
}

/// Print files of a list, made one after the other while they are sent, so that memory stays flat; with how many there
/// are. Before anything is sent, every character has its glyph and the first one was drawn.
pub async fn print(
    app: &Shared,
    order: Order,
) -> Result<(usize, Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>)> {
    check(&order.honoured)?;
    let missing = app.typesetter.missing(order.words()).await?;
    if !missing.is_empty() {
        return Err(forms::missing_glyphs(&missing));
    }
    let (app, at) = (app.clone(), app.now());
    let count = order.honoured.len();
    order.draw(&app, &order.honoured[0], at).await?;
    let fill = move |mut archive: Archive| async move {
        for (n, one) in order.honoured.iter().enumerate() {
            let pdf = order.draw(&app, one, at).await?;
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
    let twice = honoured.iter().filter(|one| !seen.insert(&one.number));
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

impl Order {
    /// All text that will be printed.
    fn words(&self) -> String {
        let mut words = [&self.title, &self.text, &self.date]
            .map(String::as_str)
            .concat();
        self.agencies.iter().for_each(|a| words.push_str(a));
        for one in &self.honoured {
            words.push_str(&one.name);
            words.push_str(&one.number);
        }
        words
    }

    async fn draw(&self, app: &Shared, one: &Honoured, at: i64) -> Result<Vec<u8>> {
        let (template, data) = match self.kind {
            Kind::Certificate => {
                let paper = Certificate {
                    title: self.title.clone(),
                    form_code: one.number.clone(),
                    honoured: one.name.clone(),
                    text: self.text.clone(),
                    frame: self.frame,
                    signers: self.agencies.iter().map(|a| signer(a)).collect(),
                    date: self.date.clone(),
                    qr_svg: String::new(),
                };
                (Certificate::TEMPLATE, serde_json::to_value(paper)?)
            }
            Kind::Plaque => {
                let paper = Plaque {
                    title: self.title.clone(),
                    form_code: one.number.clone(),
                    campaign: self.text.clone(),
                    honoured: one.name.clone(),
                    agencies: self.agencies.clone(),
                    date: self.date.clone(),
                };
                (Plaque::TEMPLATE, serde_json::to_value(paper)?)
            }
        };
        Ok(forms::render(app, template.to_owned(), data, at).await?.pdf)
    }
}

/// An office whose seal is set on the printed sheet.
fn signer(agency: &str) -> Signer {
    Signer {
        id: String::new(),
        agency: agency.to_owned(),
    }
}
