//! 推荐表 of one of the bodies that the notice asks for one: an account in each category, and the body's seal.

use documents::verify::Report;
use domain::agency::Agency;
use domain::form::{Answer, Answers};
use domain::nomination::{Item, NAME, Nomination, list_of};
use domain::notice::{Field, NominationList, Notice};

use super::{Outcome, chain, filled};
use crate::app::campaigns::{self, Campaign};
use crate::app::nominations::{self, paper};
use crate::state::Shared;

/// A list as its body sends it.
pub struct List {
    pub pdf: Vec<u8>,
    pub report: Report,
}

/// Fills a list in and stamps it. `None` where the notice asks for none on a form.
pub async fn stamped(app: &Shared, campaign: &Campaign) -> Outcome<Option<List>> {
    let all = campaigns::agencies(app, campaign).await?;
    let notice = &campaign.notice;
    let Some((agency, list)) = all.iter().find_map(|a| Some((a, asked(notice, &all, a)?))) else {
        return Ok(None);
    };
    let who = chain::officer(app, &agency.id).await?;
    let slug = &campaign.head.slug;
    let written = written(notice, list, &agency.region);
    let saved = nominations::save(app, &who, slug, 0, written).await?;
    let (row, digest) = saved.row.zip(saved.digest).ok_or("the list vanished")?;
    paper::stamp(app, &who, &row.id, &digest, chain::OPINION).await?;
    Ok(Some(List {
        pdf: paper::pdf(app, &who, &row.id).await?,
        report: paper::verify(app, &who, &row.id).await?,
    }))
}

fn asked<'a>(notice: &'a Notice, all: &[Agency], agency: &Agency) -> Option<&'a NominationList> {
    list_of(notice, agency, nominations::parent_of(all, agency)).filter(|list| list.form)
}

fn written(notice: &Notice, list: &NominationList, region: &str) -> Nomination {
    let cells = |fields: &[Field]| {
        let filled = fields.iter().filter_map(|field| {
            let answer = filled::answer(notice, field, region, 0)?;
            Some((field.key.clone(), answer))
        });
        Answers(filled.collect())
    };
    let rows = notice.category.iter().enumerate().map(|(at, category)| {
        let mut cells = cells(&list.column);
        let name = Answer::Text(format!("样例{}号", at + 1));
        cells.0.insert(NAME.to_owned(), name);
        Item {
            category: category.key.clone(),
            cells,
        }
    });
    let mut head = cells(&list.head);
    // how many they are is counted
    head.0.retain(|key, _| list.counted.as_ref() != Some(key));
    Nomination {
        head,
        items: rows.collect(),
    }
}
